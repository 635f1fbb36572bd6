import FerryCore

/// Finds the tokens of a JSON text in memory, without allocating.
///
/// Every function takes the offset where it starts and returns the one where it ended. All reads are proven to lie
/// below `end`: a single byte is read only after `offset < end` (``peek(_:)`` answers 0 otherwise, which starts no
/// token), a word of eight only after `offset + 8 <= end`. Offsets never exceed `end + 2`, so they cannot overflow.
struct ByteScanner {
    /// The text's first byte.
    let base: UnsafePointer<UInt8>
    /// The offset behind the last byte that may be read.
    let end: Int
    /// Whether the text has been validated before: what is skipped is then not looked into again.
    let isTrusted: Bool
    /// How many containers may be open at once.
    let maximumDepth: Int

    /// The byte at `offset`, or 0 behind the end.
    @inline(__always)
    func peek(_ offset: Int) -> UInt8 {
        offset < end ? base[offset] : 0
    }

    /// The fault for a byte that should not be where it is.
    @inline(never)
    func unexpected(_ reason: Fault.Reason, at offset: Int) -> Fault {
        Fault(offset < end ? reason : .unexpectedEnd, at: min(offset, end))
    }

    /// Eight bytes from `offset`, the first in the lowest bits; `offset + 8 <= end` must hold.
    @inline(__always)
    func word(_ offset: Int) -> UInt64 {
        UInt64(littleEndian: UnsafeRawPointer(base + offset).loadUnaligned(as: UInt64.self))
    }

    /// The first offset from `start` that holds no white space.
    @inline(__always)
    func skipSpace(_ start: Int) -> Int {
        // Compact documents have none: decide that with one comparison.
        peek(start) > Byte.space ? start : skipSpaceRun(start)
    }

    @inline(never)
    private func skipSpaceRun(_ start: Int) -> Int {
        var offset = start
        while offset < end {
            // Indentation comes in runs of spaces.
            if offset + 8 <= end, word(offset) == Byte.space.repeated {
                offset += 8
                continue
            }
            switch base[offset] {
            case Byte.space, Byte.tab, Byte.newline, Byte.carriageReturn: offset += 1
            default: return offset
            }
        }
        return offset
    }
}

/// The bytes that mean something in JSON.
enum Byte {
    static let space: UInt8 = 0x20
    static let tab: UInt8 = 0x09
    static let newline: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let quote = UInt8(ascii: "\"")
    static let backslash = UInt8(ascii: "\\")
    static let openBrace = UInt8(ascii: "{")
    static let closeBrace = UInt8(ascii: "}")
    static let openBracket = UInt8(ascii: "[")
    static let closeBracket = UInt8(ascii: "]")
    static let comma = UInt8(ascii: ",")
    static let colon = UInt8(ascii: ":")
    static let minus = UInt8(ascii: "-")
}

extension UInt8 {
    /// The byte eight times.
    @inline(__always)
    var repeated: UInt64 { UInt64(self) &* 0x0101_0101_0101_0101 }
}
