import FerryCore

/// The values that templates can refer to while one request is made.
struct TemplateScope {
    var settings: [String: JSONValue]
    var page: [String: JSONValue] = [:]
    var cursor: [String: JSONValue] = [:]
    var record: [String: JSONValue] = [:]
    var batch: [String: JSONValue] = [:]
    var action: [String: JSONValue] = [:]
    var field: [String: JSONValue] = [:]
    var match: [String: JSONValue] = [:]
    var part: [String: JSONValue] = [:]
    var window: [String: JSONValue] = [:]

    /// A template's text; `nil` when it is one expression whose value is absent.
    func text(_ template: Template) -> String? {
        if let expression = template.soleExpression { return value(expression).map(Self.text) }
        return template.pieces.map { piece in
            switch piece {
            case .literal(let text): text
            case .expression(let expression): value(expression).map(Self.text) ?? ""
            }
        }.joined()
    }

    /// The first setting of a text that is not given, or given as an empty text.
    func missingReference(in template: Template) -> String? {
        for case .expression(let expression) in template.pieces {
            let text = value(expression).map(Self.text) ?? ""
            guard text.isEmpty, let reference = expression.references.first else { continue }
            return reference.path.joined(separator: ".")
        }
        return nil
    }

    /// The texts of a template that is a list.
    func texts(_ template: Template) -> [String] {
        guard case .array(let elements)? = value(.template(template)) else { return [] }
        return elements.map(Self.text)
    }

    /// A template's integer, if it is one.
    func integer(_ template: Template) -> Int? {
        text(template).flatMap { Int($0) }
    }

    /// A document's value; `nil` when it is absent.
    func value(_ template: JSONTemplate) -> JSONValue? {
        switch template {
        case .literal(let value): value
        case .template(let template):
            template.soleExpression.map { value($0) } ?? text(template).map { .string($0) }
        case .array(let elements): .array(elements.compactMap { value($0) })
        case .object(let members):
            .object(members.compactMap { key, template in value(template).map { .init(key: key, value: $0) } })
        }
    }

    private func value(_ expression: Template.Expression) -> JSONValue? {
        switch expression {
        case .literal(let value): return value
        case .reference(let scope, let path): return value(in: scope, at: path)
        case .call(.path, let arguments):
            return arguments.first.flatMap { value($0) }.map { .string(PercentEncoding.segment(Self.text($0))) }
        case .call(.lower, let arguments):
            return arguments.first.flatMap { value($0) }.map { .string(Self.text($0).lowercased()) }
        case .call(.sqlTime, let arguments):
            // What is no time is sent as it is: the service says what is wrong with it.
            return arguments.first.flatMap { value($0) }.map { value in
                .string(value.string.flatMap { CursorTime($0)?.sqlText } ?? Self.text(value))
            }
        case .call(.default, let arguments):
            return arguments.lazy.compactMap { value($0) }.first
        }
    }

    private func value(in scope: Template.Scope, at path: [String]) -> JSONValue? {
        let values: [String: JSONValue] =
            switch scope {
            case .settings: settings
            case .page: page
            case .cursor: cursor
            case .batch: batch
            case .action: action
            case .field: field
            case .match: match
            case .record: record
            case .part: part
            case .window: window
            }
        guard let first = path.first, var value = values[first] else { return nil }
        for name in path.dropFirst() {
            guard let member = value[name] else { return nil }
            value = member
        }
        return value
    }

    private static func text(_ value: JSONValue) -> String {
        value.string ?? value.compactText
    }
}

/// Percent-encoding after RFC 3986: everything but unreserved characters.
enum PercentEncoding {
    /// One segment of a path, or one name or value of a query.
    static func segment(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                encoded += byte < 0x10 ? "%0" : "%"
                encoded += String(byte, radix: 16, uppercase: true)
            }
        }
        // A segment of dots alone would change the path (RFC 3986, §5.2.4).
        return encoded == "." || encoded == ".." ? encoded.replacing(".", with: "%2E") : encoded
    }
}

extension String {
    fileprivate func replacing(_ character: Character, with text: String) -> String {
        reduce(into: "") { $0 += $1 == character ? text : String($1) }
    }
}
