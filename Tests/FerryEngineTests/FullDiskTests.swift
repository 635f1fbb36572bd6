import FerryCore
import FerryEngine
import FerryLedger
import FerryTesting
import FoundationEssentials
import Synchronization
import Testing

/// Disks that fill up in the middle of a job, the store's and the ledger's: the job waits and goes on by itself.
@Suite struct FullDiskTests {
    @Test func aPullWaitsForRoomInTheStoreAndGoesOnFromItsPage() async throws {
        try await EngineWorld.with(ScriptedService.Traits(pageSize: 10)) { world in
            world.seedRemote(45)
            let store = FullStore(inner: world.store)
            world.service.state.withLock { $0.beforePage = { if $0 == 3 { store.isFull.set(true) } } }
            let products = try Products.integration([.pull])
            let job = try await world.claimed(.pull, of: products)
            let meter = ProgressMeter()
            let ended = try await Self.run(world.engine(store: store), job, of: products, meter: meter) {
                try await eventually("it waits") { try await world.ledger.job(job.id)?.state == .waiting }
                let waiting = try #require(try await world.ledger.job(job.id))
                #expect(waiting.wait?.reason == "disk full")
                #expect(waiting.wait?.until == world.clock.now + 5)
                // Still full when it looks again: the next wait is longer.
                world.clock.advance(by: .seconds(5))
                try await eventually("it waits for longer") {
                    try await world.ledger.job(job.id)?.wait?.until == world.clock.now + 10
                }
                store.isFull.set(false)
                world.clock.advance(by: .seconds(10))
            }
            #expect(ended.state == .succeeded && ended.attempt == 1)
            #expect(ended.progress.read == 45 && ended.progress.created == 45)
            #expect(try await world.rows(["sku"]).count == 45)
            #expect(meter.wait == nil)
        }
    }

    @Test func aPullWaitsForRoomInTheLedgerThoughTheWaitCannotBeWrittenDown() async throws {
        try await EngineWorld.with(ScriptedService.Traits(pageSize: 10)) { world in
            world.seedRemote(45)
            let disk = FlakyDisk()
            let flaky = InterceptedLedger(world.ledger, interceptor: disk)
            world.service.state.withLock { $0.beforePage = { if $0 == 3 { disk.set(isFull: true) } } }
            let products = try Products.integration([.pull])
            let job = try await world.claimed(.pull, of: products)
            let meter = ProgressMeter()
            let ended = try await Self.run(world.engine(ledger: flaky), job, of: products, meter: meter) {
                try await eventually("it waits") { meter.wait != nil }
                #expect(meter.wait?.reason == "disk full")
                await world.clock.waitForSleepers()
                disk.set(isFull: false)
                world.clock.advance(by: .seconds(5))
            }
            #expect(ended.state == .succeeded && ended.attempt == 1)
            let progress = ended.progress
            #expect(progress.read == 45 && progress.created + progress.updated + progress.unchanged == 45)
            #expect(try await world.rows(["sku"]).count == 45)
        }
    }

    /// A page's counts belong to its commit: what is written down about a wait meanwhile must not have them.
    @Test func aPageIsCountedOnceThoughTheNextOnesRequestWaitsWhileItsCommitFails() async throws {
        try await EngineWorld.with(ScriptedService.Traits(pageSize: 10)) { world in
            world.seedRemote(45)
            let disk = FlakyDisk()
            let flaky = InterceptedLedger(world.ledger, interceptor: disk)
            world.service.state.withLock { $0.beforePage = { if $0 == 2 { throw transient() } } }
            let products = try Products.integration([.pull])
            let job = try await world.claimed(.pull, of: products)
            disk.delay("commitPull") {
                guard disk.failures.value == 0 else { return }
                await world.clock.waitForSleepers()
                world.clock.advance(by: .seconds(60))
                try await eventually("the request is made again") {
                    try await world.ledger.job(job.id)?.state == .running
                }
                disk.set(isFull: true, for: "commitPull")
            }
            let meter = ProgressMeter()
            let ended = try await Self.run(world.engine(ledger: flaky), job, of: products, meter: meter) {
                try await Self.makeRoom(on: disk, in: world, for: meter)
            }
            #expect(ended.state == .succeeded && ended.attempt == 1)
            let progress = ended.progress
            #expect(progress.read == 45 && progress.created + progress.updated + progress.unchanged == 45)
            #expect(progress.retries == 1)
            #expect(try await world.rows(["sku"]).count == 45)
        }
    }

