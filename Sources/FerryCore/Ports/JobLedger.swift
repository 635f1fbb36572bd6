public import FoundationEssentials

/// The jobs' part of the daemon's memory.
///
/// Transitions have names, and each checks the state it starts from.
public protocol JobLedger: Sendable {
    /// Puts a job into the queue, unless the integration already has a live one that does the same.
    ///
    /// A live job does the same when it has the direction, the entities and the entity types that are asked for, and
    /// does no less: it may delete as much, reads everything if that is asked for, and tries again what is set aside if
    /// that is. One that was asked to stop does not count.
    ///
    /// - Returns: the new job, or the live one.
    func enqueue(_ job: Job) async throws -> Job

    /// Takes the job that was queued first among those whose integration has no running job, and marks it running.
    ///
    /// It counts as one more attempt; `startedAt` is set by the first one only.
    ///
    /// - Returns: `nil` when no job can be taken.
    func claim(at now: Date) async throws -> Job?

    /// Marks a particular queued job running.
    ///
    /// - Returns: `nil` when it is not queued, or its integration has another job running.
    func claim(_ id: String, at now: Date) async throws -> Job?

    /// Notes what a running job has done so far and whether it waits (`waiting`) or not (`running`).
    ///
    /// - Parameter progress: `nil` leaves the counts as they are: what was counted of a page that is not committed yet
    ///   is nothing to go on from.
    /// - Throws: ``SyncFailure`` with `job.finished` or `job.not_found`.
    func note(_ id: String, progress: JobProgress?, wait: Job.Wait?) async throws

    /// Ends a running or waiting job; a queued one may end only as cancelled or failed.
    ///
    /// Its checkpoints are forgotten; what the outbox holds is not.
    ///
    /// - Throws: ``SyncFailure`` with `job.finished` when it has already ended, `job.not_found`, or `internal.error`
    ///   for any other state that does not allow it. A failure goes with `partial`, `failed` and `cancelled` only.
    func finish(
        _ id: String,
        as state: JobState,
        at now: Date,
        progress: JobProgress,
        failure: JobFailure?
    ) async throws

    /// Puts jobs that ran when the daemon stopped back into the queue: each goes on as the next attempt.
    ///
    /// Those that were asked to stop end as cancelled instead.
    ///
    /// - Returns: the identifiers of those that go on.
    func requeueInterrupted() async throws -> [String]

    /// Puts one running job back into the queue, because the daemon is stopping.
    ///
    /// - Parameter progress: what it has done so far; `nil` for what is noted of it.
    func requeue(_ id: String, progress: JobProgress?) async throws

    /// Ends a queued job as cancelled; keeps in mind that one that has been started is to end so, whatever happens
    /// before it can.
    ///
    /// - Returns: the job's state now.
    /// - Throws: ``SyncFailure`` with `job.finished` or `job.not_found`.
    func cancel(_ id: String, at now: Date) async throws -> JobState

    /// The job with the identifier.
    func job(_ id: String) async throws -> Job?

    /// Jobs, newest first, after the job `cursor`, which may be forgotten by now; no `states` means all.
    func jobs(integration: String?, states: [JobState], limit: Int, after cursor: String?) async throws -> [Job]

    /// What is known of each integration's past, by its identifier.
    func histories() async throws -> [String: IntegrationHistory]

    /// Deletes finished jobs that ended before `date`, and the oldest beyond `maximum`.
    ///
    /// Each integration keeps those that its history tells of.
    func prune(before date: Date, maximum: Int) async throws

    /// The schedules' next runs.
    func nextRuns() async throws -> [ScheduleKey: Date]

    /// Keeps a schedule's next run; `nil` forgets it.
    func setNextRun(_ date: Date?, for key: ScheduleKey) async throws

    /// Pauses or resumes an integration.
    func setPaused(_ paused: Bool, integration: String) async throws
}

/// One direction of one integration.
public struct ScheduleKey: Hashable, Sendable {
    /// The integration's identifier.
    public var integration: String
    /// The direction.
    public var direction: Direction

    /// A key.
    public init(integration: String, direction: Direction) {
        self.integration = integration
        self.direction = direction
    }
}

/// What the ledger knows of an integration's past.
public struct IntegrationHistory: Sendable {
    /// When a job of it last ended as succeeded or partial; kept even when that job is forgotten.
    public var lastSyncAt: Date?
    /// The job that ended last.
    public var lastJob: Job?
    /// The last job of each direction that came to an end of its own and was not restricted to some records or types.
    public var lastRuns: [Direction: Job]
    /// The job that is running or waiting, else the one that was queued first.
    public var liveJob: Job?
    /// Whether a person paused it.
    public var isPaused: Bool
    /// Records set aside now.
    public var quarantined: Int

    /// No past.
    public init() {
        lastRuns = [:]
        isPaused = false
        quarantined = 0
    }
}
