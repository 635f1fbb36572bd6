/// A regular expression that a whole text is to match.
struct TextPattern {
    /// The expression as it was written.
    let text: String
    private let expression: Regex<AnyRegexOutput>

    /// `nil` if the text is no regular expression.
    init?(_ text: String) {
        // Which part of it is wrong, the library says only in words for programmers.
        guard let expression = try? Regex(text) else { return nil }
        self.text = text
        self.expression = expression.matchingSemantics(.unicodeScalar)
    }

    /// Whether the whole text matches.
    func matches(_ candidate: String) -> Bool {
        // The engine throws only where a pattern's own code does, and such a pattern has none.
        (try? expression.wholeMatch(in: candidate)) != nil
    }
}
