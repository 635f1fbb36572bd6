import FerryCore
import FerryEngine
import FerryLedger
import FerryTesting
import FerryTransforms
import Foundation
import Synchronization

/// One simulated history: jobs in bad weather over a few lives of the daemon, then fair weather until nothing is left
/// to do, then the question whether everything is as promised.
final class History: Sendable {
    /// How a history went.
    struct Outcome: Sendable {
        let seed: UInt64
        let violations: [String]
        let lines: [String]
        let jobs: Int
    }

    private struct State {
        var mapping = MappingChoice()
        var deleteGuard = DeleteGuard(share: 1, count: 1000)
        var allowsDeletes = false
        var maximumFailures: FailureLimit?
        var jobs = 0
        /// Requests and transactions that write to the destination.
        var writes = 0
        var startedAt = 0
        var scope: LinkScope?
    }

    let scenario: Scenario
    let world: SimulatedWorld
    let meddler: Meddler
    private let state = Mutex(State())

    private init(_ scenario: Scenario, in world: SimulatedWorld) {
        self.scenario = scenario
        self.world = world
        meddler = Meddler(scenario, in: world)
    }

    private static let newLedger = Result { try Ledger(inMemoryCopyOf: nil) }

    /// Plays the history of a seed, on the calling thread.
    static func play(_ direction: Direction, seed: UInt64) -> Outcome {
        let dice = Dice(seed: seed)
        var random = dice.stream("scenario")
        let scenario = Scenario(direction, random: &random)
        do {
            let ledger = try Ledger(inMemoryCopyOf: newLedger.get())
            let executor = SimulatedExecutor(dice.stream("executor"))
            let world = SimulatedWorld(dice, executor: executor, ledger: ledger, scenario: scenario)
            let history = History(scenario, in: world)
            world.trace.note("\(scenario)")
            let isOver = executor.run { await history.run() }
            if !isOver { world.trace.violation("tasks wait for each other, and none goes on") }
            try ledger.close()
            return Outcome(
                seed: seed,
                violations: world.trace.violations,
                lines: world.trace.lines,
                jobs: history.state.withLock { $0.jobs }
            )
        } catch {
            return Outcome(seed: seed, violations: ["the history cannot be played: \(error)"], lines: [], jobs: 0)
        }
    }

    private func run() async {
        do {
            var random = world.dice.stream("history")
            meddler.populate(&random)
            world.set { [meddler] random in meddler.change(&random) }
            world.set(scenario.weather)
            for number in 1...scenario.lives {
                for _ in 0..<random.pick([0, 1, 3, 8]) { meddler.change(&random) }
                if random.chance(0.3) { chooseMapping(&random) }
                let process = SimulatedProcess(number: number, in: world)
                await live(process, jobs: random.number(1...3), &random)
                // What dies is started again at once; who stops it in peace takes his time.
                let pause = scenario.tellsChanges ? 2400.0 : 600
                world.clock.advance(by: random.seconds(0...(process.isDead ? 5 : pause)))
            }
            try await settle()
        } catch {
            world.trace.violation("the history ends: \(error)")
        }
    }

    // MARK: Lives

    private func chooseMapping(_ random: inout SeededRandom) {
        let mapping = MappingChoice.drawn(by: &random)
        state.withLock { $0.mapping = mapping }
        world.trace.note("the file changes: \(mapping)")
    }

    /// The mapping as the file has it now.
    var mapping: MappingChoice { state.withLock { $0.mapping } }

    /// The integration as its file has it now.
    private var integration: Integration {
        let (mapping, deleteGuard, maximumFailures) = state.withLock {
            ($0.mapping, $0.deleteGuard, $0.maximumFailures)
        }
        let sku = FieldPath(segments: [.name("sku")])
        return Integration(
            id: "products",
            name: "Products",
            type: "simulated",
            schedules: [scenario.direction: SyncSchedule(timing: .every(.seconds(3600)))],
            entities: [
                EntityMapping(
                    type: SourceTable.table,
                    resource: "rows",
                    key: scenario.keyColumn,
                    match: EntityMapping.Match(
                        source: FieldPath(segments: [.name("fields"), .name("sku")]),
                        target: sku
                    ),
                    deletes: scenario.deletes,
                    changedSince: scenario.tellsChanges ? "changed" : nil,
                    mappings: mapping.mappings
                )
            ],
            maximumFailures: maximumFailures,
            deleteGuard: deleteGuard
        )
    }

    /// A life of the daemon: what was interrupted goes on, then so many jobs are asked for.
    private func live(_ process: SimulatedProcess, jobs: Int, _ random: inout SeededRandom) async {
        let ledger = InterceptedLedger(world.ledger, interceptor: ProcessLedgerInterceptor(process: process))
        world.trace.note("p\(process.number) starts")
        do {
            _ = try await ledger.requeueInterrupted()
            for number in 0...jobs {
                while let job = try await ledger.claim(at: world.clock.now) {
                    guard try await run(job, in: process, ledger) else { return }
                }
                guard number < jobs else { return }
                if random.chance(0.3) { meddler.change(&random) }
                _ = try await ledger.enqueue(newJob(isWhole: !random.chance(0.15), &random))
            }
        } catch {
            world.trace.note("p\(process.number) ends: \(error)")
        }
    }

