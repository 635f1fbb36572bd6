import FerryCore
import Synchronization
import Testing

@Suite struct HostTimeZoneTests {
    @Test func isTheZoneAsItIsWhenAsked() throws {
        let berlin = try TimeZoneRules(named: "Europe/Berlin")
        let tokyo = try TimeZoneRules(named: "Asia/Tokyo")
        let zone = Source(berlin)
        let host = HostTimeZone { zone.now }
        #expect(host.current() == berlin)
        zone.set(tokyo)
        #expect(host.current() == tokyo)
    }

    /// `/etc/localtime` is missing for a moment while it is replaced, or half written.
    @Test func aZoneThatCannotBeReadOnceStaysAndTwiceIsUTC() throws {
        let berlin = try TimeZoneRules(named: "Europe/Berlin")
        let zone = Source(berlin)
        let host = HostTimeZone { zone.now }
        for _ in 0..<2 {
            zone.set(nil)
            #expect(host.current() == berlin)
            zone.set(berlin)
            #expect(host.current() == berlin)
        }
        zone.set(nil)
        #expect(host.current() == berlin)
        #expect(host.current() == .utc)
        zone.set(berlin)
        #expect(host.current() == berlin)
    }

    @Test func isUTCAtTheStartWhereThereIsNone() {
        #expect(HostTimeZone { nil }.current() == .utc)
    }

    private final class Source: Sendable {
        private let zone: Mutex<TimeZoneRules?>

        init(_ zone: TimeZoneRules) {
            self.zone = Mutex(zone)
        }

        var now: TimeZoneRules? { zone.withLock { $0 } }

        func set(_ zone: TimeZoneRules?) {
            self.zone.withLock { $0 = zone }
        }
    }
}
