public import FerryCore

/// A job as the socket shows it.
public struct Job: Codable, Sendable, Equatable {
    /// The identifier.
    public var id: String
    /// The integration's identifier.
    public var integrationId: String
    /// Which way it moves records.
    public var direction: Direction
    /// What asked for it: `schedule`, `manual`, `once` or `retry`.
    public var trigger: String
    /// Where it stands.
    public var state: JobState
    /// The number of times it has been started.
    public var attempt: Int
    /// The entities it is restricted to; `null` for all.
    public var entityIds: [String]?
    /// The entity types it is restricted to; `null` for all.
    public var entityTypes: [String]?
    /// Whether it may delete more than the integration's guard allows.
    public var allowDeletes: Bool
    /// Whether it only tries again what is set aside.
    public var quarantinedOnly: Bool
    /// When it was asked for, in Unix milliseconds.
    public var queuedAt: Int64
    /// When it was started first, in Unix milliseconds.
    public var startedAt: Int64?
    /// When it ended, in Unix milliseconds.
    public var finishedAt: Int64?
    /// Why it waits, while it does.
    public var wait: JobWait?
    /// What it has done so far.
    public var progress: ProgressCounts
    /// What transforms refused, field by field.
    public var refusals: [FieldRefusals]
    /// Why it failed, or what a partial success lacks.
    public var error: ErrorBody?
    /// What people should know about it besides, a sentence each.
    public var notes: [String]

    /// The job as the ledger has it.
    public init(_ job: FerryCore.Job) {
        id = job.id
        integrationId = job.integration
        direction = job.direction
        trigger = job.trigger.rawValue
        state = job.state
        attempt = job.attempt
        entityIds = job.entityIDs
        entityTypes = job.options.entityTypes
        allowDeletes = job.options.allowsDeletes
        quarantinedOnly = job.options.setAside == .retryOnly
        queuedAt = UnixTime.milliseconds(job.queuedAt)
        startedAt = job.startedAt.map(UnixTime.milliseconds)
        finishedAt = job.finishedAt.map(UnixTime.milliseconds)
        wait = job.wait.map { JobWait(reason: $0.reason, until: UnixTime.milliseconds($0.until)) }
        progress = ProgressCounts(job.progress)
        refusals = job.progress.refusals.map(FieldRefusals.init)
        error = job.failure.map(ErrorBody.init)
        notes = job.notes
    }
}

/// Why a job waits and until when.
public struct JobWait: Codable, Sendable, Equatable {
    /// A few words: `rate limit`, `backoff`.
    public var reason: String
    /// When it goes on, in Unix milliseconds.
    public var until: Int64

    /// A wait.
    public init(reason: String, until: Int64) {
        self.reason = reason
        self.until = until
    }
}

/// What a job has done: records by outcome, bytes and requests.
public struct ProgressCounts: Codable, Sendable, Equatable {
    /// Records read at the source.
    public var read: Int
    /// Records that are new at the destination.
    public var created: Int
    /// Records that were changed at the destination.
    public var updated: Int
    /// Records that were already as they should be.
    public var unchanged: Int
    /// Records deleted at the destination.
    public var deleted: Int
    /// Records left out on purpose.
    public var skipped: Int
    /// Records set aside because they were refused.
    public var quarantined: Int
    /// Records that both sides changed, held for a person.
    public var held: Int
    /// Bytes received from the service.
    public var bytesIn: Int
    /// Bytes sent to the service.
    public var bytesOut: Int
    /// Requests sent to the service.
    public var requests: Int
    /// Requests that were sent again.
    public var retries: Int
    /// How many records there are; `null` where that is not known.
    public var total: Int?
    /// How many seconds the requests take at least that were known to be needed when the job began, where the service's
    /// budgets set the pace; `null` where they do not.
    public var expectedSeconds: Int?

    /// The progress as the ledger has it.
    public init(_ progress: JobProgress) {
        read = progress.read
        created = progress.created
        updated = progress.updated
        unchanged = progress.unchanged
        deleted = progress.deleted
        skipped = progress.skipped
        quarantined = progress.quarantined
        held = progress.held
        bytesIn = progress.bytesIn
        bytesOut = progress.bytesOut
        requests = progress.requests
        retries = progress.retries
        total = progress.total
        expectedSeconds = progress.expectedSeconds
    }
}

/// What the transforms of one field refused in a job.
public struct FieldRefusals: Codable, Sendable, Equatable {
    /// One refusal.
    public struct Example: Codable, Sendable, Equatable {
        /// The record's identifier on the side that it comes from.
        public var recordId: String
        /// Why the value was refused, without the value.
        public var message: String
    }

    /// The entity type.
    public var entityType: String
    /// The path that the values come from.
    public var field: String
    /// The path that they were meant for.
    public var destination: String
    /// What became of each: `fail_row`, `null` or `skip_field`.
    public var policy: String
    /// How many values were refused.
    public var count: Int
    /// The first few; none for those who may not see data.
    public var examples: [Example]

    /// The refusals as the ledger has them.
    public init(_ refusals: JobRefusals) {
        entityType = refusals.entityType
        field = refusals.field
        destination = refusals.destination
        policy = refusals.policy.rawValue
        count = refusals.count
        examples = refusals.examples.map { Example(recordId: $0.recordID, message: $0.message) }
    }
}

/// A page of jobs, newest first.
public struct JobPage: Codable, Sendable, Equatable {
    /// The jobs.
    public var jobs: [Job]
    /// What `cursor` to ask for the next page with; `null` on the last one.
    public var nextCursor: String?

    /// A page.
    public init(jobs: [Job], nextCursor: String? = nil) {
        self.jobs = jobs
        self.nextCursor = nextCursor
    }
}
