public import FoundationEssentials

/// Timestamps as RFC 3339 writes them: `2026-10-25T02:30:00+01:00`.
public enum RFC3339 {
    /// Writes `date` as a clock shows it that is `seconds` ahead of UTC.
    ///
    /// Milliseconds appear only if there are any, and finer fractions are rounded. The offset is cut to whole minutes,
    /// which is all the format can say; the instant stays the same. Zero is written as `Z`.
    public static func format(_ date: Date, offset seconds: Int = 0) -> String {
        let minutes = seconds / 60
        let (whole, milliseconds) = ((date.unixMicroseconds + 500).flooredDivision(by: 1000).quotient)
            .flooredDivision(by: 1000)
        let local = LocalTime(secondsSinceEpoch: whole + minutes * 60)
        var text = local.year < 0 ? "-" : ""
        text += "\(digits(abs(local.year), 4))-\(digits(local.month, 2))-\(digits(local.day, 2))"
        text += "T\(digits(local.hour, 2)):\(digits(local.minute, 2)):\(digits(local.second, 2))"
        if milliseconds > 0 { text += ".\(digits(milliseconds, 3))" }
        guard minutes != 0 else { return text + "Z" }
        return text + "\(minutes < 0 ? "-" : "+")\(digits(abs(minutes) / 60, 2)):\(digits(abs(minutes) % 60, 2))"
    }

    /// Reads a timestamp; `nil` if it is not one, or of a day that no calendar has.
    ///
    /// A space may stand for the `T`, as RFC 3339, §5.6, allows. The leap second `23:59:60Z` is the second after it.
    public static func parse(_ text: String) -> Date? {
        var reader = TimestampReader(text)
        guard let year = reader.number(4), reader.take("-"), let month = reader.number(2), reader.take("-"),
            let day = reader.number(2), reader.take("T") || reader.take("t") || reader.take(" "),
            let hour = reader.number(2), reader.take(":"), let minute = reader.number(2), reader.take(":"),
            let second = reader.number(2)
        else { return nil }
        var microseconds = 0
        if reader.take(".") {
            guard let fraction = reader.fraction() else { return nil }
            microseconds = fraction
        }
        var offset = 0
        if !reader.take("Z"), !reader.take("z") {
            let sign = reader.take("-") ? -1 : 1
            guard sign == -1 || reader.take("+"), let hours = reader.number(2), hours < 24, reader.take(":"),
                let minutes = reader.number(2), minutes < 60
            else { return nil }
            offset = sign * (hours * 3600 + minutes * 60)
        }
        guard reader.isAtEnd,
            let local = LocalTime(
                year: year,
                month: month,
                day: day,
                hour: hour,
                minute: minute,
                second: min(second, 59)
            )
        else { return nil }
        var instant = local.secondsSinceEpoch - offset
        if second > 59 {
            guard second == 60, instant.flooredDivision(by: 86_400).remainder == 86_399 else { return nil }
            instant += 1
        }
        return Date(unixMicroseconds: instant * 1_000_000 + microseconds)
    }

    private static func digits(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(width - text.utf8.count, 0)) + text
    }
}

/// Reads the parts of a timestamp one after the other.
struct TimestampReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    var isAtEnd: Bool { position == bytes.count }

    /// Exactly `count` digits.
    mutating func number(_ count: Int) -> Int? {
        guard bytes.count - position >= count else { return nil }
        var value = 0
        for byte in bytes[position..<(position + count)] {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        position += count
        return value
    }

    /// The digits of a fraction of a second, as microseconds; finer ones are dropped.
    mutating func fraction() -> Int? {
        var value = 0
        var scale = 1_000_000
        let start = position
        while let digit = number(1) {
            scale /= 10
            value += digit * scale
        }
        return position > start ? value : nil
    }

    /// The given text, if it comes next.
    mutating func take(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { expected in
            guard bytes[position...].starts(with: expected) else { return false }
            position += expected.count
            return true
        }
    }

    /// The letters that come next.
    mutating func word() -> String {
        let rest = bytes[position...].prefix { ($0 | 0x20) >= UInt8(ascii: "a") && ($0 | 0x20) <= UInt8(ascii: "z") }
        position += rest.count
        return String(decoding: rest, as: UTF8.self)
    }
}
