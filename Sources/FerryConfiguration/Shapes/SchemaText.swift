import FerryCore

extension JSONValue {
    /// The document as indented JSON text, with a line break at its end.
    var indentedText: String {
        var text = ""
        write(into: &text, indentation: "")
        return text + "\n"
    }

    private func write(into text: inout String, indentation: String) {
        let inner = indentation + "  "
        switch self {
        case .null: text += "null"
        case .bool(let flag): text += flag ? "true" : "false"
        case .number(let literal): text += literal
        case .string(let value): text += Self.quoted(value)
        case .array(let elements):
            let isShort = elements.allSatisfy(\.isScalar)
            text += "["
            for (index, element) in elements.enumerated() {
                text += isShort ? (index == 0 ? "" : ", ") : (index == 0 ? "\n" : ",\n") + inner
                element.write(into: &text, indentation: inner)
            }
            text += isShort || elements.isEmpty ? "]" : "\n\(indentation)]"
        case .object(let members):
            text += "{"
            for (index, member) in members.enumerated() {
                text += (index == 0 ? "\n" : ",\n") + inner + Self.quoted(member.key) + ": "
                member.value.write(into: &text, indentation: inner)
            }
            text += members.isEmpty ? "}" : "\n\(indentation)}"
        }
    }

    private var isScalar: Bool {
        switch self {
        case .array, .object: false
        default: true
        }
    }

    private static func quoted(_ value: String) -> String {
        var text = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"", "\\": text += "\\\(scalar)"
            case "\n": text += "\\n"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}
