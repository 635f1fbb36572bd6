/// What a calendar and a clock on the wall show, in no particular time zone.
///
/// The calendar is the proleptic Gregorian one; every day has 86,400 seconds.
public struct LocalTime: Sendable, Hashable, Comparable {
    /// The year; 0 is 1 BC.
    public let year: Int
    /// The month, from 1.
    public let month: Int
    /// The day of the month, from 1.
    public let day: Int
    /// The hour, 0 to 23.
    public let hour: Int
    /// The minute, 0 to 59.
    public let minute: Int
    /// The second, 0 to 59.
    public let second: Int

    /// A local time, or `nil` when no calendar or clock ever shows it.
    ///
    /// Years beyond ±999,999 are refused as well, which keeps all arithmetic far from an overflow.
    public init?(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
        guard (-999_999...999_999).contains(year), (1...12).contains(month), day >= 1,
            day <= Self.days(in: month, of: year),
            (0...23).contains(hour), (0...59).contains(minute), (0...59).contains(second)
        else { return nil }
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
    }

    /// The local time that is `seconds` after 1970-01-01 00:00:00 on the same wall.
    package init(secondsSinceEpoch seconds: Int) {
        let (days, rest) = seconds.flooredDivision(by: 86_400)
        (year, month, day) = Self.date(ofDay: days)
        hour = rest / 3600
        minute = rest / 60 % 60
        second = rest % 60
    }

    /// The seconds since 1970-01-01 00:00:00 on the same wall.
    package var secondsSinceEpoch: Int {
        daysSinceEpoch * 86_400 + hour * 3600 + minute * 60 + second
    }

    /// The days since 1970-01-01.
    var daysSinceEpoch: Int { Self.day(year: year, month: month, day: day) }

    /// The day of the week: 0 is Sunday, 6 is Saturday.
    public var dayOfWeek: Int { Self.dayOfWeek(ofDay: daysSinceEpoch) }

    /// The same time of the day, `days` later (or earlier, if negative).
    public func adding(days: Int) -> LocalTime {
        LocalTime(secondsSinceEpoch: secondsSinceEpoch + days * 86_400)
    }

    /// Whether `left` comes before `right` on the same wall.
    public static func < (left: LocalTime, right: LocalTime) -> Bool {
        left.secondsSinceEpoch < right.secondsSinceEpoch
    }

    /// The number of days in a month of a year.
    public static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    static func isLeap(_ year: Int) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    static func dayOfWeek(ofDay days: Int) -> Int {
        // 1970-01-01 was a Thursday.
        (days + 4).flooredDivision(by: 7).remainder
    }

    // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": years begin in March, so that the leap day comes
    // last and the lengths of the months before it follow a straight line.

    /// The days from 1970-01-01 to a date; `month` must be 1 to 12, `day` may lie outside of its month.
    static func day(year: Int, month: Int, day: Int) -> Int {
        let (era, yearOfEra) = (month <= 2 ? year - 1 : year).flooredDivision(by: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The date that is `days` after 1970-01-01.
    static func date(ofDay days: Int) -> (year: Int, month: Int, day: Int) {
        let (era, dayOfEra) = (days + 719_468).flooredDivision(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }
}

extension Int {
    /// Divides so that the remainder is never negative; `divisor` must be positive.
    package func flooredDivision(by divisor: Int) -> (quotient: Int, remainder: Int) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
