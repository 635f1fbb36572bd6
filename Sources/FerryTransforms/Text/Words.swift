import FerryCore

/// Splits names and phrases into words, for all transforms that write them another way.
///
/// | Rule | Text | Words |
/// |---|---|---|
/// | What is no letter, mark or digit stands between words | `user_id`, `user-id`, `user . id` | user, id |
/// | A capital begins a word after a small letter | `userId`, `déjàVu` | user, Id; déjà, Vu |
/// | The last of several capitals begins a word if a small letter follows | `HTTPServer` | HTTP, Server |
/// | … unless that is the `s` of a plural | `userIDs` | user, IDs |
/// | Digits belong to the letters before them, and a capital begins a word after both | `HTTPServer2Go` | HTTP, Server2, Go |
/// | Digits at a word's start belong to what follows | `3DModel`, `2nd` | 3D, Model; 2nd |
/// | An apostrophe between letters is left out | `don't` | dont |
/// | Scripts without case have words between separators only | `你好 世界` | 你好, 世界 |
///
/// So a word in small letters is never split again, and what was made of words can be made of the result once more.
struct Words {
    /// One word of a text.
    struct Word {
        /// Its bytes, from its first letter or digit to its last.
        let range: Range<Int>
        /// Whether there is an apostrophe in it.
        let hasApostrophe: Bool

        /// Appends the word's letters and digits, which are all but its apostrophes.
        func append(of bytes: Span<UInt8>, to output: inout [UInt8]) {
            guard hasApostrophe else { return output.append(bytes.extracting(range)) }
            var index = range.lowerBound
            while index < range.upperBound {
                let length = Words.apostropheLength(in: bytes, at: index)
                if length == 0 { output.append(bytes[index]) }
                index += max(length, 1)
            }
        }
    }

    /// Calls `body` with each word in order.
    static func forEach(
        in bytes: Span<UInt8>,
        _ body: (Word) throws(TransformError) -> Void
    ) throws(TransformError) {
        let text: UTF8Span
        do { text = try UTF8Span(validating: bytes) } catch { throw .notUTF8 }
        var scalars = text.makeUnicodeScalarIterator()
        var state = Words()
        while true {
            let offset = scalars.currentCodeUnitOffset
            guard let scalar = scalars.next() else { break }
            let isPlural = state.mayBePlural && (scalar == "s") && !isSmall(scalars)
            if let word = state.take(scalar, offset..<scalars.currentCodeUnitOffset, isPlural: isPlural) {
                try body(word)
            }
        }
        if let word = state.close() { try body(word) }
    }

    /// How many bytes the apostrophe at `index` takes; 0 where there is none.
    static func apostropheLength(in bytes: Span<UInt8>, at index: Int) -> Int {
        if bytes[index] == UInt8(ascii: "'") { return 1 }
        guard bytes[index] == 0xE2, index + 2 < bytes.count else { return 0 }
        return bytes[index + 1] == 0x80 && bytes[index + 2] == 0x99 ? 3 : 0
    }

    private var start: Int?
    private var end = 0
    private var last = Letter.Class.separator
    private var hasLetter = false
    private var capitals = 0
    private var capital = 0
    private var hasApostrophe = false
    private var isAfterApostrophe = false

    private var mayBePlural: Bool { last == .capital && capitals > 1 }

    private mutating func take(_ scalar: Unicode.Scalar, _ range: Range<Int>, isPlural: Bool) -> Word? {
        let next = Letter.Class(of: scalar)
        switch next {
        case .separator: return close()
        case .apostrophe:
            isAfterApostrophe = start != nil
            return isAfterApostrophe ? nil : close()
        case .mark:
            // Without a letter before it, such as the variation selector of an emoji.
            guard start != nil, !isAfterApostrophe else { return close() }
            end = range.upperBound
            return nil
        case .capital, .letter, .digit: break
        }
        var word: Word?
        if next == .capital, last == .letter || last == .digit && hasLetter {
            word = close()
        } else if next == .letter, mayBePlural, !isPlural {
            word = split(at: capital)
        }
        if start == nil { start = range.lowerBound }
        if isAfterApostrophe { hasApostrophe = true }
        isAfterApostrophe = false
        capitals = next == .capital ? capitals + 1 : 0
        if next == .capital { capital = range.lowerBound }
        if next != .digit { hasLetter = true }
        last = next
        end = range.upperBound
        return word
    }

    /// Ends the word before its last capital, which begins the next one.
    private mutating func split(at offset: Int) -> Word? {
        guard let start else { return nil }
        self.start = offset
        // The apostrophe of `O'Neil` may now stand at the end of the first word, where it does no harm: it is left out.
        return Word(range: start..<offset, hasApostrophe: hasApostrophe)
    }

    private mutating func close() -> Word? {
        guard let start else { return nil }
        let word = Word(range: start..<end, hasApostrophe: hasApostrophe)
        self = Words()
        return word
    }

    private static func isSmall(_ following: UTF8Span.UnicodeScalarIterator) -> Bool {
        var rest = following
        guard let scalar = rest.next() else { return false }
        return Letter.Class(of: scalar) == .letter
    }
}

/// What a character is to a word.
enum Letter {
    enum Class {
        case capital
        case letter
        case digit
        case mark
        case apostrophe
        case separator

        init(of scalar: Unicode.Scalar) {
            if scalar.isASCII {
                switch scalar {
                case "a"..."z": self = .letter
                case "A"..."Z": self = .capital
                case "0"..."9": self = .digit
                case "'": self = .apostrophe
                default: self = .separator
                }
                return
            }
            switch scalar {
            case "\u{2019}":
                self = .apostrophe
                return
            // Joiners shape letters in Persian and Indic words.
            case "\u{200C}", "\u{200D}":
                self = .mark
                return
            default: break
            }
            switch scalar.properties.generalCategory {
            case .uppercaseLetter, .titlecaseLetter: self = scalar.properties.changesWhenLowercased ? .capital : .letter
            case .lowercaseLetter, .modifierLetter, .otherLetter: self = .letter
            case .decimalNumber, .letterNumber, .otherNumber: self = .digit
            case .nonspacingMark, .spacingMark, .enclosingMark: self = .mark
            default: self = .separator
            }
        }
    }
}
