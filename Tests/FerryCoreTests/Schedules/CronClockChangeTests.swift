import FerryCore
import Foundation
import Testing

struct CronClockChangeTests {
    @Test(arguments: [
        // Berlin, 29 March 2026: 02:00 to 03:00 does not exist.
        DueTimes(
            text: "30 2 * * *",
            zone: "Europe/Berlin",
            after: "2026-03-28T00:00:00Z",
            due: ["2026-03-28T02:30:00+01:00", "2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"]
        ),
        // Several times in the gap make one run, together with the one that is due right after it.
        DueTimes(
            text: "0,20,40 2,3 * * *",
            zone: "Europe/Berlin",
            after: "2026-03-29T00:59:59Z",
            due: ["2026-03-29T03:00:00+02:00", "2026-03-29T03:20:00+02:00", "2026-03-29T03:40:00+02:00"]
        ),
        DueTimes(
            text: "30 2 * * sun",
            zone: "America/New_York",
            after: "2026-03-07T12:00:00Z",
            due: ["2026-03-08T03:00:00-04:00", "2026-03-15T02:30:00-04:00"]
        ),
        // Half an hour on Lord Howe.
        DueTimes(
            text: "15 2 * * *",
            zone: "Australia/Lord_Howe",
            after: "2026-10-03T00:00:00Z",
            due: ["2026-10-04T02:30:00+11:00", "2026-10-05T02:15:00+11:00"]
        ),
        // A gap over midnight.
        DueTimes(
            text: "@daily",
            zone: "Asia/Beirut",
            after: "2025-03-29T00:00:00Z",
            due: ["2025-03-30T01:00:00+03:00", "2025-03-31T00:00:00+03:00"]
        ),
    ])
    func runsAFixedTimeOfTheGapOnceRightAfterIt(_ row: DueTimes) throws {
        try row.check()
    }

    @Test(arguments: [
        // Berlin, 25 October 2026: 02:00 to 03:00 comes twice.
        DueTimes(
            text: "30 2 * * *",
            zone: "Europe/Berlin",
            after: "2026-10-24T12:00:00Z",
            due: ["2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"]
        ),
        DueTimes(
            text: "0,30 1-3 * * *",
            zone: "Europe/Berlin",
            after: "2026-10-24T23:30:00Z",
            due: ["2026-10-25T02:00:00+02:00", "2026-10-25T02:30:00+02:00", "2026-10-25T03:00:00+01:00"]
        ),
        // Asked in the middle of the second time.
        DueTimes(
            text: "30 2 * * *",
            zone: "Europe/Berlin",
            after: "2026-10-25T01:10:00Z",
            due: ["2026-10-26T02:30:00+01:00"]
        ),
        DueTimes(
            text: "30 1 * * *",
            zone: "America/New_York",
            after: "2026-11-01T00:00:00Z",
            due: ["2026-11-01T01:30:00-04:00", "2026-11-02T01:30:00-05:00"]
        ),
        DueTimes(
            text: "45 1 * * *",
            zone: "Australia/Lord_Howe",
            after: "2026-04-04T00:00:00Z",
            due: ["2026-04-05T01:45:00+11:00", "2026-04-06T01:45:00+10:30"]
        ),
        // The clocks go back from midnight to the day before.
        DueTimes(
            text: "30 23 * * *",
            zone: "Asia/Beirut",
            after: "2025-10-25T12:00:00Z",
            due: ["2025-10-25T23:30:00+03:00", "2025-10-26T23:30:00+02:00"]
        ),
    ])
    func runsAFixedTimeThatComesTwiceOnlyTheFirstTime(_ row: DueTimes) throws {
        try row.check()
    }

    @Test(arguments: [
        DueTimes(
            text: "*/30 2 * * *",
            zone: "Europe/Berlin",
            after: "2026-03-28T12:00:00Z",
            due: ["2026-03-30T02:00:00+02:00", "2026-03-30T02:30:00+02:00"]
        ),
        DueTimes(
            text: "30 * * * *",
            zone: "Europe/Berlin",
            after: "2026-03-29T00:00:00Z",
            due: ["2026-03-29T01:30:00+01:00", "2026-03-29T03:30:00+02:00"]
        ),
        DueTimes(
            text: "0 */2 * * *",
            zone: "Europe/Berlin",
            after: "2026-03-28T23:00:00Z",
            due: ["2026-03-29T04:00:00+02:00"]
        ),
        DueTimes(
            text: "30 * * * *",
            zone: "Europe/Berlin",
            after: "2026-10-25T00:00:00Z",
            due: ["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00", "2026-10-25T03:30:00+01:00"]
        ),
        DueTimes(
            text: "*/20 2 * * *",
            zone: "Europe/Berlin",
            after: "2026-10-25T00:20:00Z",
            due: [
                "2026-10-25T02:40:00+02:00", "2026-10-25T02:00:00+01:00", "2026-10-25T02:20:00+01:00",
                "2026-10-25T02:40:00+01:00", "2026-10-26T02:00:00+01:00",
            ]
        ),
    ])
    func followsTheClockWithAStarInTheMinuteOrTheHour(_ row: DueTimes) throws {
        try row.check()
    }

