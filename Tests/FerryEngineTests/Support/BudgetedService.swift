import FerryCore
import FerryEngine
import FerryLedger
import FerryTesting
import FerryTransforms
import FoundationEssentials
import Synchronization

/// A service whose requests pass a gate, and which keeps when they came, by a clock that nobody sets.
struct BudgetedService: RemoteService {
    /// What a service takes, and what it has seen.
    final class Site: Sendable {
        /// A request as the service saw it.
        struct Seen: Sendable, Equatable {
            var account: AccountKey
            var at: Duration
        }

        /// What a request is answered with.
        enum Answer: Sendable {
            case good(RateSignal)
            case refused(RateSignal)
        }

        let clock: ManualClock
        private let state: Mutex<(seen: [Seen], answer: @Sendable (Int, AccountKey) -> Answer, atOnce: Int, most: Int)>

        init(_ clock: ManualClock) {
            self.clock = clock
            state = Mutex(([], { _, _ in .good(.silent) }, 0, 0))
        }

        var seen: [Seen] { state.withLock { $0.seen } }
        /// The most requests that were under way at the same time.
        var most: Int { state.withLock { $0.most } }

        /// Sets what the request with a number, from 1, of an account is answered with.
        func answer(_ answer: @escaping @Sendable (Int, AccountKey) -> Answer) {
            state.withLock { $0.answer = answer }
        }

        func begin(_ account: AccountKey) -> Answer {
            state.withLock { state in
                state.seen.append(Seen(account: account, at: clock.elapsed))
                state.atOnce += 1
                state.most = max(state.most, state.atOnce)
                return state.answer(state.seen.count { $0.account == account }, account)
            }
        }

        func end() { state.withLock { $0.atOnce -= 1 } }

        /// The most requests of an account in any half-open window of a length.
        func most(of account: AccountKey, in window: Duration) -> Int {
            let times = seen.filter { $0.account == account }.map(\.at)
            return times.indices.map { first in times[first...].prefix { $0 - times[first] < window }.count }.max() ?? 0
        }
    }

    let inner: ScriptedService
    let site: Site
    let gate: any RequestGate
    let account: AccountKey
    let budgets: [RequestBudget]

    var identity: String { inner.identity }
    var traffic: Traffic { inner.traffic }
    var attention: [String] { [] }
    func directions(of resource: String) -> Set<Direction> { inner.directions(of: resource) }
    func defaultMatch(of resource: String) -> FieldPath? { inner.defaultMatch(of: resource) }
    func check() async throws { try await exchange {} }
    func source(_ resource: String, fields: [FieldPath], match: FieldPath?) throws -> any RecordSource {
        Source(inner: try inner.source(resource, fields: fields, match: match), service: self)
    }
    func sink(_ resource: String, fields: [FieldPath], match: FieldPath?) throws -> any RecordSink {
        Sink(inner: try inner.sink(resource, fields: fields, match: match), service: self)
    }

    /// Makes one request as an endpoint does.
    fileprivate func exchange<Result>(_ body: () async throws -> Result) async throws -> Result {
        let permit = try await gate.admit(account, drawing: budgets)
        defer { site.end() }
        switch site.begin(account) {
        case .good(let signal):
            // The permit comes back even if the answer is a failure.
            do {
                let result = try await body()
                await gate.settle(permit, signal)
                return result
            } catch {
                await gate.settle(permit, signal)
                throw error
            }
        case .refused(let signal):
            await gate.settle(permit, signal)
            throw SyncFailure(.rateLimited, .serviceRateLimited, "slow down", retryAfter: signal.pause)
        }
    }

    private struct Source: RecordSource {
        let inner: any RecordSource
        let service: BudgetedService
        var isComplete: Bool { inner.isComplete }
        var scansBeforeDelete: Int { inner.scansBeforeDelete }
        var canFind: Bool { inner.canFind }
        func page(at position: PagePosition?) async throws -> RemotePage {
            try await service.exchange { try await inner.page(at: position) }
        }
        func find(_ value: JSONValue) async throws -> RemotePage {
            try await service.exchange { try await inner.find(value) }
        }
    }

