import Synchronization

/// The workers: how many jobs are at work at once.
///
/// A job that waits gives its worker to another one, and stands in line for one when it goes on: those that wait for
/// one account's rate limit do not hold up the others. How many jobs may have begun in all is bounded, too.
final class WorkerSlots: Sendable {
    private struct State {
        /// Workers that have a job.
        var busy = 0
        /// Jobs that have begun and not ended.
        var begun = 0
        /// Jobs that want to go on, in the order in which they came.
        var resuming: [(id: UInt64, continuation: CheckedContinuation<Void, any Error>)] = []
        var nextID: UInt64 = 0
    }

    private let workers: Int
    fileprivate let onRoom: @Sendable () -> Void
    private let state = Mutex(State())

    /// Jobs that may have begun for each worker: what waiting ones keep in memory is bounded by it.
    static let begunPerWorker = 16

    /// So many workers; `onRoom` is called when another job may be begun.
    init(_ workers: Int, onRoom: @escaping @Sendable () -> Void) {
        self.workers = workers
        self.onRoom = onRoom
    }

    /// Gives a job that begins its worker; `nil` when there is none, or too many jobs have begun.
    func begin() -> WorkerSlot? {
        let hasRoom = state.withLock { state in
            guard state.busy < workers, state.begun < workers * Self.begunPerWorker else { return false }
            state.busy += 1
            state.begun += 1
            return true
        }
        return hasRoom ? WorkerSlot(self) : nil
    }

    /// Takes back a worker, which goes to the job that has waited longest for one, and forgets the job if it has ended.
    fileprivate func takeBack(isWorking: Bool, hasEnded: Bool) {
        let next = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            if hasEnded { state.begun -= 1 }
            guard isWorking else { return nil }
            guard state.resuming.isEmpty else { return state.resuming.removeFirst().continuation }
            state.busy -= 1
            return nil
        }
        next?.resume()
    }

    fileprivate func rejoin() async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                state.withLock { state in
                    guard !Task.isCancelled else { return continuation.resume(throwing: CancellationError()) }
                    guard state.busy >= workers else {
                        state.busy += 1
                        return continuation.resume()
                    }
                    state.resuming.append((id, continuation))
                }
            }
        } onCancel: {
            let waiting = state.withLock { state in
                state.resuming.firstIndex { $0.id == id }.map { state.resuming.remove(at: $0).continuation }
            }
            waiting?.resume(throwing: CancellationError())
        }
    }
}

/// A begun job's claim to a worker.
final class WorkerSlot: Sendable {
    private let slots: WorkerSlots
    private let isWorking = Mutex(true)

    fileprivate init(_ slots: WorkerSlots) {
        self.slots = slots
    }

    /// Gives the worker back for a while.
    func park() {
        guard isWorking.withLock({ $0.take() }) else { return }
        slots.takeBack(isWorking: true, hasEnded: false)
        slots.onRoom()
    }

    /// Returns when there is a worker again.
    ///
    /// - Throws: `CancellationError`.
    func resume() async throws {
        guard !isWorking.withLock({ $0 }) else { return }
        try await slots.rejoin()
        isWorking.withLock { $0 = true }
    }

    /// Gives the worker back for good.
    func end() {
        abandon()
        slots.onRoom()
    }

    /// Gives the worker back without a job: there is no more room than there was.
    func abandon() {
        slots.takeBack(isWorking: isWorking.withLock { $0.take() }, hasEnded: true)
    }
}

extension Bool {
    /// Whether it was `true`, which it is not any more.
    fileprivate mutating func take() -> Bool {
        defer { self = false }
        return self
    }
}
