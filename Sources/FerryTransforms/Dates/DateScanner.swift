import FerryCore

/// Reads the parts of a text one after the other.
struct DateScanner {
    private(set) var position = 0

    func isAtEnd(of text: Span<UInt8>) -> Bool { position == text.count }

    /// A number of exactly `width` digits.
    @inline(__always)
    mutating func number(_ width: Int, in text: Span<UInt8>) throws(DateFlaw) -> Int {
        guard text.count - position >= width else { throw .shape }
        var value = 0
        for index in position..<(position + width) {
            let digit = text[index] &- UInt8(ascii: "0")
            guard digit < 10 else { throw .shape }
            value = value * 10 + Int(digit)
        }
        position += width
        return value
    }

    /// A number of one or two digits.
    mutating func shortNumber(in text: Span<UInt8>) throws(DateFlaw) -> Int {
        let isLong = position + 1 < text.count && text[position + 1] &- UInt8(ascii: "0") < 10
        return try number(isLong ? 2 : 1, in: text)
    }

    /// The character, if it comes next.
    @inline(__always)
    mutating func take(_ character: Unicode.Scalar, in text: Span<UInt8>) -> Bool {
        guard position < text.count, text[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    /// The character, which must come next.
    @inline(__always)
    mutating func expect(_ character: Unicode.Scalar, in text: Span<UInt8>) throws(DateFlaw) {
        guard take(character, in: text) else { throw .shape }
    }

    /// The bytes, which must come next.
    mutating func expect(_ bytes: [UInt8], in text: Span<UInt8>) throws(DateFlaw) {
        guard text.count - position >= bytes.count else { throw .shape }
        for index in bytes.indices where text[position + index] != bytes[index] { throw .shape }
        position += bytes.count
    }

    /// The place in `names` of the one that comes next, in capital or small letters.
    mutating func name(of names: [StaticString], letters: Int?, in text: Span<UInt8>) throws(DateFlaw) -> Int {
        for (place, name) in names.enumerated() {
            let count = letters ?? name.utf8CodeUnitCount
            guard text.count - position >= count else { continue }
            let isSame = (0..<count).allSatisfy { name.utf8Start[$0] | 0x20 == text[position + $0] | 0x20 }
            guard isSame else { continue }
            position += count
            return place
        }
        throw .shape
    }

    /// The digits of a fraction of a second, one at least, as nanoseconds; finer ones are dropped.
    mutating func fraction(in text: Span<UInt8>) throws(DateFlaw) -> Int {
        let start = position
        var value = 0
        var scale = 1_000_000_000
        while position < text.count {
            let digit = text[position] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            scale /= 10
            value += Int(digit) * scale
            position += 1
        }
        guard position > start else { throw .shape }
        return value
    }

    /// `+hh:mm`, or `+hhmm` without the colon, in seconds.
    mutating func offset(withColon: Bool, in text: Span<UInt8>) throws(DateFlaw) -> Int {
        let isWest = take("-", in: text)
        if !isWest { try expect("+", in: text) }
        let hours = try number(2, in: text)
        if withColon { try expect(":", in: text) }
        let minutes = try number(2, in: text)
        guard hours < 24, minutes < 60 else { throw .offset }
        return (isWest ? -1 : 1) * (hours * 3600 + minutes * 60)
    }
}

extension [UInt8] {
    /// Appends a number with at least `width` digits; `value` is not negative.
    @inline(__always)
    mutating func append(_ value: Int, width: Int) {
        var scale = 1
        for _ in 1..<width { scale *= 10 }
        while value / scale > 9 { scale *= 10 }
        while scale > 0 {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / scale % 10))
            scale /= 10
        }
    }

    /// Appends the first `digits` digits of a fraction of a second.
    mutating func append(nanoseconds: Int, digits: Int) {
        var value = nanoseconds
        for _ in digits..<9 { value /= 10 }
        append(value, width: digits)
    }

    /// Appends `+hh:mm`, or `+hhmm` without the colon.
    mutating func append(offset minutes: Int, withColon: Bool) {
        append(UInt8(ascii: minutes < 0 ? "-" : "+"))
        append(abs(minutes) / 60, width: 2)
        if withColon { append(UInt8(ascii: ":")) }
        append(abs(minutes) % 60, width: 2)
    }
}
