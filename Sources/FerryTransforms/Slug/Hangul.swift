/// Hangul syllables in Revised Romanization, part by part (The Unicode Standard, §3.12).
enum Hangul {
    static let syllables: ClosedRange<UInt32> = 0xAC00...0xD7A3

    private static let initials = [
        "g", "kk", "n", "d", "tt", "r", "m", "b", "pp", "s", "ss", "", "j", "jj", "ch", "k", "t", "p", "h",
    ]
    private static let vowels = [
        "a", "ae", "ya", "yae", "eo", "e", "yeo", "ye", "o", "wa", "wae", "oe", "yo", "u", "wo", "we", "wi", "yu",
        "eu", "ui", "i",
    ]
    private static let finals = [
        "", "k", "k", "k", "n", "n", "n", "t", "l", "k", "m", "l", "l", "l", "p", "l", "m", "p", "p", "t", "t", "ng",
        "t", "t", "k", "t", "p", "t",
    ]

    /// The three parts' sounds; the first and the last may be empty.
    static func parts(of syllable: UInt32) -> (initial: String, vowel: String, final: String) {
        let index = Int(syllable - syllables.lowerBound)
        return (initials[index / 588], vowels[index % 588 / 28], finals[index % 28])
    }
}
