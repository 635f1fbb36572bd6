/// How long to wait before trying again: exponential, with full jitter.
///
/// The delay is drawn evenly from zero to `base` × 2ⁿ⁻¹ after the *n*th attempt, and to `cap` at most, so that many
/// who failed together do not come back together.
public struct Backoff: Sendable, Equatable {
    /// The longest delay after the first attempt.
    public var base: Duration
    /// The longest delay of all.
    public var cap: Duration
    /// How many attempts are made, the first one included.
    public var maximumAttempts: Int

    /// A backoff.
    public init(base: Duration = .seconds(1), cap: Duration = .seconds(60), maximumAttempts: Int = 6) {
        self.base = base
        self.cap = cap
        self.maximumAttempts = maximumAttempts
    }

    /// Whether there is another attempt after `attempt` of them, counted from 1, have failed.
    public func allowsAnother(after attempt: Int) -> Bool {
        attempt < maximumAttempts
    }

    /// The longest delay after `attempt`, counted from 1.
    public func ceiling(attempt: Int) -> Duration {
        guard base > .zero, cap > .zero else { return .zero }
        var ceiling = min(base, cap)
        var attempt = attempt
        while attempt > 1, ceiling < cap {
            ceiling = ceiling > cap / 2 ? cap : ceiling * 2
            attempt -= 1
        }
        return ceiling
    }

    /// The delay after `attempt`, counted from 1, in whole microseconds.
    public func delay(attempt: Int, using generator: inout some RandomNumberGenerator) -> Duration {
        .microseconds(Int.random(in: 0...ceiling(attempt: attempt).wholeMicroseconds, using: &generator))
    }
}
