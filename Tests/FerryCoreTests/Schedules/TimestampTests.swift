import FerryCore
import Foundation
import Testing

struct RFC3339Tests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0),
        ("1985-04-12T23:20:50.52Z", 482_196_050.52),
        ("1996-12-19T16:39:57-08:00", 851_042_397),
        ("1990-12-31T23:59:60Z", 662_688_000),
        ("1990-12-31T15:59:60-08:00", 662_688_000),
        ("1937-01-01T12:00:27.87+00:20", -1_041_337_172.13),
        ("2026-10-25 02:30:00+01:00", 1_792_891_800),
        ("2026-10-25t01:30:00z", 1_792_891_800),
        ("0001-01-01T00:00:00Z", -62_135_596_800),
    ])
    func readsTheExamplesOfTheDocument(text: String, seconds: Double) throws {
        let date = try #require(RFC3339.parse(text))
        #expect(abs(date.timeIntervalSince1970 - seconds) < 0.000_01)
    }

    @Test(arguments: [
        "", "2026-10-25", "2026-10-25T02:30:00", "2026-02-29T00:00:00Z", "2026-10-25T24:00:00Z", "2026-10-25T02:30Z",
        "2026-10-25T02:30:00+0100", "2026-10-25T02:30:00.Z", "2026-10-25T02:30:60Z", "2026-10-25T02:30:00Z ",
        "26-10-25T02:30:00Z", "2026-10-25T02:30:00+24:00", "+026-10-25T02:30:00Z", "2026-10-25T23:59:61Z",
    ])
    func refusesWhatIsNoTimestamp(_ text: String) {
        #expect(RFC3339.parse(text) == nil)
    }

    @Test func writesTheOffsetAndOnlyTheMillisecondsThereAre() throws {
        let date = try #require(RFC3339.parse("2026-10-25T00:30:00Z"))
        #expect(RFC3339.format(date) == "2026-10-25T00:30:00Z")
        #expect(RFC3339.format(date, offset: 7200) == "2026-10-25T02:30:00+02:00")
        #expect(RFC3339.format(date, offset: -12_600) == "2026-10-24T21:00:00-03:30")
        #expect(RFC3339.format(date + 0.25) == "2026-10-25T00:30:00.250Z")
        #expect(RFC3339.format(date + 0.9996) == "2026-10-25T00:30:01Z")
        #expect(RFC3339.format(date - 0.25) == "2026-10-25T00:29:59.750Z")
        // Local mean time, as zones had it once, has seconds that the format has no room for.
        #expect(RFC3339.format(date, offset: 3208) == "2026-10-25T01:23:00+00:53")
    }

    @Test func readsBackWhatItWrites() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let milliseconds = Int.random(in: -62_135_596_800_000...253_402_214_399_999, using: &generator)
            let date = Date(timeIntervalSince1970: Double(milliseconds / 1000) + Double(milliseconds % 1000) / 1000)
            let offset = Int.random(in: -1439...1439, using: &generator) * 60
            let text = RFC3339.format(date, offset: offset)
            // Just before the year 1 and after 9999 in local time, the format has no such year.
            guard text.utf8.first != UInt8(ascii: "-"), !text.hasPrefix("1000") || text.utf8.dropFirst(4).first == 45
            else { continue }
            let read = RFC3339.parse(text)
            #expect(read.map { abs($0.timeIntervalSince(date)) < 0.000_1 } == true, "\(text)")
        }
    }
}

struct HTTPDateTests {
    @Test(arguments: [
        "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
    ])
    func readsTheThreeFormsOfTheDocument(_ text: String) {
        #expect(HTTPDate.parse(text) == Date(timeIntervalSince1970: 784_111_777))
    }

    @Test func readsATwoDigitDayInTheFormOfAsctime() {
        #expect(HTTPDate.parse("Wed Nov 16 08:49:37 1994") == Date(timeIntervalSince1970: 784_975_777))
    }

    @Test func placesATwoDigitYearWithinFiftyYears() throws {
        let now = try #require(RFC3339.parse("2026-11-22T00:00:00Z"))
        let then = try #require(RFC3339.parse("2090-11-22T00:00:00Z"))
        func year(_ text: String, now: Date) -> Int? {
            HTTPDate.parse("Sunday, 06-Nov-\(text) 08:49:37 GMT", now: now)
                .map { TimeZoneRules.utc.local(at: $0).year }
        }
        #expect(year("26", now: now) == 2026)
        #expect(year("76", now: now) == 2076)
        #expect(year("77", now: now) == 1977)
        #expect(year("10", now: then) == 2110)
    }

    @Test(arguments: [
        "", "120", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 31 Feb 1994 08:49:37 GMT",
        "Son, 06 Nov 1994 08:49:37 GMT", "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sunday, 06 Nov 1994 08:49:37 GMT", "Sun, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT;",
        "Sun Nov 6 08:49:37 1994", "1994-11-06T08:49:37Z",
    ])
    func refusesWhatIsNoDate(_ text: String) {
        #expect(HTTPDate.parse(text) == nil)
    }
}
