import FerryCore
import FerryEngine
import FerryLedger
import FerryStores
import FerryTesting
import FerryTransforms
import FoundationEssentials
import Logging
import Synchronization

/// An engine with a ledger and a store of its own in a fresh directory, and a scripted service.
struct EngineWorld: Sendable {
    let directory: TemporaryDirectory
    let ledger: Ledger
    let store: SQLiteStore
    let service: ScriptedService
    let clock = ManualClock()
    /// What the engine logs to.
    var logger = silence

    /// Calls `body` with a fresh world.
    static func with(
        _ traits: ScriptedService.Traits = ScriptedService.Traits(),
        _ body: (EngineWorld) async throws -> Void
    ) async throws {
        try await WorldGate.files.pass {
            try await TemporaryDirectory.with { directory in
                let ledger = try Ledger(path: directory.path + "/ledger.db")
                defer {
                    // A ledger that does not close fails no test.
                    try? ledger.close()
                }
                try await body(
                    EngineWorld(
                        directory: directory,
                        ledger: ledger,
                        store: SQLiteStore(path: directory.path + "/store.db", isOwned: true),
                        service: ScriptedService(traits)
                    )
                )
            }
        }
    }

    /// An engine over this world, or with other parts in the place of its own.
    func engine(
        attempts: Int = 3,
        ledger: (any JobLedger & SyncLedger)? = nil,
        store: (any LocalStore)? = nil,
        transforms: any TransformCatalog = BuiltInTransforms()
    ) -> SyncEngine {
        SyncEngine(
            ledger: ledger ?? self.ledger,
            endpoints: Endpoints(world: self, store: store ?? self.store),
            transforms: transforms,
            clock: clock,
            backoff: Backoff(base: .seconds(1), cap: .seconds(8), maximumAttempts: attempts),
            logger: logger
        )
    }

    private struct Endpoints: EndpointProvider {
        let world: EngineWorld
        let store: any LocalStore
        func remote(for integration: Integration, gate: any RequestGate) throws -> any RemoteService { world.service }
        func store(for integration: Integration) throws -> any LocalStore { store }
    }

    // MARK: Jobs

    /// Puts a job into the queue and takes it out again.
    func claimed(
        _ direction: Direction,
        of integration: Integration,
        entityIDs: [String]? = nil,
        options: JobOptions = JobOptions()
    ) async throws -> Job {
        let job = Job(
            id: "job_\(UUID().uuidString)",
            integration: integration.id,
            direction: direction,
            entityIDs: entityIDs,
            options: options,
            trigger: .manual,
            queuedAt: clock.now
        )
        return try await ledger.claim(ledger.enqueue(job).id, at: clock.now) ?? job
    }

    /// Runs a claimed job.
    @concurrent
    func run(
        _ job: Job,
        of integration: Integration,
        control: JobControl = JobControl(),
        attempts: Int = 3
    ) async throws -> Job {
        try await engine(attempts: attempts).run(
            job,
            of: integration,
            control: control,
            meter: ProgressMeter(from: job.progress)
        )
    }

    /// Runs a job from the queue to its end.
    func pull(
        _ integration: Integration,
        entityIDs: [String]? = nil,
        options: JobOptions = JobOptions()
    ) async throws -> Job {
        let job = try await claimed(.pull, of: integration, entityIDs: entityIDs, options: options)
        return try await run(job, of: integration)
    }

    /// Runs a job from the queue to its end.
    func push(
        _ integration: Integration,
        entityIDs: [String]? = nil,
        options: JobOptions = JobOptions()
    ) async throws -> Job {
        let job = try await claimed(.push, of: integration, entityIDs: entityIDs, options: options)
        return try await run(job, of: integration)
    }

    /// Runs a job while the clock is moved on whenever the job waits for it.
    @concurrent
    func runThroughWaits(
        _ job: Job,
        of integration: Integration,
        attempts: Int = 3,
        atEachWait: @Sendable @escaping (Job) -> Void = { _ in }
    ) async throws -> Job {
        let isOver = Flag()
        return try await withTaskGroup(of: Result<Job, any Error>?.self) { group in
            group.addTask {
                do {
                    return .success(try await run(job, of: integration, attempts: attempts))
                } catch {
                    return .failure(error)
                }
            }
            group.addTask {
                while true {
                    await clock.waitForSleepers()
                    if isOver.isSet { return nil }
                    if let waiting = try? await ledger.job(job.id) { atEachWait(waiting) }
                    if let deadline = clock.nextDeadline { clock.set(to: deadline) }
                }
            }
            var outcome: Result<Job, any Error> = .success(job)
            while let result = await group.next() {
                guard let result else { break }
                outcome = result
                isOver.set()
                // Wakes the mover, which waits for a sleeper that does not come any more.
                group.addTask {
                    try? await clock.sleep(until: .distantFuture)
                    return nil
                }
            }
            group.cancelAll()
            return outcome
        }.get()
    }

