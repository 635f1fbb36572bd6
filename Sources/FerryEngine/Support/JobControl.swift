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
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var nextWaiter: UInt64 = 0
    }

    private let slot: WorkerSlot?
    private let state = Mutex(State())

    /// A control of a job that nobody has stopped.
    public init() {
        slot = nil
    }

    /// A control of a job that has a worker.
    init(slot: WorkerSlot) {
        self.slot = slot
    }

    /// Asks the job to stop; the first reason counts.
    public func request(_ stop: Stop) {
        let waiters = state.withLock { state in
            if state.stop == nil { state.stop = stop }
            defer { state.waiters = [:] }
            return state.waiters.values
        }
        for waiter in waiters { waiter.resume() }
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
        try await interruptible { try await clock.sleep(until: deadline) }
        try check()
    }

    /// Runs `body`, which is cancelled when the job is asked to stop; what it returns all the same is returned.
    ///
    /// - Throws: ``Stop``, or what `body` throws.
    package func interruptible<Result: Sendable>(
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try check()
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                await self.untilStopped()
                return nil
            }
            defer { group.cancelAll() }
            do {
                while let result = try await group.next() {
                    if let result { return result }
                    group.cancelAll()
                }
            } catch is CancellationError {
                try check()
                throw CancellationError()
            }
            throw CancellationError()
        }
    }

    // MARK: The worker

    /// Gives the worker's place to another job during a wait.
    func park() { slot?.park() }

    /// Waits for a worker after a wait.
    ///
    /// - Throws: ``Stop``, `CancellationError`.
    func resume() async throws {
        guard let slot else { return }
        try await interruptible { try await slot.resume() }
    }

    private func untilStopped() async {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                state.withLock { state in
                    guard state.stop == nil, !Task.isCancelled else { return continuation.resume() }
                    state.waiters[id] = continuation
                }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
        }
    }
}
