import FerryCore
import Foundation
import Testing

/// An expression and the times due after a time, as the clocks of a zone show them.
struct DueTimes: Sendable, CustomTestStringConvertible {
    var text: String
    var zone = "UTC"
    var after: String
    var due: [String]

    var testDescription: String { "\(text) after \(after) in \(zone)" }

    func check(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let expression = try CronExpression(parsing: text)
        let rules = try TimeZoneRules(named: zone)
        var date = try #require(RFC3339.parse(after), sourceLocation: sourceLocation)
        var found: [String] = []
        for _ in due {
            guard let next = expression.next(after: date, in: rules) else { break }
            date = next
            found.append(RFC3339.format(next, offset: rules.offset(at: next)))
        }
        #expect(found == due, sourceLocation: sourceLocation)
    }
}

struct CronExpressionTests {
    @Test(arguments: [
        DueTimes(
            text: "*/15 * * * *",
            after: "2026-11-22T10:44:59.5Z",
            due: ["2026-11-22T10:45:00Z", "2026-11-22T11:00:00Z"]
        ),
        DueTimes(text: "45 10 * * *", after: "2026-11-22T10:45:00Z", due: ["2026-11-23T10:45:00Z"]),
        DueTimes(text: "45 10 * * *", after: "2026-11-22T10:44:59.999Z", due: ["2026-11-22T10:45:00Z"]),
        DueTimes(
            text: "\t 0  0\t1 jan,JUL *\n",
            after: "2026-11-22T00:00:00Z",
            due: ["2027-01-01T00:00:00Z", "2027-07-01T00:00:00Z"]
        ),
        DueTimes(
            text: "5-20/7 8 * * mon-Fri",
            after: "2026-11-20T08:10:00Z",
            due: ["2026-11-20T08:12:00Z", "2026-11-20T08:19:00Z", "2026-11-23T08:05:00Z"]
        ),
        DueTimes(
            text: "0 12 * * 6-7",
            after: "2026-11-22T12:00:00Z",
            due: ["2026-11-28T12:00:00Z", "2026-11-29T12:00:00Z", "2026-12-05T12:00:00Z"]
        ),
        DueTimes(
            text: "0 12 * * fri-SUN",
            after: "2026-11-22T11:59:00Z",
            due: ["2026-11-22T12:00:00Z", "2026-11-27T12:00:00Z", "2026-11-28T12:00:00Z", "2026-11-29T12:00:00Z"]
        ),
        DueTimes(text: "0 12 * * 6-0", after: "2026-11-22T12:00:00Z", due: ["2026-11-28T12:00:00Z"]),
        DueTimes(text: "0 12 * * 0-0", after: "2026-11-22T12:00:00Z", due: ["2026-11-29T12:00:00Z"]),
        DueTimes(text: "0 12 * * 0", after: "2026-11-22T11:59:00Z", due: ["2026-11-22T12:00:00Z"]),
        DueTimes(text: "0 0 29 2 *", after: "2096-03-01T00:00:00Z", due: ["2104-02-29T00:00:00Z"]),
        DueTimes(text: "0 0 29 2 */7", after: "2004-03-01T00:00:00Z", due: ["2032-02-29T00:00:00Z"]),
        DueTimes(
            text: "0 0 31 * *",
            after: "2026-01-31T00:00:00Z",
            due: ["2026-03-31T00:00:00Z", "2026-05-31T00:00:00Z"]
        ),
        DueTimes(text: "59 23 31 12 *", after: "2026-12-31T23:59:00Z", due: ["2027-12-31T23:59:00Z"]),
        DueTimes(text: "*/90 * * * *", after: "2026-11-22T10:44:00Z", due: ["2026-11-22T11:00:00Z"]),
        DueTimes(text: "@hourly", after: "2026-11-22T10:44:00Z", due: ["2026-11-22T11:00:00Z"]),
        DueTimes(text: "@daily", after: "2026-11-22T10:44:00Z", due: ["2026-11-23T00:00:00Z"]),
        DueTimes(text: "@Midnight", after: "2026-11-22T10:44:00Z", due: ["2026-11-23T00:00:00Z"]),
        DueTimes(text: "@weekly", after: "2026-11-22T10:44:00Z", due: ["2026-11-29T00:00:00Z"]),
        DueTimes(text: "@monthly", after: "2026-11-22T10:44:00Z", due: ["2026-12-01T00:00:00Z"]),
        DueTimes(text: "@yearly", after: "2026-11-22T10:44:00Z", due: ["2027-01-01T00:00:00Z"]),
        DueTimes(text: "@annually", after: "2027-01-01T00:00:00Z", due: ["2028-01-01T00:00:00Z"]),
    ])
    func isDueWhenCrontab5Says(_ row: DueTimes) throws {
        try row.check()
    }

