/// Well-formedness of UTF-8 (Unicode 16, table 3-7).
enum UTF8Text {
    /// The length of the well-formed sequence of a character outside ASCII at `bytes`; 0 if it is ill-formed.
    ///
    /// `limit` is how many bytes may be read, at least 1.
    @inline(__always)
    static func sequenceLength(_ bytes: UnsafePointer<UInt8>, limit: Int) -> Int {
        let first = bytes[0]
        guard limit >= 2 else { return 0 }
        let second = bytes[1]
        switch first {
        case 0xC2...0xDF:
            return isContinuation(second) ? 2 : 0
        case 0xE0...0xEF:
            guard limit >= 3, isContinuation(second), isContinuation(bytes[2]) else { return 0 }
            // Overlong forms and surrogates.
            if first == 0xE0 && second < 0xA0 || first == 0xED && second > 0x9F { return 0 }
            return 3
        case 0xF0...0xF4:
            guard limit >= 4, isContinuation(second), isContinuation(bytes[2]), isContinuation(bytes[3]) else {
                return 0
            }
            // Overlong forms and what lies beyond U+10FFFF.
            if first == 0xF0 && second < 0x90 || first == 0xF4 && second > 0x8F { return 0 }
            return 4
        default:
            return 0
        }
    }

    @inline(__always)
    private static func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }

    /// The offset of the first byte that is not part of well-formed UTF-8; `nil` if there is none.
    static func firstError(in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        guard let base = bytes.baseAddress else { return nil }
        var offset = 0
        while offset < bytes.count {
            // Eight bytes of ASCII at once; `offset + 8 <= count` keeps the load inside.
            if offset + 8 <= bytes.count,
                UnsafeRawPointer(base + offset).loadUnaligned(as: UInt64.self) & 0x8080_8080_8080_8080 == 0
            {
                offset += 8
            } else if base[offset] < 0x80 {
                offset += 1
            } else {
                let count = sequenceLength(base + offset, limit: bytes.count - offset)
                guard count > 0 else { return offset }
                offset += count
            }
        }
        return nil
    }
}
