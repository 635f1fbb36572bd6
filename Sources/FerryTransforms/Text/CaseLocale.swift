import FerryCore

/// A language whose cases differ from Unicode's default (SpecialCasing.txt, "Language-Sensitive Mappings").
enum CaseLocale: String, Sendable, CaseIterable {
    /// Azerbaijani: dotted and dotless i, as in Turkish.
    case azerbaijani = "az"
    /// Lithuanian: an i keeps its dot under an accent.
    case lithuanian = "lt"
    /// Turkish: `i` and `İ` are a pair, and so are `ı` and `I`.
    case turkish = "tr"

    /// Whether `i` and `I` are two letters.
    var hasDotlessI: Bool { self != .lithuanian }

    /// The option `locale` of a transform.
    static func option(of options: TransformOptions) throws(TransformReferenceError) -> CaseLocale? {
        let name = try options.text("locale", default: "", "'az', 'lt' or 'tr'") { CaseLocale(rawValue: $0) != nil }
        return CaseLocale(rawValue: name)
    }
}

/// The conditions of SpecialCasing.txt that look at what follows (The Unicode Standard, table 3-17).
enum CaseContext {
    /// > More_Above: C is followed by a character of combining class 230 (Above) with no intervening character of
    /// > combining class 0 or 230 (Above).
    static func isMoreAbove(_ following: UTF8Span.UnicodeScalarIterator) -> Bool {
        var rest = following
        while let scalar = rest.next() {
            switch scalar.properties.canonicalCombiningClass {
            case .above: return true
            case .notReordered: return false
            default: continue
            }
        }
        return false
    }

    /// > Before_Dot: C is followed by combining dot above (U+0307). Any sequence of characters with a combining class
    /// > that is neither 0 nor 230 may intervene between the current character and the combining dot above.
    static func isBeforeDot(_ following: UTF8Span.UnicodeScalarIterator) -> Bool {
        var rest = following
        while let scalar = rest.next() {
            if scalar == "\u{307}" { return true }
            switch scalar.properties.canonicalCombiningClass {
            case .above, .notReordered: return false
            default: continue
            }
        }
        return false
    }

    /// > Final_Sigma: […] C is not followed by a sequence consisting of zero or more case-ignorable characters and
    /// > then a cased letter.
    static func isBeforeCased(_ following: UTF8Span.UnicodeScalarIterator) -> Bool {
        var rest = following
        while let scalar = rest.next() {
            if !scalar.properties.isCaseIgnorable { return scalar.properties.isCased }
        }
        return false
    }
}
