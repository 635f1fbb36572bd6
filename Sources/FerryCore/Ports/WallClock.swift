public import FoundationEssentials

/// What the time is and how to wait for it: injected, so that tests own it.
public protocol WallClock: Sendable {
    /// The time now.
    var now: Date { get }

    /// Returns at `deadline`, or earlier when the clock was set: forward past it, or back, since a time of the clock as
    /// it was says nothing then about how long to wait.
    ///
    /// - Throws: `CancellationError` when the task is cancelled.
    func sleep(until deadline: Date) async throws
}

/// The system's clock.
public struct SystemClock: WallClock {
    /// A clock.
    public init() {}

    /// The time now.
    public var now: Date { Date() }

    /// Returns at `deadline`, or when the clock was set.
    ///
    /// Sleeps at most a minute at a time, so that a jump of the clock or a suspend is noticed.
    public func sleep(until deadline: Date) async throws {
        var last = now
        while true {
            let remaining = deadline.timeIntervalSince(now)
            guard remaining > 0 else { return }
            try await Task.sleep(for: .seconds(min(remaining, 60)))
            guard now >= last else { return }
            last = now
        }
    }
}

/// Gives the secrets that configuration refers to.
public protocol SecretResolver: Sendable {
    /// Reads a secret now.
    ///
    /// - Throws: ``SyncFailure`` of kind `auth` with the code `secret.unavailable`, naming the reference.
    func resolve(_ reference: SecretReference) throws -> Secret
}
