import FerryCore
import FerryLedger
import FerryTesting
import FerryTransforms
import FoundationEssentials
import Synchronization
import Testing

@testable import FerryEngine

/// Work that a service is asked for: once a job, whatever fails, and followed until it is over.
@Suite struct ActionTests {
    private static let integration = Integration(
        id: "site",
        name: "Site",
        type: "scripted",
        entities: [EntityMapping(type: "site", resource: "build")]
    )

    /// Runs a job, letting time pass whenever it waits.
    private func run(_ world: EngineWorld, _ service: BuildService, _ job: Job? = nil) async throws -> Job {
        let claimed: Job
        if let job { claimed = job } else { claimed = try await world.claimed(.push, of: Self.integration) }
        let engine = SyncEngine(
            ledger: world.ledger,
            endpoints: Endpoints(service: service, store: world.store),
            transforms: BuiltInTransforms(),
            clock: world.clock,
            backoff: Backoff(base: .seconds(1), cap: .seconds(8), maximumAttempts: 3),
            logger: silence
        )
        let meter = ProgressMeter(from: claimed.progress)
        async let ended = engine.run(claimed, of: Self.integration, control: JobControl(), meter: meter)
        try await eventually("it ends") {
            if let deadline = world.clock.nextDeadline { world.clock.set(to: deadline) }
            return try await world.ledger.job(claimed.id)?.state.isFinal == true
        }
        return try await ended
    }

    @Test func looksGrowRarerAndTheEndIsNotedOnce() async throws {
        try await EngineWorld.with { world in
            let service = BuildService()
            service.state.withLock { $0.looksUntilDone = 12 }
            let start = world.clock.now
            let job = try await run(world, service)
            #expect(job.state == .succeeded && job.progress.created == 1 && job.progress.read == 1, "\(job)")
            #expect(service.state.withLock { $0.starts } == 1)
            // 2 s, and half as much again each time, up to 30 s.
            let passed = world.clock.now.timeIntervalSince(start)
            #expect(passed > 150 && passed < 230, "\(passed)")
        }
    }

    @Test func whatTakesLongerThanItMayIsNotTakenForFailed() async throws {
        try await EngineWorld.with { world in
            let service = BuildService()
            service.state.withLock { $0.looksUntilDone = .max }
            let start = world.clock.now
            let job = try await run(world, service)
            #expect(job.state == .failed && job.failure?.code == .actionUnknown, "\(job)")
            #expect(job.failure?.message.contains("'b1'") == true)
            #expect(abs(world.clock.now.timeIntervalSince(start) - 900) < 1)
        }
    }

    @Test func aStartOfUnknownOutcomeIsShownByItsTraceOrNotAtAll() async throws {
        for hasBegun in [true, false] {
            try await EngineWorld.with { world in
                let service = BuildService()
                service.state.withLock { state in
                    state.looksUntilDone = 3
                    state.startFailures = [SyncFailure(.transient, .networkTimeout, "late", effect: .unknown)]
                    state.beginsWhenItFails = hasBegun
                }
                let job = try await run(world, service)
                #expect(job.state == (hasBegun ? .succeeded : .failed), "\(job)")
                #expect(hasBegun || job.failure?.code == .actionUnknown)
                #expect(service.state.withLock { $0.starts } == 1)
            }
        }
    }

    @Test func aStartThatHadNoEffectIsRepeated() async throws {
        try await EngineWorld.with { world in
            let service = BuildService()
            service.state.withLock { state in
                state.startFailures = [
                    SyncFailure(.rateLimited, .serviceRateLimited, "slowly", retryAfter: .seconds(5)),
                    SyncFailure(.transient, .networkUnreachable, "away"),
                ]
            }
            let job = try await run(world, service)
            #expect(job.state == .succeeded, "\(job)")
            #expect(service.state.withLock { $0.starts } == 3)
        }
    }

