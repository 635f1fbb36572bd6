import FerryCore
import FerryEngine
import FerryLedger
import FerryStores
import FerryTesting
import FerryTransforms
import Foundation
import Synchronization

/// A supervisor that runs, over an engine with a scripted service.
struct SupervisorWorld: Sendable {
    let engineWorld: EngineWorld
    let supervisor: Supervisor
    let disk: FlakyDisk
    let registry: IntegrationRegistry
    /// The host's time zone; at first UTC.
    let hostZone: ZoneOfTheHost
    /// How often the loop has looked at what is to do.
    let turns: Counter

    var clock: ManualClock { engineWorld.clock }
    var ledger: Ledger { engineWorld.ledger }
    var service: ScriptedService { engineWorld.service }

    /// Runs `prepare`, then the supervisor beside `body`, and shuts it down.
    ///
    /// Every page request passes `gate`, if there is one.
    static func with(
        _ integrations: [Integration],
        workers: Int = 4,
        gate: Gate? = nil,
        isHeld: Bool = false,
        _ prepare: (SupervisorWorld) async throws -> Void = { _ in },
        running body: (SupervisorWorld) async throws -> Void
    ) async throws {
        try await EngineWorld.with { engineWorld in
            engineWorld.seedRemote(3)
            let disk = FlakyDisk()
            let ledger = InterceptedLedger(engineWorld.ledger, interceptor: disk)
            let registry = IntegrationRegistry()
            registry.replace(by: integrations.map { IntegrationRegistry.Entry(id: $0.id, integration: $0) })
            let hostZone = ZoneOfTheHost()
            let numbers = Counter(0)
            let turns = Counter(0)
            let world = SupervisorWorld(
                engineWorld: engineWorld,
                supervisor: Supervisor(
                    ledger: ledger,
                    engine: SyncEngine(
                        ledger: ledger,
                        endpoints: GatedEndpoints(world: engineWorld, gate: gate),
                        transforms: BuiltInTransforms(),
                        clock: engineWorld.clock,
                        logger: silence
                    ),
                    registry: registry,
                    clock: engineWorld.clock,
                    hostZone: { hostZone.now },
                    workers: workers,
                    newJobID: { _ in
                        numbers.add(1)
                        return "job_\(numbers.value + 1000)"
                    },
                    logger: silence,
                    isHeld: isHeld,
                    onTurn: { _ in turns.add(1) }
                ),
                disk: disk,
                registry: registry,
                hostZone: hostZone,
                turns: turns
            )
            try await prepare(world)
            try await withThrowingTaskGroup { group in
                group.addTask { await world.supervisor.run() }
                let outcome: Result<Void, any Error>
                do {
                    outcome = .success(try await body(world))
                } catch {
                    outcome = .failure(error)
                }
                gate?.open()
                world.supervisor.shutDown()
                try await group.waitForAll()
                try outcome.get()
            }
        }
    }

    /// All jobs.
    func jobs() async throws -> [Job] {
        try await ledger.jobs(integration: nil, states: [], limit: 1000, after: nil)
    }

    /// Loads integrations in place of those that were there.
    func reload(_ integrations: [Integration]) {
        registry.replace(by: integrations.map { IntegrationRegistry.Entry(id: $0.id, integration: $0) })
        supervisor.replan()
    }

    /// When the pull of an integration runs next, as the ledger keeps it.
    func nextRun(_ integration: String) async throws -> Date {
        try await ledger.nextRuns()[ScheduleKey(integration: integration, direction: .pull)] ?? .distantPast
    }

    /// Moves the clock to the next scheduled run.
    func advanceToNextRun() async throws {
        guard let next = try await ledger.nextRuns().values.min() else { return }
        clock.set(to: next)
    }

    /// Returns when so many jobs have ended.
    func eventually(finished count: Int) async throws {
        try await eventually("\(count) jobs end") {
            try await jobs().count { $0.state.isFinal } >= count && supervisor.progress.isEmpty
        }
    }

    /// Returns when `condition` holds.
    func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
        try await FerryTesting.eventually(what, condition)
    }

    private struct GatedEndpoints: EndpointProvider {
        let world: EngineWorld
        let gate: Gate?

        func remote(for integration: Integration, gate requests: any RequestGate) throws -> any RemoteService {
            gate.map { GatedService(inner: world.service, gate: $0) } ?? world.service
        }

        func store(for integration: Integration) throws -> any LocalStore { world.store }
    }
}

/// A time zone that a test changes.
final class ZoneOfTheHost: Sendable {
    private let zone = Mutex(TimeZoneRules.utc)

    var now: TimeZoneRules { zone.withLock { $0 } }

    func set(_ name: String) throws {
        let rules = try TimeZoneRules(named: name)
        zone.withLock { $0 = rules }
    }
}

/// Holds back everybody who passes until it is opened.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var inside = 0
        var most = 0
        var arrivals = 0
    }

    private let state = Mutex(State())

    /// The most that were inside at the same time.
    var most: Int { state.withLock { $0.most } }

    func open() { state.withLock { $0.isOpen = true } }

    func waitForArrivals(_ count: Int) async {
        // It throws only when it never happens, and then the test's next expectation fails.
        try? await eventually("\(count) arrive") { state.withLock { $0.arrivals } >= count }
    }

    func pass<Result>(_ body: () async throws -> Result) async throws -> Result {
        state.withLock { state in
            state.arrivals += 1
            state.inside += 1
            state.most = max(state.most, state.inside)
        }
        defer { state.withLock { $0.inside -= 1 } }
        try await eventually("the gate opens") { state.withLock { $0.isOpen } }
        return try await body()
    }
}

/// A service whose pages pass a gate.
struct GatedService: RemoteService {
    let inner: ScriptedService
    let gate: Gate

    var identity: String { inner.identity }
    var traffic: Traffic { inner.traffic }
    var attention: [String] { [] }
    func directions(of resource: String) -> Set<Direction> { inner.directions(of: resource) }
    func defaultMatch(of resource: String) -> FieldPath? { inner.defaultMatch(of: resource) }
    func check() async throws {}
    func source(_ resource: String, fields: [FieldPath], match: FieldPath?) throws -> any RecordSource {
        Source(inner: try inner.source(resource, fields: fields, match: match), gate: gate)
    }
    func sink(_ resource: String, fields: [FieldPath], match: FieldPath?) throws -> any RecordSink {
        try inner.sink(resource, fields: fields, match: match)
    }

    private struct Source: RecordSource {
        let inner: any RecordSource
        let gate: Gate
        var isComplete: Bool { inner.isComplete }
        var scansBeforeDelete: Int { inner.scansBeforeDelete }
        var canFind: Bool { inner.canFind }
        func page(at position: PagePosition?) async throws -> RemotePage {
            try await gate.pass { try await inner.page(at: position) }
        }
        func find(_ value: JSONValue) async throws -> RemotePage { try await inner.find(value) }
    }
}
