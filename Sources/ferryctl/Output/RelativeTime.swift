import FerryAPI
import FerryCore
import FoundationEssentials

/// Points in time as people say them.
enum RelativeTime {
    /// `just now`, `3 min ago`, `in 2 h`, or a dash for none.
    static func text(_ milliseconds: Int64?, now: Int64 = UnixTime.milliseconds(Date())) -> String {
        guard let milliseconds else { return "–" }
        let distance = milliseconds - now
        guard abs(distance) >= 1000 else { return distance > 0 ? "now" : "just now" }
        return distance > 0 ? "in \(duration(distance))" : "\(duration(-distance)) ago"
    }

    /// A duration in its largest unit, and tenths where they matter: `0.4 s`, `12 s`, `3 min`, `5 h`, `2 d`.
    static func duration(_ milliseconds: Int64) -> String {
        Duration.milliseconds(milliseconds).shortText
    }
}
