import FerryCore
import Foundation
import Testing

struct TimeZoneRulesTests {
    @Test(arguments: timeZoneChanges)
    func changesItsOffsetExactlyWhenPythonsZoneinfoDoes(_ changes: Changes) throws {
        let zone = try TimeZoneRules(named: changes.zone)
        for row in changes.rows {
            let instant = try #require(RFC3339.parse(row.instant))
            #expect(zone.offset(at: instant - 1) == row.before, "before \(row.instant)")
            #expect(zone.offset(at: instant - 0.001) == row.before, "just before \(row.instant)")
            #expect(zone.offset(at: instant) == row.after, "at \(row.instant)")
        }
    }

    @Test(arguments: timeZoneChanges)
    func findsTheGapOrTheTwoInstantsOfEveryChange(_ changes: Changes) throws {
        let zone = try TimeZoneRules(named: changes.zone)
        for row in changes.rows {
            let instant = try #require(RFC3339.parse(row.instant))
            let middle = Date(timeIntervalSince1970: instant.timeIntervalSince1970 + Double(row.before + row.after) / 2)
            let local = TimeZoneRules.utc.local(at: middle)
            if row.after > row.before {
                #expect(zone.instants(ofLocal: local) == .gap(until: instant), "\(row.instant)")
            } else {
                let half = Double(row.before - row.after) / 2
                #expect(zone.instants(ofLocal: local) == .two(instant - half, instant + half), "\(row.instant)")
            }
            let before = zone.local(at: instant - 30 * 3600)
            #expect(zone.instants(ofLocal: before) == .one(instant - 30 * 3600), "\(row.instant)")
        }
    }

    @Test func holdsTheFirstOffsetForAllTimesBeforeAndTheLastOneAfterWithoutARule() throws {
        let zone = try TimeZoneRules(named: "Asia/Kathmandu")
        #expect(zone.offset(at: .distantPast) == 20_476)
        #expect(zone.offset(at: .distantFuture) == 20_700)
        #expect(zone.offset(at: Date(timeIntervalSince1970: .infinity)) == 20_700)
        #expect(zone.offset(at: Date(timeIntervalSince1970: -.infinity)) == 20_476)
        #expect(zone.offset(at: Date(timeIntervalSince1970: .nan)) == 20_700)
    }

    @Test func followsAPOSIXRuleAsItsZoneDoes() throws {
        let pairs = [
            ("CET-1CEST,M3.5.0,M10.5.0/3", "Europe/Berlin"),
            (":America/New_York", "America/New_York"),
            ("EST5EDT,M3.2.0,M11.1.0", "America/New_York"),
            ("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "Australia/Lord_Howe"),
            ("IST-1GMT0,M10.5.0,M3.5.0/1", "Europe/Dublin"),
            ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "America/Nuuk"),
        ]
        for (rule, name) in pairs {
            let followed = TimeZoneRules.variable(rule)
            let zone = try TimeZoneRules(named: name)
            // Steps of nine days and an hour, so that every hour of the day has its turn.
            for hour in stride(from: 2_000_000_000, to: 4_000_000_000, by: (9 * 24 + 1) * 3600) {
                let date = Date(timeIntervalSince1970: TimeInterval(hour))
                #expect(followed.offset(at: date) == zone.offset(at: date), "\(rule) at \(RFC3339.format(date))")
            }
        }
    }

    @Test func countsTheDaysOfAPOSIXRuleInAllThreeWays() throws {
        // Day 60 is 1 March with J, and 29 February in a leap year without it.
        let julian = TimeZoneRules.variable("AAA0BBB,J60/0,J300/0")
        let ordinal = TimeZoneRules.variable("AAA0BBB,59/0,299/0")
        let leapDay = try #require(RFC3339.parse("2028-02-29T12:00:00Z"))
        let march = try #require(RFC3339.parse("2028-03-01T12:00:00Z"))
        #expect(julian.offset(at: leapDay) == 0)
        #expect(julian.offset(at: march) == 3600)
        #expect(ordinal.offset(at: leapDay) == 3600)
        // RFC 8536, §3.3.1, has this one for daylight saving time all year round.
        let always = TimeZoneRules.variable("XXX3EDT4,0/0,J365/23")
        for day in 0..<800 {
            #expect(always.offset(at: leapDay + TimeInterval(day * 86_400)) == -14_400)
        }
    }

    @Test(arguments: ["", ":", "UTC", "no such zone", "XYZ", "AB3", "CET-1CEST,M13.5.0,M10.5.0", "CET-99", "/dev/zero"])
    func takesATZThatMeansNothingAsUTC(_ value: String) {
        #expect(TimeZoneRules.variable(value).offset(at: Date()) == 0)
    }

    @Test func readsATZThatIsAFile() throws {
        let zone = TimeZoneRules.variable(":/usr/share/zoneinfo/Asia/Tokyo")
        #expect(zone == (try TimeZoneRules(named: "Asia/Tokyo")))
    }

    @Test(arguments: [
        "../etc/passwd", "/etc/localtime", "Europe/../../etc/passwd", "", ".", "Europe//Berlin", "Europe/Berlin/",
        "Europe/Ber lin", "Europe/Berlin\u{0}",
    ])
    func refusesNamesThatLeaveTheDatabase(_ name: String) {
        let error = #expect(throws: TimeZoneError.self) { try TimeZoneRules(named: name) }
        #expect(error?.message.contains("is not the name of a time zone") == true)
    }

    @Test func saysWhatToDoAboutAnUnknownName() {
        let error = #expect(throws: TimeZoneError.self) { try TimeZoneRules(named: "Europe/Berln") }
        #expect(error?.message == "unknown time zone 'Europe/Berln'")
        #expect(error?.hint.contains("timedatectl list-timezones") == true)
    }

    @Test(arguments: ["zone.tab", "Europe"])
    func refusesFilesAndDirectoriesThatAreNoZones(_ name: String) {
        #expect(throws: TimeZoneError.self) { try TimeZoneRules(named: name) }
    }
}