    private func newJob(isWhole: Bool, _ random: inout SeededRandom) -> Job {
        let number = state.withLock { state in
            state.jobs += 1
            return state.jobs
        }
        var ids: [String]?
        if !isWhole {
            let rows = SourceTable(direction: scenario.direction, keyColumn: scenario.keyColumn, world: world).rows
            ids = rows.filter { _ in random.chance(0.3) }.map { meddler.localID(of: $0.id, $0.fields) }
        }
        return Job(
            id: "job_\(number)",
            integration: "products",
            direction: scenario.direction,
            entityIDs: ids,
            options: JobOptions(allowsDeletes: state.withLock { $0.allowsDeletes }),
            trigger: .manual,
            queuedAt: world.clock.now
        )
    }

    /// - Returns: whether the daemon goes on.
    private func run(_ job: Job, in process: SimulatedProcess, _ ledger: InterceptedLedger) async throws -> Bool {
        let control = JobControl()
        process.set(control)
        defer { process.set(nil) }
        let meter = ProgressMeter(from: job.progress)
        let faults = process.faults
        let isFresh = try await world.asking { try await $0.outbox(in: self.scope(in: $0)) }.isEmpty && job.attempt == 1
        state.withLock { $0.startedAt = meddler.time }
        world.trace.note(
            "p\(process.number) runs \(job.id), attempt \(job.attempt), of \(job.entityIDs?.description ?? "all")"
        )
        do {
            let ended = try await engine(process, ledger).run(job, of: integration, control: control, meter: meter)
            world.trace.note(
                "p\(process.number) \(ended.id) \(ended.state): \(ended.failure?.message ?? "") \(ended.progress)"
            )
            if isFresh, faults == process.faults { check(ended) }
            return ended.state != .queued
        } catch {
            guard !process.isDead else { return false }
            // As the supervisor does with jobs whose end could not be recorded.
            world.trace.note("p\(process.number) cannot record the end of \(job.id): \(error)")
            do {
                try await ledger.requeue(job.id, progress: meter.progress)
            } catch let failure as SyncFailure where failure.code == .jobFinished {
                world.trace.note("\(job.id) has ended after all")
            }
            return true
        }
    }

    private func engine(_ process: SimulatedProcess, _ ledger: InterceptedLedger) -> SyncEngine {
        SyncEngine(
            ledger: ledger,
            endpoints: Endpoints(process: process, history: self),
            transforms: BuiltInTransforms(),
            clock: ProcessClock(process: process),
            random: process.random,
            backoff: Backoff(base: .seconds(1), cap: .seconds(8), maximumAttempts: 3),
            logger: Self.silence
        )
    }

    private struct Endpoints: EndpointProvider {
        let process: SimulatedProcess
        let history: History

        func remote(for integration: Integration, gate: any RequestGate) throws -> any RemoteService {
            FaultyService(process: process, directions: [.pull, .push]) { try await history.watch($0) }
        }

        func store(for integration: Integration) throws -> any LocalStore {
            FaultyStore(process: process) { try await history.watch($0) }
        }
    }

    /// The scope of the links, as the engine opens it.
    func scope(in ledger: Ledger) async throws -> LinkScope {
        if let scope = state.withLock({ $0.scope }) { return scope }
        let scope = try await ledger.scope(
            integration: "products",
            entityType: SourceTable.table,
            resource: "rows",
            remoteIdentity: "simulated",
            localIdentity: "simulated/\(SourceTable.table)/1"
        )
        state.withLock { $0.scope = scope }
        return scope
    }

    // MARK: Fair weather

    private func settle() async throws {
        world.set(.fair)
        world.clock.advance(by: scenario.service.settlesWithin + .seconds(1))
        var random = world.dice.stream("settling")
        // Refusals may depend on each other: people let them be tried again, which may take some rounds.
        for round in 1...6 {
            guard try await findFixedPoint(&random) else { return }
            let findings = try await HistoryCheck(self).findings()
            for violation in findings.violations { world.trace.violation(violation) }
            let stale = findings.staleRefusals
            guard findings.violations.isEmpty, !stale.isEmpty else { return }
            guard round < 6 else {
                return world.trace.violation("refused without a reason: \(stale.sorted())")
            }
            world.trace.note("tried again: \(stale.sorted())")
            try await world.asking { ledger in
                try await ledger.release(
                    ids: PackedStrings(stale.sorted()),
                    direction: self.scenario.direction,
                    in: self.scope(in: ledger)
                )
                // To try all again, a job compares all rows.
                try await ledger.keep(nil, in: self.scope(in: ledger))
            }
        }
    }

