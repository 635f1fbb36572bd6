import Synchronization

/// The WISEROWS service: one project's integrations and entities, below `/wiserows/api/v1`.
///
/// Written from the service's public pages alone. Where they are silent it does this: a failure is
/// `{"error":{"code","message"}}`; lists show archived entities, in the order in which entities were made, and count
/// them; an archived entity can be read but not changed (404); a field that the type lacks, or a value of another type,
/// is refused with 400; there is no idempotency and no uniqueness. A triggered sync is a job that is over when it has
/// been looked at a number of times, by its own address or by the list of integrations; another one of the same
/// integration is refused with 409 until then. A key that may not do something is told so with 403.
public final class WiserowsProject: Sendable {
    static let prefix = ["wiserows", "api", "v1"]
    let clock: SandboxClock
    let state: Mutex<WiserowsState>
    let limit = SlidingLimit(60, per: .seconds(60))
    private let log: RequestLog

    init(log: RequestLog) {
        let clock = SandboxClock()
        self.log = log
        self.clock = clock
        state = Mutex(WiserowsState(clock: clock))
    }

    /// The project's key; another one is refused from then on.
    public var key: String {
        get { state.withLock { $0.key } }
        set { state.withLock { $0.key = newValue } }
    }

    /// What the project's key permits: everything at first.
    public enum KeyLevel: Sendable {
        /// Reading.
        case read
        /// Reading, and writing entities.
        case write
        /// Also reading what an integration is configured with.
        case admin
    }

    /// Says what the key permits from now on.
    public func setKeyLevel(_ level: KeyLevel) {
        state.withLock { $0.level = level }
    }

    /// Requires the header `X-Project-Id` with this value, as older deployments do; `nil` requires none.
    public func requireProject(_ id: String?) {
        state.withLock { $0.project = id }
    }

    /// Limits the requests a minute, which are 60 at first; `nil` lifts the limit.
    public func setLimit(requestsPerMinute: Int?) {
        limit.set(requestsPerMinute)
    }

    /// Adds a type of entities.
    public func add(_ type: WiserowsType) {
        state.withLock { $0.types.append(type) }
    }

    /// Adds an integration.
    public func add(_ integration: WiserowsIntegration) {
        state.withLock { $0.integrations.append(integration) }
    }

    /// Says how triggered syncs go from now on.
    ///
    /// - Parameters:
    ///   - looks: how many times a job is seen running before it is over.
    ///   - failure: why it fails; `nil` when it succeeds.
    ///   - haveAddresses: whether jobs can be asked for by themselves.
    public func setJobs(looks: Int, failure: String? = nil, haveAddresses: Bool = true) {
        state.withLock { state in
            state.looks = looks
            state.failure = failure
            state.jobsHaveAddresses = haveAddresses
        }
    }

    /// The syncs that were triggered, oldest first.
    public var jobs: [WiserowsJob] { state.withLock { $0.jobs } }

    /// Makes an entity as somebody else would: fields as JSON literals, not validated.
    ///
    /// - Returns: its identifier.
    @discardableResult
    public func create(_ type: String, _ fields: [(name: String, json: String)]) -> String {
        state.withLock { $0.create(type, fields).id }
    }

    /// Changes a field as somebody else would.
    public func set(_ field: String, of id: String, to json: String) {
        _ = state.withLock { $0.change(id) { $0.set(field, to: json) } }
    }

    /// Archives an entity as somebody else would.
    public func archive(_ id: String) {
        state.withLock { $0.archive(id) }
    }

    /// Removes an entity for good, as happens 30 days after it was archived.
    public func remove(_ id: String) {
        state.withLock { $0.entities.remove(id) }
    }

    /// All entities, archived ones included, oldest first.
    public var entities: [WiserowsEntity] { state.withLock { $0.entities.all } }

    /// The entities that are not archived, oldest first.
    public var living: [WiserowsEntity] { entities.filter { $0.archivedAt == nil } }

    /// The requests received, oldest first.
    public var requests: [LoggedRequest] { log.requests.filter { $0.name == "wiserows" } }
}

/// What a project has.
struct WiserowsState: Sendable {
    let clock: SandboxClock
    var key = "ds_demo_key"
    var level = WiserowsProject.KeyLevel.admin
    var project: String?
    var types: [WiserowsType] = []
    var integrations: [WiserowsIntegration] = []
    var entities = WiserowsEntities()
    var jobs: [WiserowsJob] = []
    var looks = 1
    var failure: String?
    var jobsHaveAddresses = true
    private var made = 0

    init(clock: SandboxClock) {
        self.clock = clock
    }

    mutating func create(_ type: String, _ fields: [(name: String, json: String)]) -> WiserowsEntity {
        made += 1
        let digits = String(made, radix: 16)
        let id = "ent_" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits
        let now = clock.milliseconds
        let entity = WiserowsEntity(id: id, type: type, fields: fields, createdAt: now, updatedAt: now)
        entities.append(entity)
        return entity
    }

    /// Changes an entity.
    ///
    /// - Returns: it as it is then; `nil` when there is none.
    @discardableResult
    mutating func change(_ id: String, _ body: (inout WiserowsEntity) -> Void) -> WiserowsEntity? {
        let now = clock.milliseconds
        return entities.change(id) { entity in
            body(&entity)
            entity.updatedAt = now
        }
    }

    mutating func archive(_ id: String) {
        let now = clock.milliseconds
        change(id) { $0.archivedAt = now }
    }
}

// Syncs of the project's own integrations.
extension WiserowsState {
    /// Starts a sync.
    ///
    /// - Returns: the job; `nil` when one is running already.
    mutating func startJob(of integration: String, _ direction: String) -> WiserowsJob? {
        guard !jobs.contains(where: { $0.integration == integration && $0.status == "running" }) else { return nil }
        let job = WiserowsJob(
            id: "job_\(jobs.count + 1)",
            integration: integration,
            direction: direction,
            looks: looks,
            startedAt: clock.milliseconds
        )
        jobs.append(job)
        return job
    }

    /// Lets time pass for the jobs of which `isSeen` is true, as each look at them does.
    mutating func pass(_ isSeen: (WiserowsJob) -> Bool) {
        for index in jobs.indices where jobs[index].status == "running" && isSeen(jobs[index]) {
            jobs[index].looks -= 1
            guard jobs[index].looks < 0 else { continue }
            jobs[index].status = failure == nil ? "completed" : "failed"
            jobs[index].completedAt = clock.milliseconds
            guard failure == nil, let place = integrations.firstIndex(where: { $0.id == jobs[index].integration })
            else { continue }
            integrations[place].lastSyncAt = max(clock.milliseconds, (integrations[place].lastSyncAt ?? 0) + 1)
        }
    }

    /// A job as its address shows it.
    func json(of job: WiserowsJob) -> String {
        let error = job.status == "failed" ? jsonLiteral(failure ?? "") : "null"
        return "{\"id\":\(jsonLiteral(job.id)),\"type\":\"sync\",\"status\":\(jsonLiteral(job.status)),"
            + "\"progress\":\(job.status == "completed" ? 100 : 0),\"error\":\(error),\"createdAt\":\(job.startedAt),"
            + "\"startedAt\":\(job.startedAt),\"completedAt\":\(job.completedAt.map(String.init) ?? "null")}"
    }
}
