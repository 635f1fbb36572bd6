import FerryCore
import Testing

struct LocalTimeTests {
    @Test(arguments: [(1900, 28), (2000, 29), (2024, 29), (2025, 28), (2100, 28)])
    func knowsLeapYears(year: Int, days: Int) {
        #expect(LocalTime.days(in: 2, of: year) == days)
        #expect((LocalTime(year: year, month: 2, day: 29) != nil) == (days == 29))
    }

    @Test func refusesWhatNoCalendarOrClockShows() {
        #expect(LocalTime(year: 2026, month: 13, day: 1) == nil)
        #expect(LocalTime(year: 2026, month: 0, day: 1) == nil)
        #expect(LocalTime(year: 2026, month: 4, day: 31) == nil)
        #expect(LocalTime(year: 2026, month: 4, day: 0) == nil)
        #expect(LocalTime(year: 2026, month: 4, day: 1, hour: 24) == nil)
        #expect(LocalTime(year: 2026, month: 4, day: 1, minute: 60) == nil)
        #expect(LocalTime(year: 2026, month: 4, day: 1, second: 60) == nil)
        #expect(LocalTime(year: .max, month: 4, day: 1) == nil)
    }

    @Test func countsDaysAcrossMonthsYearsAndEras() throws {
        var time = try #require(LocalTime(year: -401, month: 12, day: 31, hour: 7, minute: 8, second: 9))
        let dayOfWeek = time.dayOfWeek
        for day in 1...400_000 {
            let next = time.adding(days: 1)
            let isLastOfMonth = time.day == LocalTime.days(in: time.month, of: time.year)
            guard next.day == (isLastOfMonth ? 1 : time.day + 1), next > time,
                next.dayOfWeek == (dayOfWeek + day) % 7,
                (next.hour, next.minute, next.second) == (7, 8, 9)
            else {
                Issue.record("\(next) does not follow \(time)")
                return
            }
            time = next
        }
        #expect((time.year, time.month, time.day) == (695, 2, 28))
        #expect(LocalTime(year: 2026, month: 11, day: 22)?.dayOfWeek == 0)
    }
}
