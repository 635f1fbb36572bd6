import FerryCore

/// A YAML value with the place where it begins.
struct YAMLNode {
    /// One key of a mapping and its value.
    struct Entry {
        var key: String
        var keyPosition: Position
        var value: YAMLNode
    }

    /// What the value is.
    enum Content {
        /// A scalar's text; a plain one (without quotation marks) may be a number, a boolean or null.
        case scalar(String, isPlain: Bool)
        case sequence([YAMLNode])
        case mapping([Entry])
    }

    var content: Content
    var position: Position
    /// Where the text itself begins, to the right of `position`: 1 for quoted text, `nil` where it cannot be told.
    var textOffset: Int?

    /// What to call the value in a sentence.
    var kindName: String {
        switch content {
        case .mapping: return "a mapping"
        case .sequence: return "a list"
        case .scalar(let text, let isPlain):
            switch isPlain ? YAMLScalar.value(of: text) : .string(text) {
            case .null: return "null"
            case .bool: return "a boolean"
            case .number(let literal): return literal.allSatisfy(\.isWholeDigit) ? "a whole number" : "a number"
            default: return "a string"
            }
        }
    }

    /// Whether this is null: nothing, `~` or `null`.
    var isNull: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return YAMLScalar.value(of: text).isNull
    }

    /// A scalar's text, quoted or not.
    var text: String? {
        guard case .scalar(let text, _) = content else { return nil }
        return text
    }

    /// The place of the character at `offset` bytes into a scalar's text, as well as it can be told.
    func position(ofByte offset: Int) -> Position {
        guard let textOffset, let text, !text.utf8.prefix(offset).contains(UInt8(ascii: "\n")) else { return position }
        let before = String(decoding: text.utf8.prefix(offset), as: UTF8.self)
        return position.advanced(by: textOffset + before.unicodeScalars.count)
    }
}

extension YAMLNode {
    /// A node that stands for a default: what would have been written at `position`.
    init(_ value: JSONValue, at position: Position) {
        self.position = position
        switch value {
        case .null: content = .scalar("null", isPlain: true)
        case .bool(let flag): content = .scalar(flag ? "true" : "false", isPlain: true)
        case .number(let literal): content = .scalar(literal, isPlain: true)
        case .string(let text): content = .scalar(text, isPlain: false)
        case .array(let elements): content = .sequence(elements.map { YAMLNode($0, at: position) })
        case .object(let members):
            content = .mapping(
                members.map { Entry(key: $0.key, keyPosition: position, value: YAMLNode($0.value, at: position)) }
            )
        }
    }
}

extension Character {
    fileprivate var isWholeDigit: Bool { isNumber || self == "-" }
}
