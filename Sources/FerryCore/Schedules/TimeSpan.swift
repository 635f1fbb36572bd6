/// Time spans as systemd writes them (systemd.time(7), "Parsing time spans"): `1h 30m`, `90s`, `2 weeks`, `500ms`.
public enum TimeSpan {
    /// Parses a time span.
    ///
    /// Numbers may have a decimal fraction; a number without a unit counts seconds. Units, from nanoseconds to years,
    /// add up. As in systemd, a month is 30.44 days and a year 365.25 days. `infinity` is not a span that can be
    /// waited for, and is refused.
    ///
    /// - Throws: ``TimeSpanError`` when the text is not a time span, or one longer than about 292 years.
    public static func parse(_ text: String) throws(TimeSpanError) -> Duration {
        let bytes = Array(text.utf8)
        var position = 0
        var total: Int128 = 0
        var isEmpty = true

        func skipSpace() {
            while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
        }
        func digits() -> ArraySlice<UInt8> {
            let start = position
            while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
            return bytes[start..<position]
        }

        skipSpace()
        while position < bytes.count {
            let start = position
            let whole = digits()
            var fraction: ArraySlice<UInt8> = []
            if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
                position += 1
                fraction = digits()
                guard !fraction.isEmpty else {
                    throw TimeSpanError(message: "expected digits after the point", offset: position)
                }
            }
            guard !whole.isEmpty || !fraction.isEmpty else {
                throw TimeSpanError(message: "expected a number", offset: start)
            }
            skipSpace()
            let unitStart = position
            while position < bytes.count, isUnitByte(bytes[position]) { position += 1 }
            let unit = String(decoding: bytes[unitStart..<position], as: UTF8.self)
            guard let nanoseconds = unitNanoseconds(unit) else {
                throw TimeSpanError(message: "unknown unit '\(unit)'", offset: unitStart)
            }
            // 20 digits of the smallest unit are beyond the limit already.
            guard whole.drop(while: { $0 == UInt8(ascii: "0") }).count <= 20 else { throw tooLong(at: start) }
            total += number(whole) * nanoseconds
            var scale = nanoseconds
            for digit in fraction.prefix(20) {
                scale /= 10
                total += Int128(digit - UInt8(ascii: "0")) * scale
            }
            guard total <= Int128(Int64.max) else { throw tooLong(at: start) }
            isEmpty = false
            skipSpace()
        }
        guard !isEmpty else { throw TimeSpanError(message: "expected a number", offset: 0) }
        return .nanoseconds(Int64(total))
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int128 {
        digits.reduce(0) { $0 * 10 + Int128($1 - UInt8(ascii: "0")) }
    }

    private static func tooLong(at offset: Int) -> TimeSpanError {
        TimeSpanError(message: "the span is longer than 292 years", offset: offset)
    }

    /// Letters, and the two bytes of `µ` and `μ`.
    private static func isUnitByte(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte >= 0x80
    }

    private static func unitNanoseconds(_ unit: String) -> Int128? {
        switch unit {
        case "ns", "nsec": 1
        case "us", "usec", "\u{B5}s", "\u{3BC}s": 1000
        case "ms", "msec": 1_000_000
        case "", "s", "sec", "second", "seconds": second
        case "m", "min", "minute", "minutes": 60 * second
        case "h", "hr", "hour", "hours": 3600 * second
        case "d", "day", "days": 86400 * second
        case "w", "week", "weeks": 7 * 86400 * second
        case "M", "month", "months": 2_629_800 * second
        case "y", "year", "years": 31_557_600 * second
        default: nil
        }
    }

    private static let second: Int128 = 1_000_000_000
}

/// A text that is not a time span.
public struct TimeSpanError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong, for people.
    public let message: String
    /// The offset in bytes of the first wrong character.
    public let offset: Int

    /// An error.
    public init(message: String, offset: Int) {
        self.message = message
        self.offset = offset
    }

    /// The message.
    public var description: String { message }
}
