import FerryAPI
import FerryCore
import FoundationEssentials
import Synchronization

@testable import FerryServer

/// A control plane that answers from a script and remembers what it was asked.
final class ScriptedControlPlane: ControlPlane {
    private let calls = Mutex<[String]>([])
    private let held = Mutex<[CheckedContinuation<Void, Never>]>([])
    let holdsTests: Bool
    let holdsPlans: Bool
    let failure: SyncFailure?
    let configuration: Status.Configuration

    init(
        failure: SyncFailure? = nil,
        holdsTests: Bool = false,
        holdsPlans: Bool = false,
        configuration: Status.Configuration = .init(ok: true)
    ) {
        self.configuration = configuration
        self.failure = failure
        self.holdsTests = holdsTests
        self.holdsPlans = holdsPlans
    }

    var asked: [String] { calls.withLock { $0 } }
    var waiting: Int { held.withLock { $0.count } }

    func release() {
        for continuation in held.withLock({
            let all = $0; $0 = []; return all
        }) { continuation.resume() }
    }

    private func note(_ call: String) throws {
        calls.withLock { $0.append(call) }
        if let failure { throw failure }
    }

    func status() async throws -> Status {
        try note("status")
        return Status(version: "1.2.3", startedAt: 1000, configuration: configuration, workers: 4)
    }

    func metrics() async throws -> [UInt8] {
        try note("metrics")
        return Array("ferry_jobs 1\n".utf8)
    }

    func examine() async throws -> Examination {
        try note("examine")
        return Examination(findings: [])
    }

    func backup(keeping count: Int) async throws -> BackupReport {
        try note("backup \(count)")
        return BackupReport(path: "/var/lib/ferry/backups/20260101T000000Z", bytes: 4096)
    }

    func integrations() async throws -> [IntegrationSummary] {
        try note("integrations")
        return [
            IntegrationSummary(
                id: "int_1",
                type: "dynamic_table",
                name: "Products/é",
                status: .active,
                lastSyncAt: 1_700_000_000_000
            ),
            IntegrationSummary(id: "int_2", type: "sanity", name: "Blog", status: .pending),
        ]
    }

    func integration(_ id: String) async throws -> IntegrationDetails {
        try note("integration \(id)")
        let integration = Integration(
            id: id,
            name: "Products",
            type: "dynamic_table",
            settings: ["collection_id": "c-1"],
            secrets: ["key": .credential("table"), "other": .literal(Secret("hunter2"))],
            schedules: [.push: SyncSchedule(timing: .every(.seconds(600)))],
            entities: [
                EntityMapping(
                    type: "product",
                    resource: "rows",
                    mappings: [
                        FieldMapping(
                            source: try FieldPath(parsing: "fields.title"),
                            target: try FieldPath(parsing: "title")
                        ),
                        FieldMapping(
                            source: try FieldPath(parsing: "fields.name"),
                            target: try FieldPath(parsing: "slug"),
                            transforms: [TransformReference(name: "slugify")]
                        ),
                    ]
                )
            ]
        )
        return IntegrationDetails(integration, status: .active, lastSyncAt: nil, nextRuns: [.push: 2000])
    }

    func sync(_ id: String, _ request: SyncRequest) async throws -> String {
        let entities = request.entityIds.map { "\($0)" } ?? "all"
        var call = "sync \(id) \(request.direction.rawValue) \(entities)"
        if let types = request.entityTypes { call += " of \(types)" }
        if request.allowDeletes { call += " deletes" }
        if request.quarantinedOnly { call += " quarantined" }
        try note(call)
        return "job_1"
    }

    func test(_ id: String) async throws -> ConnectionTest {
        try note("test \(id)")
        if holdsTests { await withCheckedContinuation { next in held.withLock { $0.append(next) } } }
        return ConnectionTest(connected: true, latencyMs: 42)
    }

    func plan(_ id: String, _ request: PlanRequest) async throws -> Plan {
        let sync = request.sync
        var call = "plan \(id) \(sync.direction.rawValue) \(sync.entityIds ?? ["all"]) \(request.limit ?? -1)"
        if let types = sync.entityTypes { call += " of \(types)" }
        if sync.allowDeletes { call += " deletes" }
        if sync.quarantinedOnly { call += " quarantined" }
        try note(call)
        if holdsPlans {
            // As a real plan does: it ends when the task is cancelled.
            let (cancelled, cancellation) = AsyncStream<Void>.makeStream()
            await withTaskCancellationHandler {
                for await _ in cancelled {}
            } onCancel: {
                cancellation.finish()
            }
            try note("plan \(id) cancelled")
            throw CancellationError()
        }
        return Plan(
            integrationId: id,
            direction: sync.direction,
            entityIds: sync.entityIds,
            state: .succeeded,
            error: nil,
            isEmpty: true,
            progress: ProgressCounts(JobProgress()),
            entities: [],
            unknown: [],
            notes: []
        )
    }

    func pause(_ id: String) async throws { try note("pause \(id)") }
    func resume(_ id: String) async throws { try note("resume \(id)") }

