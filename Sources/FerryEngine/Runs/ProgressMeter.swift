public import FerryCore
import Synchronization

/// Counts what a job does; read by whoever shows it while it runs.
public final class ProgressMeter: Sendable {
    private let state: Mutex<(progress: JobProgress, traffic: Traffic, base: JobProgress)>
    private let deletes = Mutex<(deletes: Int, linked: Int)?>(nil)

    /// A meter that goes on from what earlier attempts did.
    public init(from progress: JobProgress = JobProgress()) {
        state = Mutex((progress, Traffic(), progress))
    }

    /// What the job has done so far.
    public var progress: JobProgress { state.withLock { $0.progress } }

    /// Changes the counts.
    func update(_ change: (inout JobProgress) -> Void) {
        state.withLock { change(&$0.progress) }
    }

    /// Notes how many of how many linked records are about to be deleted.
    func note(deletes count: Int, of linked: Int) {
        deletes.withLock { $0 = (count, linked) }
    }

    /// Gives what was noted about deletes since the last call.
    func takeDeletes() -> (deletes: Int, linked: Int)? {
        deletes.withLock { $0.take() }
    }

    /// Takes over what went over the wire in this attempt.
    func note(_ traffic: Traffic) {
        state.withLock { state in
            state.progress.bytesIn = state.base.bytesIn + traffic.bytesIn
            state.progress.bytesOut = state.base.bytesOut + traffic.bytesOut
            state.progress.requests = state.base.requests + traffic.requests
        }
    }
}
