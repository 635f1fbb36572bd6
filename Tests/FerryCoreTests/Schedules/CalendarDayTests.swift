import FerryCore
import Foundation
import Testing

@Suite struct CalendarDayTests {
    @Test(arguments: ["2026-01-31", "2024-02-29", "1969-12-31", "0001-01-01", "9999-12-31"])
    func aDayIsWrittenAsItIsRead(_ text: String) throws {
        #expect(try #require(CalendarDay(text)).text == text)
    }

    @Test(arguments: ["2026-02-29", "2026-13-01", "2026-1-1", "20260101", "2026-01-01T00:00:00Z", "+026-01-01", ""])
    func whatIsNoDayIsNone(_ text: String) {
        #expect(CalendarDay(text) == nil)
    }

    @Test func daysGoOnOverMonthsAndYears() throws {
        let day = try #require(CalendarDay("2024-02-28"))
        #expect(day.adding(days: 2).text == "2024-03-01" && day.adding(days: -59).text == "2023-12-31")
        #expect(day < day.adding(days: 1))
    }

    /// In California a day begins 7 or 8 hours after it does in Greenwich.
    @Test(arguments: [
        ("2026-01-01T07:59:59Z", "2025-12-31"), ("2026-01-01T08:00:00Z", "2026-01-01"),
        ("2026-07-01T06:59:59Z", "2026-06-30"), ("2026-07-01T07:00:00Z", "2026-07-01"),
        // The clocks go forward at 10:00 and back at 09:00, both in Greenwich's time.
        ("2026-03-09T06:59:59Z", "2026-03-08"), ("2026-03-09T07:00:00Z", "2026-03-09"),
        ("2026-11-02T07:59:59Z", "2026-11-01"), ("2026-11-02T08:00:00Z", "2026-11-02"),
    ])
    func theDayIsThatOfTheZone(_ instant: String, _ day: String) throws {
        let zone = try TimeZoneRules(named: "America/Los_Angeles")
        #expect(CalendarDay(at: try #require(RFC3339.parse(instant)), in: zone).text == day)
    }
}