    func jobs(_ filter: JobFilter) async throws -> JobPage {
        let states = filter.states.map(\.rawValue)
        try note("jobs \(filter.integration ?? "-") \(states) \(filter.limit) \(filter.cursor ?? "-")")
        return JobPage(jobs: [Self.job("job_1")], nextCursor: "job_1")
    }

    func job(_ id: String) async throws -> FerryAPI.Job {
        try note("job \(id)")
        return Self.job(id)
    }

    func cancel(_ id: String) async throws { try note("cancel \(id)") }

    func retry(_ id: String, _ request: RetryRequest) async throws -> String {
        var call = "retry \(id)"
        if let types = request.entityTypes { call += " of \(types)" }
        if request.allowDeletes { call += " deletes" }
        if request.quarantinedOnly { call += " quarantined" }
        try note(call)
        return "job_2"
    }

    func conflicts(_ integration: String, limit: Int) async throws -> [ConflictDetails] {
        try note("conflicts \(integration) \(limit)")
        let versions = HeldRecord.Versions(local: "{}", remote: "{}", localHash: 1, remoteHash: 2)
        let record = HeldRecord(
            kind: .changed,
            localID: "a",
            remoteID: "r1",
            fields: ["name"],
            versions: versions,
            foundAt: Date(timeIntervalSince1970: 1.5)
        )
        let conflict = Conflict(id: 7, integration: integration, entityType: "product", record: record)
        return [ConflictDetails(conflict, local: ["name": "Mine"], remote: ["name": "Theirs"])]
    }

    func resolve(_ conflict: String, taking side: ConflictSide) async throws -> String {
        try note("resolve \(conflict) \(side.rawValue)")
        return "job_3"
    }

    func quarantine(ofJob id: String, _ part: ListPart) async throws -> QuarantinePage {
        try note("quarantine of job \(id) \(part.limit) \(part.cursor.map { "\($0)" } ?? "-")")
        return Self.quarantine
    }

    func quarantine(ofIntegration id: String?, _ part: ListPart) async throws -> QuarantinePage {
        try note("quarantine of \(id ?? "all") \(part.limit) \(part.cursor.map { "\($0)" } ?? "-")")
        return Self.quarantine
    }

    private static let quarantine = QuarantinePage(
        total: 2,
        records: [
            QuarantinePage.Record(
                QuarantineEntry(
                    number: 7,
                    integration: "int_1",
                    entityType: "product",
                    direction: .push,
                    record: QuarantinedRecord(
                        id: "A-1",
                        contentHash: .unknown,
                        code: .recordRefused,
                        message: "'price' must be a number"
                    )
                )
            )
        ],
        nextCursor: "7"
    )

    func state(_ id: String) async throws -> StateDetails {
        try note("state \(id)")
        let entity = StateDetails.Entity(
            entityType: "product",
            resource: "rows",
            remoteIdentity: "https://a",
            links: 7,
            pullCursor: "2026"
        )
        return StateDetails(integrationId: id, entities: [entity], changes: [Self.change])
    }

    func exportState(_ id: String, entityTypes: [String]?, user: UInt32) async throws -> StateHeader {
        try note("export state \(id) \(entityTypes ?? ["all"]) for \(user)")
        return StateHeader(integrationId: id, exportedAt: 1000, revision: "1.2.3", entities: [])
    }

    func stateLinks(_ id: String, _ part: StateLinksPart) async throws -> StateLinks {
        try note("links \(id) \(part.entityType) \(part.revision) \(part.cursor) \(part.limit)")
        return StateLinks(entityType: part.entityType, links: [])
    }

    func importState(_ id: String, _ request: StateImportRequest) async throws -> StateImportAccepted {
        try note("import state \(id) \(request.entities.map(\.entityType))")
        return StateImportAccepted(importId: "i1")
    }

    func addLinks(_ links: StateLinks, toImport id: String) async throws {
        try note("add \(links.links.map(\.localId)) to \(id)")
    }

    func finishImport(_ id: String, _ request: StateImportEnd, user: UInt32) async throws -> StateChangeDetails {
        try note("finish \(id) \(request.links)\(request.replace ? " replacing" : "") for \(user)")
        return Self.change
    }

    func resetState(_ id: String, _ request: StateResetRequest, user: UInt32) async throws -> StateChangeDetails {
        try note("reset \(id) \(request.entityTypes ?? ["all"])\(request.cursorsOnly ? " cursors" : "") for \(user)")
        return Self.change
    }

    private static let change = StateChangeDetails(
        action: "reset",
        at: 1000,
        user: 4,
        entityTypes: ["product"],
        links: 7
    )

    func reload() async throws -> ReloadReport {
        try note("reload")
        return ReloadReport(ok: true, loaded: 2)
    }

    static func job(_ id: String) -> FerryAPI.Job {
        FerryAPI.Job(
            FerryCore.Job(
                id: id,
                integration: "int_1",
                direction: .pull,
                trigger: .manual,
                queuedAt: Date(timeIntervalSince1970: 1.5)
            )
        )
    }
}
