import FerryTesting
import Foundation

/// Runs all tasks of one history on one thread, in an order that a seed decides.
///
/// What another thread has to do (the ledger's own does its work) holds everything else back, so that nothing depends
/// on how long it takes.
final class SimulatedExecutor: TaskExecutor {
    private let condition = NSCondition()
    // All of these are touched with the condition's lock held only.
    nonisolated(unsafe) private var ready: [UnownedJob] = []
    nonisolated(unsafe) private var returned: [UnownedJob] = []
    nonisolated(unsafe) private var outside = 0
    nonisolated(unsafe) private var random: SeededRandom
    nonisolated(unsafe) private var thread: pthread_t?
    nonisolated(unsafe) private var isOver = false

    init(_ random: SeededRandom) {
        self.random = random
    }

    /// Runs `body` and all tasks below it to their end, on the calling thread.
    ///
    /// - Returns: `false` when they wait for each other, and none will ever go on.
    func run(_ body: @escaping @Sendable () async -> Void) -> Bool {
        condition.withLock { thread = pthread_self() }
        Task(executorPreference: self) {
            await body()
            self.condition.withLock { self.isOver = true }
        }
        while let job = next() { job.runSynchronously(on: asUnownedTaskExecutor()) }
        return condition.withLock { isOver }
    }

    /// Waits for something that another thread does.
    func outside<Value>(_ body: () async throws -> Value) async rethrows -> Value {
        condition.withLock { outside += 1 }
        defer { condition.withLock { outside -= 1 } }
        return try await body()
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        condition.withLock {
            if let thread, pthread_equal(thread, pthread_self()) != 0 {
                ready.append(job)
            } else {
                returned.append(job)
                condition.signal()
            }
        }
    }

    private func next() -> UnownedJob? {
        condition.withLock {
            while outside > 0 {
                if !returned.isEmpty { return returned.removeFirst() }
                condition.wait()
            }
            ready += returned
            returned = []
            guard !isOver, !ready.isEmpty else { return nil }
            let choice = ready.count == 1 ? 0 : Int(random.next() % UInt64(ready.count))
            return ready.remove(at: choice)
        }
    }
}
