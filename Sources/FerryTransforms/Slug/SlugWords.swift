/// Writes the words of a slug, one separator between two.
struct SlugWords {
    var output: [UInt8] = []
    private let start: Int
    private let separator: [UInt8]
    private let caseBit: UInt8
    /// Whether a separator stands before the next letter.
    private var isSeparated = false
    /// What the last character asks of the next one.
    private var flags: Transliteration.Flags = []
    /// A vowel that waits for its consonant.
    private var vowel: Transliteration?

    /// A writer for the end of `output`, which the caller swaps in.
    init(_ options: SlugOptions, after output: [UInt8]) {
        start = output.count
        separator = options.separator
        caseBit = options.isLowercased ? 0x20 : 0
    }

    /// Forgets all that was written.
    mutating func startOver() {
        output.removeLast(output.count - start)
        isSeparated = false
        flags = []
        vowel = nil
    }

    /// Writes what is still held back.
    mutating func finish() {
        flushVowel()
    }

    mutating func append(_ codePoint: UInt32) {
        if codePoint < 0x80 {
            append(ascii: UInt8(truncatingIfNeeded: codePoint))
        } else if Hangul.syllables.contains(codePoint) {
            append(hangul: codePoint)
        } else {
            append(Transliteration(of: codePoint))
        }
    }

    @inline(__always)
    mutating func append(ascii byte: UInt8) {
        if (byte | 0x20) &- UInt8(ascii: "a") < 26 {
            settle()
            letter(byte | caseBit)
        } else if byte &- UInt8(ascii: "0") < 10 {
            settle()
            letter(byte)
        } else if byte != UInt8(ascii: "'") {
            settle()
            isSeparated = true
        }
    }

    mutating func append(hangul syllable: UInt32) {
        settle()
        let parts = Hangul.parts(of: syllable)
        for byte in parts.initial.utf8 { letter(byte) }
        for byte in parts.vowel.utf8 { letter(byte) }
        for byte in parts.final.utf8 { letter(byte) }
    }

    mutating func append(_ entry: Transliteration) {
        if entry.isDropped { return }
        let before = flags
        if entry.flags.contains(.movesBehind) {
            flushVowel()
            vowel = entry
            flags = []
            return
        }
        flags = entry.flags.subtracting(.composes)
        if flags.contains(.killsVowel), before.contains(.hasVowel) { output.removeLast() }
        if flags.contains(.smallKana), !isSeparated, output.count > start {
            joinKana(entry.text)
            return
        }
        if before.contains(.doubles), let first = entry.text.first, first != UInt8(ascii: " ") { double(first | 0x20) }
        write(entry.text)
        if vowel != nil, !entry.text.isEmpty { flushVowel() }
    }

    @inline(__always)
    private mutating func settle() {
        flags = []
        if vowel != nil { flushVowel() }
    }

    private mutating func flushVowel() {
        guard let held = vowel else { return }
        vowel = nil
        write(held.text)
    }

    private mutating func write(_ text: UnsafeBufferPointer<UInt8>) {
        for byte in text {
            if byte == UInt8(ascii: " ") {
                isSeparated = true
            } else {
                letter(byte > UInt8(ascii: "9") ? byte | caseBit : byte)
            }
        }
    }

    @inline(__always)
    private mutating func letter(_ byte: UInt8) {
        if isSeparated {
            isSeparated = false
            if output.count > start { output.append(contentsOf: separator) }
        }
        output.append(byte)
    }

    /// `っち` is `tchi`, `っか` is `kka`; before a vowel nothing can be doubled.
    private mutating func double(_ first: UInt8) {
        switch first {
        case UInt8(ascii: "c"): letter(UInt8(ascii: "t"))
        case UInt8(ascii: "a")...UInt8(ascii: "z") where !Self.isVowel(first): letter(first)
        default: break
        }
    }

    /// `きゃ` is `kya`, `しゃ` is `sha`, `ファ` is `fa`, `ウィ` is `wi`.
    private mutating func joinKana(_ text: UnsafeBufferPointer<UInt8>) {
        guard let last = output.last, let first = text.first, Self.isVowel(last) else {
            write(text)
            return
        }
        output.removeLast()
        let before = output.count > start ? output[output.count - 1] : 0
        if first == UInt8(ascii: "y"), last == UInt8(ascii: "i") {
            let isPalatal = before == UInt8(ascii: "h") || before == UInt8(ascii: "j")
            for byte in isPalatal && text.count > 1 ? text.dropFirst() : text[...] { letter(byte) }
        } else if first == UInt8(ascii: "y") {
            letter(last)
            write(text)
        } else {
            let isAlone = Self.isVowel(before) || before < UInt8(ascii: "a") || before > UInt8(ascii: "z")
            if isAlone, last == UInt8(ascii: "u") {
                letter(UInt8(ascii: "w"))
            } else if isAlone {
                letter(last)
            }
            write(text)
        }
    }

    private static func isVowel(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a"), UInt8(ascii: "e"), UInt8(ascii: "i"), UInt8(ascii: "o"), UInt8(ascii: "u"): true
        default: false
        }
    }
}
