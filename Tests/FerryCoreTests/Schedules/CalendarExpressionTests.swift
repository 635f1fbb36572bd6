import FerryCore
import Foundation
import Testing

@Suite struct CalendarExpressionTests {
    /// Expressions and what systemd makes of them.
    static let accepted: [(String, String)] = [
        // The table of systemd.time(7).
        ("Sat,Thu,Mon..Wed,Sat..Sun", "Mon..Thu,Sat,Sun *-*-* 00:00:00"),
        ("Mon,Sun 12-*-* 2,1:23", "Mon,Sun 2012-*-* 01,02:23:00"),
        ("Wed *-1", "Wed *-*-01 00:00:00"),
        ("Wed..Wed,Wed *-1", "Wed *-*-01 00:00:00"),
        ("Wed, 17:48", "Wed *-*-* 17:48:00"),
        ("Wed..Sat,Tue 12-10-15 1:2:3", "Tue..Sat 2012-10-15 01:02:03"),
        ("*-*-7 0:0:0", "*-*-07 00:00:00"),
        ("10-15", "*-10-15 00:00:00"),
        ("monday *-12-* 17:00", "Mon *-12-* 17:00:00"),
        ("Mon,Fri *-*-3,1,2 *:30:45", "Mon,Fri *-*-01,02,03 *:30:45"),
        ("12,14,13,12:20,10,30", "*-*-* 12,13,14:10,20,30:00"),
        ("12..14:10,20,30", "*-*-* 12..14:10,20,30:00"),
        ("mon,fri *-1/2-1,3 *:30:45", "Mon,Fri *-01/2-01,03 *:30:45"),
        ("03-05 08:05:40", "*-03-05 08:05:40"),
        ("08:05:40", "*-*-* 08:05:40"),
        ("05:40", "*-*-* 05:40:00"),
        ("Sat,Sun 12-05 08:05:40", "Sat,Sun *-12-05 08:05:40"),
        ("Sat,Sun 08:05:40", "Sat,Sun *-*-* 08:05:40"),
        ("2003-03-05 05:40", "2003-03-05 05:40:00"),
        ("05:40:23.4200004/3.1700005", "*-*-* 05:40:23.420000/3.170001"),
        ("2003-02..04-05", "2003-02..04-05 00:00:00"),
        ("2003-03-05 05:40 UTC", "2003-03-05 05:40:00 UTC"),
        ("2003-03-05", "2003-03-05 00:00:00"),
        ("03-05", "*-03-05 00:00:00"),
        ("hourly", "*-*-* *:00:00"),
        ("daily", "*-*-* 00:00:00"),
        ("daily UTC", "*-*-* 00:00:00 UTC"),
        ("monthly", "*-*-01 00:00:00"),
        ("weekly", "Mon *-*-* 00:00:00"),
        ("weekly Pacific/Auckland", "Mon *-*-* 00:00:00 Pacific/Auckland"),
        ("yearly", "*-01-01 00:00:00"),
        ("annually", "*-01-01 00:00:00"),
        ("*:2/3", "*-*-* *:02/3:00"),
        // Beyond it.
        ("Mon..Fri 02:00", "Mon..Fri *-*-* 02:00:00"),
        ("minutely", "*-*-* *:*:00"),
        ("quarterly", "*-01,04,07,10-01 00:00:00"),
        ("semiannually", "*-01,07-01 00:00:00"),
        ("Bi-Annually utc", "*-01,07-01 00:00:00 UTC"),
        ("@1395716396", "2014-03-25 02:59:56 UTC"),
        ("Mon @1395716396", "Mon 2014-03-25 02:59:56 UTC"),
        ("@5 Europe/Berlin", "1970-01-01 00:00:05 UTC"),
        ("Mon-Fri 9:00", "Mon..Fri *-*-* 09:00:00"),
        ("Mon..Sun", "*-*-* 00:00:00"),
        ("Mon ", "Mon *-*-* 00:00:00"),
        ("2026-05-01 ", "2026-05-01 00:00:00"),
        ("Mon   *-05-01   9:00", "Mon *-05-01 09:00:00"),
        ("70-1-1", "1970-01-01 00:00:00"),
        ("69-1-1", "2069-01-01 00:00:00"),
        ("*-*~1..4/2", "*-*~01..03/2 00:00:00"),
        ("*-*~10/3", "*-*~10/3 00:00:00"),
        ("02~28", "*-02~28 00:00:00"),
        ("*~*", "*-*-* 00:00:00"),
        ("*:0..59/60", "*-*-* *:00:00"),
        ("*:0..0", "*-*-* *:00:00"),
        ("*:*:*", "*-*-* *:*:*"),
        ("*:*:0/1", "*-*-* *:*:*"),
        ("*:*:0/0.5", "*-*-* *:*:00/0.500000"),
        ("*:*:0..0.5/0.1", "*-*-* *:*:00..00.500000/0.100000"),
        ("*:*:1.2345678", "*-*-* *:*:01.234568"),
        ("*:*:1..2", "*-*-* *:*:01..02"),
        ("*-02-30", "*-02-30 00:00:00"),
    ]

