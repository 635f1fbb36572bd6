/// The weekdays, the date and the time that a calendar expression means, on a wall clock that is never set.
struct CalendarFields: Sendable, Equatable {
    /// One bit for each weekday, from Monday; `nil` for all of them.
    let weekdays: UInt8?
    /// The day of the month counts from its end: 1 is the last one.
    let countsFromEnd: Bool
    let years: CalendarComponent
    let months: CalendarComponent
    let days: CalendarComponent
    let hours: CalendarComponent
    let minutes: CalendarComponent
    /// Microseconds of the minute.
    let seconds: CalendarComponent

    // The same as one bit for each value; those of the weekdays are 0, Sunday, to 6.
    private let monthBits: UInt64
    private let dayBits: UInt64
    private let hourBits: UInt64
    private let minuteBits: UInt64
    private let weekdayBits: UInt64

    private let spill: Spill

    /// How far into what comes next a repetition without an end leads when it is past its last value.
    ///
    /// systemd goes on from there, and leaves out what comes before: `*:0/28` is not due at 00:00, since the 84th minute
    /// of the hour before is in the 24th of that one. Who tries an expression with `systemd-analyze calendar` shall get
    /// the same from Ferry.
    private struct Spill: Equatable {
        /// The day of January.
        var day: Int
        var hour: Int
        var minute: Int
        /// Microseconds.
        var second: Int
    }

    init(
        weekdays: UInt8,
        countsFromEnd: Bool,
        years: CalendarComponent,
        months: CalendarComponent,
        days: CalendarComponent,
        hours: CalendarComponent,
        minutes: CalendarComponent,
        seconds: CalendarComponent
    ) {
        self.weekdays = weekdays == 0 || weekdays == 0x7F ? nil : weekdays
        self.countsFromEnd = countsFromEnd && !days.isAny
        self.years = years
        self.months = months
        self.days = days
        self.hours = hours
        self.minutes = minutes
        self.seconds = seconds
        monthBits = months.bits(in: 1...12)
        let dayBits = days.bits(in: 1...31, fromEnd: self.countsFromEnd)
        self.dayBits = self.countsFromEnd ? Self.mirrored(dayBits) : dayBits
        hourBits = hours.bits(in: 0...23)
        minuteBits = minutes.bits(in: 0...59)
        // systemd's week begins on Monday.
        let week = UInt64(self.weekdays ?? 0x7F) << 1
        weekdayBits = (week | week >> 7) & 0x7F
        spill = Spill(
            day: days.firstOpen(beyond: 31, countedFrom: self.countsFromEnd ? 32 : nil).map { $0 - 31 } ?? 1,
            hour: hours.firstOpen(beyond: 23).map { $0 - 24 } ?? 0,
            minute: minutes.firstOpen(beyond: 59).map { $0 - 60 } ?? 0,
            second: seconds.firstOpen(beyond: Self.microsecondsPerMinute - 1).map { $0 - Self.microsecondsPerMinute }
                ?? 0
        )
    }

    /// The days of a month of 31 in the other order.
    private static func mirrored(_ days: UInt64) -> UInt64 {
        (1...31).reduce(0) { $0 | (days.has($1) ? 1 << UInt64(32 - $1) : 0) }
    }

    /// The last year of systemd's.
    private static let lastYear = 2199

    private static let microsecondsPerMinute = 60_000_000
    private static let microsecondsPerHour = 3_600_000_000
    private static let microsecondsPerDay = 86_400_000_000

    /// The first match at or after `wall`, in microseconds since 1970 on the wall; `nil` when there is none up to the
    /// year 2199.
    func nextWall(from wall: Int) -> Int? {
        var (day, time) = wall.flooredDivision(by: Self.microsecondsPerDay)
        while let (month, dayOfMonth) = nextDate(from: day) {
            let found = month.firstDay + dayOfMonth - 1
            switch nextTime(from: found > day ? 0 : time) {
            case .due(let due): return found * Self.microsecondsPerDay + due
            case .afterTheLastHour: time = dayOfMonth == month.length ? spill.hour * Self.microsecondsPerHour : 0
            case .later(let next): time = next
            }
            day = found + 1
        }
        return nil
    }

