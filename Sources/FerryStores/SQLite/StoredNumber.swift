import FerryCore

/// How SQLite can hold a JSON number without losing a digit.
enum StoredNumber {
    case integer(Int64)
    /// `isLiteral`: reading the real number back gives the very literal.
    case real(Double, isLiteral: Bool)
    /// Neither fits: the literal is kept as text.
    case text

    init(_ literal: UnsafeRawBufferPointer) {
        if let integer = Self.shortInteger(literal) {
            self = .integer(integer)
            return
        }
        let text = String(decoding: literal, as: UTF8.self)
        // The integer 0 has no sign; the real number's is kept with its literal.
        if text != "-0", let integer = Int64(text) {
            self = .integer(integer)
            return
        }
        guard let real = Double(text), real.isFinite else {
            self = .text
            return
        }
        let written = real.description
        if written == text {
            self = .real(real, isLiteral: true)
        } else {
            self = CanonicalNumber.areEqual(written, text) ? .real(real, isLiteral: false) : .text
        }
    }

    /// Reads an integer of up to 18 digits, as nearly all are.
    private static func shortInteger(_ literal: UnsafeRawBufferPointer) -> Int64? {
        let isNegative = literal.first == UInt8(ascii: "-")
        let digits = literal.dropFirst(isNegative ? 1 : 0)
        guard (1...18).contains(digits.count) else { return nil }
        var value: Int64 = 0
        for byte in digits {
            let digit = byte &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = value &* 10 &+ Int64(digit)
        }
        guard isNegative else { return value }
        return value == 0 ? nil : -value
    }
}

/// Texts that SQLite turns into numbers in a column of numeric affinity (datatype3.html, §3).
enum NumericText {
    /// Whether the text is a well-formed number literal, spaces around it allowed.
    static func isNumeric(_ text: UnsafeRawBufferPointer) -> Bool {
        var rest = text[...]
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
        func takeDigits() -> Int {
            let end = rest.firstIndex { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? rest.endIndex
            defer { rest = rest[end...] }
            return end - rest.startIndex
        }
        func take(_ bytes: UInt8...) -> Bool {
            guard let first = rest.first, bytes.contains(first) else { return false }
            rest = rest.dropFirst()
            return true
        }
        rest = rest.drop(while: isSpace)
        while let last = rest.last, isSpace(last) { rest = rest.dropLast() }
        _ = take(UInt8(ascii: "+"), UInt8(ascii: "-"))
        var digits = takeDigits()
        if take(UInt8(ascii: ".")) { digits += takeDigits() }
        guard digits > 0 else { return false }
        if take(UInt8(ascii: "e"), UInt8(ascii: "E")) {
            _ = take(UInt8(ascii: "+"), UInt8(ascii: "-"))
            guard takeDigits() > 0 else { return false }
        }
        return rest.isEmpty
    }
}