    // MARK: What is where

    /// The table's rows as the store gives them, by identifier; values as JSON text.
    func rows(_ columns: [String], of table: String = "product") async throws -> [String: [String]] {
        let entity = EntityMapping(type: table, resource: "rows")
        let fields = try columns.map { try FieldPath(parsing: $0) }
        let opened = try await store.table(entity, fields: fields, forWriting: false)
        var rows: [String: [String]] = [:]
        var position: ScanPosition?
        repeat {
            let page = try await opened.scan(after: position, limit: 1000)
            for row in 0..<page.ids.count {
                rows[page.ids[row]] = columns.indices.map { page.records.string(of: page.records[row, $0]) }
            }
            position = page.next
        } while position != nil
        return rows
    }

    /// Writes local rows: the key, then the values of `columns`.
    func write(_ rows: [[JSONValue]], columns: [String], table: String = "product") async throws {
        let entity = EntityMapping(type: table, resource: "rows", key: columns[0])
        let fields = try columns.map { try FieldPath(parsing: $0) }
        let opened = try await store.table(entity, fields: fields, forWriting: true)
        var batch = RecordBatch(columnCount: columns.count)
        for row in rows { batch.append(row: row.map { Self.cell($0, in: &batch) }) }
        let ids = PackedStrings(rows.map { $0[0].string ?? $0[0].compactText })
        let applied = try await opened.apply(
            LocalChanges(ids: ids, records: batch, areKnown: Array(repeating: true, count: rows.count))
        )
        guard applied.refused.isEmpty else { throw NeverHappened(description: "\(applied.refused)") }
    }

    /// Deletes local rows.
    func delete(_ ids: [String], key: String = "sku", table: String = "product") async throws {
        let opened = try await store.table(
            EntityMapping(type: table, resource: "rows", key: key),
            fields: [FieldPath(parsing: key)],
            forWriting: true
        )
        _ = try await opened.apply(
            LocalChanges(
                ids: PackedStrings(),
                records: RecordBatch(columnCount: 1),
                areKnown: [],
                deletedIDs: PackedStrings(ids)
            )
        )
    }

    private static func cell(_ value: JSONValue, in batch: inout RecordBatch) -> Cell {
        switch value {
        case .null: .null
        case .bool(let value): Cell(value ? .true : .false)
        case .number(let literal): batch.store(Array(literal.utf8), as: .number)
        case .string(let text): batch.store(Array(text.utf8), as: .string)
        case .array, .object: batch.store(Array(value.compactText.utf8), as: .json)
        }
    }

    /// The requests of a kind so far.
    func requests(_ kind: LoggedRequest.Kind) -> [LoggedRequest] {
        service.state.withLock { $0.log.filter { $0.kind == kind } }
    }

    /// The writes so far.
    var writes: [LoggedRequest] {
        service.state.withLock { $0.log.filter { $0.kind != .page && $0.kind != .find } }
    }

    /// Forgets what the service was asked.
    func forgetRequests() {
        service.state.withLock { state in
            state.log = []
            state.pages = 0
            state.writes = 0
        }
    }

    /// The service's table.
    var remote: RemoteTable { service.state.withLock { $0.table } }

    /// Changes the service's table.
    func changeRemote(_ change: (inout RemoteTable) -> Void) {
        service.state.withLock { change(&$0.table) }
    }

    /// What is set aside now: identifier and message.
    func quarantine(_ direction: Direction) async throws -> [String: String] {
        let entries = try await ledger.quarantine(of: "products", limit: 10_000)
        return Dictionary(
            entries.filter { $0.direction == direction }.map { ($0.record.id, $0.record.message) },
            uniquingKeysWith: { $1 }
        )
    }
}

/// A logger that says nothing.
var silence: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }

/// Something that becomes true.
final class Flag: Sendable {
    private let state = Mutex(false)
    var isSet: Bool { state.withLock { $0 } }
    func set() { state.withLock { $0 = true } }
}