    /// The first matching day at or after `day`, in days since 1970: its month and its number in there.
    private func nextDate(from day: Int) -> (month: CalendarMonth, day: Int)? {
        var (year, number, first) = LocalTime.date(ofDay: day)
        while let nextYear = years.first(from: year), nextYear <= Self.lastYear {
            if nextYear > year { (year, number, first) = (nextYear, 1, 1) }
            guard let nextMonth = monthBits.first(from: number) else {
                (year, number, first) = (year + 1, 1, 1)
                continue
            }
            if nextMonth > number { (number, first) = (nextMonth, 1) }
            let month = CalendarMonth(year: year, month: number)
            if let found = matches(in: month).first(from: first) { return (month, found) }
            if number < 12 {
                (number, first) = (number + 1, 1)
            } else {
                // Where the 31st is one of the values, it was tried before January was.
                (year, number, first) = (year + 1, 1, daysOfMonth(month).has(31) ? 1 : spill.day)
            }
        }
        return nil
    }

    private func matches(in month: CalendarMonth) -> UInt64 {
        daysOfMonth(month) & month.days(onWeekdays: weekdayBits) & month.allDays
    }

    private func daysOfMonth(_ month: CalendarMonth) -> UInt64 {
        // Where days count from the end, the bits are those of a month of 31 days.
        countsFromEnd ? dayBits >> UInt64(31 - month.length) : dayBits
    }

    private enum TimeSearch {
        /// A time of this day, in microseconds.
        case due(Int)
        /// No hour of this day matches any more.
        case afterTheLastHour
        /// There is none on this day; the search goes on at this time of the next one.
        case later(Int)
    }

    /// The first match of a day at or after `time`, in microseconds of the day.
    private func nextTime(from time: Int) -> TimeSearch {
        var (hour, inHour) = time.flooredDivision(by: Self.microsecondsPerHour)
        while hour < 24 {
            guard let nextHour = hourBits.first(from: hour) else { return .afterTheLastHour }
            if nextHour > hour { (hour, inHour) = (nextHour, 0) }
            var (minute, inMinute) = inHour.flooredDivision(by: Self.microsecondsPerMinute)
            inHour = 0
            while minute < 60 {
                guard let nextMinute = minuteBits.first(from: minute) else {
                    if hour == 23 { inHour = spill.minute * Self.microsecondsPerMinute }
                    break
                }
                if nextMinute > minute { (minute, inMinute) = (nextMinute, 0) }
                if let second = seconds.first(from: inMinute), second < Self.microsecondsPerMinute {
                    return .due(hour * Self.microsecondsPerHour + minute * Self.microsecondsPerMinute + second)
                }
                if minute == 59 { inHour = spill.second }
                // Within the hour systemd takes over the fraction only.
                (minute, inMinute) = (minute + 1, spill.second % 1_000_000)
            }
            hour += 1
        }
        return .later(inHour)
    }
}

extension CalendarFields: CustomStringConvertible {
    /// The normalized form without the zone.
    var description: String {
        (weekdays.map { Self.names(of: $0) + " " } ?? "")
            + "\(years.text(width: 4))-\(months.text(width: 2))\(countsFromEnd ? "~" : "-")\(days.text(width: 2)) "
            + "\(hours.text(width: 2)):\(minutes.text(width: 2)):\(seconds.text(width: 2, unit: 1_000_000))"
    }

    /// The weekdays of systemd's week in short.
    static let weekdayNames = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

    private static func names(of weekdays: UInt8) -> String {
        var parts: [String] = []
        var day = 0
        while day < 7 {
            guard weekdays & (1 << UInt8(day)) != 0 else {
                day += 1
                continue
            }
            var last = day
            while last < 6, weekdays & (1 << UInt8(last + 1)) != 0 { last += 1 }
            switch last - day {
            case 0: parts.append(weekdayNames[day])
            case 1: parts += [weekdayNames[day], weekdayNames[last]]
            default: parts.append("\(weekdayNames[day])..\(weekdayNames[last])")
            }
            day = last + 1
        }
        return parts.joined(separator: ",")
    }
}
