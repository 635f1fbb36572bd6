public import FoundationEssentials

/// One pull or push of one integration.
public struct Job: Sendable, Identifiable {
    /// What asked for a job.
    public enum Trigger: String, Sendable, CaseIterable {
        /// A schedule.
        case schedule
        /// A person or a program, through the socket.
        case manual
        /// `ferryd once`.
        case once
        /// A retry of an earlier job.
        case retry
    }

    /// The identifier: `job_` and 26 characters that sort by time.
    public var id: String
    /// The integration's identifier.
    public var integration: String
    /// Which way it moves records.
    public var direction: Direction
    /// The entities it is restricted to; `nil` for all, empty for none.
    public var entityIDs: [String]?
    /// What else it is asked to do.
    public var options: JobOptions
    /// What asked for it.
    public var trigger: Trigger
    /// Where it stands.
    public var state: JobState
    /// The number of times it has been started: more than 1 after a crash.
    public var attempt: Int
    /// When it was asked for.
    public var queuedAt: Date
    /// When it was started first.
    public var startedAt: Date?
    /// When it ended.
    public var finishedAt: Date?
    /// Why it waits and until when, while its state is `waiting`.
    public var wait: Wait?
    /// What it has done so far.
    public var progress: JobProgress
    /// Why it failed, or what a partial success lacks.
    public var failure: JobFailure?
    /// Whether it was asked to stop after it had been started.
    public var isCancelling: Bool
    /// What people should know about it besides, such as that links had to start anew: a sentence each.
    public var notes: [String]

    /// Whether it is restricted to some records of each entity type, so that it sees too little to delete any.
    public var isRestrictedToRecords: Bool { entityIDs != nil || options.setAside == .retryOnly }

    /// Why a job waits.
    public struct Wait: Sendable, Equatable {
        /// A few words: `rate limit`, `backoff`.
        public var reason: String
        /// When it goes on.
        public var until: Date

        /// A wait.
        public init(reason: String, until: Date) {
            self.reason = reason
            self.until = until
        }
    }

    /// A job that has just been asked for.
    public init(
        id: String,
        integration: String,
        direction: Direction,
        entityIDs: [String]? = nil,
        options: JobOptions = JobOptions(),
        trigger: Trigger,
        queuedAt: Date
    ) {
        self.id = id
        self.integration = integration
        self.direction = direction
        self.entityIDs = entityIDs
        self.options = options
        self.trigger = trigger
        state = .queued
        attempt = 0
        self.queuedAt = queuedAt
        progress = JobProgress()
        isCancelling = false
        notes = []
    }
}

/// Where a job stands: `queued → running ⇄ waiting → succeeded | partial | failed | cancelled`.
public enum JobState: String, Sendable, Codable, CaseIterable {
    /// Waiting for a worker.
    case queued
    /// At work.
    case running
    /// Waiting for a rate limit or a backoff.
    case waiting
    /// Done, every record in place.
    case succeeded
    /// Done, but some records were refused or held.
    case partial
    /// Stopped by a failure.
    case failed
    /// Stopped by a person.
    case cancelled

    /// Whether the job has ended for good.
    public var isFinal: Bool {
        switch self {
        case .queued, .running, .waiting: false
        case .succeeded, .partial, .failed, .cancelled: true
        }
    }
}

/// Why a job failed, as it is kept and shown.
public struct JobFailure: Sendable, Equatable {
    /// The stable code.
    public var code: ErrorCode
    /// One sentence.
    public var message: String
    /// What to do next.
    public var hint: String?

    /// A failure.
    public init(code: ErrorCode, message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    /// The failure as it is kept.
    public init(_ failure: SyncFailure) {
        self.init(code: failure.code, message: failure.message, hint: failure.hint)
    }
}

/// What a job has done: records by outcome, bytes and requests.
public struct JobProgress: Sendable, Equatable {
    /// Records read at the source.
    public var read = 0
    /// Records that are new at the destination.
    public var created = 0
    /// Records that were changed at the destination.
    public var updated = 0
    /// Records that were already as they should be.
    public var unchanged = 0
    /// Records deleted at the destination.
    public var deleted = 0
    /// Records left out on purpose, such as by `entityIds`.
    public var skipped = 0
    /// Records set aside because they were refused.
    public var quarantined = 0
    /// Records that both sides changed, held for a person.
    public var held = 0
    /// Bytes received from the service.
    public var bytesIn = 0
    /// Bytes sent to the service.
    public var bytesOut = 0
    /// Requests sent to the service.
    public var requests = 0
    /// Requests that were sent again.
    public var retries = 0
    /// How many records there are, where that can be known.
    public var total: Int?
    /// How many seconds the requests take at least that are known to be needed when the job begins, where the
    /// service's budgets set the pace; `nil` where they do not, or where it is a matter of seconds.
    public var expectedSeconds: Int?
    /// Whether something of it was read from where earlier pulls had come, so that how much it read says little.
    public var isIncremental = false
    /// What transforms refused, field by field.
    public var refusals: [JobRefusals] = []
    /// What the service did not give, part by part.
    public var shortfalls: [JobShortfall] = []

    /// No work yet.
    public init() {}
}
