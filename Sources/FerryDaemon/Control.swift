import Dispatch
import FerryAPI
import FerryConfiguration
import FerryCore
import FerryEngine
import FerryLedger
import FerryServer
import FoundationEssentials
import Logging

/// Answers what the socket asks, out of the parts of the running daemon.
struct Control: ControlPlane {
    let parts: Parts
    let supervisor: Supervisor
    let startedAt: Date
    let logger: Logger
    /// What is measured.
    let figures: Metrics
    /// Where backups are made, one after the other.
    let backups = DispatchQueue(label: "ferry.backup", qos: .utility)
    /// Reloads the configuration and tells everybody who must know.
    let reloadConfiguration: @Sendable () -> LoadReport

    /// What a reload found.
    struct LoadReport: Sendable {
        var loaded: Int
        var errors: [String]
    }

    func status() async throws -> Status {
        let nextRuns = supervisor.nextRuns
        let errors = parts.configuration.diagnostics.filter { $0.severity == .error }.map(\.description)
        var histories: [String: IntegrationHistory]?
        var unreadable: SyncFailure?
        do {
            histories = try await parts.ledger.histories()
        } catch let failure as SyncFailure {
            // What can be told without the ledger is worth telling, above all that it cannot be read.
            unreadable = failure
        }
        let running = (histories ?? [:]).values.compactMap(\.liveJob).filter { $0.state != .queued }
        return Status(
            version: FerryVersion.current,
            startedAt: UnixTime.milliseconds(startedAt),
            configuration: Status.Configuration(ok: errors.isEmpty, errors: errors),
            ledger: ledgerStatus(unreadable),
            workers: parts.configuration.settings.workers,
            running: running.sorted { $0.id > $1.id }.map { FerryAPI.Job(current($0)) },
            integrations: parts.registry.all.map { entry in
                let next = Direction.allCases
                    .compactMap { nextRuns[ScheduleKey(integration: entry.id, direction: $0)] }.min()
                let history = histories?[entry.id]
                let isPaused = history?.isPaused ?? false
                return Status.Integration(
                    summary(of: entry, history: history, isKnown: histories != nil),
                    nextRun: isPaused ? nil : next.map(UnixTime.milliseconds)
                )
            }
        )
    }

    private func ledgerStatus(_ unreadable: SyncFailure?) -> Status.Ledger {
        let failure = supervisor.damage ?? unreadable
        var problems = failure.map { [$0.message] + ($0.hint.map { [$0] } ?? []) } ?? []
        if !parts.ledger.isInPlace {
            // First, since whatever else is wrong comes from it.
            problems.insert(
                "The file \(parts.ledger.path) was moved or deleted while it is in use: put it back, or restart Ferry, "
                    + "which then forgets what it knew of links and jobs.",
                at: 0
            )
        }
        let isUsable = problems.isEmpty
        if parts.ledger.isBehind { problems.append(Ledger.behindNote) }
        return Status.Ledger(ok: isUsable, problems: problems)
    }

    func metrics() async throws -> [UInt8] { Array(await figures.text().utf8) }

    func integrations() async throws -> [IntegrationSummary] {
        let histories = try await parts.ledger.histories()
        return parts.registry.all.map { summary(of: $0, history: histories[$0.id]) }
    }

    func integration(_ id: String) async throws -> IntegrationDetails {
        let entry = try entry(id)
        guard let integration = entry.integration else { throw broken(entry) }
        let history = try await parts.ledger.histories()[id]
        let summary = summary(of: entry, history: history)
        let nextRuns = supervisor.nextRuns
        var next: [Direction: Int64] = [:]
        for direction in Direction.allCases {
            let date = nextRuns[ScheduleKey(integration: id, direction: direction)]
            next[direction] = date.map(UnixTime.milliseconds)
        }
        return IntegrationDetails(
            integration,
            status: summary.status,
            lastSyncAt: summary.lastSyncAt,
            nextRuns: next,
            attention: summary.attention
        )
    }

    func sync(_ id: String, _ request: SyncRequest) async throws -> String {
        let integration = try enabled(id)
        try checkDirection(request.direction, of: integration)
        try checkTypes(request.entityTypes, of: integration)
        return try await supervisor.enqueue(
            id,
            direction: request.direction,
            entityIDs: request.entityIds,
            options: JobOptions(request),
            trigger: .manual
        ).id
    }

