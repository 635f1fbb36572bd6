import FerryCore
import FerryEngine
import Foundation
import Testing

@Suite struct TimetableTests {
    /// Wednesday, 15 November 2023, 12:03:20 UTC.
    private let now = Date(timeIntervalSince1970: 1_700_049_800)
    private let key = ScheduleKey(integration: "products", direction: .pull)

    @Test func anIntervalThatHasNeverRunIsDueAtOnce() throws {
        let timetable = try planned(.init(timing: .every(.seconds(600))))
        #expect(timetable.due(at: now).map(\.date) == [now])
    }

    @Test func cronWaitsForItsFirstTime() throws {
        let timetable = try planned(.init(timing: .cron(CronExpression(parsing: "0 13 * * *")), timeZone: "UTC"))
        #expect(timetable.due(at: now).isEmpty)
        #expect(timetable.earliest == date("2023-11-15T13:00:00Z"))
    }

    @Test func calendarEventsAreDueInTheZoneThatTheyName() throws {
        let calendar = try CalendarExpression(parsing: "Mon..Fri 02:00 Europe/Berlin")
        var timetable = try planned(.init(timing: .calendar(calendar), timeZone: "Asia/Tokyo"))
        #expect(timetable.due(at: now).isEmpty)
        #expect(timetable.earliest == date("2023-11-16T01:00:00Z"))
        timetable.advance(key, now: date("2023-11-17T01:00:00Z"))
        #expect(timetable.runs[key] == date("2023-11-20T01:00:00Z"))
    }

    @Test func intervalsAreAnchoredAndDoNotDrift() throws {
        var timetable = try planned(.init(timing: .every(.seconds(600))))
        timetable.advance(key, now: now)
        #expect(timetable.runs[key] == date("2023-11-15T12:10:00Z"))
        timetable.advance(key, now: date("2023-11-15T12:10:07Z"))
        #expect(timetable.runs[key] == date("2023-11-15T12:20:00Z"))
    }

    @Test func aScheduleGoesOnFromTheRunThatWasKept() throws {
        let kept = date("2023-11-15T12:05:00Z")
        let timetable = try planned(.init(timing: .every(.seconds(600))), kept: kept)
        #expect(timetable.runs[key] == kept)
    }

    @Test func aRunThatWasMissedIsDueNowAndThenTheNextTime() throws {
        var timetable = try planned(.init(timing: .every(.seconds(600))), kept: now - 5 * 3600)
        #expect(timetable.due(at: now).count == 1)
        timetable.advance(key, now: now)
        #expect(timetable.runs[key] == date("2023-11-15T12:10:00Z"))
    }

    @Test func missedRunsAreDroppedWhereTheFileSaysSo() throws {
        let timetable = try planned(.init(timing: .every(.seconds(600)), catchUp: .none), kept: now - 5 * 3600)
        #expect(timetable.due(at: now).isEmpty)
        #expect(timetable.runs[key] == date("2023-11-15T12:10:00Z"))
    }

    @Test func aRunThatIsMerelyLateIsNotMissed() throws {
        let timetable = try planned(.init(timing: .every(.seconds(600)), catchUp: .none), kept: now - 30)
        #expect(timetable.due(at: now).count == 1)
    }

    @Test func everyMissedRunIsMadeUpForWhereTheFileSaysSo() throws {
        let first = date("2023-11-15T11:30:00Z")
        var timetable = try planned(.init(timing: .every(.seconds(600)), catchUp: .all), kept: first)
        var dates: [Date] = []
        while let due = timetable.due(at: now).first {
            dates.append(due.date)
            timetable.advance(key, now: now)
        }
        #expect(dates == [0, 600, 1200, 1800].map { first + $0 })
    }

    @Test func aRunPlannedByAClockThatWasWrongIsPlannedAnew() throws {
        let timetable = try planned(.init(timing: .every(.seconds(600))), kept: now + 5 * 3600)
        #expect(timetable.runs[key] == date("2023-11-15T12:10:00Z"))
    }

    @Test func jitterDelaysEveryRunByTheSameTime() throws {
        let schedule = SyncSchedule(timing: .every(.seconds(600)), jitter: .seconds(300))
        var timetable = try planned(schedule)
        timetable.advance(key, now: now)
        let first = try #require(timetable.runs[key])
        let delay = first.timeIntervalSince1970.truncatingRemainder(dividingBy: 600)
        #expect(delay > 0 && delay <= 300)
        timetable.advance(key, now: first)
        #expect(timetable.runs[key] == first + 600)
    }

    @Test func aJitterOfMoreThanTheIntervalNeitherLosesNorDoublesRuns() throws {
        var timetable = try planned(.init(timing: .every(.seconds(10)), jitter: .seconds(3600)), kept: now)
        var dates: [Date] = []
        for _ in 0..<50 {
            let due = try #require(timetable.earliest)
            dates.append(due)
            timetable.advance(key, now: due)
        }
        #expect(dates.first == now)
        #expect(zip(dates.dropFirst(), dates.dropFirst(2)).allSatisfy { abs($1.timeIntervalSince($0) - 10) < 0.001 })
    }

