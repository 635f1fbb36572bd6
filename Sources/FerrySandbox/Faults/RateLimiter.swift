import Foundation
import Synchronization

/// Counts requests by its own clock, in a window that slides, and refuses those that are too many.
public final class RateLimiter: Sendable {
    private struct State {
        var limit: RateLimit?
        var counted: [ContinuousClock.Instant] = []
        var refused = 0
    }

    private let state = Mutex(State())

    init() {}

    /// Sets the limit, or lifts it; counting begins anew.
    public func set(_ limit: RateLimit?) {
        state.withLock { $0 = State(limit: limit) }
    }

    /// How many requests were refused.
    public var refused: Int { state.withLock { $0.refused } }

    /// When requests arrived, refused ones included, in milliseconds since the first: the newest 10,000 at least.
    public var arrivals: [Double] {
        state.withLock { state in
            state.counted.map { state.counted[0].duration(to: $0) / .milliseconds(1) }
        }
    }

    /// What becomes of a request that arrives now.
    ///
    /// - Parameter time: what the service's clock says, which the headers go by.
    /// - Returns: whether it is refused, and the headers that its answer has either way.
    func count(at time: Date) -> (isRefused: Bool, headers: [(name: String, value: String)])? {
        state.withLock { state in
            guard let limit = state.limit else { return nil }
            let now = ContinuousClock.now
            let window = Duration.milliseconds(limit.milliseconds)
            let recent = state.counted.suffix(while: { now - $0 < window })
            state.counted.append(now)
            if state.counted.count > 20_000 { state.counted.removeFirst(10_000) }
            let isRefused = recent.count >= limit.requests
            if isRefused { state.refused += 1 }
            // The first request of the window makes room when it leaves it.
            let leaving = isRefused ? recent.dropFirst(recent.count - limit.requests).first : recent.first
            let reset = (leaving ?? now) + window - now
            let remaining = max(limit.requests - recent.count - 1, 0)
            let headers = limit.announcement.headers(
                remaining: remaining,
                reset: reset,
                after: time,
                isRefused: isRefused
            )
            return (isRefused, headers)
        }
    }
}

extension Array where Element == ContinuousClock.Instant {
    /// The last elements that all meet the condition.
    fileprivate func suffix(while condition: (Element) -> Bool) -> ArraySlice<Element> {
        var start = endIndex
        while start > startIndex, condition(self[start - 1]) { start -= 1 }
        return self[start...]
    }
}

extension RateLimit.Announcement {
    fileprivate func headers(
        remaining: Int,
        reset: Duration,
        after time: Date,
        isRefused: Bool
    ) -> [(name: String, value: String)] {
        let seconds = Int((reset / .seconds(1)).rounded(.up))
        let end = time.timeIntervalSince1970 + reset / .seconds(1)
        switch self {
        case .silent: return []
        case .retryAfterSeconds: return isRefused ? [("Retry-After", "\(seconds)")] : []
        case .retryAfterDate:
            // Dates have whole seconds: the next one.
            let date = Date(timeIntervalSince1970: end.rounded(.up))
            return isRefused ? [("Retry-After", httpDate(date))] : []
        case .secondsLeft: return [("X-RateLimit-Remaining", "\(remaining)"), ("X-RateLimit-Reset", "\(seconds)")]
        case .epoch:
            return [("X-RateLimit-Remaining", "\(remaining)"), ("X-RateLimit-Reset", "\(Int(end.rounded(.up)))")]
        case .epochMilliseconds:
            let milliseconds = Int((end * 1000).rounded(.up))
            return [("X-RateLimit-Remaining", "\(remaining)"), ("X-RateLimit-Reset", "\(milliseconds)")]
        case .draft: return [("RateLimit-Remaining", "\(remaining)"), ("RateLimit-Reset", "\(seconds)")]
        case .structured: return [("RateLimit", "\"default\";r=\(remaining);t=\(seconds)")]
        case .peculiar: return [("Left", "\(remaining)"), ("Back-In", "\(seconds)")]
        }
    }
}
