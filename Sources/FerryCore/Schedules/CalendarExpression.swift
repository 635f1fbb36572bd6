public import FoundationEssentials

/// A calendar event of systemd.time(7), as `OnCalendar=` of a systemd timer has it: `Mon..Fri 02:00`.
///
/// Weekdays, a date and a time, each of which may be left out, with lists, ranges `..`, repetitions `/` and days
/// counted from the end of the month `~`; `@` and a Unix time; `daily` and its like; and a time zone at the end.
/// The next times are those that systemd 252 calculates; except where the clocks are set between one time and the next
/// and systemd gives up, or loses times of a repetition that has no end.
public struct CalendarExpression: Sendable, Equatable {
    /// The text it was parsed from.
    public let text: String
    /// The zone that the expression itself names, or `nil` when it leaves it to the schedule.
    public let timeZone: TimeZoneRules?

    let fields: CalendarFields

    /// Parses an expression.
    ///
    /// Dates that never come, such as `*-02-30`, are parsed as systemd does: they have no next time.
    ///
    /// - Throws: ``CalendarError`` for all that systemd refuses, and for the abbreviations of the host's own zone that
    ///   are no names of the tz database.
    public init(parsing text: String) throws(CalendarError) {
        var parser = CalendarParser(text)
        (fields, timeZone) = try parser.parse()
        self.text = text
    }

    /// The expression with nothing left out, as `systemd-analyze calendar` prints it: `Mon..Fri *-*-* 02:00:00`.
    public var normalized: String {
        fields.description + (timeZone.map { " " + $0.name } ?? "")
    }

    /// Whether there is any time at all, in the past or the future.
    public var comes: Bool {
        next(after: Date(unixSeconds: -86_400), in: .utc) != nil
    }

    /// The first time due after `date`, to the microsecond, or `nil` when there is none before the year 2200.
    ///
    /// The clocks of the expression's own zone decide, else those of `zone`. A time that the clocks leave out when they
    /// are set forward is left out that day; one that they show twice is due the first time only.
    ///
    /// - Complexity: O(months that can match and do not), a few nanoseconds each; all else is skipped at once.
    public func next(after date: Date, in zone: TimeZoneRules) -> Date? {
        let zone = timeZone ?? zone
        let earliest = date.unixMicroseconds + 1
        let from = earliest.flooredDivision(by: 1_000_000).quotient
        let period = zone.period(at: from)
        var wall = earliest + period.offset * 1_000_000
        if period.offset < period.previousOffset {
            // The clocks were set back: the wall has shown everything before this.
            wall = max(wall, (period.start + period.previousOffset) * 1_000_000)
        }
        while let due = fields.nextWall(from: wall) {
            let (second, fraction) = due.flooredDivision(by: 1_000_000)
            switch zone.firstInstant(ofWall: second, notBefore: from) {
            case .shown(let instant): return Date(unixMicroseconds: instant * 1_000_000 + fraction)
            case .leftOut(let next): wall = next * 1_000_000
            }
        }
        return nil
    }
}

/// A calendar expression that cannot be parsed.
public struct CalendarError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong and what to write instead, for people.
    public let message: String
    /// The offset in bytes of the first wrong character.
    public let offset: Int

    /// The message.
    public var description: String { message }
}
