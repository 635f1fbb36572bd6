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

    @Test func disabledIntegrationsHaveNoRuns() throws {
        var integration = try Products.integration([.pull, .push])
        integration.isEnabled = false
        var timetable = Timetable(host: try TimeZoneRules(named: "UTC"))
        timetable.plan([integration], kept: [:], now: now)
        #expect(timetable.earliest == nil)
    }

    private func planned(_ schedule: SyncSchedule, kept: Date? = nil) throws -> Timetable {
        var integration = try Products.integration([])
        integration.schedules = [.pull: schedule]
        var timetable = Timetable(host: try TimeZoneRules(named: "UTC"))
        timetable.plan([integration], kept: kept.map { [key: $0] } ?? [:], now: now)
        return timetable
    }

    private func date(_ text: String) -> Date {
        // Only dates of this file are parsed; a wrong one would fail its test.
        ISO8601DateFormatter().date(from: text) ?? .distantPast
    }
}
