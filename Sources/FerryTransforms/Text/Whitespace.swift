/// Unicode's White_Space characters in UTF-8.
enum Whitespace {
    /// How many bytes the white space at `index` takes; 0 where there is none.
    static func length(in bytes: Span<UInt8>, at index: Int) -> Int {
        let first = bytes[index]
        if first < 0x80 { return isASCIISpace(first) ? 1 : 0 }
        if first == 0xC2, index + 1 < bytes.count {
            // U+0085 and U+00A0.
            return bytes[index + 1] == 0x85 || bytes[index + 1] == 0xA0 ? 2 : 0
        }
        guard first >= 0xE1, first <= 0xE3, index + 2 < bytes.count else { return 0 }
        return isWide(first, bytes[index + 1], bytes[index + 2]) ? 3 : 0
    }

    /// How many bytes the white space that ends just before `end` takes; 0 where there is none.
    static func length(in bytes: Span<UInt8>, before end: Int) -> Int {
        for length in 1...3 where end - length >= 0 && self.length(in: bytes, at: end - length) == length {
            return length
        }
        return 0
    }

    /// The range without the white space at both ends.
    static func trimmed(_ bytes: Span<UInt8>) -> Range<Int> {
        var start = 0
        var end = bytes.count
        while start < end {
            let length = length(in: bytes, at: start)
            if length == 0 { break }
            start += length
        }
        while end > start {
            let length = length(in: bytes, before: end)
            if length == 0 { break }
            end -= length
        }
        return start..<end
    }

    private static func isASCIISpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte >= 0x09 && byte <= 0x0D
    }

    /// U+1680, U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F and U+3000.
    private static func isWide(_ first: UInt8, _ second: UInt8, _ third: UInt8) -> Bool {
        switch (first, second, third) {
        case (0xE1, 0x9A, 0x80), (0xE2, 0x80, 0x80...0x8A), (0xE2, 0x80, 0xA8...0xA9), (0xE2, 0x80, 0xAF),
            (0xE2, 0x81, 0x9F), (0xE3, 0x80, 0x80):
            true
        default: false
        }
    }
}
