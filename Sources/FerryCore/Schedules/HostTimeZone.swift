import Synchronization

/// The host's time zone, which may be changed while a program runs.
///
/// Reading it costs the reading of one small file: ask once a minute, not for every date.
public final class HostTimeZone: Sendable {
    private struct State {
        var zone: TimeZoneRules
        var isUnreadable = false
    }

    private let state: Mutex<State>
    private let read: @Sendable () -> TimeZoneRules?

    /// The zone of `$TZ`, else of `/etc/localtime`, else UTC.
    ///
    /// - Parameter read: gives the zone, or `nil` where it cannot be read: in place of the host's.
    public init(reading read: @escaping @Sendable () -> TimeZoneRules? = { .readHost() }) {
        self.read = read
        state = Mutex(State(zone: read() ?? .utc))
    }

    /// The zone as it is now.
    ///
    /// A zone that cannot be read may just be about to be replaced: only when that is so twice in a row, it is UTC.
    public func current() -> TimeZoneRules {
        let zone = read()
        return state.withLock { state in
            if let zone {
                state = State(zone: zone)
            } else if state.isUnreadable {
                state.zone = .utc
            } else {
                state.isUnreadable = true
            }
            return state.zone
        }
    }
}
