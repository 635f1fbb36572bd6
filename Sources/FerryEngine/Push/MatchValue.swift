import FerryCore

/// Natural keys as text that is equal exactly when they are.
enum MatchValue {
    static func text(of cell: Cell, in batch: RecordBatch) -> String? {
        switch cell.kind {
        case .missing, .null: nil
        case .string: JSONValue.string(batch.string(of: cell)).compactText
        case .false, .true, .number, .json: batch.string(of: cell)
        }
    }

    static func value(of text: String) -> JSONValue {
        // Only this type writes such texts: a quoted string, or a literal.
        guard text.first == "\"" else {
            return text == "true" || text == "false" ? .bool(text == "true") : .number(text)
        }
        return .string(unquoted(text))
    }

    /// A key as a service writes it that takes it for the identifier.
    static func identifier(of text: String) -> String {
        text.first == "\"" ? unquoted(text) : text
    }

    private static func unquoted(_ text: String) -> String {
        var scalars = text.unicodeScalars.dropFirst().dropLast()
        var result = String.UnicodeScalarView()
        while let scalar = scalars.popFirst() {
            guard scalar == "\\", let escape = scalars.popFirst() else {
                result.append(scalar)
                continue
            }
            switch escape {
            case "n": result.append("\n")
            case "r": result.append("\r")
            case "t": result.append("\t")
            case "u":
                let digits = String(String.UnicodeScalarView(scalars.prefix(4)))
                scalars = scalars.dropFirst(4)
                if let value = UInt32(digits, radix: 16), let unit = Unicode.Scalar(value) { result.append(unit) }
            default: result.append(escape)
            }
        }
        return String(result)
    }
}
