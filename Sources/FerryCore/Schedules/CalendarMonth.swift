/// A month of a year, whose days are looked at all at once: bit 1 is the first one.
struct CalendarMonth {
    let year: Int
    /// From 1.
    let month: Int
    /// The days from 1970-01-01 to the first of the month.
    let firstDay: Int

    init(year: Int, month: Int) {
        self.year = year
        self.month = month
        firstDay = LocalTime.day(year: year, month: month, day: 1)
    }

    /// How many days it has.
    var length: Int { LocalTime.days(in: month, of: year) }

    /// Its days.
    var allDays: UInt64 { (2 << UInt64(length)) - 2 }

    /// The days that fall on certain days of the week, of which bit 0 is Sunday.
    ///
    /// There may be bits beyond the last day.
    func days(onWeekdays weekdays: UInt64) -> UInt64 {
        let first = UInt64(LocalTime.dayOfWeek(ofDay: firstDay))
        let week = (weekdays >> first | weekdays << (7 - first)) & 0x7F
        // The week five times, one behind the other.
        return week &* 0x1020_4081 << 1
    }

    /// The month after this one that is among `months`, of which bit 1 is January; they must not be empty.
    func next(in months: UInt64) -> CalendarMonth {
        if let next = months.first(from: month + 1) { return CalendarMonth(year: year, month: next) }
        return CalendarMonth(year: year + 1, month: months.trailingZeroBitCount)
    }
}

extension UInt64 {
    /// Whether the bit `index` is set.
    func has(_ index: Int) -> Bool { self & (1 << UInt64(index)) != 0 }

    /// The first set bit at or after `index`.
    func first(from index: Int) -> Int? {
        let rest = self & (.max << UInt64(index))
        return rest == 0 ? nil : rest.trailingZeroBitCount
    }
}
