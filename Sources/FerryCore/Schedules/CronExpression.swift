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
    /// The clocks of the zone decide. Where they are set, Debian's cron sets the rule: a job at a fixed time runs right
    /// after the gap if its time fell into it, and only the first time if its time comes twice; a job with `*` in the
    /// minute or the hour follows the clock. That holds for the days that a zone leaves out, too, such as the Friday
    /// that Samoa never had: cron itself gives up changes of more than three hours, and loses that week's run.
    ///
    /// - Complexity: O(months that can match and do not), a few nanoseconds each; all else is skipped at once.
    public func next(after date: Date, in zone: TimeZoneRules) -> Date? {
        let earliest = date.wholeUnixSeconds + 1
        // The Gregorian calendar repeats itself every 400 years.
        let horizon = earliest + 146_097 * 86_400
        var from = earliest
        while from < horizon {
            let period = zone.period(at: from)
            let shift = period.offset - period.previousOffset
            var wall = from + period.offset
            if !followsClock {
                let wallBefore = period.start + period.previousOffset
                if shift > 0, from == period.start, nextWall(from: wallBefore, before: wall) != nil {
                    return Date(unixSeconds: from)
                }
                if shift < 0 { wall = max(wall, wallBefore) }
            }
            let end = min(period.end, horizon)
            // Nothing on the wall for 400 years is nothing ever, whatever is done to the clocks.
            guard let due = nextWall(from: wall, before: horizon + TimeZoneRules.widestOffset) else { return nil }
            if due < end + period.offset { return Date(unixSeconds: due - period.offset) }
            from = TimeZoneRules.instant(toGoOnFrom: end, searchedFrom: from, wallDue: due)
        }
        return nil
    }

    /// The first matching minute of a wall clock that is never set, in seconds since 1970 on that wall.
    private func nextWall(from wall: Int, before end: Int) -> Int? {
        let (day, second) = (wall + 59).flooredDivision(by: 86_400)
        let date = LocalTime.date(ofDay: day)
        var month = CalendarMonth(year: date.year, month: date.month)
        var first = date.day
        if months.has(date.month), days(of: month).has(date.day) {
            if let found = nextMinute(from: second / 60) {
                let due = day * 86_400 + found * 60
                return due < end ? due : nil
            }
            first += 1
        }
        while month.firstDay * 86_400 < end {
            if months.has(month.month), let found = days(of: month).first(from: first) {
                guard let minute = nextMinute(from: 0) else { return nil }
                let due = (month.firstDay + found - 1) * 86_400 + minute * 60
                return due < end ? due : nil
            }
            month = month.next(in: months)
            first = 1
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

    /// The matching days of a month, one bit each.
    private func days(of month: CalendarMonth) -> UInt64 {
        let inWeek = month.days(onWeekdays: daysOfWeek)
        return (needsBothDays ? daysOfMonth & inWeek : daysOfMonth | inWeek) & month.allDays
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
