import FoundationEssentials
import Synchronization

/// A service's clock: this machine's, or one that a fault has set wrong.
final class SandboxClock: Sendable {
    private let ahead = Mutex(0)

    /// The time.
    var now: Date { Date(timeIntervalSinceNow: Double(ahead.withLock { $0 })) }

    /// Whole seconds since 1970.
    var seconds: Int { Int(now.timeIntervalSince1970) }

    /// Milliseconds since 1970.
    var milliseconds: Int { Int(now.timeIntervalSince1970 * 1000) }

    /// Microseconds since 1970.
    var microseconds: Int { Int(now.timeIntervalSince1970 * 1_000_000) }

    /// Sets it so many seconds ahead of this machine's; a negative number is behind.
    func set(secondsAhead: Int) {
        ahead.withLock { $0 = secondsAhead }
    }
}

/// A time as headers write it (RFC 9110, §5.6.7).
func httpDate(_ date: Date) -> String {
    let seconds = Int(date.timeIntervalSince1970.rounded(.down))
    let day = PosthogTime.day(seconds * 1_000_000)
    let text = PosthogTime.text(seconds * 1_000_000)
    let names = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let parts = text.split { "-T.Z".contains($0) }
    let month = months[(Int(parts[1]) ?? 1) - 1]
    return "\(names[((day % 7) + 7) % 7]), \(parts[2]) \(month) \(parts[0]) \(parts[3]) GMT"
}