    func test(_ id: String) async throws -> ConnectionTest {
        let integration = try working(id)
        let clock = ContinuousClock()
        let start = clock.now
        do {
            let gate = parts.budgets.briefGate(patience: Self.testPatience)
            try await parts.endpoints.remote(for: integration.configuredForTest, gate: gate).check()
            return ConnectionTest(connected: true, latencyMs: Self.milliseconds(clock.now - start))
        } catch let failure as SyncFailure {
            return ConnectionTest(
                connected: false,
                latencyMs: Self.milliseconds(clock.now - start),
                error: ErrorBody(JobFailure(failure))
            )
        }
    }

    /// How long a test of the connection waits for a rate limit before it says so.
    private static let testPatience: Duration = .seconds(3)

    func plan(_ id: String, _ request: PlanRequest) async throws -> Plan {
        let integration = try working(id)
        let sync = request.sync
        try checkDirection(sync.direction, of: integration)
        try checkTypes(sync.entityTypes, of: integration)
        let running = try await parts.ledger.histories()[id]?.liveJob
        var plan = try await parts.planner.plan(
            integration,
            direction: sync.direction,
            entityIDs: sync.entityIds,
            options: JobOptions(sync),
            limit: request.limit ?? Planner.standardLimit
        )
        if let running {
            plan.notes.append(
                "a \(running.direction.rawValue) of '\(id)' was \(running.state.rawValue) when the plan was begun "
                    + "(\(running.id)): what it changes is in the plan only in part"
            )
        }
        return Plan(plan)
    }

    func pause(_ id: String) async throws {
        _ = try entry(id)
        try await parts.ledger.setPaused(true, integration: id)
        supervisor.replan()
    }

    func resume(_ id: String) async throws {
        _ = try entry(id)
        try await parts.ledger.setPaused(false, integration: id)
        supervisor.replan()
    }

    func jobs(_ filter: JobFilter) async throws -> JobPage {
        let jobs = try await parts.ledger.jobs(
            integration: filter.integration,
            states: filter.states,
            limit: filter.limit + 1,
            after: filter.cursor
        )
        let page = jobs.prefix(filter.limit)
        return JobPage(
            jobs: page.map { FerryAPI.Job(current($0)) },
            nextCursor: jobs.count > filter.limit ? page.last?.id : nil
        )
    }

    func job(_ id: String) async throws -> FerryAPI.Job {
        FerryAPI.Job(current(try await known(id)))
    }

    func cancel(_ id: String) async throws {
        let job = try await known(id)
        guard !job.state.isFinal else {
            throw SyncFailure(.config, .jobFinished, "the job '\(id)' has ended already: \(job.state.rawValue)")
        }
        try await supervisor.cancel(id)
    }

    func retry(_ id: String, _ request: RetryRequest) async throws -> String {
        let job = try await known(id)
        guard job.state.isFinal || request != RetryRequest() else { return job.id }
        let integration = try enabled(job.integration)
        try checkTypes(request.entityTypes, of: integration)
        let isOnlyRetry = request.quarantinedOnly || job.options.setAside == .retryOnly
        return try await supervisor.enqueue(
            integration.id,
            direction: job.direction,
            entityIDs: job.entityIDs,
            options: JobOptions(
                isFull: job.options.isFull,
                entityTypes: request.entityTypes ?? job.options.entityTypes,
                allowsDeletes: request.allowDeletes,
                setAside: isOnlyRetry ? .retryOnly : .retry
            ),
            trigger: .retry
        ).id
    }

    func quarantine(ofJob id: String, _ part: ListPart) async throws -> QuarantinePage {
        let job = try await known(id)
        return try await quarantine(
            QuarantineFilter(
                integration: job.integration,
                direction: job.direction,
                entityTypes: job.options.entityTypes
            ),
            part
        )
    }

    func quarantine(ofIntegration id: String?, _ part: ListPart) async throws -> QuarantinePage {
        try await quarantine(QuarantineFilter(integration: try id.map { try entry($0).id }), part)
    }

    private func quarantine(_ filter: QuarantineFilter, _ part: ListPart) async throws -> QuarantinePage {
        let entries = try await parts.ledger.quarantine(filter, before: part.cursor, limit: part.limit + 1)
        let page = entries.prefix(part.limit)
        return QuarantinePage(
            total: try await parts.ledger.quarantineCount(filter),
            records: page.map(QuarantinePage.Record.init),
            nextCursor: entries.count > part.limit ? page.last.map { "\($0.number)" } : nil
        )
    }

    func examine() async throws -> Examination {
        let doctor = Doctor(parts: parts, test: { try await test($0) })
        return Examination(findings: await doctor.examine())
    }