    /// The service has taken a batch when the ledger's disk fills up: it must find out, and send none of it again.
    @Test(arguments: [1, 2, 4], [true, false])
    func aPushWhoseAnswerCannotBeWrittenDownSendsNothingTwice(_ write: Int, _ isAllFull: Bool) async throws {
        try await EngineWorld.with(ScriptedService.Traits(batchSize: 10)) { world in
            try await world.seedLocal(45)
            let disk = FlakyDisk()
            let flaky = InterceptedLedger(world.ledger, interceptor: disk)
            // At the edge, what a smaller change needs may still fit.
            world.service.state.withLock {
                $0.afterWrite = { if $0 == write { disk.set(isFull: true, for: isAllFull ? nil : "settle") } }
            }
            let products = try Products.integration([.push])
            let job = try await world.claimed(.push, of: products)
            let meter = ProgressMeter()
            let ended = try await Self.run(world.engine(ledger: flaky), job, of: products, meter: meter) {
                try await Self.makeRoom(on: disk, in: world, for: meter)
            }
            #expect(ended.state == .succeeded && ended.attempt == 1)
            #expect(ended.progress.created == 45)
            let sent = world.writes.flatMap(\.keys)
            #expect(sent.count == 45 && Set(sent).count == 45, "nothing is sent twice")
            #expect(world.remote.records.count == 45)
            let again = try await world.push(products)
            #expect(again.progress.unchanged == 45)
        }
    }

    @Test func aJobInTheForegroundFailsAtOnce() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(5)
            let store = FullStore(inner: world.store)
            store.isFull.set(true)
            let products = try Products.integration([.pull])
            var asked = Job(
                id: "job_once",
                integration: "products",
                direction: .pull,
                trigger: .once,
                queuedAt: world.clock.now
            )
            asked = try await world.ledger.claim(world.ledger.enqueue(asked).id, at: world.clock.now) ?? asked
            let ended = try await world.engine(store: store)
                .run(asked, of: products, control: JobControl(), meter: ProgressMeter())
            #expect(ended.state == .failed && ended.failure?.code == .diskFull)
        }
    }

    @Test func aJobThatWaitsForRoomIsCancelledAtOnce() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(5)
            let store = FullStore(inner: world.store)
            store.isFull.set(true)
            let products = try Products.integration([.pull])
            let job = try await world.claimed(.pull, of: products)
            let control = JobControl()
            let ended = try await Self.run(world.engine(store: store), job, of: products, control: control) {
                try await eventually("it waits") { try await world.ledger.job(job.id)?.state == .waiting }
                control.request(.cancelled)
            }
            #expect(ended.state == .cancelled)
        }
    }

    @Test func aJobThatGetsNoFurtherForAnHourFails() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(5)
            let store = FullStore(inner: world.store)
            store.isFull.set(true)
            let products = try Products.integration([.pull])
            let job = try await world.claimed(.pull, of: products)
            let start = world.clock.now
            let ended = try await Self.run(world.engine(store: store), job, of: products) {
                try await eventually("it gives up") {
                    if let deadline = world.clock.nextDeadline { world.clock.set(to: deadline) }
                    return try await world.ledger.job(job.id)?.state.isFinal == true
                }
            }
            #expect(ended.state == .failed && ended.failure?.code == .diskFull)
            #expect((3600..<3700).contains(world.clock.now.timeIntervalSince(start)))
        }
    }

    /// Makes room once a job waits for it, and lets it look again.
    private static func makeRoom(on disk: FlakyDisk, in world: EngineWorld, for meter: ProgressMeter) async throws {
        try await eventually("it waits") { meter.wait != nil }
        await world.clock.waitForSleepers()
        disk.set(isFull: false)
        world.clock.advance(by: .seconds(5))
    }

    /// Runs a job beside `body`.
    @concurrent
    private static func run(
        _ engine: SyncEngine,
        _ job: Job,
        of integration: Integration,
        control: JobControl = JobControl(),
        meter: ProgressMeter = ProgressMeter(),
        _ body: @Sendable @escaping () async throws -> Void
    ) async throws -> Job {
        async let ended = engine.run(job, of: integration, control: control, meter: meter)
        try await body()
        return try await ended
    }
}
