import FerryCore
import FoundationEssentials
import Logging

/// What a job's work needs: its two ends, the ledger, the clock and its own control and counts.
struct JobContext: Sendable {
    let job: Job
    let integration: Integration
    let remote: any RemoteService
    let store: any LocalStore
    let ledger: any JobLedger & SyncLedger
    let transforms: any TransformCatalog
    let clock: any WallClock
    let random: any RandomSource
    let control: JobControl
    let meter: ProgressMeter
    let gate: JobGate
    let backoff: Backoff
    let threads: WorkThreads
    let logger: Logger

    /// What the job has done so far, traffic included.
    var progress: JobProgress {
        meter.note(remote.traffic)
        return meter.progress
    }

    /// Sends one request after the other until one succeeds or fails for good.
    ///
    /// Transient failures are waited out with backoff up to the policy's attempts; a wait that the service asks for
    /// spends none (design §4.6). A failure whose effect is unknown is passed on unless `isRepeatable`.
    ///
    /// - Throws: ``SyncFailure``, or ``JobControl/Stop`` between two requests.
    func withRetries<Result: Sendable>(
        isRepeatable: Bool = true,
        _ request: @Sendable (_ attempt: Int) async throws -> Result
    ) async throws -> Result {
        var attempts = Attempts()
        while true {
            try control.check()
            do {
                return try await request(attempts.made)
            } catch let failure as SyncFailure {
                guard isRepeatable || failure.effect == .none else { throw failure }
                try await wait(after: failure, attempts: &attempts)
            }
        }
    }

    /// Waits as a failure demands, or throws it when waiting does not help.
    func wait(after failure: SyncFailure, attempts: inout Attempts) async throws {
        let delay: Duration
        switch failure.kind {
        case .rateLimited:
            attempts.waits += 1
            delay = failure.retryAfter ?? randomDelay(attempt: attempts.waits)
        case .transient:
            guard backoff.allowsAnother(after: attempts.made) else { throw failure }
            delay = max(failure.retryAfter ?? .zero, randomDelay(attempt: attempts.made))
            attempts.made += 1
        default:
            throw failure
        }
        meter.update { $0.retries += 1 }
        logger.notice(
            "waits: \(failure)",
            metadata: [
                "wait": "\(delay)", LogField.event: "\(NotableEvent.jobWaits.rawValue)",
                LogField.errorCode: "\(failure.code.rawValue)",
            ]
        )
        // The next request waits at the gate, in the line of all jobs of the account.
        if failure.kind == .rateLimited, gate.isHeld { return }
        try await wait(for: delay, reason: failure.kind == .rateLimited ? "rate limit" : "backoff")
    }

    /// Waits for a while, which the job shows as its state.
    ///
    /// - Throws: ``JobControl/Stop`` when the job is asked to stop meanwhile.
    func wait(for delay: Duration, reason: String) async throws {
        let until = clock.now.addingTimeInterval(delay / .seconds(1))
        meter.count(wait: reason)
        if delay >= JobGate.visibleWait { control.park() }
        try await ledger.note(job.id, progress: nil, wait: Job.Wait(reason: reason, until: until))
        try await control.sleep(until: until, clock: clock)
        try await control.resume()
        try await ledger.note(job.id, progress: nil, wait: nil)
    }

    /// Reads all links of a scope, a page at a time.
    ///
    /// - Returns: the number of links.
    func forEachPageOfLinks(in scope: LinkScope, _ body: ([LinkedPair]) async throws -> Void) async throws -> Int {
        var count = 0
        var after: Int64 = 0
        while true {
            let page = try await ledger.links(in: scope, after: after, limit: 1000)
            guard let end = page.last else { return count }
            after = end.id
            count += page.count
            try await body(page)
        }
    }

    private func randomDelay(attempt: Int) -> Duration {
        var generator = RandomNumbers(random)
        return backoff.delay(attempt: attempt, using: &generator)
    }
}

/// How often a request has been tried.
struct Attempts: Sendable {
    /// The attempts that count, the current one included.
    var made = 1
    /// The waits that the service asked for: they spend no attempt, but each is longer where it does not say how long.
    var waits = 0
    /// The requests that have been made of a batch.
    var requests = 0
}

/// Stops a job that refuses more records than its integration bears (design §2, `max_failed`).
func checkFailureLimit(_ context: JobContext) throws {
    let progress = context.meter.progress
    guard let limit = context.integration.maximumFailures,
        limit.isExceeded(failed: progress.quarantined, of: progress.read)
    else { return }
    throw SyncFailure(
        .config,
        .jobTooManyFailures,
        "\(progress.quarantined) of \(progress.read) records were refused, which is more than 'max_failed' allows",
        hint: "look at why with 'ferryctl quarantine \(context.job.id)', mend the mapping or the data, and run it again"
    )
}
