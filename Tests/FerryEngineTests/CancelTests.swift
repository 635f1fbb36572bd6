import FerryCore
import FerryEngine
import FerryLedger
import FerryStores
import FerryTesting
import FoundationEssentials
import Synchronization
import Testing

/// Jobs that are cancelled: no more requests, and whatever may have landed is found by the next job.
@Suite struct CancelTests {
    private static let lost = SyncFailure(.transient, .networkInterrupted, "the answer is lost", effect: .unknown)

    @Test func aPullStopsAfterTheRequestInFlight() async throws {
        try await EngineWorld.with(ScriptedService.Traits(pageSize: 10)) { world in
            world.seedRemote(200)
            let products = try Products.integration([.pull])
            let control = JobControl()
            world.service.state.withLock { $0.beforePage = { if $0 == 4 { control.request(.cancelled) } } }
            let job = try await world.run(world.claimed(.pull, of: products), of: products, control: control)
            #expect(job.state == .cancelled && job.failure?.code == .jobCancelled)
            #expect(world.requests(.page).count == 4)
            #expect(try await world.rows(["sku"]).count == job.progress.created)
            world.service.state.withLock { $0.beforePage = nil }
            let next = try await world.pull(products)
            #expect(next.progress.created + next.progress.unchanged == 200)
        }
    }

    /// A create whose outcome is not known, cancelled at each point of finding out: while it waits to look, and after
    /// each look.
    @Test(arguments: [0, 1, 2])
    func aPushStopsWhileItFindsOutWhatLanded(_ looks: Int) async throws {
        try await EngineWorld.with(ScriptedService.Traits(batchSize: 10)) { world in
            try await world.seedLocal(30)
            let products = try Products.integration([.push])
            world.service.state.withLock {
                $0.writeFault = { number, _ in number == 2 ? .fails(Self.lost, landing: 6) : nil }
            }
            let control = JobControl()
            let claimed = try await world.claimed(.push, of: products)
            let job = try await Self.runThroughWaits(world, claimed, of: products, control: control) {
                // The first wait is the one before it looks.
                if world.requests(.find).count >= looks { control.request(.cancelled) }
            } afterFind: {
                if looks > 0, world.requests(.find).count >= looks { control.request(.cancelled) }
            }
            #expect(job.state == .cancelled)
            #expect(world.requests(.find).count == looks)
            #expect(world.writes.count == 2)
            let scope = try await Self.scope(of: world)
            #expect(try await world.ledger.outbox(in: scope).flatMap(\.records).count == 10)

            try await Self.expectNothingTwice(world, products, rows: 30)
        }
    }

    /// Two batches are in the outbox at a time.
    @Test(arguments: [1, 2])
    func aPushThatIsCancelledBeforeItSendsAnythingElseLeavesNothingInTheOutbox(_ writes: Int) async throws {
        try await EngineWorld.with(ScriptedService.Traits(batchSize: 10)) { world in
            try await world.seedLocal(30)
            let products = try Products.integration([.push])
            let control = JobControl()
            world.service.state.withLock { $0.afterWrite = { if $0 == writes { control.request(.cancelled) } } }
            let job = try await world.run(world.claimed(.push, of: products), of: products, control: control)
            #expect(job.state == .cancelled && job.progress.created == 10 * writes)
            #expect(world.writes.count == writes)
            #expect(try await world.ledger.outbox(in: Self.scope(of: world)).isEmpty)
            try await Self.expectNothingTwice(world, products, rows: 30)
        }
    }

    @Test func aPushStopsBetweenTwoDeletes() async throws {
        try await EngineWorld.with(ScriptedService.Traits(batchSize: 2)) { world in
            try await world.seedLocal(60)
            let products = try Products.integration([.push], deletes: .propagate)
            _ = try await world.push(products)
            try await world.delete((1...10).map(Products.sku))
            world.forgetRequests()
            let control = JobControl()
            world.service.state.withLock { $0.afterWrite = { if $0 == 2 { control.request(.cancelled) } } }
            let job = try await world.run(world.claimed(.push, of: products), of: products, control: control)
            #expect(job.state == .cancelled && job.progress.deleted == 4)
            #expect(world.writes.count == 2)
            #expect(world.remote.records.count == 56)
            #expect(try await world.ledger.outbox(in: Self.scope(of: world)).isEmpty)
            world.service.state.withLock { $0.afterWrite = nil }
            let next = try await world.push(products)
            #expect(next.state == .succeeded && next.progress.deleted == 6)
        }
    }