    @Test(arguments: [
        // Neither begins with a star: the 13th, and every Friday.
        DueTimes(
            text: "0 0 13 * 5",
            after: "2026-11-06T00:00:00Z",
            due: ["2026-11-13T00:00:00Z", "2026-11-20T00:00:00Z", "2026-11-27T00:00:00Z", "2026-12-04T00:00:00Z"]
        ),
        DueTimes(text: "0 0 13 * 1-5,6,7", after: "2026-11-06T00:00:00Z", due: ["2026-11-07T00:00:00Z"]),
        // One begins with a star, if only as the start of a step or of a list: both must hold.
        DueTimes(
            text: "0 0 */2 * 5",
            after: "2026-11-06T00:00:00Z",
            due: ["2026-11-13T00:00:00Z", "2026-11-27T00:00:00Z", "2026-12-11T00:00:00Z"]
        ),
        DueTimes(text: "0 0 13 * */5", after: "2026-11-13T00:00:00Z", due: ["2026-12-13T00:00:00Z"]),
        DueTimes(text: "0 0 *,13 * 5", after: "2026-11-06T00:00:00Z", due: ["2026-11-13T00:00:00Z"]),
        // The star comes second: Vixie's flag is not set.
        DueTimes(text: "0 0 13,* * 5", after: "2026-11-06T00:00:00Z", due: ["2026-11-07T00:00:00Z"]),
    ])
    func joinsTheTwoKindsOfDaysByVixiesStarFlags(_ row: DueTimes) throws {
        try row.check()
    }

    @Test(arguments: [
        ("", 0, "five fields"),
        ("* * * *", 7, "missing day of the week"),
        ("0 * * * * *", 0, "seconds are not supported"),
        ("* * * * * * *", 10, "7 fields"),
        ("60 * * * *", 0, "'60' does not fit the minute"),
        ("* 24 * * *", 2, "'24' does not fit the hour"),
        ("* * 0 * *", 4, "'0' does not fit the day of the month"),
        ("* * * 13 *", 6, "'13' does not fit the month"),
        ("* * * * 8", 8, "'8' does not fit the day of the week"),
        ("* * * * monday", 8, "sun, mon, tue"),
        ("* * jan * *", 4, "write a number from 1 to 31"),
        ("5,,6 * * * *", 2, "a value is missing"),
        ("5, * * * *", 2, "a value is missing"),
        ("50-10 * * * *", 0, "runs backwards"),
        ("* * * * fri-mon", 8, "as two ranges"),
        ("5/10 * * * *", 1, "'5-59/10' or '*/10'"),
        ("*/0 * * * *", 2, "a step is a number from 1 on"),
        ("*/ * * * *", 2, "a step is a number from 1 on"),
        ("*/-5 * * * *", 2, "a step is a number from 1 on"),
        ("-5 * * * *", 0, "does not fit the minute"),
        ("99999999999999999999 * * * *", 0, "does not fit the minute"),
        ("0 0 30 2 *", 4, "never comes"),
        ("0 0 31 4,6,9,11 *", 4, "never comes"),
        ("0 0 31 2 */2", 4, "never comes"),
        ("0 0 L * *", 4, "'L'"),
        ("0 0 L-3 * *", 4, "'L'"),
        ("0 0 * * 5L", 8, "'L'"),
        ("0 0 15W * *", 4, "'W'"),
        ("0 0 LW * *", 4, "'L'"),
        ("0 0 * * 5#2", 9, "'#'"),
        ("0 0 ? * 5", 4, "write '*'"),
        ("0~30 0 * * 5", 1, "'jitter'"),
        ("@reboot", 0, "'catch_up'"),
        ("@every 10m", 7, "nothing may follow"),
        ("@every", 0, "every: 10m"),
        ("@fortnightly", 0, "use @hourly"),
        ("CRON_TZ=UTC 0 0 * * *", 0, "'timezone'"),
        ("٣ * * * *", 0, "does not fit the minute"),
    ])
    func refusesWithASentenceAndThePlace(text: String, offset: Int, part: String) {
        let error = #expect(throws: CronError.self) { try CronExpression(parsing: text) }
        #expect(error?.offset == offset)
        #expect(error?.message.contains(part) == true, "\(error?.message ?? "no error")")
    }

