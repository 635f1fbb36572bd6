import FerryAPI
import FerryCore
import Glibc
import Synchronization

// A signal handler may touch nothing but an atomic.
private let isInterrupted = Atomic(false)

/// Follows a job until it ends or the person has seen enough.
struct JobWatch {
    let daemon: DaemonClient
    let console: Console
    let json: Bool

    /// Says that a job is queued, or follows it if the person `waits`.
    ///
    /// - Throws: as ``follow(_:)``.
    func accepted(_ answer: Answer<SyncAccepted>, waits: Bool) async throws {
        guard waits else {
            console.line(json ? answer.text : "Queued as \(answer.payload.jobId).")
            return
        }
        try await follow(answer.payload.jobId)
    }

    /// Follows the job.
    ///
    /// - Throws: ``ExitStatus`` when it ends other than in success, or the waiting is interrupted.
    func follow(_ id: String) async throws {
        signal(SIGINT) { _ in isInterrupted.store(true, ordering: .relaxed) }
        defer { signal(SIGINT, SIG_DFL) }
        var pause = 50
        var shown = ""
        while true {
            let answer = try await daemon.get(FerryAPI.Job.self, ["jobs", id])
            let job = answer.payload
            if job.state.isFinal { return try end(job, text: answer.text) }
            let line = JobText.progressLine(job)
            if !json, line != shown {
                if console.isTerminal { console.rewrite(line) } else { console.line(line) }
                shown = line
            }
            for _ in 0..<(pause / 50) where !isInterrupted.load(ordering: .relaxed) {
                try await Task.sleep(for: .milliseconds(50))
            }
            if isInterrupted.load(ordering: .relaxed) { try stop(id) }
            pause = min(pause * 2, 500)
        }
    }

    private func end(_ job: FerryAPI.Job, text: String) throws {
        if json {
            console.line(text)
        } else {
            if console.isTerminal { console.rewrite("") }
            let state = console.styled(job.state.rawValue, JobText.style(job.state))
            console.line(
                "\(job.integrationId) \(job.direction.rawValue) \(state) in \(JobText.duration(job)): "
                    + JobText.summary(job)
            )
            let errors = Console(descriptor: STDERR_FILENO)
            for note in job.notes { errors.line("\(errors.styled("note:", .notable)) \(note)") }
            if let error = job.error { errors.show(error) }
        }
        switch job.state {
        case .succeeded: return
        case .partial: throw ExitStatus.partial
        default: throw ExitStatus.failed
        }
    }

    private func stop(_ id: String) throws {
        let console = Console(descriptor: STDERR_FILENO)
        console.line(
            (console.isTerminal ? "\n" : "")
                + "Stopped waiting; the job goes on. 'ferryctl job \(id)' shows it, 'ferryctl cancel \(id)' ends it."
        )
        throw ExitStatus.failed
    }
}
