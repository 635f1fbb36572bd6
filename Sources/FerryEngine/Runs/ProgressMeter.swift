public import FerryCore
import Synchronization

/// Counts what a job does; read by whoever shows it while it runs.
public final class ProgressMeter: Sendable {
    private let state: Mutex<(progress: JobProgress, traffic: Traffic, base: JobProgress)>

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

    /// Takes over what went over the wire in this attempt.
    func note(_ traffic: Traffic) {
        state.withLock { state in
            state.progress.bytesIn = state.base.bytesIn + traffic.bytesIn
            state.progress.bytesOut = state.base.bytesOut + traffic.bytesOut
            state.progress.requests = state.base.requests + traffic.requests
        }
    }
}
