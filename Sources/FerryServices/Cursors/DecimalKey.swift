/// A JSON number as something to compare by: exact, whatever its length and however it is written.
struct DecimalKey: Comparable {
    /// -1, 0 or 1.
    private var sign: Int
    /// The power of ten that the first digit stands for.
    private var magnitude: Int
    /// The digits without zeros at either end.
    private var digits: [UInt8]

    /// The number that a literal stands for; `nil` if it is none, or beyond all measure.
    init?(_ literal: String) {
        var rest = literal.utf8[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative { rest = rest.dropFirst() }
        var digits: [UInt8] = []
        var whole = 0
        var isFraction = false
        while let byte = rest.first {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                digits.append(byte)
                if !isFraction { whole += 1 }
            case UInt8(ascii: ".") where !isFraction && whole > 0: isFraction = true
            default:
                guard byte | 0x20 == UInt8(ascii: "e"), let power = Int(String(rest.dropFirst()) ?? ""),
                    power.magnitude < 1 << 40
                else { return nil }
                whole += power
                rest = rest.suffix(1)
            }
            rest = rest.dropFirst()
        }
        guard !digits.isEmpty else { return nil }
        let zeros = digits.prefix { $0 == UInt8(ascii: "0") }.count
        self.digits = Array(digits.dropFirst(zeros))
        while self.digits.last == UInt8(ascii: "0") { self.digits.removeLast() }
        magnitude = whole - zeros
        sign = self.digits.isEmpty ? 0 : isNegative ? -1 : 1
        if sign == 0 { magnitude = 0 }
    }

    static func < (left: DecimalKey, right: DecimalKey) -> Bool {
        guard left.sign == right.sign else { return left.sign < right.sign }
        let (smaller, larger) = left.sign < 0 ? (right, left) : (left, right)
        guard smaller.magnitude == larger.magnitude else { return smaller.magnitude < larger.magnitude }
        return smaller.digits.lexicographicallyPrecedes(larger.digits)
    }
}