    func backup(keeping count: Int) async throws -> BackupReport {
        let backup = Backup(of: parts.state)
        let now = parts.clock.now
        // On a thread of its own, since it blocks for as long as the files are large.
        let report = try await withCheckedThrowingContinuation { continuation in
            backups.async { continuation.resume(with: Result { try backup.make(at: now, keeping: count) }) }
        }
        logger.notice("backup made: \(report.path) (\(report.bytes) bytes)")
        return report
    }

    func reload() async throws -> ReloadReport {
        let report = reloadConfiguration()
        return ReloadReport(ok: report.errors.isEmpty, loaded: report.loaded, errors: report.errors)
    }

    // MARK: Looking things up

    func entry(_ id: String) throws -> IntegrationRegistry.Entry {
        guard let entry = parts.registry[id] else {
            let known = parts.registry.all.map(\.id).joined(separator: ", ")
            throw SyncFailure(
                .config,
                .integrationNotFound,
                "there is no integration '\(id)'",
                hint: known.isEmpty ? "none is configured yet" : "there are: \(known)"
            )
        }
        return entry
    }

    func working(_ id: String) throws -> Integration {
        let entry = try entry(id)
        guard let integration = entry.integration else { throw broken(entry) }
        return integration
    }

    private func enabled(_ id: String) throws -> Integration {
        let integration = try working(id)
        guard integration.isEnabled else {
            throw SyncFailure(
                .config,
                .integrationDisabled,
                "the integration '\(id)' is disabled in its file",
                hint: "set 'enabled: true' in it and reload"
            )
        }
        return integration
    }

    private func broken(_ entry: IntegrationRegistry.Entry) -> SyncFailure {
        SyncFailure(
            .config,
            .integrationBroken,
            "the file of '\(entry.id)' has errors: \(entry.problems.first ?? "")",
            hint: "mend it ('ferryctl check' shows all of them), then run 'ferryctl reload'"
        )
    }

    private func known(_ id: String) async throws -> FerryCore.Job {
        guard let job = try await parts.ledger.job(id) else {
            throw SyncFailure(
                .config,
                .jobNotFound,
                "there is no job '\(id)'",
                hint: "'ferryctl jobs' lists them; finished ones are kept for a while only"
            )
        }
        return job
    }

    private func checkDirection(_ direction: Direction, of integration: Integration) throws {
        let remote = try parts.endpoints.remote(for: integration.configuredForTest, gate: OpenGate())
        let can = integration.entities.contains { remote.directions(of: $0.resource).contains(direction) }
        guard can else {
            throw SyncFailure(
                .config,
                .syncDirectionUnsupported,
                "'\(integration.id)' cannot \(direction.rawValue)",
                hint: "its service does not offer that for the resources it names"
            )
        }
    }

    func checkTypes(_ types: [String]?, of integration: Integration) throws {
        let known = integration.entities.map(\.type)
        guard let unknown = types?.first(where: { !known.contains($0) }) else { return }
        throw SyncFailure(
            .config,
            .syncEntityTypeUnknown,
            "'\(integration.id)' has no entity type '\(unknown)'",
            hint: "its file has: \(known.joined(separator: ", "))"
        )
    }

    // MARK: Shaping

    /// A job with what it has done up to now, if it runs.
    private func current(_ job: FerryCore.Job) -> FerryCore.Job {
        guard let progress = supervisor.progress[job.id] else { return job }
        var job = job
        job.progress = progress
        if let wait = supervisor.waits[job.id] {
            job.state = .waiting
            job.wait = wait
        }
        return job
    }

    /// - Parameter isKnown: whether the ledger could be read; without it, nobody knows how an integration is.
    private func summary(
        of entry: IntegrationRegistry.Entry,
        history: IntegrationHistory?,
        isKnown: Bool = true
    ) -> IntegrationSummary {
        let health = IntegrationHealth(entry, history: history)
        return IntegrationSummary(
            id: entry.id,
            type: entry.integration?.type ?? "unknown",
            name: entry.integration?.name ?? entry.id,
            status: isKnown ? health.status : .error,
            lastSyncAt: (history?.lastSyncAt).map(UnixTime.milliseconds),
            attention: parts.endpoints.attention(of: entry.id) + health.attention
                + (isKnown ? [] : ["the ledger cannot be read"])
        )
    }

    private static func milliseconds(_ duration: Duration) -> Int64 {
        Int64(duration / .milliseconds(1))
    }
}

extension JobOptions {
    /// What a sync that was asked for does other than a scheduled one.
    init(_ request: SyncRequest) {
        self.init(
            isFull: request.full,
            entityTypes: request.entityTypes,
            allowsDeletes: request.allowDeletes,
            setAside: request.quarantinedOnly ? .retryOnly : .leave
        )
    }
}
