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

    // The same as one bit for each value.
    private let monthBits: UInt64
    private let dayBits: UInt64
    private let hourBits: UInt64
    private let minuteBits: UInt64

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
        dayBits = days.bits(in: 1...31, fromEnd: self.countsFromEnd)
        hourBits = hours.bits(in: 0...23)
        minuteBits = minutes.bits(in: 0...59)
    }

    /// The first match at or after `wall`, in microseconds since 1970 on the wall, and before `end`.
    func nextWall(from wall: Int, before end: Int) -> Int? {
        var (day, time) = wall.flooredDivision(by: Self.microsecondsPerDay)
        while day * Self.microsecondsPerDay < end {
            let (year, month, dayOfMonth) = LocalTime.date(ofDay: day)
            guard let nextYear = years.first(from: year) else { return nil }
            let length = LocalTime.days(in: month, of: year)
            if nextYear > year {
                day = LocalTime.day(year: nextYear, month: 1, day: 1)
                time = 0
            } else if monthBits & (1 << UInt64(month)) == 0 {
                day += length - dayOfMonth + 1
                time = 0
            } else {
                let index = countsFromEnd ? length - dayOfMonth + 1 : dayOfMonth
                if dayBits & (1 << UInt64(index)) != 0, isWeekday(day), let found = nextTime(from: time) {
                    let due = day * Self.microsecondsPerDay + found
                    return due < end ? due : nil
                }
                day += 1
                time = 0
            }
        }
        return nil
    }

    private static let microsecondsPerMinute = 60_000_000
    private static let microsecondsPerDay = 86_400_000_000

    private func isWeekday(_ day: Int) -> Bool {
        // systemd's week begins on Monday, `dayOfWeek` is 0 on Sunday.
        weekdays.map { $0 & (1 << UInt8((LocalTime.dayOfWeek(ofDay: day) + 6) % 7)) != 0 } ?? true
    }

    /// The first match of a day at or after `time`, in microseconds of the day.
    private func nextTime(from time: Int) -> Int? {
        var (minute, rest) = time.flooredDivision(by: Self.microsecondsPerMinute)
        while minute < 24 * 60 {
            let (hour, minuteOfHour) = minute.flooredDivision(by: 60)
            if hourBits & (1 << UInt64(hour)) == 0 {
                minute = (hour + 1) * 60
            } else if minuteBits & (1 << UInt64(minuteOfHour)) == 0 {
                minute += 1
            } else if let found = seconds.first(from: rest), found < Self.microsecondsPerMinute {
                return minute * Self.microsecondsPerMinute + found
            } else {
                minute += 1
            }
            rest = 0
        }
        return nil
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