    @Test func aYearOfMissedRunsIsMadeUpForOneByOne() throws {
        var timetable = try planned(
            .init(timing: .every(.seconds(3600)), catchUp: .all),
            kept: date("2022-11-15T13:00:00Z")
        )
        var count = 0
        while timetable.due(at: now).count == 1 {
            timetable.advance(key, now: now)
            count += 1
        }
        #expect(count == 365 * 24)
        #expect(timetable.runs[key] == date("2023-11-15T13:00:00Z"))
    }

    // MARK: Changed schedules

    @Test func aChangedScheduleDropsWhatTheFormerOneHadPlanned() throws {
        var timetable = try planned(.init(timing: .every(.seconds(600))), kept: now)
        timetable.advance(key, now: now)
        #expect(timetable.runs[key] == date("2023-11-15T12:10:00Z"))
        let daily = SyncSchedule(timing: .cron(try CronExpression(parsing: "0 2 * * *")), timeZone: "UTC")
        timetable.plan([try integration(daily)], kept: timetable.runs, now: now + 10)
        #expect(timetable.runs[key] == date("2023-11-16T02:00:00Z"))
    }

    @Test func aRunThatIsDueOutlivesAChangeOfItsSchedule() throws {
        var timetable = try planned(.init(timing: .every(.seconds(600))), kept: now - 5)
        let daily = SyncSchedule(timing: .cron(try CronExpression(parsing: "0 2 * * *")), timeZone: "UTC")
        timetable.plan([try integration(daily)], kept: timetable.runs, now: now)
        #expect(timetable.due(at: now).map(\.date) == [now - 5])
        timetable.advance(key, now: now)
        #expect(timetable.runs[key] == date("2023-11-16T02:00:00Z"))
    }

    @Test func planningAgainWithNothingChangedChangesNothing() throws {
        let schedules: [SyncSchedule] = [
            .init(timing: .every(.milliseconds(1333)), jitter: .seconds(7)),
            .init(timing: .cron(try CronExpression(parsing: "*/7 * * * *")), jitter: .seconds(100)),
            .init(timing: .calendar(try CalendarExpression(parsing: "*:*:0/0.7"))),
        ]
        for schedule in schedules {
            var timetable = try planned(schedule, kept: now)
            timetable.advance(key, now: now)
            let runs = timetable.runs
            // What is kept is rounded to milliseconds.
            let kept = runs.mapValues { run in
                Date(timeIntervalSince1970: (run.timeIntervalSince1970 * 1000).rounded(.down) / 1000)
            }
            timetable.plan([try integration(schedule)], kept: kept, now: now)
            #expect(timetable.runs == runs)
        }
    }

    // MARK: A clock that is set

    @Test(arguments: [
        ("every", -3.0, 3600.0), ("every", -1800.0, 3600.0), ("every", -3599.0, 3600.0),
        ("daily", -3.0, 86_400.0), ("daily", -3600.0, 86_400.0), ("daily", -10_700.0, 86_400.0),
    ])
    func aClockThatIsCorrectedDoesNotRepeatARun(timing: String, correction: TimeInterval, next: TimeInterval) throws {
        let due = date("2023-11-15T13:00:00Z")
        var timetable = try planned(try schedule(timing), kept: due)
        timetable.advance(key, now: due)
        timetable.plan([try integration(try schedule(timing))], kept: timetable.runs, now: due + correction)
        #expect(timetable.runs[key] == due + next)
    }

    @Test(arguments: [
        // Twice as long as an interval is not waited for.
        ("every", -3601.0, -3600.0), ("every", -36_000.0, -32_400.0),
        // More than a correction.
        ("daily", -10_801.0, 0.0), ("daily", -259_200.0, -172_800.0),
    ])
    func aClockThatWasWrongStartsAnew(timing: String, change: TimeInterval, next: TimeInterval) throws {
        let due = date("2023-11-15T13:00:00Z")
        var timetable = try planned(try schedule(timing), kept: due)
        timetable.advance(key, now: due)
        timetable.plan([try integration(try schedule(timing))], kept: timetable.runs, now: due + change)
        #expect(timetable.runs[key] == due + next)
    }

    private func schedule(_ timing: String) throws -> SyncSchedule {
        timing == "every"
            ? SyncSchedule(timing: .every(.seconds(3600)))
            : SyncSchedule(timing: .cron(try CronExpression(parsing: "0 13 * * *")), timeZone: "UTC")
    }

    @Test func aRunThatWaitedForTheOneBeforeItWasNotMissed() throws {
        let schedule = SyncSchedule(timing: .every(.seconds(600)), catchUp: .none, overlap: .queue)
        var timetable = try planned(schedule, kept: now)
        timetable.wait(key)
        #expect(!timetable.isMissed(key, now, now: now + 3000))
        timetable.plan([try integration(schedule)], kept: timetable.runs, now: now + 3000)
        #expect(timetable.runs[key] == now)
        timetable.advance(key, now: now + 3000)
        let next = try #require(timetable.runs[key])
        #expect(next == date("2023-11-15T13:00:00Z"))
        #expect(timetable.isMissed(key, next, now: next + 61))
    }

