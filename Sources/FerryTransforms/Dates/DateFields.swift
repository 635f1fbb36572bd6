import FerryCore

/// A calendar's and a clock's fields as a text gives them, not yet known to make sense.
struct DateFields {
    var year = 1970
    var month = 1
    var day = 1
    var hour = 0
    var minute = 0
    var second = 0
    var nanoseconds = 0
    /// 0 is Sunday.
    var weekday: Int?
    /// Seconds east of UTC, if the text says so.
    var offset: Int?

    /// The instant that they mean; in `zone` where they have no offset.
    func instant(in zone: DateZone) throws(DateFlaw) -> DateInstant {
        guard (1...9999).contains(year) else { throw .year }
        guard (1...12).contains(month) else { throw .month }
        guard (0...23).contains(hour) else { throw .hour }
        guard (0...59).contains(minute) else { throw .minute }
        guard second != 60 else { throw .leapSecond }
        guard (0...59).contains(second) else { throw .second }
        guard
            let local = LocalTime(
                year: year,
                month: month,
                day: day,
                hour: hour,
                minute: minute,
                second: second
            )
        else { throw .day }
        if let weekday, weekday != local.dayOfWeek { throw .weekday }
        let seconds = offset.map { local.secondsSinceEpoch - $0 } ?? zone.seconds(ofLocal: local)
        return try DateInstant(seconds: seconds, nanoseconds: nanoseconds)
    }
}

/// What a zone's calendar and clocks show at an instant.
struct ShownTime {
    let local: LocalTime
    let nanoseconds: Int
    /// Minutes east of UTC.
    let offset: Int

    /// - Parameter isOffsetShown: whether the offset is written, in whole minutes; the few zones of old that had
    ///   seconds in theirs are then written with the offset cut, and a time to match: the instant stays the same.
    init(_ instant: DateInstant, in zone: DateZone, isOffsetShown: Bool) throws(DateFlaw) {
        let seconds = zone.offset(at: instant.seconds)
        offset = seconds / 60
        local = LocalTime(secondsSinceEpoch: instant.seconds + (isOffsetShown ? offset * 60 : seconds))
        nanoseconds = instant.nanoseconds
        guard (1...9999).contains(local.year) else { throw .range }
    }
}
