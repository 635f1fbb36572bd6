/// Where a string token ends, and whether it has to be unescaped.
struct StringToken {
    /// The offset behind the closing quotation mark.
    var end: Int
    /// Whether the content holds a backslash.
    var hasEscapes: Bool
}

extension ByteScanner {
    private static let highBits: UInt64 = 0x8080_8080_8080_8080

    /// Marks, by their highest bit, the bytes of a word that end a run of plain ASCII in a string.
    ///
    /// Subtracting borrows from the next byte only where the lower one is itself marked, so the lowest mark is exact;
    /// the others are not used.
    @inline(__always)
    static func marksOfSpecialBytes(_ word: UInt64) -> UInt64 {
        let controls = word &- Byte.space.repeated
        let quotes = (word ^ Byte.quote.repeated) &- UInt8(1).repeated
        let backslashes = (word ^ Byte.backslash.repeated) &- UInt8(1).repeated
        // For a byte from 0x80 on the differences may say anything: it is marked by its own highest bit.
        return (controls | quotes | backslashes | word) & highBits
    }

    /// Marks quotation marks and backslashes only; the lowest mark is exact.
    @inline(__always)
    static func marksOfDelimiters(_ word: UInt64) -> UInt64 {
        let quotes = word ^ Byte.quote.repeated
        let backslashes = word ^ Byte.backslash.repeated
        let ones = UInt8(1).repeated
        return ((quotes &- ones) & ~quotes | (backslashes &- ones) & ~backslashes) & highBits
    }

    /// Marks the bytes that must be escaped in a string; the lowest mark is exact.
    @inline(__always)
    static func marksOfEscaped(_ word: UInt64) -> UInt64 {
        (word &- Byte.space.repeated) & ~word & highBits | marksOfDelimiters(word)
    }

    /// Marks backslashes only; the lowest mark is exact.
    @inline(__always)
    static func marksOfBackslashes(_ word: UInt64) -> UInt64 {
        let backslashes = word ^ Byte.backslash.repeated
        return (backslashes &- UInt8(1).repeated) & ~backslashes & highBits
    }

    /// Scans the string whose opening quotation mark stands at `start`.
    @inline(__always)
    func string(_ start: Int) throws(Fault) -> StringToken {
        isTrusted ? try trustedString(start) : try checkedString(start)
    }

    private func checkedString(_ start: Int) throws(Fault) -> StringToken {
        var offset = start + 1
        var hasEscapes = false
        while true {
            while offset + 8 <= end {
                let marks = Self.marksOfSpecialBytes(word(offset))
                guard marks == 0 else {
                    offset += marks.trailingZeroBitCount >> 3
                    break
                }
                offset += 8
            }
            guard offset < end else { throw Fault(.unexpectedEnd, at: end) }
            let byte = base[offset]
            if byte == Byte.quote {
                return StringToken(end: offset + 1, hasEscapes: hasEscapes)
            } else if byte == Byte.backslash {
                hasEscapes = true
                offset = try escape(offset)
            } else if byte >= 0x80 {
                offset = try nonASCII(offset)
            } else if byte < 0x20 {
                throw Fault(.controlCharacter, at: offset)
            } else {
                // Only among the text's last seven bytes.
                offset += 1
            }
        }
    }

    private func trustedString(_ start: Int) throws(Fault) -> StringToken {
        var offset = start + 1
        var hasEscapes = false
        while true {
            while offset + 8 <= end {
                let marks = Self.marksOfDelimiters(word(offset))
                guard marks == 0 else {
                    offset += marks.trailingZeroBitCount >> 3
                    break
                }
                offset += 8
            }
            guard offset < end else { throw Fault(.unexpectedEnd, at: end) }
            switch base[offset] {
            case Byte.quote:
                return StringToken(end: offset + 1, hasEscapes: hasEscapes)
            case Byte.backslash:
                // Whatever is escaped, it is no delimiter. May lead one byte behind the end, which is looked at above.
                hasEscapes = true
                offset += 2
            default:
                offset += 1
            }
        }
    }

    /// Checks the escape whose backslash stands at `start`.
    @inline(__always)
    private func escape(_ start: Int) throws(Fault) -> Int {
        switch peek(start + 1) {
        case UInt8(ascii: "n"), Byte.quote, Byte.backslash, UInt8(ascii: "/"), UInt8(ascii: "t"), UInt8(ascii: "r"),
            UInt8(ascii: "b"), UInt8(ascii: "f"):
            return start + 2
        case UInt8(ascii: "u"):
            for offset in start + 2..<start + 6 where Self.hexadecimalDigit(peek(offset)) == nil {
                throw unexpected(.invalidEscape, at: offset)
            }
            return start + 6
        default:
            throw unexpected(.invalidEscape, at: start + 1)
        }
    }

    /// Checks characters outside ASCII from `start` on.
    @inline(__always)
    private func nonASCII(_ start: Int) throws(Fault) -> Int {
        var offset = start
        repeat {
            let count = UTF8Text.sequenceLength(base + offset, limit: end - offset)
            guard count > 0 else { throw Fault(.invalidUTF8, at: offset) }
            offset += count
        } while offset < end && base[offset] >= 0x80
        return offset
    }

    /// The value of a hexadecimal digit.
    @inline(__always)
    static func hexadecimalDigit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}
