/// How the daemon is: the answer to `GET /api/v1/status`.
///
/// Everybody who can open the socket may read it, so it has no settings and no data.
public struct Status: Codable, Sendable, Equatable {
    /// The daemon's version.
    public var version: String
    /// When it started, in Unix milliseconds.
    public var startedAt: Int64
    /// Whether the configuration is free of errors.
    public var configuration: Configuration
    /// How the ledger is.
    public var ledger: Ledger
    /// The number of jobs that may run at once.
    public var workers: Int
    /// The jobs that run or wait now.
    public var running: [Job]
    /// The integrations and when they run next.
    public var integrations: [Integration]

    /// What the last load of the configuration found.
    public struct Configuration: Codable, Sendable, Equatable {
        /// Whether there were no errors.
        public var ok: Bool
        /// The errors, with their files and lines.
        public var errors: [String]

        /// A finding.
        public init(ok: Bool, errors: [String] = []) {
            self.ok = ok
            self.errors = errors
        }
    }

    /// How the daemon's own memory is.
    public struct Ledger: Codable, Sendable, Equatable {
        /// Whether it can be used.
        public var ok: Bool
        /// What is or was wrong with it and what to do, a sentence each.
        public var problems: [String]

        /// A finding.
        public init(ok: Bool, problems: [String] = []) {
            self.ok = ok
            self.problems = problems
        }
    }

    /// One integration at a glance.
    public struct Integration: Codable, Sendable, Equatable {
        /// The identifier.
        public var id: String
        /// The name of its service description.
        public var type: String
        /// What people call it.
        public var name: String
        /// Whether it runs and works.
        public var status: IntegrationStatus
        /// When a job of it last succeeded, in Unix milliseconds.
        public var lastSyncAt: Int64?
        /// When its next schedule is due, in Unix milliseconds.
        public var nextRun: Int64?
        /// Reasons to look at it, one sentence each.
        public var attention: [String]

        /// The summary, with the time of the next run.
        public init(_ summary: IntegrationSummary, nextRun: Int64?) {
            id = summary.id
            type = summary.type
            name = summary.name
            status = summary.status
            lastSyncAt = summary.lastSyncAt
            self.nextRun = nextRun
            attention = summary.attention
        }
    }

    /// A status.
    public init(
        version: String,
        startedAt: Int64,
        configuration: Configuration,
        ledger: Ledger = Ledger(ok: true),
        workers: Int,
        running: [Job] = [],
        integrations: [Integration] = []
    ) {
        self.version = version
        self.startedAt = startedAt
        self.configuration = configuration
        self.ledger = ledger
        self.workers = workers
        self.running = running
        self.integrations = integrations
    }
}

/// The answer to `GET /healthz`.
public struct Health: Codable, Sendable, Equatable {
    /// Whether the daemon answers: always true, or there is no answer.
    public var ok: Bool

    /// An answer.
    public init(ok: Bool = true) {
        self.ok = ok
    }
}

/// The answer to `POST /api/v1/reload`: HTTP status 200 whether all files are good or not.
public struct ReloadReport: Codable, Sendable, Equatable {
    /// Whether every file is good.
    public var ok: Bool
    /// The number of integrations that run on their newest revision.
    public var loaded: Int
    /// The errors, with their files and lines.
    public var errors: [String]

    /// A report.
    public init(ok: Bool, loaded: Int, errors: [String] = []) {
        self.ok = ok
        self.loaded = loaded
        self.errors = errors
    }
}

/// The answer to pausing, resuming or cancelling something: what it concerns.
public struct Acknowledgement: Codable, Sendable, Equatable {
    /// The identifier of the integration or job.
    public var id: String

    /// An answer.
    public init(id: String) {
        self.id = id
    }
}
