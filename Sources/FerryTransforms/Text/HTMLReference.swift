/// Character references as browsers read them.
enum HTMLReference {
    /// The table of the HTML Standard, §13.2.5.80: numbers that mean Windows-1252, from `&#128;` on.
    private static let windows: [UInt16] = [
        0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,
        0x017D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A,
        0x0153, 0x9D, 0x017E, 0x0178,
    ]

    /// Calls `body` with the text that a reference such as `&copy;` or `&#150;` stands for.
    ///
    /// What is no reference stands for itself. `reference` begins with `&` and ends with `;`.
    static func withText(of reference: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void) {
        guard reference.count > 2, reference[1] == UInt8(ascii: "#") else {
            return Entity.withText(of: reference, body)
        }
        guard let number = number(reference[2..<reference.count - 1]) else { return body(reference) }
        var scalar = Unicode.Scalar(number) ?? "\u{FFFD}"
        if number == 0 { scalar = "\u{FFFD}" }
        if number >= 0x80, number < 0xA0, let character = Unicode.Scalar(windows[Int(number) - 0x80]) {
            scalar = character
        }
        var text: [UInt8] = []
        text.append(scalar: scalar)
        text.withUnsafeBytes(body)
    }

    /// The number; of one that is too large only that it is no character.
    private static func number(_ digits: UnsafeRawBufferPointer.SubSequence) -> UInt32? {
        guard let first = digits.first else { return nil }
        let isHexadecimal = first | 0x20 == UInt8(ascii: "x")
        let digits = isHexadecimal ? digits.dropFirst() : digits
        guard !digits.isEmpty else { return nil }
        var number: UInt32 = 0
        for digit in digits {
            guard let value = value(of: digit, isHexadecimal: isHexadecimal) else { return nil }
            number = min(number * (isHexadecimal ? 16 : 10) + value, 0x11_0000)
        }
        return number
    }

    private static func value(of digit: UInt8, isHexadecimal: Bool) -> UInt32? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(digit - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f") where isHexadecimal: UInt32(digit - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F") where isHexadecimal: UInt32(digit - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}
