import FerryCore

extension ValueKind {
    /// Whether there is text to work on: `false` for null, which passes through every transform.
    ///
    /// - Throws: ``TransformError`` for any other kind but a string.
    func isText(for transform: String) throws(TransformError) -> Bool {
        switch self {
        case .string: return true
        case .null, .missing: return false
        case .false, .true, .number, .json:
            throw TransformError("'\(transform)' expects a string, and the value is \(name)")
        }
    }
}

extension TransformError {
    /// The failure of bytes that are no text.
    static var notUTF8: TransformError { TransformError("the value is not text in UTF-8") }
}

extension [UInt8] {
    /// Appends all of `bytes`.
    mutating func append(_ bytes: Span<UInt8>) {
        bytes.withUnsafeBufferPointer { append(contentsOf: $0) }
    }

    /// Appends a literal.
    mutating func append(_ text: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends a code point in UTF-8.
    mutating func append(scalar: Unicode.Scalar) {
        if scalar.isASCII {
            append(UInt8(truncatingIfNeeded: scalar.value))
        } else {
            append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }
    }
}
