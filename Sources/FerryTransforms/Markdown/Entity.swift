/// HTML's character references, as CommonMark reads them.
enum Entity {
    /// Calls `body` with the text that a reference such as `&copy;` or `&#169;` stands for.
    ///
    /// An unknown name stands for itself. `reference` begins with `&` and ends with `;`.
    static func withText(of reference: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void) {
        guard reference.count > 2 else { return body(reference) }
        let name = UnsafeRawBufferPointer(rebasing: reference[1..<reference.count - 1])
        var text: [UInt8] = []
        if name[0] == UInt8(ascii: "#") {
            text.append(scalar: numbered(name.dropFirst()))
        } else if let codePoints = codePoints(named: name) {
            for digits in codePoints.split(separator: UInt8(ascii: " ")) {
                text.append(scalar: scalar(digits, radix: 16))
            }
        } else {
            return body(reference)
        }
        text.withUnsafeBytes(body)
    }

    /// > Decimal numeric character references consist of &# + a string of 1–7 arabic digits + ;. […] Invalid Unicode
    /// > code points will be replaced by U+FFFD. For security reasons, the code point U+0000 will also be replaced.
    private static func numbered(_ digits: Slice<UnsafeRawBufferPointer>) -> Unicode.Scalar {
        guard let first = digits.first, first | 0x20 == UInt8(ascii: "x") else { return scalar(digits, radix: 10) }
        return scalar(digits.dropFirst(), radix: 16)
    }

    private static func scalar(_ digits: some Collection<UInt8>, radix: Int) -> Unicode.Scalar {
        let value = UInt32(String(decoding: digits, as: UTF8.self), radix: radix) ?? 0
        return value == 0 ? "\u{FFFD}" : Unicode.Scalar(value) ?? "\u{FFFD}"
    }

    /// The code points in hexadecimal, found by halving: the table is in the order of the names' bytes.
    private static func codePoints(named name: UnsafeRawBufferPointer) -> Slice<UnsafeBufferPointer<UInt8>>? {
        var low = 0
        var high = EntityTable.entries.utf8CodeUnitCount / 4
        while low < high {
            let middle = (low + high) / 2
            let entry = self.entry(middle)
            let candidate = entry.prefix { $0 != UInt8(ascii: " ") }
            if candidate.elementsEqual(name) { return entry[(candidate.endIndex + 1)...] }
            if candidate.lexicographicallyPrecedes(name) { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    /// The text of an entry of the generated table, a constant that lives as long as the program.
    private static func entry(_ index: Int) -> UnsafeBufferPointer<UInt8> {
        let digits = EntityTable.entries.utf8Start + index * 4
        let offset = Int(digits[0] - 0x30) << 12 | Int(digits[1] - 0x30) << 6 | Int(digits[2] - 0x30)
        return UnsafeBufferPointer(start: EntityTable.texts.utf8Start + offset, count: Int(digits[3] - 0x30))
    }
}
