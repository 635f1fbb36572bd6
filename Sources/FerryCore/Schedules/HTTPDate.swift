public import FoundationEssentials

/// Dates as HTTP writes them: RFC 9110, §5.6.7.
public enum HTTPDate {
    /// Reads a date in the form of today or in one of the two obsolete forms, which recipients must still accept.
    ///
    /// - `Sun, 06 Nov 1994 08:49:37 GMT`
    /// - `Sunday, 06-Nov-94 08:49:37 GMT`, whose year is at most 50 years ahead of `now`
    /// - `Sun Nov  6 08:49:37 1994`
    ///
    /// The day of the week must be one, but need not be the right one.
    public static func parse(_ text: String, now: Date = Date()) -> Date? {
        var reader = TimestampReader(text)
        let weekday = reader.word()
        guard let index = weekdays.firstIndex(where: { weekday == $0 || weekday == $0.prefix(3) }) else { return nil }
        if reader.take(", ") {
            guard let day = reader.number(2) else { return nil }
            if weekday.utf8.count == 3, reader.take(" ") {
                return current(&reader, day: day)
            }
            return reader.take("-") && weekday == weekdays[index] ? obsolete(&reader, day: day, now: now) : nil
        }
        return weekday.utf8.count == 3 && reader.take(" ") ? asctime(&reader) : nil
    }

    /// `Nov 1994 08:49:37 GMT`.
    private static func current(_ reader: inout TimestampReader, day: Int) -> Date? {
        guard let month = month(&reader), reader.take(" "), let year = reader.number(4), reader.take(" "),
            let time = time(&reader), reader.take(" GMT"), reader.isAtEnd
        else { return nil }
        return date(year: year, month: month, day: day, time: time)
    }

    /// `Nov-94 08:49:37 GMT`.
    private static func obsolete(_ reader: inout TimestampReader, day: Int, now: Date) -> Date? {
        guard let month = month(&reader), reader.take("-"), let short = reader.number(2), reader.take(" "),
            let time = time(&reader), reader.take(" GMT"), reader.isAtEnd
        else { return nil }
        // > Recipients […] MUST interpret a timestamp that appears to be more than 50 years in the future as
        // > representing the most recent year in the past that had the same last two digits.
        let thisYear = LocalTime(secondsSinceEpoch: now.wholeUnixSeconds).year
        var year = thisYear.flooredDivision(by: 100).quotient * 100 + short
        if year > thisYear + 50 { year -= 100 }
        if year <= thisYear - 50 { year += 100 }
        return date(year: year, month: month, day: day, time: time)
    }

    /// `Nov  6 08:49:37 1994`.
    private static func asctime(_ reader: inout TimestampReader) -> Date? {
        guard let month = month(&reader), reader.take(" "), let day = reader.number(reader.take(" ") ? 1 : 2),
            reader.take(" "), let time = time(&reader), reader.take(" "), let year = reader.number(4), reader.isAtEnd
        else { return nil }
        return date(year: year, month: month, day: day, time: time)
    }

    private static func month(_ reader: inout TimestampReader) -> Int? {
        let name = reader.word()
        return months.firstIndex(of: name).map { $0 + 1 }
    }

    private static func time(_ reader: inout TimestampReader) -> (hour: Int, minute: Int, second: Int)? {
        guard let hour = reader.number(2), reader.take(":"), let minute = reader.number(2), reader.take(":"),
            let second = reader.number(2)
        else { return nil }
        return (hour, minute, second)
    }

    private static func date(year: Int, month: Int, day: Int, time: (hour: Int, minute: Int, second: Int)) -> Date? {
        guard time.second <= 60 else { return nil }
        // The grammar allows a leap second; the clock of Unix has none, so it is the second before it.
        let second = min(time.second, 59)
        return LocalTime(year: year, month: month, day: day, hour: time.hour, minute: time.minute, second: second)
            .map { Date(unixSeconds: $0.secondsSinceEpoch) }
    }

    private static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
