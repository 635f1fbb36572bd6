public import FerryCore

extension JSONValue {
    /// Appends the document without white space, with no more escapes than RFC 8259 demands and numbers' literals as
    /// they are.
    public func serialize(into output: inout [UInt8]) {
        switch self {
        case .null: JSONText.append("null", into: &output)
        case .bool(true): JSONText.append("true", into: &output)
        case .bool(false): JSONText.append("false", into: &output)
        case .number(let literal): output.append(contentsOf: literal.utf8)
        case .string(let value): Self.append(value, into: &output)
        case .array(let elements):
            output.append(Byte.openBracket)
            for (index, element) in elements.enumerated() {
                if index > 0 { output.append(Byte.comma) }
                element.serialize(into: &output)
            }
            output.append(Byte.closeBracket)
        case .object(let members):
            output.append(Byte.openBrace)
            for (index, member) in members.enumerated() {
                if index > 0 { output.append(Byte.comma) }
                Self.append(member.key, into: &output)
                output.append(Byte.colon)
                member.value.serialize(into: &output)
            }
            output.append(Byte.closeBrace)
        }
    }

    /// The document as text without white space.
    public var serialized: String {
        var output: [UInt8] = []
        serialize(into: &output)
        return String(decoding: output, as: UTF8.self)
    }

    private static func append(_ text: String, into output: inout [UInt8]) {
        var text = text
        text.withUTF8 { JSONText.appendString(UnsafeRawBufferPointer($0), into: &output) }
    }
}