    /// Whatever the ledger kept when the job was killed, the next attempt asks only if nothing was asked.
    @Test func anAttemptAfterACrashAsksOnlyWhatWasNotAsked() async throws {
        for commit in 1...3 {
            try await EngineWorld.with { world in
                let service = BuildService()
                service.state.withLock { $0.looksUntilDone = 1 }
                let claimed = try await world.claimed(.push, of: Self.integration)
                let scope = try await world.ledger.scope(
                    integration: "site",
                    entityType: "site",
                    resource: "build",
                    remoteIdentity: service.identity,
                    localIdentity: ""
                )
                // What the first attempt had committed.
                let asked = AskedWork(time: world.clock.now, id: commit == 2 ? "b1" : nil, before: "then")
                if commit > 1 { service.state.withLock { $0.begin() } }
                let text = commit == 1 ? nil : asked.text
                try await world.ledger.commitPull(
                    PullCommit(
                        job: claimed.id,
                        links: LinkChanges(),
                        checkpoint: Checkpoint(position: text, isComplete: false),
                        progress: JobProgress()
                    ),
                    in: scope
                )
                let job = try await run(world, service, claimed)
                #expect(job.state == .succeeded, "\(commit): \(job)")
                #expect(service.state.withLock { $0.starts } == (commit == 1 ? 1 : 0))
            }
        }
    }

    @Test func whatWasAskedForComesBackFromItsText() throws {
        let time = Date(timeIntervalSince1970: 1_795_312_800.25)
        for id in [nil, "", "b1", "1 2\n3", "ø\u{1F}"] {
            for before in [nil, "", "null", "a\nb"] {
                let asked = AskedWork(time: time, id: id, before: before)
                #expect(AskedWork(asked.text) == asked, "\(asked)")
            }
        }
        for text in ["", "1 2", "1 0\n", "1 0 9\n", "x 0 0\n", "1 1 -1\nab", "{\"page\":1}"] {
            #expect(AskedWork(text) == nil, "\(text)")
        }
        #expect(AskedWork(nil) == nil)
    }

    private struct Endpoints: EndpointProvider {
        let service: BuildService
        let store: any LocalStore
        func remote(for integration: Integration, gate: any RequestGate) throws -> any RemoteService { service }
        func store(for integration: Integration) throws -> any LocalStore { store }
    }
}

/// A service that builds something when it is asked, one thing at a time.
private final class BuildService: RemoteService, RemoteAction {
    struct State {
        var starts = 0
        /// The failures of the next starts.
        var startFailures: [SyncFailure] = []
        /// Whether the work begins although the start fails.
        var beginsWhenItFails = false
        var looksUntilDone = 0
        var isBuilding = false
        var trace = "then"

        mutating func begin() { isBuilding = true }

        /// Lets time pass, as each look does.
        mutating func pass() {
            guard isBuilding else { return }
            guard looksUntilDone > 0 else {
                isBuilding = false
                trace = "now"
                return
            }
            looksUntilDone -= 1
        }
    }

    let state = Mutex(State())

    var identity: String { "https://builds.example" }
    var traffic: Traffic { Traffic() }
    var attention: [String] { [] }
    var pace: ActionPace {
        ActionPace(firstWait: .seconds(2), longestWait: .seconds(30), patience: .seconds(900))
    }

    func directions(of resource: String) -> Set<Direction> { [.push] }
    func defaultMatch(of resource: String) -> FieldPath? { nil }
    func check() async throws {}
    func action(_ resource: String) -> (any RemoteAction)? { self }

    func source(_ resource: String, fields: [FieldPath], match: FieldPath?) throws -> any RecordSource {
        throw SyncFailure(.config, .syncDirectionUnsupported, "there are no records")
    }

    func sink(_ resource: String, fields: [FieldPath], match: FieldPath?) throws -> any RecordSink {
        throw SyncFailure(.config, .syncDirectionUnsupported, "there are no records")
    }

    func trace() async throws -> String? {
        state.withLock { state in
            state.pass()
            return state.trace
        }
    }

    func start() async throws -> String? {
        try state.withLock { state in
            state.starts += 1
            guard state.startFailures.isEmpty else {
                if state.beginsWhenItFails { state.begin() }
                throw state.startFailures.removeFirst()
            }
            state.begin()
            return "b1"
        }
    }

    func state(of id: String) async throws -> ActionState? {
        state.withLock { state in
            state.pass()
            return state.isBuilding ? .running : .done
        }
    }
}
