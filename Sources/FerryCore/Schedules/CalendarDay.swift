public import FoundationEssentials

/// A day of the proleptic Gregorian calendar, in no particular time zone.
public struct CalendarDay: Sendable, Hashable, Comparable {
    /// The days since 1970-01-01.
    private var number: Int

    /// The day that a zone's calendars show at an instant.
    public init(at date: Date, in zone: TimeZoneRules) {
        number = zone.local(at: date).daysSinceEpoch
    }

    /// The day that a text stands for: `2026-01-31`; `nil` when it is none.
    public init?(_ text: String) {
        let digits = Array(text.utf8)
        guard digits.count == 10, digits[4] == UInt8(ascii: "-"), digits[7] == UInt8(ascii: "-") else { return nil }
        let parts = [digits[0..<4], digits[5..<7], digits[8..<10]].map { part in
            part.allSatisfy { (0x30...0x39).contains($0) } ? Int(String(decoding: part, as: UTF8.self)) : nil
        }
        guard let year = parts[0], let month = parts[1], let day = parts[2],
            let local = LocalTime(year: year, month: month, day: day)
        else { return nil }
        number = local.daysSinceEpoch
    }

    /// The day as ISO 8601 writes it: `2026-01-31`.
    public var text: String {
        let (year, month, day) = LocalTime.date(ofDay: number)
        func padded(_ value: Int, to length: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, length - digits.utf8.count)) + digits
        }
        return "\(padded(year, to: 4))-\(padded(month, to: 2))-\(padded(day, to: 2))"
    }

    /// The day that comes so many days later, or earlier.
    public func adding(days: Int) -> CalendarDay {
        var day = self
        day.number += days
        return day
    }

    /// Whether `left` comes before `right`.
    public static func < (left: CalendarDay, right: CalendarDay) -> Bool { left.number < right.number }
}
