// For NFC, which the standard library has but keeps behind this name; Foundation has it only with all of ICU.
@_spi(_Unicode) import Swift

/// Makes a slug of ASCII letters and digits.
enum ASCIISlug {
    static func append(_ bytes: Span<UInt8>, _ options: SlugOptions, to output: inout [UInt8]) {
        var words = SlugWords(options, after: output)
        // The array moves into the writer and back, so that it is never copied.
        swap(&words.output, &output)
        defer { swap(&words.output, &output) }
        guard !scan(bytes, into: &words) else { return }
        // A mark that may compose: й as и and ◌̆ must give what й gives.
        words.startOver()
        let text = bytes.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
        for scalar in text._nfc { words.append(scalar.value) }
        words.finish()
    }

    /// Writes the slug in one pass over the bytes; `false` as soon as the text turns out to need NFC.
    private static func scan(_ bytes: Span<UInt8>, into words: inout SlugWords) -> Bool {
        var index = 0
        let count = bytes.count
        while index < count {
            let byte = bytes[index]
            if byte < 0x80 {
                words.append(ascii: byte)
                index += 1
                continue
            }
            let (codePoint, length) = decode(bytes, at: index)
            index += length
            if Hangul.syllables.contains(codePoint) {
                words.append(hangul: codePoint)
                continue
            }
            let entry = Transliteration(of: codePoint)
            if entry.flags.contains(.composes) { return false }
            words.append(entry)
        }
        words.finish()
        return true
    }

    /// One code point of two bytes or more; a byte that is not UTF-8 counts as a separator.
    private static func decode(_ bytes: Span<UInt8>, at index: Int) -> (UInt32, Int) {
        let first = bytes[index]
        let length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        guard first >= 0xC2, first < 0xF5, index + length <= bytes.count else { return (0x80, 1) }
        var codePoint = UInt32(first) & (0x7F >> UInt32(length))
        for offset in 1..<length {
            let byte = bytes[index + offset]
            guard byte & 0xC0 == 0x80 else { return (0x80, 1) }
            codePoint = codePoint << 6 | UInt32(byte & 0x3F)
        }
        return (codePoint, length)
    }
}