    /// Expressions that systemd refuses, the offset of what is wrong and a part of the message.
    static let refused: [(String, Int, String)] = [
        ("", 0, "empty"),
        ("12", 2, "HH:MM"),
        ("*", 1, "HH:MM"),
        (" 12:00", 0, "unexpected space"),
        ("12:00 ", 5, "unexpected space"),
        ("12:00  UTC", 5, "unexpected space"),
        ("fortnightly", 0, "weekly"),
        ("Feb 30", 0, "'Feb' is no weekday"),
        ("Mon.. 12:00", 5, "weekday is missing"),
        ("Fri..Mon", 5, "backwards"),
        ("Mon..Wed..Fri", 8, "space"),
        ("Monda 12:00", 0, "'Monda'"),
        ("Mon Tue", 4, "joined by commas"),
        ("12:00 Europe/Berln", 6, "Europe/Berln"),
        ("12:00 Etc", 6, "time zone"),
        ("*/2:00", 1, "cron"),
        ("*:*/5", 3, "cron"),
        ("*:*:*,5", 5, "','"),
        ("12:00,", 6, "number is missing"),
        ("12:60", 3, "0 to 59"),
        ("24:00", 0, "0 to 23"),
        ("12:00:60", 6, "0 to 59"),
        ("12:0/60", 3, "never comes"),
        ("12:30/31", 3, "never comes"),
        ("12:5/0", 5, "more than 0"),
        ("12:9..3", 3, "backwards"),
        ("12:00:1..1.5", 6, "repetition"),
        ("12:00:1.", 8, "decimal point"),
        ("12:00:00:00", 8, "after the seconds"),
        ("2026-13-01", 5, "1 to 12"),
        ("2026-01-32", 8, "1 to 31"),
        ("2200-01-01", 0, "1970 to 2199"),
        ("1969-01-01", 0, "1970 to 2199"),
        ("*-*~29", 4, "1 to 28"),
        ("*-*~0", 4, "1 to 28"),
        ("*-*~3/3", 4, "never comes"),
        ("2026~01-01", 7, "after the date"),
        ("1-1-1-1", 5, "after the date"),
        ("2026.01.01", 4, "in the date"),
        ("@", 1, "number is missing"),
        ("@5.5", 2, "Unix time"),
        ("@99999999999", 1, "2199"),
        ("12:999999999999999", 3, "too large"),
        ("Mön 12:00", 0, "weekday"),
    ]

    @Test(arguments: accepted)
    func isNormalizedAsSystemdDoes(_ text: String, _ normalized: String) throws {
        let expression = try CalendarExpression(parsing: text)
        #expect(expression.normalized == normalized)
        #expect(expression.text == text)
    }

    @Test(arguments: accepted)
    func theNormalizedFormMeansTheSame(_ text: String, _ normalized: String) throws {
        let expression = try CalendarExpression(parsing: text)
        let again = try CalendarExpression(parsing: normalized)
        #expect(again.normalized == normalized)
        var dates = (Date(timeIntervalSince1970: 1_000_000_000), Date(timeIntervalSince1970: 1_000_000_000))
        for _ in 0..<20 {
            let next = (expression.next(after: dates.0, in: .utc), again.next(after: dates.1, in: .utc))
            #expect(next.0 == next.1)
            guard let first = next.0, let second = next.1 else { return }
            dates = (first, second)
        }
    }

