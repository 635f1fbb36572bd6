public import FerryCore
import FoundationEssentials

/// JSON as both ends of the socket write and read it.
///
/// Keys stand in the order in which the types declare them, and every key is always there: an absent value is `null`.
/// Foundation's encoder keeps no order and leaves absent values out, and the API document wants `"lastSyncAt": null`.
public enum WireFormat {
    /// The value as JSON text.
    public static func encode(_ value: some Encodable) throws -> [UInt8] {
        Array(text(try OrderedEncoder.encode(value)).utf8)
    }

    /// The value as a document.
    public static func document(_ value: some Encodable) throws -> JSONValue {
        try OrderedEncoder.encode(value)
    }

    /// Reads a value from JSON text.
    ///
    /// - Throws: `DecodingError` when the text is not JSON or of another shape.
    public static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        try JSONDecoder().decode(type, from: Data(bytes))
    }

    /// The document as JSON text, numbers with their literals.
    ///
    /// - Parameter indentation: The spaces per level for people; `nil` for one line without spaces.
    public static func text(_ document: JSONValue, indentation: Int? = nil) -> String {
        var text = ""
        append(document, to: &text, indentation: indentation, level: 0)
        return text
    }

    private static func append(_ document: JSONValue, to text: inout String, indentation: Int?, level: Int) {
        switch document {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .number(let literal): text += literal
        case .string(let value): appendString(value, to: &text)
        case .array(let elements):
            appendList(elements, "[", "]", to: &text, indentation: indentation, level: level) { element, text in
                append(element, to: &text, indentation: indentation, level: level + 1)
            }
        case .object(let members):
            appendList(members, "{", "}", to: &text, indentation: indentation, level: level) { member, text in
                appendString(member.key, to: &text)
                text += indentation == nil ? ":" : ": "
                append(member.value, to: &text, indentation: indentation, level: level + 1)
            }
        }
    }

    private static func appendList<Element>(
        _ elements: [Element],
        _ open: String,
        _ close: String,
        to text: inout String,
        indentation: Int?,
        level: Int,
        appendElement: (Element, inout String) -> Void
    ) {
        text += open
        for (index, element) in elements.enumerated() {
            if index > 0 { text += "," }
            if let indentation { text += "\n" + String(repeating: " ", count: indentation * (level + 1)) }
            appendElement(element, &text)
        }
        if let indentation, !elements.isEmpty { text += "\n" + String(repeating: " ", count: indentation * level) }
        text += close
    }

    private static func appendString(_ value: String, to text: inout String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{0}"..<"\u{20}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