    // MARK: A host that moves

    /// Ten in the morning in Berlin, four in New York.
    private static let moving = "2023-11-15T09:00:00Z"

    @Test(arguments: [
        // Nine o'clock comes again.
        ("Europe/Berlin", "America/New_York", "0 9 * * *", "2023-11-15T14:00:00Z"),
        // Nine o'clock is over before it came: at once, then at nine.
        ("America/New_York", "Europe/Berlin", "0 9 * * *", "2023-11-15T09:00:00Z 2023-11-16T08:00:00Z"),
        // Eleven o'clock comes earlier than it would have.
        ("America/New_York", "Europe/Berlin", "0 11 * * *", "2023-11-15T10:00:00Z 2023-11-16T10:00:00Z"),
        // What follows the clock goes on, with nothing to make up for.
        ("America/New_York", "Europe/Berlin", "*/15 * * * *", "2023-11-15T09:15:00Z 2023-11-15T09:30:00Z"),
        ("America/New_York", "Asia/Kolkata", "*/15 * * * *", "2023-11-15T09:15:00Z"),
        ("Europe/Berlin", "America/New_York", "30 * * * *", "2023-11-15T09:30:00Z"),
        ("America/New_York", "Europe/Berlin", "0 9 * * thu", "2023-11-16T08:00:00Z"),
        ("Europe/Berlin", "Pacific/Apia", "0 9 * * thu", "2023-11-15T20:00:00Z"),
    ])
    func aScheduleWithoutAZoneMovesWithTheHost(from: String, to: String, text: String, due: String) throws {
        let moving = date(Self.moving)
        let schedule = SyncSchedule(timing: .cron(try CronExpression(parsing: text)))
        var timetable = Timetable(host: try TimeZoneRules(named: from))
        timetable.plan([try integration(schedule)], kept: [:], now: moving)
        #expect(timetable.followsHost)
        timetable.move(to: try TimeZoneRules(named: to))
        timetable.plan([try integration(schedule)], kept: timetable.runs, now: moving)
        for expected in due.split(separator: " ") {
            let next = try #require(timetable.runs[key])
            #expect(next == date(String(expected)))
            timetable.advance(key, now: next)
        }
    }

    @Test func aRunThatFellBetweenTwoZonesIsDroppedWhereMissedOnesAre() throws {
        let moving = date(Self.moving)
        let schedule = SyncSchedule(timing: .calendar(try CalendarExpression(parsing: "09:00")), catchUp: .none)
        var timetable = Timetable(host: try TimeZoneRules(named: "America/New_York"))
        timetable.plan([try integration(schedule)], kept: [:], now: moving)
        timetable.move(to: try TimeZoneRules(named: "Europe/Berlin"))
        timetable.plan([try integration(schedule)], kept: timetable.runs, now: moving)
        #expect(timetable.runs[key] == date("2023-11-16T08:00:00Z"))
    }

    @Test func otherSchedulesStayWhereTheyAre() throws {
        let moving = date(Self.moving)
        for schedule in [
            SyncSchedule(timing: .every(.seconds(600))),
            SyncSchedule(timing: .cron(try CronExpression(parsing: "0 9 * * *")), timeZone: "Asia/Tokyo"),
            SyncSchedule(timing: .calendar(try CalendarExpression(parsing: "09:00 Asia/Tokyo"))),
        ] {
            var timetable = Timetable(host: try TimeZoneRules(named: "America/New_York"))
            timetable.plan([try integration(schedule)], kept: [:], now: moving)
            for due in timetable.due(at: moving) { timetable.advance(due.key, now: moving) }
            let runs = timetable.runs
            #expect(!timetable.followsHost)
            timetable.move(to: try TimeZoneRules(named: "Europe/Berlin"))
            timetable.plan([try integration(schedule)], kept: runs, now: moving)
            #expect(timetable.runs == runs)
        }
    }

    @Test func disabledIntegrationsHaveNoRuns() throws {
        var integration = try Products.integration([.pull, .push])
        integration.isEnabled = false
        var timetable = Timetable(host: try TimeZoneRules(named: "UTC"))
        timetable.plan([integration], kept: [:], now: now)
        #expect(timetable.earliest == nil)
    }

    private func planned(_ schedule: SyncSchedule, kept: Date? = nil) throws -> Timetable {
        var timetable = Timetable(host: try TimeZoneRules(named: "UTC"))
        timetable.plan([try integration(schedule)], kept: kept.map { [key: $0] } ?? [:], now: now)
        return timetable
    }

    private func integration(_ schedule: SyncSchedule) throws -> Integration {
        var integration = try Products.integration([])
        integration.schedules = [.pull: schedule]
        return integration
    }

    private func date(_ text: String) -> Date {
        // Only dates of this file are parsed; a wrong one would fail its test.
        ISO8601DateFormatter().date(from: text) ?? .distantPast
    }
}