    @Test(arguments: refused)
    func saysWhatIsWrongAndWhere(_ text: String, _ offset: Int, _ message: String) throws {
        let error = #expect(throws: CalendarError.self) { try CalendarExpression(parsing: text) }
        #expect(error?.offset == offset, "\(error?.message ?? "")")
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    /// What `systemd-analyze calendar` of systemd 252 printed.
    @Test(arguments: [
        ("Mon..Fri 02:00", "Europe/Berlin", "2026-03-26T12:00:00Z", "2026-03-27T01:00:00Z 2026-03-30T00:00:00Z"),
        // The gap of Berlin, New York and Lord Howe: left out that day.
        ("02:30", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-30T00:30:00Z 2026-03-31T00:30:00Z"),
        ("*:0/30", "Europe/Berlin", "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z 2026-03-29T01:30:00Z"),
        ("02:30", "America/New_York", "2026-03-08T00:00:00Z", "2026-03-09T06:30:00Z"),
        ("*:15", "Australia/Lord_Howe", "2026-10-03T14:45:00Z", "2026-10-03T16:15:00Z 2026-10-03T17:15:00Z"),
        ("02:15", "Australia/Lord_Howe", "2026-10-03T14:00:00Z", "2026-10-04T15:15:00Z"),
        ("daily", "Asia/Beirut", "2025-03-29T12:00:00Z", "2025-03-30T21:00:00Z 2025-03-31T21:00:00Z"),
        // The hour that comes twice: the first time only.
        ("hourly", "Europe/Berlin", "2026-10-24T23:30:00Z", "2026-10-25T00:00:00Z 2026-10-25T02:00:00Z"),
        ("02:30", "Europe/Berlin", "2026-10-24T23:30:00Z", "2026-10-25T00:30:00Z 2026-10-26T01:30:00Z"),
        ("*:45", "Australia/Lord_Howe", "2026-04-04T14:00:00Z", "2026-04-04T14:45:00Z 2026-04-04T16:15:00Z"),
        // Samoa had no 30 December 2011, a Friday.
        ("daily", "Pacific/Apia", "2011-12-29T12:00:00Z", "2011-12-30T10:00:00Z 2011-12-31T10:00:00Z"),
        ("Fri 02:30", "Pacific/Apia", "2011-12-29T12:00:00Z", "2012-01-05T12:30:00Z"),
        ("*-12-30", "Pacific/Apia", "2011-12-29T12:00:00Z", "2012-12-29T10:00:00Z"),
        // The expression's own zone comes first.
        ("02:30 Europe/Berlin", "Asia/Tokyo", "2026-03-28T12:00:00Z", "2026-03-30T00:30:00Z"),
        ("12:00 UTC", "Asia/Tokyo", "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z"),
        // From the end of the month.
        ("*-*~1..3/2", "UTC", "2025-03-29T12:00:00Z", "2025-03-31T00:00:00Z 2025-04-28T00:00:00Z"),
        ("*-02~01", "UTC", "2027-06-01T00:00:00Z", "2028-02-29T00:00:00Z 2029-02-28T00:00:00Z"),
        ("Mon *-05~07/1", "UTC", "2026-01-01T00:00:00Z", "2026-05-25T00:00:00Z 2027-05-31T00:00:00Z"),
        ("Mon *-02-29", "UTC", "2026-01-01T00:00:00Z", "2044-02-29T00:00:00Z 2072-02-29T00:00:00Z"),
        // A repetition without an end goes on into what comes next, and leaves out what is before that.
        ("*:0/28", "UTC", "2026-01-01T22:56:00Z", "2026-01-01T23:00:00Z 2026-01-01T23:28:00Z"),
        ("*:0/28", "UTC", "2026-01-01T23:28:00Z", "2026-01-01T23:56:00Z 2026-01-02T00:28:00Z 2026-01-02T00:56:00Z"),
        ("0/7:00", "UTC", "2026-01-30T14:00:00Z", "2026-01-30T21:00:00Z 2026-01-31T00:00:00Z 2026-01-31T07:00:00Z"),
        ("0/7:00", "UTC", "2026-01-31T14:00:00Z", "2026-01-31T21:00:00Z 2026-02-01T07:00:00Z"),
        ("*-*-1/11", "UTC", "2025-12-12T00:00:00Z", "2025-12-23T00:00:00Z 2026-01-12T00:00:00Z"),
        ("*-*-1/11", "UTC", "2026-01-12T00:00:00Z", "2026-01-23T00:00:00Z 2026-02-01T00:00:00Z"),
        ("*:*:0/7", "UTC", "2026-01-01T10:58:56Z", "2026-01-01T10:59:00Z"),
        ("*:*:0/7", "UTC", "2026-01-01T10:59:56Z", "2026-01-01T11:00:07Z"),
        ("*:0/15", "UTC", "2026-12-31T23:30:00Z", "2026-12-31T23:45:00Z 2027-01-01T00:00:00Z"),
        // It has an end.
        ("*:0..59/28", "UTC", "2026-01-01T23:30:00Z", "2026-01-01T23:56:00Z 2026-01-02T00:00:00Z"),
        // The last year.
        ("*-*~1", "UTC", "2199-11-30T00:00:00Z", "2199-12-31T00:00:00Z"),
        ("*:*:50/4", "UTC", "2026-01-01T00:00:51Z", "2026-01-01T00:00:54Z 2026-01-01T00:00:58Z 2026-01-01T00:01:50Z"),
    ])
    func isDueWhenSystemdSays(_ text: String, _ zone: String, _ after: String, _ due: String) throws {
        let expression = try CalendarExpression(parsing: text)
        var date = try #require(RFC3339.parse(after))
        for expected in due.split(separator: " ") {
            date = try #require(expression.next(after: date, in: TimeZoneRules(named: zone)))
            #expect(date == RFC3339.parse(String(expected)))
        }
    }

    @Test func isDueToTheMicrosecond() throws {
        let expression = try CalendarExpression(parsing: "*:*:00.000001/0.25")
        var date = Date(timeIntervalSince1970: 1_700_000_000)
        var found: [Int] = []
        for _ in 0..<4 {
            date = try #require(expression.next(after: date, in: .utc))
            found.append(Int(((date.timeIntervalSince1970 - 1_700_000_000) * 1_000_000).rounded()))
        }
        #expect(found == [1, 250_001, 500_001, 750_001])
    }

    @Test func isNotDueAgainInTheHourThatComesTwice() throws {
        let berlin = try TimeZoneRules(named: "Europe/Berlin")
        // Asked at 02:10 for the second time.
        let date = try #require(RFC3339.parse("2026-10-25T01:10:00Z"))
        for text in ["02:30", "*:0/15"] {
            let next = try #require(CalendarExpression(parsing: text).next(after: date, in: berlin))
            #expect(next >= date + 50 * 60, "'\(text)'")
        }
    }

    @Test(arguments: ["*-02-30", "*-04,06-31", "Sun 2026-01-01"])
    func hasNoNextTimeWhereNoYearHasTheDate(_ text: String) throws {
        let expression = try CalendarExpression(parsing: text)
        #expect(!expression.comes)
        #expect(expression.next(after: Date(timeIntervalSince1970: 0), in: .utc) == nil)
    }

    @Test func nothingComesAfterTheYear2199() throws {
        let last = try #require(RFC3339.parse("2199-12-31T00:00:00Z"))
        #expect(try CalendarExpression(parsing: "daily").next(after: last, in: .utc) == nil)
        #expect(try CalendarExpression(parsing: "12:00").next(after: last, in: .utc) == last + 43_200)
    }

    @Test func aTimeThatIsOverComesButNotAgain() throws {
        let expression = try CalendarExpression(parsing: "@1395716396")
        #expect(expression.comes)
        #expect(
            expression.next(after: Date(timeIntervalSince1970: 1_395_716_395.5), in: .utc)
                == Date(timeIntervalSince1970: 1_395_716_396)
        )
        #expect(expression.next(after: Date(timeIntervalSince1970: 1_395_716_396), in: .utc) == nil)
    }

    @Test func extremeDatesEndInNoTimeAndNoTrap() throws {
        let expression = try CalendarExpression(parsing: "Mon..Fri 02:00")
        for seconds in [-1e18, 1e18, Double.infinity, -Double.infinity] {
            let date = Date(timeIntervalSince1970: seconds)
            if let next = expression.next(after: date, in: .utc) { #expect(next > date) }
        }
    }
}
