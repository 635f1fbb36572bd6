public import FerryAPI
public import FerryCore

/// What the socket can ask the daemon for: one method per route.
///
/// Every method throws ``FerryCore/SyncFailure`` for what a client should know; its code decides the HTTP status. Any
/// other error is logged and shown as `internal.error` without its text.
public protocol ControlPlane: StateControl {
    /// How the daemon is.
    func status() async throws -> Status

    /// What is measured, in the format that Prometheus reads.
    func metrics() async throws -> [UInt8]

    /// All integrations.
    func integrations() async throws -> [IntegrationSummary]

    /// One integration in full.
    func integration(_ id: String) async throws -> IntegrationDetails

    /// Asks for a job.
    ///
    /// - Returns: the identifier of the new job, or of the live one that does the same.
    func sync(_ id: String, _ request: SyncRequest) async throws -> String

    /// Tries the connection to an integration's service.
    func test(_ id: String) async throws -> ConnectionTest

    /// Finds out what a job would do, without doing it.
    ///
    /// The task is cancelled when the client goes away.
    func plan(_ id: String, _ request: PlanRequest) async throws -> Plan

    /// Stops an integration's schedules until it is resumed.
    func pause(_ id: String) async throws

    /// Starts a paused integration's schedules again.
    func resume(_ id: String) async throws

    /// A page of jobs, newest first.
    func jobs(_ filter: JobFilter) async throws -> JobPage

    /// One job.
    func job(_ id: String) async throws -> FerryAPI.Job

    /// Stops a job.
    func cancel(_ id: String) async throws

    /// Asks for a job that does what an ended one did not finish, and tries again what is set aside.
    ///
    /// - Returns: the new job's identifier.
    func retry(_ id: String, _ request: RetryRequest) async throws -> String

    /// A page of what is set aside now of what a job moves, newest first.
    func quarantine(ofJob id: String, _ part: ListPart) async throws -> QuarantinePage

    /// A page of what is set aside now of an integration, newest first; `nil` for all integrations.
    func quarantine(ofIntegration id: String?, _ part: ListPart) async throws -> QuarantinePage

    /// An integration's open conflicts, oldest first.
    func conflicts(_ integration: String, limit: Int) async throws -> [ConflictDetails]

    /// Decides whose version of a conflict is to be taken.
    ///
    /// - Returns: the identifier of the job that carries it out.
    func resolve(_ conflict: String, taking side: ConflictSide) async throws -> String

    /// Looks at everything that the daemon needs.
    func examine() async throws -> Examination

    /// Copies what the daemon remembers and the embedded store, and keeps so many copies.
    func backup(keeping count: Int) async throws -> BackupReport

    /// Reads the configuration again.
    func reload() async throws -> ReloadReport
}

/// Which jobs a client wants to see.
public struct JobFilter: Sendable, Equatable {
    /// Only jobs of this integration; `nil` for all.
    public var integration: String?
    /// Only jobs in these states; empty for all.
    public var states: [JobState]
    /// The most jobs on a page, from 1 to 200.
    public var limit: Int
    /// Where the page before ended: its `nextCursor`.
    public var cursor: String?

    /// A filter; by default the newest 50 jobs.
    public init(integration: String? = nil, states: [JobState] = [], limit: Int = 50, cursor: String? = nil) {
        self.integration = integration
        self.states = states
        self.limit = limit
        self.cursor = cursor
    }
}

/// Which part of a list a client wants to see.
public struct ListPart: Sendable, Equatable {
    /// The most entries on a page, from 1 to 200.
    public var limit: Int
    /// Where the page before ended: the number in its `nextCursor`.
    public var cursor: Int64?

    /// A part; by default the first 50.
    public init(limit: Int = 50, cursor: Int64? = nil) {
        self.limit = limit
        self.cursor = cursor
    }
}
