/// Maps one character after another to lower case, and knows what the ones before ask of the next.
struct LowercaseMapper {
    private let locale: CaseLocale?
    /// > Final_Sigma: C is preceded by a sequence consisting of a cased letter and then zero or more case-ignorable
    /// > characters […]
    private var isAfterCased = false
    /// > After_I: There is an uppercase I before C, and there is no intervening combining character class 230 (Above)
    /// > or 0.
    private var isAfterI = false
    /// The dots that a Lithuanian capital loses.
    private var dots: SoftDots
    private var isCapitalOpen = false

    init(_ locale: CaseLocale?) {
        self.locale = locale
        dots = SoftDots(locale)
    }

    /// Writes the first character of a word with a capital.
    mutating func capitalize(_ scalar: Unicode.Scalar, into output: inout [UInt8]) {
        isCapitalOpen = !dots.drops(scalar)
        if locale?.hasDotlessI == true, scalar == "i" || scalar == "I" {
            output.append(scalar: scalar == "i" ? "\u{130}" : "I")
        } else {
            // By way of lower case, because Georgian has capital letters but does not begin words with them.
            let small = scalar.properties.lowercaseMapping.unicodeScalars
            let letter = small.count == 1 ? small.first ?? scalar : scalar
            output.append(contentsOf: letter.properties.titlecaseMapping.utf8)
        }
        note(scalar)
    }

    /// Writes a character in lower case; `following` stands behind it.
    mutating func map(
        _ scalar: Unicode.Scalar,
        before following: UTF8Span.UnicodeScalarIterator,
        into output: inout [UInt8]
    ) {
        defer { note(scalar) }
        if isCapitalOpen {
            if dots.drops(scalar) { return }
            isCapitalOpen = scalar.properties.canonicalCombiningClass != .notReordered
        }
        switch locale {
        case .azerbaijani, .turkish:
            if mapTurkic(scalar, before: following, into: &output) { return }
        case .lithuanian:
            if mapLithuanian(scalar, before: following, into: &output) { return }
        case nil: break
        }
        if scalar.isASCII {
            let byte = UInt8(truncatingIfNeeded: scalar.value)
            output.append(byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte)
        } else if scalar == "\u{3A3}" {
            output.append(scalar: isAfterCased && !CaseContext.isBeforeCased(following) ? "\u{3C2}" : "\u{3C3}")
        } else {
            output.append(contentsOf: scalar.properties.lowercaseMapping.utf8)
        }
    }

    /// `false` where the language has no rule of its own.
    private func mapTurkic(
        _ scalar: Unicode.Scalar,
        before following: UTF8Span.UnicodeScalarIterator,
        into output: inout [UInt8]
    ) -> Bool {
        switch scalar {
        case "\u{130}": output.append(scalar: "i")
        // > When lowercasing, remove dot_above in the sequence I + dot_above, which will turn into i.
        case "\u{307}" where isAfterI: break
        case "I": output.append(scalar: CaseContext.isBeforeDot(following) ? "i" : "\u{131}")
        default: return false
        }
        return true
    }

    /// > Introduce an explicit dot above when lowercasing capital I's and J's whenever there are more accents above.
    private func mapLithuanian(
        _ scalar: Unicode.Scalar,
        before following: UTF8Span.UnicodeScalarIterator,
        into output: inout [UInt8]
    ) -> Bool {
        switch scalar {
        case "I", "J", "\u{12E}":
            output.append(contentsOf: scalar.properties.lowercaseMapping.utf8)
            if CaseContext.isMoreAbove(following) { output.append(scalar: "\u{307}") }
        case "\u{CC}": output.append("i\u{307}\u{300}")
        case "\u{CD}": output.append("i\u{307}\u{301}")
        case "\u{128}": output.append("i\u{307}\u{303}")
        default: return false
        }
        return true
    }

    @inline(__always)
    private mutating func note(_ scalar: Unicode.Scalar) {
        if (UInt8(truncatingIfNeeded: scalar.value) | 0x20) &- UInt8(ascii: "a") < 26, scalar.isASCII {
            isAfterCased = true
            isAfterI = scalar == "I"
            return
        }
        let properties = scalar.properties
        if !properties.isCaseIgnorable { isAfterCased = properties.isCased }
        if isAfterI {
            let combiningClass = properties.canonicalCombiningClass
            isAfterI = combiningClass != .notReordered && combiningClass != .above
        }
    }
}
