import FerryCore
import FoundationEssentials

/// A point in time, to the nanosecond.
struct DateInstant: Equatable {
    /// Seconds of Unix time, rounded down.
    var seconds: Int
    /// What comes on top of them: 0 to 999,999,999.
    var nanoseconds: Int

    /// The years 0001 to 9999, in UTC.
    static let range = -62_135_596_800...253_402_300_799

    /// An instant.
    init(seconds: Int, nanoseconds: Int = 0) throws(DateFlaw) {
        guard Self.range.contains(seconds) else { throw .range }
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }
}

/// The zone that texts without one are read in, and that texts are written in.
struct DateZone: Sendable {
    /// `nil` is UTC, which needs no look-up.
    private let rules: TimeZoneRules?
    /// Whether the file names it.
    let isNamed: Bool

    static let utc = DateZone(rules: nil, isNamed: false)

    private init(rules: TimeZoneRules?, isNamed: Bool) {
        self.rules = rules
        self.isNamed = isNamed
    }

    init(named name: String) throws(TimeZoneError) {
        let rules = try TimeZoneRules(named: name)
        self.init(rules: name == "UTC" ? nil : rules, isNamed: true)
    }

    /// Seconds east of UTC.
    func offset(at seconds: Int) -> Int {
        guard let rules else { return 0 }
        return rules.offset(at: Date(timeIntervalSince1970: Double(seconds)))
    }

    /// The instant at which the zone's clocks show a time, given in seconds on the wall.
    ///
    /// A time that is shown twice is the earlier one; a time that is skipped is as much later as the clocks are set
    /// forward. That is what the RFC for calendars (5545, §3.3.5), Java, JavaScript's Temporal and Python do.
    func seconds(ofLocal local: LocalTime) -> Int {
        guard let rules else { return local.secondsSinceEpoch }
        switch rules.instants(ofLocal: local) {
        case .one(let date), .two(let date, _): return Int(date.timeIntervalSince1970)
        case .gap(let end):
            return local.secondsSinceEpoch - offset(at: Int(end.timeIntervalSince1970) - 1)
        }
    }
}
