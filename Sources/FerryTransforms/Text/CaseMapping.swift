import FerryCore

/// Unicode's case conversions (The Unicode Standard, §3.13), byte by byte where the text is ASCII.
enum CaseMapping {
    /// Appends the text in upper case.
    static func uppercase(
        _ bytes: Span<UInt8>,
        _ locale: CaseLocale? = nil,
        into output: inout [UInt8]
    ) throws(TransformError) {
        let text: UTF8Span
        do { text = try UTF8Span(validating: bytes) } catch { throw .notUTF8 }
        if text.isKnownASCII, locale?.hasDotlessI != true {
            appendASCII(text.span, to: &output, from: UInt8(ascii: "a"))
            return
        }
        var scalars = text.makeUnicodeScalarIterator()
        var dots = SoftDots(locale)
        while let scalar = scalars.next() {
            if dots.drops(scalar) { continue }
            if scalar == "i", locale?.hasDotlessI == true {
                output.append(scalar: "\u{130}")
            } else if scalar.isASCII {
                output.append(swapCase(UInt8(truncatingIfNeeded: scalar.value), from: UInt8(ascii: "a")))
            } else {
                output.append(contentsOf: scalar.properties.uppercaseMapping.utf8)
            }
        }
    }

    /// Appends the text in lower case.
    static func lowercase(
        _ bytes: Span<UInt8>,
        _ locale: CaseLocale? = nil,
        into output: inout [UInt8]
    ) throws(TransformError) {
        try lowercase(bytes, locale, startsWithCapital: false, into: &output)
    }

    /// Appends one word with a capital, or a titlecase digraph such as `ǅ`, and the rest in lower case.
    static func titlecase(
        _ word: Span<UInt8>,
        _ locale: CaseLocale? = nil,
        into output: inout [UInt8]
    ) throws(TransformError) {
        try lowercase(word, locale, startsWithCapital: true, into: &output)
    }

    private static func lowercase(
        _ bytes: Span<UInt8>,
        _ locale: CaseLocale?,
        startsWithCapital: Bool,
        into output: inout [UInt8]
    ) throws(TransformError) {
        let text: UTF8Span
        do { text = try UTF8Span(validating: bytes) } catch { throw .notUTF8 }
        if text.isKnownASCII, locale == nil {
            let start = output.count
            appendASCII(text.span, to: &output, from: UInt8(ascii: "A"))
            if startsWithCapital, start < output.count {
                output[start] = swapCase(output[start], from: UInt8(ascii: "a"))
            }
            return
        }
        var scalars = text.makeUnicodeScalarIterator()
        var mapper = LowercaseMapper(locale)
        if startsWithCapital, let first = scalars.next() { mapper.capitalize(first, into: &output) }
        while let scalar = scalars.next() { mapper.map(scalar, before: scalars, into: &output) }
    }

    /// The other case of a letter in the alphabet that begins with `first`; any other byte as it is.
    @inline(__always)
    private static func swapCase(_ byte: UInt8, from first: UInt8) -> UInt8 {
        byte ^ (byte &- first < 26 ? 0x20 : 0)
    }

    private static func appendASCII(_ bytes: Span<UInt8>, to output: inout [UInt8], from first: UInt8) {
        output.append(addingCapacity: bytes.count) { (room: inout OutputSpan<UInt8>) in
            for index in bytes.indices { room.append(swapCase(bytes[index], from: first)) }
        }
    }
}

/// Knows which dots vanish when a Lithuanian text becomes upper case.
///
/// > 0307; 0307; ; ; lt After_Soft_Dotted; # COMBINING DOT ABOVE
struct SoftDots {
    private let isLithuanian: Bool
    private var isAfterSoftDotted = false

    init(_ locale: CaseLocale?) {
        isLithuanian = locale == .lithuanian
    }

    /// Whether the next character is such a dot.
    @inline(__always)
    mutating func drops(_ scalar: Unicode.Scalar) -> Bool {
        isLithuanian && isSoftDot(scalar)
    }

    private mutating func isSoftDot(_ scalar: Unicode.Scalar) -> Bool {
        if isAfterSoftDotted, scalar == "\u{307}" { return true }
        // > After_Soft_Dotted: There is a Soft_Dotted character before C, with no intervening character of combining
        // > class 0 or 230 (Above).
        switch scalar.properties.canonicalCombiningClass {
        case .notReordered: isAfterSoftDotted = scalar.properties.isSoftDotted
        case .above: isAfterSoftDotted = false
        default: break
        }
        return false
    }
}
