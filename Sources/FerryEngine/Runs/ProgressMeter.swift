public import FerryCore
import Synchronization

/// Counts what a job does; read by whoever shows it while it runs.
public final class ProgressMeter: Sendable {
    private let state: Mutex<(progress: JobProgress, traffic: Traffic, base: JobProgress)>
    private let refusalLog = Mutex(RefusalLog())

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

    /// The fields whose transforms refused values in this attempt, one sentence each.
    var refusals: [String] { refusalLog.withLock { $0.sentences } }

    /// Adds up what the mapping of a batch refused; `id` gives the identifier of a row of that batch.
    func note(_ refusals: [FieldRefusals], of entityType: String, id: (Int) -> String) {
        guard !refusals.isEmpty else { return }
        refusalLog.withLock { log in
            for refusal in refusals { log.add(refusal, of: entityType, id: id) }
        }
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
