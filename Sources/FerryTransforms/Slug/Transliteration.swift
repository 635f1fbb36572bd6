/// What a code point sounds like in ASCII, looked up in the generated table.
struct Transliteration {
    /// How an entry acts on what stands around it; generate-table.py has the same numbers.
    struct Flags: OptionSet {
        let rawValue: UInt8
        /// May join the character before it under NFC.
        static let composes = Flags(rawValue: 1)
        /// Removes the inherent vowel before it.
        static let killsVowel = Flags(rawValue: 2)
        /// Ends in an inherent vowel.
        static let hasVowel = Flags(rawValue: 4)
        /// Is written before the consonant that it is spoken after.
        static let movesBehind = Flags(rawValue: 8)
        /// Changes the kana before it.
        static let smallKana = Flags(rawValue: 16)
        /// Doubles the consonant after it.
        static let doubles = Flags(rawValue: 32)
    }

    let flags: Flags
    /// Letters and digits, and spaces where a word ends; points into the program's constants.
    let text: UnsafeBufferPointer<UInt8>

    /// The entry of a code point from U+0080 on that is no Hangul syllable.
    init(of codePoint: UInt32) {
        guard codePoint < 0x40000 else {
            self = .init(of: 0x80)
            return
        }
        // The pointers are to string literals, which live as long as the program; the generator made every number
        // that is read here.
        let page = Self.number(TransliterationTable.pageNumbers, at: Int(codePoint >> 8) * 2, digits: 2)
        let cell = (page << 8 | Int(codePoint & 0xFF)) * 2
        let entry = Self.number(TransliterationTable.pages, at: cell, digits: 2) * 4
        let offset = Self.number(TransliterationTable.entries, at: entry, digits: 3)
        let count = Self.number(TransliterationTable.entries, at: entry + 3, digits: 1)
        let start = TransliterationTable.texts.utf8Start + offset
        flags = Flags(rawValue: start.pointee & 0x3F)
        text = UnsafeBufferPointer(start: start + 1, count: count - 1)
    }

    /// Whether the character leaves no trace, not even a separator.
    var isDropped: Bool { text.isEmpty && flags.subtracting(.composes).isEmpty }

    @inline(__always)
    private static func number(_ table: StaticString, at offset: Int, digits: Int) -> Int {
        let start = table.utf8Start + offset
        var value = 0
        for index in 0..<digits { value = value << 6 | Int(start[index] &- 0x30) }
        return value
    }
}
