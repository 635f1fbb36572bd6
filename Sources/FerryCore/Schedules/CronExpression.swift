public import FoundationEssentials

/// The five fields of Vixie cron: minute, hour, day of the month, month, day of the week.
///
/// Lists, ranges, steps, the names of months and weekdays, and `@daily` and its like, as in crontab(5). The days are
/// those of the month *or* of the week when neither of the two fields begins with `*`, else those that are both.
public struct CronExpression: Sendable, Equatable {
    /// The text it was parsed from.
    public let text: String

    // One bit for each value; those of the days of the week are 0, Sunday, to 6.
    let minutes: UInt64
    let hours: UInt64
    let daysOfMonth: UInt64
    let months: UInt64
    let daysOfWeek: UInt64
    /// Whether a day must be among both kinds of days.
    let needsBothDays: Bool
    /// Whether it follows the clock, even when that is set: the minute or the hour begins with `*`.
    ///
    /// All others are jobs at fixed times of the day, which a change of the clocks neither drops nor doubles.
    let followsClock: Bool

    /// Parses an expression.
    ///
    /// - Throws: ``CronError`` also for dates that never come, such as 30 February.
    public init(parsing text: String) throws(CronError) {
        var parser = CronParser(text)
        let fields = try parser.parse()
        self.text = text
        minutes = fields[.minute].values
        hours = fields[.hour].values
        daysOfMonth = fields[.dayOfMonth].values
        months = fields[.month].values
        // 7 is Sunday as well.
        let week = fields[.dayOfWeek].values
        daysOfWeek = (week | week >> 7) & 0x7F
        needsBothDays = fields[.dayOfMonth].beginsWithStar || fields[.dayOfWeek].beginsWithStar
        followsClock = fields[.minute].beginsWithStar || fields[.hour].beginsWithStar
        guard comes else {
            throw CronError(
                message: "the date never comes: none of the months has such a day",
                offset: fields[.dayOfMonth].offset
            )
        }
    }

    /// Whether the clock shows one of the expression's times, to the minute.
    public func matches(_ local: LocalTime) -> Bool {
        minutes.has(local.minute) && hours.has(local.hour) && months.has(local.month)
            && matches(dayOfMonth: local.day, dayOfWeek: local.dayOfWeek)
    }

    /// The first time due after `date`, or `nil` when there is none in the next 400 years.
    ///
    /// The clocks of the zone decide. Where they are set by less than three hours, Debian's cron sets the rule: a job
    /// at a fixed time runs right after the gap if its time fell into it, and only the first time if its time comes
    /// twice; a job with `*` in the minute or the hour follows the clock. Larger changes are corrections of the
    /// calendar, such as a day that Samoa left out, and the new time is used as it is.
    ///
    /// - Complexity: O(days skipped), a few nanoseconds each; months that are left out are skipped at once.
    public func next(after date: Date, in zone: TimeZoneRules) -> Date? {
        let earliest = date.wholeUnixSeconds + 1
        // The Gregorian calendar repeats itself every 400 years.
        let horizon = earliest + 146_097 * 86_400
        var from = earliest
        while from < horizon {
            let period = zone.period(at: from)
            let shift = period.offset - period.previousOffset
            var wall = from + period.offset
            if !followsClock, abs(shift) < 3 * 3600 {
                let wallBefore = period.start + period.previousOffset
                if shift > 0, from == period.start, nextWall(from: wallBefore, before: wall) != nil {
                    return Date(unixSeconds: from)
                }
                if shift < 0 { wall = max(wall, wallBefore) }
            }
            let end = min(period.end, horizon)
            if let due = nextWall(from: wall, before: end + period.offset) {
                return Date(unixSeconds: due - period.offset)
            }
            from = end
        }
        return nil
    }

    /// The first matching minute of a wall clock that is never set, in seconds since 1970 on that wall.
    private func nextWall(from wall: Int, before end: Int) -> Int? {
        var (day, second) = (wall + 59).flooredDivision(by: 86_400)
        var minute = second / 60
        while day * 86_400 < end {
            let date = LocalTime.date(ofDay: day)
            guard months.has(date.month) else {
                day =
                    LocalTime.day(year: date.year, month: date.month, day: 1)
                    + LocalTime.days(in: date.month, of: date.year)
                minute = 0
                continue
            }
            if matches(dayOfMonth: date.day, dayOfWeek: LocalTime.dayOfWeek(ofDay: day)),
                let found = nextMinute(from: minute)
            {
                let due = day * 86_400 + found * 60
                return due < end ? due : nil
            }
            day += 1
            minute = 0
        }
        return nil
    }

    /// The first matching minute of a day at or after `minute`.
    private func nextMinute(from minute: Int) -> Int? {
        let (hour, rest) = (minute / 60, minute % 60)
        if hours.has(hour), let found = minutes.first(from: rest) { return hour * 60 + found }
        guard let next = hours.first(from: hour + 1), let found = minutes.first(from: 0) else { return nil }
        return next * 60 + found
    }

    private func matches(dayOfMonth: Int, dayOfWeek: Int) -> Bool {
        let (inMonth, inWeek) = (daysOfMonth.has(dayOfMonth), daysOfWeek.has(dayOfWeek))
        return needsBothDays ? inMonth && inWeek : inMonth || inWeek
    }

    /// Whether any year has a matching day; within 400 years, 29 February falls on each day of the week.
    private var comes: Bool {
        !needsBothDays
            || (1...12).contains { month in
                months.has(month) && daysOfMonth.trailingZeroBitCount <= LocalTime.days(in: month, of: 2000)
            }
    }
}

/// A cron expression that cannot be parsed.
public struct CronError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong and what to write instead, for people.
    public let message: String
    /// The offset in bytes of the first wrong character.
    public let offset: Int

    /// The message.
    public var description: String { message }
}

extension UInt64 {
    /// Whether the bit `index` is set.
    fileprivate func has(_ index: Int) -> Bool { self & (1 << UInt64(index)) != 0 }

    /// The first set bit at or after `index`.
    fileprivate func first(from index: Int) -> Int? {
        let rest = self & (.max << UInt64(index))
        return rest == 0 ? nil : rest.trailingZeroBitCount
    }
}
