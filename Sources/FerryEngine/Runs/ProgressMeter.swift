public import FerryCore
import Synchronization

/// Counts what a job does; read by whoever shows it while it runs.
public final class ProgressMeter: Sendable {
    private let state: Mutex<(progress: JobProgress, traffic: Traffic, base: JobProgress)>
    private let deletes = Mutex<PlannedDeletes?>(nil)
    private let currentWait = Mutex<Job.Wait?>(nil)
    private let waitCounts = Mutex<[String: Int]>([:])

    /// How many of how many linked records are about to be deleted.
    struct PlannedDeletes: Sendable {
        var count: Int
        var linked: Int
        /// Whether it is for want of any record at the source.
        var isSourceEmpty: Bool
    }

    /// A meter that goes on from what earlier attempts did.
    public init(from progress: JobProgress = JobProgress()) {
        state = Mutex((progress, Traffic(), progress))
    }

    /// What the job has done so far.
    public var progress: JobProgress { state.withLock { $0.progress } }

    /// Why the job waits and until when, if that could not be written to the ledger.
    public internal(set) var wait: Job.Wait? {
        get { currentWait.withLock { $0 } }
        set { currentWait.withLock { $0 = newValue } }
    }

    /// How often the job has waited, by the reason.
    public var waits: [String: Int] { waitCounts.withLock { $0 } }

    /// Counts a wait.
    func count(wait reason: String) { waitCounts.withLock { $0[reason, default: 0] += 1 } }

    /// Changes the counts.
    func update(_ change: (inout JobProgress) -> Void) {
        state.withLock { change(&$0.progress) }
    }

    /// Notes how many of how many linked records are about to be deleted.
    func note(deletes count: Int, of linked: Int, isSourceEmpty: Bool) {
        deletes.withLock { noted in
            let isSourceEmpty = isSourceEmpty || noted?.isSourceEmpty == true
            noted = PlannedDeletes(count: count, linked: linked, isSourceEmpty: isSourceEmpty)
        }
    }

    /// Gives what was noted about deletes since the last call.
    func takeDeletes() -> PlannedDeletes? {
        deletes.withLock { $0.take() }
    }

    /// Goes on with the records that the ledger knows of and the traffic so far, over a new connection.
    func resume(from kept: JobProgress) {
        state.withLock { state in
            var progress = kept
            progress.bytesIn = state.progress.bytesIn
            progress.bytesOut = state.progress.bytesOut
            progress.requests = state.progress.requests
            progress.retries = state.progress.retries
            state = (progress, Traffic(), progress)
        }
    }

    /// Sets the outcomes back to what they were: the same records were counted before.
    func keepOutcomes(of earlier: JobProgress) {
        update { progress in
            progress.created = earlier.created
            progress.updated = earlier.updated
            progress.skipped = earlier.skipped
            progress.quarantined = earlier.quarantined
        }
    }

    /// Forgets what a push will count again: it compares the whole table anew, and what it sent before is among the
    /// unchanged then.
    func beginPushAnew() {
        update { progress in
            progress.read = 0
            progress.unchanged = 0
            progress.skipped = 0
            progress.quarantined = 0
            progress.held = 0
            progress.total = nil
            progress.expectedSeconds = nil
            progress.refusals = []
        }
    }

    /// Counts the traffic of a new connection beside what went over earlier ones.
    func beginConnection() {
        state.withLock { $0.base = $0.progress }
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