    private struct Sink: RecordSink {
        let inner: any RecordSink
        let service: BudgetedService
        func ability(for operation: WriteOperation) -> WriteAbility? { inner.ability(for: operation) }
        func write(_ batch: WriteBatch) async throws -> [WriteResult] {
            try await service.exchange { try await inner.write(batch) }
        }
    }
}

/// A supervisor over services with budgets; an integration's account is the part of its name before the dash.
struct BudgetWorld: Sendable {
    let engineWorld: EngineWorld
    let supervisor: Supervisor
    let budgets: AccountBudgets
    let site: BudgetedService.Site

    var clock: ManualClock { engineWorld.clock }
    var ledger: Ledger { engineWorld.ledger }

    static func account(of integration: String) -> AccountKey {
        AccountKey(rawValue: String(integration.prefix { $0 != "-" }))
    }

    /// Runs the supervisor beside `body`.
    static func with(
        _ names: [String],
        budgets declared: [RequestBudget],
        workers: Int = 4,
        pageSize: Int = 100,
        running body: (BudgetWorld) async throws -> Void
    ) async throws {
        try await EngineWorld.with(ScriptedService.Traits(pageSize: pageSize)) { engineWorld in
            engineWorld.seedRemote(3)
            let site = BudgetedService.Site(engineWorld.clock)
            let clock = engineWorld.clock
            let budgets = AccountBudgets(
                ledger: engineWorld.ledger,
                clock: clock,
                elapsed: { clock.elapsed },
                logger: silence
            )
            let registry = IntegrationRegistry()
            registry.replace(
                by: try names.map { name in
                    var integration = try Products.integration([])
                    integration.id = name
                    integration.entities[0].type = name
                    return IntegrationRegistry.Entry(id: name, integration: integration)
                }
            )
            let numbers = Counter(1000)
            let world = BudgetWorld(
                engineWorld: engineWorld,
                supervisor: Supervisor(
                    ledger: engineWorld.ledger,
                    engine: SyncEngine(
                        ledger: engineWorld.ledger,
                        endpoints: Endpoints(world: engineWorld, site: site, budgets: declared),
                        transforms: BuiltInTransforms(),
                        clock: clock,
                        budgets: budgets,
                        logger: silence
                    ),
                    registry: registry,
                    clock: clock,
                    hostZone: { .utc },
                    workers: workers,
                    newJobID: { _ in
                        numbers.add(1)
                        return "job_\(numbers.value)"
                    },
                    logger: silence
                ),
                budgets: budgets,
                site: site
            )
            try await withThrowingTaskGroup { group in
                group.addTask { await world.supervisor.run() }
                let outcome: Result<Void, any Error>
                do {
                    outcome = .success(try await body(world))
                } catch {
                    outcome = .failure(error)
                }
                world.supervisor.shutDown()
                try await group.waitForAll()
                try outcome.get()
            }
        }
    }

    /// Asks for a pull.
    func pull(_ integration: String) async throws -> String {
        try await supervisor.enqueue(integration, direction: .pull, entityIDs: nil, trigger: .manual).id
    }

    /// A job as the ledger has it.
    func job(_ id: String) async throws -> Job? { try await ledger.job(id) }

    /// Moves the clock from deadline to deadline until so many jobs have ended.
    func runUntil(finished count: Int) async throws {
        try await eventually("\(count) jobs end") {
            let jobs = try await ledger.jobs(integration: nil, states: [], limit: 1000, after: nil)
            if jobs.count(where: { $0.state.isFinal }) >= count { return true }
            if let deadline = clock.nextDeadline { clock.set(to: deadline) }
            return false
        }
    }

    private struct Endpoints: EndpointProvider {
        let world: EngineWorld
        let site: BudgetedService.Site
        let budgets: [RequestBudget]

        func remote(for integration: Integration, gate: any RequestGate) throws -> any RemoteService {
            BudgetedService(
                inner: world.service,
                site: site,
                gate: gate,
                account: BudgetWorld.account(of: integration.id),
                budgets: budgets
            )
        }

        func store(for integration: Integration) throws -> any LocalStore { world.store }
    }
}
