/// Hashes as positions keep them: sixteen digits each, one after the other.
enum HexDigits {
    /// The digits of several numbers.
    static func text(of numbers: some Sequence<UInt64>) -> String {
        numbers.map(text(of:)).joined()
    }

    /// The digits of one number.
    static func text(of number: UInt64) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: 16 - text.utf8.count) + text
    }

    /// The numbers whose digits these are; `nil` if they are none.
    static func numbers(in text: String?) -> [UInt64]? {
        guard let digits = text?.utf8, digits.count.isMultiple(of: 16) else { return nil }
        var numbers: [UInt64] = []
        numbers.reserveCapacity(digits.count / 16)
        var rest = digits[...]
        while !rest.isEmpty {
            guard let number = UInt64(String(decoding: rest.prefix(16), as: UTF8.self), radix: 16) else { return nil }
            numbers.append(number)
            rest = rest.dropFirst(16)
        }
        return numbers
    }
}
