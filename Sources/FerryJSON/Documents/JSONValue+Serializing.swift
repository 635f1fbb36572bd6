public import FerryCore

extension JSONValue {
    /// Appends the document without white space, with no more escapes than RFC 8259 demands and numbers' literals as
    /// they are.
    public func serialize(into output: inout [UInt8]) {
        forEachToken { token in
            switch token {
            case .punctuation(let scalar): output.append(UInt8(truncatingIfNeeded: scalar.value))
            case .word(let word): output.append(contentsOf: word.utf8)
            case .string(var value):
                value.withUTF8 { JSONText.appendString(UnsafeRawBufferPointer($0), into: &output) }
            }
        }
    }

    /// The document as text without white space.
    public var serialized: String {
        var output: [UInt8] = []
        serialize(into: &output)
        return String(decoding: output, as: UTF8.self)
    }
}