    @Test(arguments: [
        // Samoa had no 30 December 2011: a Friday.
        DueTimes(
            text: "30 2 * * *",
            zone: "Pacific/Apia",
            after: "2011-12-29T00:00:00Z",
            due: ["2011-12-29T02:30:00-10:00", "2011-12-31T00:00:00+14:00", "2011-12-31T02:30:00+14:00"]
        ),
        DueTimes(
            text: "30 2 * * 5",
            zone: "Pacific/Apia",
            after: "2011-12-29T00:00:00Z",
            due: ["2011-12-31T00:00:00+14:00", "2012-01-06T02:30:00+14:00"]
        ),
        DueTimes(
            text: "0 0 30 12 *",
            zone: "Pacific/Apia",
            after: "2011-12-01T00:00:00Z",
            due: ["2011-12-31T00:00:00+14:00", "2012-12-30T00:00:00+14:00"]
        ),
        DueTimes(
            text: "30 2 * * 0",
            zone: "Pacific/Apia",
            after: "2011-12-29T00:00:00Z",
            due: ["2012-01-01T02:30:00+14:00", "2012-01-08T02:30:00+14:00"]
        ),
        // What follows the clock has nothing to follow on a day that is not there.
        DueTimes(
            text: "0 */12 * * 5,6",
            zone: "Pacific/Apia",
            after: "2011-12-29T22:00:00Z",
            due: ["2011-12-31T00:00:00+14:00", "2011-12-31T12:00:00+14:00", "2012-01-06T00:00:00+14:00"]
        ),
    ])
    func losesNoRunWhereADayWasLeftOut(_ row: DueTimes) throws {
        try row.check()
    }

    @Test(arguments: [
        // Kwajalein had 30 September 1969 nearly twice: 23 hours back. Jobs at fixed times run once.
        DueTimes(
            text: "0 12 * * *",
            zone: "Pacific/Kwajalein",
            after: "1969-09-29T12:00:00Z",
            due: ["1969-09-30T12:00:00+11:00", "1969-10-01T12:00:00-12:00"]
        ),
        DueTimes(
            text: "0 */12 * * *",
            zone: "Pacific/Kwajalein",
            after: "1969-09-30T00:00:00Z",
            due: [
                "1969-09-30T12:00:00+11:00", "1969-09-30T12:00:00-12:00", "1969-10-01T00:00:00-12:00",
                "1969-10-01T12:00:00-12:00",
            ]
        ),
        // Followed for years beyond the second showing, though the year's only time is in it.
        DueTimes(
            text: "*/20 2 25 10 *",
            zone: "Europe/Berlin",
            after: "2026-10-25T00:30:00Z",
            due: [
                "2026-10-25T02:40:00+02:00", "2026-10-25T02:00:00+01:00", "2026-10-25T02:20:00+01:00",
                "2026-10-25T02:40:00+01:00", "2027-10-25T02:00:00+02:00",
            ]
        ),
    ])
    func repeatsWhatFollowsTheClockAndNothingElse(_ row: DueTimes) throws {
        try row.check()
    }

    /// Debian's cron in a few lines: each minute it runs what the wall clock went over since it woke up last; only jobs
    /// with stars follow the clock.
    @Test(arguments: [
        "30 2 * * *", "0 2 * * *", "*/30 2 * * *", "15,45 0-3 * * *", "0 */2 * * *", "30 * * * *", "5 4 * * 6,7",
        "0 0 * * *", "30 0 1,15 * 0", "0-59 2 * * *", "59 23 * * *",
    ])
    func agreesWithADaemonThatWakesUpEachMinute(_ text: String) throws {
        let expression = try CronExpression(parsing: text)
        let fields = text.split(separator: " ")
        let followsClock = fields[0].hasPrefix("*") || fields[1].hasPrefix("*")
        let changes = [
            ("Europe/Berlin", "2026-03-28T00:00:00Z"), ("Europe/Berlin", "2026-10-24T00:00:00Z"),
            ("Australia/Lord_Howe", "2026-10-03T00:00:00Z"), ("Australia/Lord_Howe", "2026-04-04T00:00:00Z"),
            ("Asia/Beirut", "2025-03-29T00:00:00Z"), ("Asia/Beirut", "2025-10-25T00:00:00Z"),
            ("America/Goose_Bay", "2010-03-13T00:00:00Z"), ("America/Goose_Bay", "2010-11-06T00:00:00Z"),
        ]
        for (name, start) in changes {
            let zone = try TimeZoneRules(named: name)
            let begin = Int(try #require(RFC3339.parse(start)).timeIntervalSince1970)
            var expected: [Int] = []
            var last = zone.local(at: Date(timeIntervalSince1970: TimeInterval(begin)))
            for instant in stride(from: begin + 60, to: begin + 3 * 86_400, by: 60) {
                let now = zone.local(at: Date(timeIntervalSince1970: TimeInterval(instant)))
                if followsClock {
                    if expression.matches(now) { expected.append(instant) }
                    continue
                }
                guard last < now else { continue }
                let minutes = sequence(first: last) { time in
                    TimeZoneRules.utc.instants(ofLocal: time).first.map { TimeZoneRules.utc.local(at: $0 + 60) }
                }
                if minutes.dropFirst().prefix(while: { $0 <= now }).contains(where: expression.matches) {
                    expected.append(instant)
                }
                last = now
            }
            var found: [Int] = []
            var date = Date(timeIntervalSince1970: TimeInterval(begin))
            while let next = expression.next(after: date, in: zone), next.timeIntervalSince(date) > 0 {
                let instant = Int(next.timeIntervalSince1970)
                guard instant < begin + 3 * 86_400 else { break }
                found.append(instant)
                date = next
            }
            #expect(found == expected, "\(text) in \(name) from \(start)")
        }
    }
}

extension LocalInstants {
    fileprivate var first: Date? {
        switch self {
        case .gap: nil
        case .one(let date), .two(let date, _): date
        }
    }
}