    /// Runs jobs until they write nothing any more.
    private func findFixedPoint(_ random: inout SeededRandom) async throws -> Bool {
        var quietRuns = 0
        for turn in 0..<12 {
            let before = state.withLock { $0.writes }
            let process = SimulatedProcess(number: 100 + state.withLock { $0.jobs }, in: world)
            let ledger = InterceptedLedger(world.ledger, interceptor: ProcessLedgerInterceptor(process: process))
            _ = try await ledger.requeueInterrupted()
            let asked = try await ledger.claim(at: world.clock.now)
            let isOld = asked != nil
            var job = asked
            if job == nil {
                _ = try await ledger.enqueue(newJob(isWhole: true, &random))
                job = try await ledger.claim(at: world.clock.now)
            }
            guard let job else { throw NeverHappened(description: "a job could be claimed") }
            _ = try await run(job, in: process, ledger)
            let ended = try await world.asking { try await $0.job(job.id) } ?? job
            guard ended.state == .succeeded || ended.state == .partial else {
                if soften(ended.failure?.code), turn < 9 { continue }
                world.trace.violation("a job fails in fair weather: \(ended.state) \(ended.failure?.message ?? "")")
                return false
            }
            let isQuiet = !isOld && before == state.withLock { $0.writes }
            quietRuns = isQuiet ? quietRuns + 1 : 0
            let needed = scenario.direction == .pull ? scenario.service.scansBeforeDelete : 1
            if quietRuns >= needed { return true }
        }
        world.trace.violation("jobs go on writing though nothing changes")
        return false
    }

    /// Lets pass what a guard has stopped, as its hint says.
    private func soften(_ code: ErrorCode?) -> Bool {
        switch code {
        case .deletesGuarded: state.withLock { $0.allowsDeletes = true }
        case .jobTooManyFailures: state.withLock { $0.maximumFailures = nil }
        default: return false
        }
        return true
    }

    // MARK: Watching

    /// A write to the service, before it leaves.
    private func watch(_ request: WriteRequest) async throws {
        state.withLock { $0.writes += 1 }
        guard scenario.direction == .push else { return world.trace.violation("a pull writes to the service") }
        let batches = try await world.asking { try await $0.outbox(in: self.scope(in: $0)) }
        guard let batch = batches.first(where: { $0.idempotencyKey == request.key }),
            batch.operation == request.operation, batch.records.count == request.count
        else { return world.trace.violation("a request is not in the outbox: \(request)") }
        guard request.operation == .delete else { return }
        for record in batch.records { checkDelete(of: record.localID, standingFor: record.localID) }
    }

    /// A transaction in the store, before it is made.
    private func watch(_ changes: LocalChanges) async throws {
        state.withLock { $0.writes += 1 }
        guard scenario.direction == .pull else { return world.trace.violation("a push writes to the store") }
        guard !changes.deletedIDs.isEmpty else { return }
        let owners = try await world.asking { ledger in
            let links = try await ledger.links(in: self.scope(in: ledger), localIDs: changes.deletedIDs)
            let pairs = try await ledger.pairs(of: links.filter(\.exists).map(\.id))
            return Dictionary(pairs.map { ($0.localID, $0.remoteID) }, uniquingKeysWith: { $1 })
        }
        for id in changes.deletedIDs.strings {
            if let owner = owners[id] {
                checkDelete(of: id, standingFor: owner)
            } else {
                world.trace.violation("'\(id)' is deleted, though it was never linked")
            }
        }
    }

    /// Nothing is deleted that exists at the source.
    private func checkDelete(of localID: String, standingFor id: String) {
        let (start, allowsDeletes) = state.withLock { ($0.startedAt, $0.allowsDeletes) }
        if !meddler.wasMissing(id, as: localID, since: start) {
            world.trace.violation("'\(localID)' is deleted, though it exists at the source")
        }
        if scenario.direction == .pull, !allowsDeletes, meddler.isEmpty(since: start) {
            world.trace.violation("'\(localID)' is deleted, because the source is empty")
        }
        // A row that moves to another key leaves its old one, whatever happens to deleted records.
        let isMove = scenario.direction == .pull && scenario.keyColumn == "sku"
        if scenario.deletes == .keep, !isMove {
            world.trace.violation("'\(localID)' is deleted, though it is to be kept")
        }
    }

    /// The counts of a job that nothing has disturbed add up.
    private func check(_ job: Job) {
        let progress = job.progress
        let sum =
            progress.created + progress.updated + progress.unchanged + progress.skipped + progress.quarantined
            + progress.held
        guard job.state == .succeeded || job.state == .partial, progress.read != sum else { return }
        world.trace.violation("\(progress.read) records were read, and \(sum) accounted for: \(progress)")
    }
}
