import Dispatch
import FerryCore

/// The threads that jobs run on.
public struct WorkThreads: Sendable {
    /// For what a job does between its requests; `nil` for those of the caller.
    let jobs: (any TaskExecutor)?
    /// For pages that are mapped ahead: the part of a job that computes for long and waits for nobody.
    let ahead: (any TaskExecutor)?

    /// Those of the caller.
    public static let callers = WorkThreads(jobs: nil, ahead: nil)

    /// Threads of their own, which the kernel puts back behind those that answer the socket.
    public static let own = WorkThreads(jobs: ThreadPool(.job), ahead: ThreadPool(.ahead))
}

/// Threads of one priority.
private final class ThreadPool: TaskExecutor {
    private let priority: WorkPriority
    private let queue: DispatchQueue

    init(_ priority: WorkPriority) {
        self.priority = priority
        queue = DispatchQueue(label: "ferry.work", qos: priority.dispatchClass, attributes: .concurrent)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async {
            // Dispatch may have made the thread anew.
            self.priority.apply()
            job.runSynchronously(on: self.asUnownedTaskExecutor())
        }
    }
}
