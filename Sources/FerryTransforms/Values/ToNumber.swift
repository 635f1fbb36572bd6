import FerryCore

/// `to_number`: the number that a string says, digit for digit.
///
/// | String | Number |
/// |---|---|
/// | `" 12.50 "` | `12.50` |
/// | `"+7"`, `"007"` | `7` |
/// | `".5"`, `"5."` | `0.5`, `5` |
/// | `"-1e3"`, `"12345678901234567890"` | the same |
/// | `"1,234.5"` with `thousands: ","` | `1234.5` |
/// | `"1.234,5"` with `thousands: "."` and `decimal: ","` | `1234.5` |
/// | `""`, `"12 kg"`, `"0x1F"`, `"NaN"`, `"1,234"` | refused |
///
/// A JSON number stays as it is. Options: `thousands` (none), which may stand between groups of three digits, and
/// `decimal` (`.`), each one character.
struct ToNumber: Transform {
    let isOneWay = true
    private let thousands: [UInt8]
    private let decimal: [UInt8]

    init(_ options: TransformOptions) throws(TransformReferenceError) {
        try options.allow(["thousands", "decimal"])
        let expected = "one character that is no digit, sign or letter"
        let thousands = try options.text("thousands", default: "", expected, isValid: Self.isSeparator)
        let decimal = try options.text("decimal", default: ".", expected, isValid: Self.isSeparator)
        guard thousands != decimal else {
            throw options.invalid("thousands", "another character than 'decimal', which is '\(decimal)'")
        }
        self.thousands = Array(thousands.utf8)
        self.decimal = Array(decimal.utf8)
    }

    private static func isSeparator(_ text: String) -> Bool {
        guard let scalar = text.unicodeScalars.first, text.unicodeScalars.count == 1 else { return false }
        return !scalar.properties.isAlphabetic && !("0"..."9").contains(scalar) && scalar != "-" && scalar != "+"
    }

    func apply(
        _ kind: ValueKind,
        _ bytes: Span<UInt8>,
        into output: inout [UInt8]
    ) throws(TransformError) -> ValueKind {
        switch kind {
        case .null, .missing: return kind
        case .number:
            output.append(bytes)
            return kind
        case .true, .false, .json:
            throw TransformError("'to_number' expects a string or number, and the value is \(kind.name)")
        case .string: break
        }
        let text = bytes.extracting(Whitespace.trimmed(bytes))
        guard append(text, to: &output) else {
            throw TransformError("'to_number' expects a number, and the string is none")
        }
        return .number
    }

    /// Appends the number as RFC 8259 writes it; `false` if the text is none.
    private func append(_ text: Span<UInt8>, to output: inout [UInt8]) -> Bool {
        var index = 0
        if index < text.count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") {
            if text[index] == UInt8(ascii: "-") { output.append(text[index]) }
            index += 1
        }
        let whole = output.count
        guard let wholeDigits = appendGroups(text, &index, to: &output) else { return false }
        let zeros = output[whole...].prefix { $0 == UInt8(ascii: "0") }.count
        output.removeSubrange(whole..<whole + zeros)
        if output.count == whole { output.append(UInt8(ascii: "0")) }
        var fractionDigits = 0
        if starts(with: decimal, text, at: index) {
            index += decimal.count
            output.append(UInt8(ascii: "."))
            fractionDigits = appendDigits(text, &index, to: &output)
            if fractionDigits == 0 { output.removeLast() }
        }
        guard wholeDigits + fractionDigits > 0 else { return false }
        if index < text.count, text[index] | 0x20 == UInt8(ascii: "e") {
            output.append(text[index])
            index += 1
            if index < text.count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") {
                output.append(text[index])
                index += 1
            }
            guard appendDigits(text, &index, to: &output) > 0 else { return false }
        }
        return index == text.count
    }

    /// Appends the whole part without its separators and returns how many digits it has; `nil` if a group is too short
    /// or too long.
    private func appendGroups(_ text: Span<UInt8>, _ index: inout Int, to output: inout [UInt8]) -> Int? {
        let first = appendDigits(text, &index, to: &output)
        guard !thousands.isEmpty, first > 0, starts(with: thousands, text, at: index) else { return first }
        guard first <= 3 else { return nil }
        var digits = first
        while starts(with: thousands, text, at: index) {
            index += thousands.count
            guard appendDigits(text, &index, to: &output) == 3 else { return nil }
            digits += 3
        }
        return digits
    }

    private func appendDigits(_ text: Span<UInt8>, _ index: inout Int, to output: inout [UInt8]) -> Int {
        let start = index
        while index < text.count, text[index] &- UInt8(ascii: "0") < 10 { index += 1 }
        output.append(text.extracting(start..<index))
        return index - start
    }

    private func starts(with separator: [UInt8], _ text: Span<UInt8>, at index: Int) -> Bool {
        guard index + separator.count <= text.count else { return false }
        return separator.indices.allSatisfy { text[index + $0] == separator[$0] }
    }
}
