import Synchronization

/// A service's own limit: so many requests in any window of its clock.
final class SlidingLimit: Sendable {
    private struct State {
        var maximum: Int?
        var counted: [ContinuousClock.Instant] = []
    }

    private let window: Duration
    private let state: Mutex<State>

    /// A limit; `nil` for none.
    init(_ maximum: Int?, per window: Duration) {
        self.window = window
        state = Mutex(State(maximum: maximum))
    }

    /// Changes the limit; counting begins anew.
    func set(_ maximum: Int?) {
        state.withLock { $0 = State(maximum: maximum) }
    }

    /// Counts a request that arrives now.
    ///
    /// - Returns: the limit and how many requests are left of it, a negative number for a request that is one too many;
    ///   `nil` without a limit.
    func count() -> (maximum: Int, remaining: Int)? {
        state.withLock { state in
            guard let maximum = state.maximum else { return nil }
            let now = ContinuousClock.now
            state.counted.removeAll { now - $0 >= window }
            let remaining = maximum - state.counted.count - 1
            if remaining >= 0 { state.counted.append(now) }
            return (maximum, remaining)
        }
    }
}
