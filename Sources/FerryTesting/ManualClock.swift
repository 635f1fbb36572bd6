public import FerryCore
public import FoundationEssentials
import Synchronization

/// A clock that stands still until a test moves it.
public final class ManualClock: WallClock {
    private struct Sleeper {
        var deadline: Date
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now: Date
        var elapsed: Duration = .zero
        var sleepers: [UInt64: Sleeper] = [:]
        var nextID: UInt64 = 0
        var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state: Mutex<State>

    /// A clock that shows `now`.
    public init(_ now: Date = Date(timeIntervalSince1970: 1_700_000_000)) {
        state = Mutex(State(now: now))
    }

    /// The time it shows.
    public var now: Date { state.withLock { $0.now } }

    /// The time that has passed: what a clock shows that nobody sets.
    public var elapsed: Duration { state.withLock { $0.elapsed } }

    /// Moves the clock and wakes who waited for that time; set back, it wakes everybody, as the port demands.
    ///
    /// - Parameter passes: whether time passes until `date` if it is ahead; otherwise the clock is only set.
    public func set(to date: Date, passes: Bool = true) {
        let due = state.withLock { state in
            let isSetBack = date < state.now
            if passes, !isSetBack {
                // To the nearest microsecond, which is about what a date of our times can tell.
                state.elapsed += .microseconds((date.timeIntervalSince(state.now) * 1_000_000).rounded())
            }
            state.now = date
            let due = state.sleepers.filter { isSetBack || $0.value.deadline <= date }
            for id in due.keys { state.sleepers[id] = nil }
            return due
        }
        for sleeper in due.values { sleeper.continuation.resume() }
    }

    /// Moves the clock by `duration`.
    public func advance(by duration: Duration) {
        set(to: now.addingTimeInterval(duration / .seconds(1)))
    }

    /// The earliest time that somebody waits for.
    public var nextDeadline: Date? { state.withLock { $0.sleepers.values.map(\.deadline).min() } }

    /// Returns when at least `count` tasks wait for the clock.
    public func waitForSleepers(_ count: Int = 1) async {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                guard state.sleepers.count < count else { return continuation.resume() }
                state.watchers.append((count, continuation))
            }
        }
    }

    /// Returns when the clock shows `deadline`, or is set back.
    public func sleep(until deadline: Date) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                state.withLock { state in
                    guard !Task.isCancelled else { return continuation.resume(throwing: CancellationError()) }
                    guard deadline > state.now else { return continuation.resume() }
                    state.sleepers[id] = Sleeper(deadline: deadline, continuation: continuation)
                    let count = state.sleepers.count
                    for watcher in state.watchers where watcher.count <= count { watcher.continuation.resume() }
                    state.watchers.removeAll { $0.count <= count }
                }
            }
        } onCancel: {
            state.withLock { $0.sleepers.removeValue(forKey: id) }?.continuation
                .resume(throwing: CancellationError())
        }
    }
}