    @Test func aPullStopsBetweenTwoPagesOfDeletes() async throws {
        try await EngineWorld.with(ScriptedService.Traits(pageSize: 5000)) { world in
            world.seedRemote(3000)
            let products = try Products.integration([.pull], deletes: .propagate)
            _ = try await world.pull(products)
            world.changeRemote { $0.records = Array($0.records.prefix(1)) }
            let control = JobControl()
            let claimed = try await world.claimed(.pull, of: products, options: JobOptions(allowsDeletes: true))
            let store = CancellingStore(inner: world.store, afterDeletes: 1, control: control)
            let job = try await Self.run(world.engine(store: store), claimed, of: products, control: control)
            #expect(job.state == .cancelled)
            #expect((1..<2999).contains(job.progress.deleted), "\(job.progress.deleted)")
            #expect(try await world.rows(["sku"]).count == 3000 - job.progress.deleted)
            let next = try await world.pull(products, options: JobOptions(allowsDeletes: true))
            #expect(next.progress.deleted + job.progress.deleted == 2999)
        }
    }

    /// An update may have landed, and the row then goes back to what the service acknowledged before.
    ///
    /// The service must get that again, although the link says that it has it.
    @Test(arguments: [true, false])
    func anUpdateThatMayHaveLandedIsNotForgotten(_ endsByCancel: Bool) async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(3)
            let products = try Products.integration([.push])
            _ = try await world.push(products)
            try await world.write([Products.row(2, name: "changed")], columns: Products.columns)
            world.forgetRequests()
            let refused = SyncFailure(.transient, .networkUnreachable, "nobody listens")
            world.service.state.withLock {
                // Landed, its answer lost; from then on nobody answers at all.
                $0.writeFault = { number, _ in number == 1 ? .fails(Self.lost, landing: 1) : .fails(refused) }
            }
            let control = JobControl()
            let claimed = try await world.claimed(.push, of: products)
            let job = try await Self.runThroughWaits(world, claimed, of: products, control: control) {
                if endsByCancel { control.request(.cancelled) }
            }
            #expect(job.state == (endsByCancel ? .cancelled : .failed))
            #expect(world.remote["r2"]?["name"] == "changed")
            try await world.write([Products.row(2)], columns: Products.columns)
            world.service.state.withLock { $0.writeFault = nil }
            let next = try await world.push(products)
            #expect(next.state == .succeeded)
            #expect(world.remote["r2"]?["name"] == "Product 2")
        }
    }

    // MARK: Parts

    private static func scope(of world: EngineWorld) async throws -> LinkScope {
        let table = try await world.store.table(
            EntityMapping(type: "product", resource: "rows", key: "sku"),
            fields: [try FieldPath(parsing: "sku")],
            forWriting: false
        )
        return try await world.ledger.scope(
            integration: "products",
            entityType: "product",
            resource: "rows",
            remoteIdentity: world.service.identity,
            localIdentity: table.identity
        )
    }

    /// The next job finds what landed and sends the rest: each product once in all.
    private static func expectNothingTwice(_ world: EngineWorld, _ products: Integration, rows: Int) async throws {
        world.service.state.withLock { state in
            state.writeFault = nil
            state.afterWrite = nil
        }
        let next = try await world.push(products)
        #expect(next.state == .succeeded)
        #expect(world.remote.records.count == rows)
        let keys = world.remote.records.compactMap { $0["sku"]?.string }
        #expect(Set(keys).count == rows)
        #expect(try await world.ledger.outbox(in: scope(of: world)).isEmpty)
        #expect(try await world.push(products).progress.unchanged == rows)
    }

    @concurrent
    private static func run(
        _ engine: SyncEngine,
        _ job: Job,
        of integration: Integration,
        control: JobControl
    ) async throws -> Job {
        try await engine.run(job, of: integration, control: control, meter: ProgressMeter(from: job.progress))
    }

    /// Runs a job, moves the clock on when it waits, and calls `atEachWait` before that.
    @concurrent
    private static func runThroughWaits(
        _ world: EngineWorld,
        _ job: Job,
        of integration: Integration,
        control: JobControl,
        atEachWait: @Sendable @escaping () -> Void,
        afterFind: (@Sendable () -> Void)? = nil
    ) async throws -> Job {
        world.service.state.withLock { $0.afterFind = afterFind }
        async let ended = world.engine().run(job, of: integration, control: control, meter: ProgressMeter())
        try await eventually("it ends") {
            if let deadline = world.clock.nextDeadline {
                atEachWait()
                world.clock.set(to: deadline)
            }
            return try await world.ledger.job(job.id)?.state.isFinal == true
        }
        return try await ended
    }
}

/// A store that has a job cancelled after it has deleted some rows.
private struct CancellingStore: LocalStore {
    let inner: any LocalStore
    let afterDeletes: Int
    let control: JobControl

    func table(_ entity: EntityMapping, fields: [FieldPath], forWriting: Bool) async throws -> any LocalTable {
        Table(inner: try await inner.table(entity, fields: fields, forWriting: forWriting), store: self)
    }

    private struct Table: TableWrapper {
        let inner: any LocalTable
        let store: CancellingStore

        func apply(_ changes: LocalChanges) async throws -> AppliedChanges {
            let applied = try await inner.apply(changes)
            if applied.deleted >= store.afterDeletes { store.control.request(.cancelled) }
            return applied
        }
    }
}
