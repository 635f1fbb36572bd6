package import FerryCore
package import FoundationEssentials
import Synchronization

/// Lets a job be stopped between two requests, and wakes it from its waits.
public final class JobControl: Sendable {
    /// Why a job stops before its end.
    public enum Stop: Error, Sendable {
        /// A person cancelled it.
        case cancelled
        /// The daemon stops: the job goes on after its next start.
        case interrupted
    }

    private struct State {
        var stop: Stop?
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// A control of a job that nobody has stopped.
    public init() {}

    /// Asks the job to stop; the first reason counts.
    public func request(_ stop: Stop) {
        state.withLock { state in
            if state.stop == nil { state.stop = stop }
            state.waiter.take()?.resume()
        }
    }

    /// Returns unless the job was asked to stop.
    ///
    /// - Throws: ``Stop``.
    package func check() throws {
        if let stop = state.withLock({ $0.stop }) { throw stop }
    }

    /// Waits until `deadline`, or until the job is asked to stop.
    ///
    /// - Throws: ``Stop``.
    package func sleep(until deadline: Date, clock: any WallClock) async throws {
        try await withThrowingTaskGroup { group in
            group.addTask { try await clock.sleep(until: deadline) }
            group.addTask { await self.untilStopped() }
            defer { group.cancelAll() }
            try await group.next()
        }
        try check()
    }

    private func untilStopped() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                state.withLock { state in
                    guard state.stop == nil, !Task.isCancelled else { return continuation.resume() }
                    state.waiter = continuation
                }
            }
        } onCancel: {
            state.withLock { $0.waiter.take()?.resume() }
        }
    }
}