    @Test(arguments: ["0 0 30 2 1", "0 0 29 2 *", "0 0 29-31 2 *", "0 0 */31 2 *"])
    func acceptsADateThatComesAfterAll(_ text: String) throws {
        let expression = try CronExpression(parsing: text)
        #expect(expression.next(after: Date(timeIntervalSince1970: 0), in: .utc) != nil)
        #expect(expression.text == text)
    }

    @Test(arguments: [
        "* * * * *", "*/7 3-9/2 * * *", "0 0 29 2 *", "15 4 1,15 * mon", "0 0 31 1-12/2 *", "30 2 * * *",
        "59 23 31 12 7", "0 12 */9 2,3 */3",
    ])
    func givesALaterTimeThatMatchesAndLeavesNoneOut(_ text: String) throws {
        let expression = try CronExpression(parsing: text)
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let seconds = Double.random(in: -4e9...2e10, using: &generator)
            let date = Date(timeIntervalSince1970: seconds)
            let next = try #require(expression.next(after: date, in: .utc))
            #expect(next > date)
            #expect(expression.matches(TimeZoneRules.utc.local(at: next)))
            // None between: at some minutes on the way, the answer is the same.
            let between = Date(
                timeIntervalSince1970: .random(in: seconds..<next.timeIntervalSince1970, using: &generator)
            )
            #expect(!expression.matches(TimeZoneRules.utc.local(at: between)) || between < date + 60)
            #expect(expression.next(after: between, in: .utc) == next)
        }
    }

    @Test func endsForDatesBeyondAllCalendars() throws {
        let expression = try CronExpression(parsing: "0 0 29 2 *")
        let berlin = try TimeZoneRules(named: "Europe/Berlin")
        for seconds in [Double.infinity, -.infinity, .nan, 1e300, -1e300] {
            _ = expression.next(after: Date(timeIntervalSince1970: seconds), in: berlin)
        }
        #expect(expression.next(after: .distantPast, in: berlin) != nil)
        #expect(expression.next(after: .distantFuture, in: berlin) != nil)
    }

    @Test func findsFarTimesWithoutSteppingThroughTheDays() throws {
        let berlin = try TimeZoneRules(named: "Europe/Berlin")
        let cron = try CronExpression(parsing: "0 0 29 2 */7")
        let calendar = try CalendarExpression(parsing: "Sun *-02-29")
        let clock = ContinuousClock()
        let duration = clock.measure {
            for _ in 0..<20_000 {
                _ = cron.next(after: Date(timeIntervalSince1970: 4_000_000_000), in: berlin)
                _ = calendar.next(after: Date(timeIntervalSince1970: 4_000_000_000), in: berlin)
            }
        }
        // 28 years away, forty thousand times: 409 million days, if each were tried.
        #expect(duration < .seconds(20))
    }
}
