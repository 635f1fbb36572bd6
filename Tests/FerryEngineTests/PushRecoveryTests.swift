import FerryCore
import FerryEngine
import FerryLedger
import FerryTesting
import Synchronization
import Testing

/// What a push makes of requests whose outcome it does not know, and of records that the service has already.
@Suite struct PushRecoveryTests {
    @Test func aWishToStopAfterALostAnswerForgetsNothing() async throws {
        try await EngineWorld.with { world in
            let products = try await Self.changingRow2(in: world)
            world.service.state.withLock { $0.writeFault = { _, _ in .fails(transient(.unknown), landing: 1) } }
            let job = try await world.claimed(.push, of: products)
            let control = JobControl()
            let ended = try await withThrowingTaskGroup { group in
                group.addTask { try await world.run(job, of: products, control: control) }
                await world.clock.waitForSleepers()
                control.request(.cancelled)
                return try await group.next()
            }
            #expect(ended?.state == .cancelled)
            try await Self.expectRow2GoesBack(products, in: world)
        }
    }

    @Test func aFailureThatSurelyHadNoEffectSaysNothingAboutTheOneBefore() async throws {
        try await EngineWorld.with { world in
            let products = try await Self.changingRow2(in: world)
            world.service.state.withLock { state in
                let first = state.writes + 1
                state.writeFault = { number, _ in
                    number == first ? .fails(transient(.unknown), landing: 1) : .fails(transient(.none))
                }
            }
            let job = try await world.runThroughWaits(world.claimed(.push, of: products), of: products)
            #expect(job.state == .failed)
            try await Self.expectRow2GoesBack(products, in: world)
        }
    }

    @Test(arguments: [true, false])
    func batchesLeaveBeforeThoseBeforeThemAreSettledAndNothingIsDoubled(_ isSettled: Bool) async throws {
        // One that would not notice a second record.
        var traits = ScriptedService.Traits(batchSize: 10)
        traits.isUnique = false
        try await EngineWorld.with(traits) { world in
            try await world.seedLocal(50)
            let products = try Products.integration([.push])
            let ledger = InterceptedLedger(
                world.ledger,
                interceptor: LateSettlement(service: world.service, isSettled: isSettled)
            )
            let job = try await world.claimed(.push, of: products)
            let ended = try await world.engine(ledger: ledger)
                .run(job, of: products, control: JobControl(), meter: ProgressMeter(from: job.progress))
            let scope = try await world.scope(of: products)
            if isSettled {
                #expect(ended.state == .succeeded && ended.progress.created == 50)
            } else {
                #expect(ended.state == .failed && world.remote.records.count == 40)
                #expect(try await world.ledger.outbox(in: scope).map(\.records.count) == [10, 10, 10, 10])
                #expect(try await world.push(products).progress.created == 50)
            }
            #expect(world.remote.records.count == 50)
            #expect(try await world.ledger.outbox(in: scope).isEmpty)
        }
    }

    @Test func whatWasAnsweredIsSettledThoughTheNextBatchesCannotBeWrittenDown() async throws {
        try await EngineWorld.with(ScriptedService.Traits(batchSize: 10)) { world in
            try await world.seedLocal(50)
            let products = try Products.integration([.push])
            let ledger = InterceptedLedger(
                world.ledger,
                interceptor: LateSettlement(service: world.service, isSettled: false, lastFailure: 3)
            )
            let job = try await world.claimed(.push, of: products)
            let ended = try await world.engine(ledger: ledger)
                .run(job, of: products, control: JobControl(), meter: ProgressMeter(from: job.progress))
            #expect(ended.state == .failed && ended.progress.created == 40)
            #expect(try await world.ledger.outbox(in: world.scope(of: products)).isEmpty)
            #expect(try await world.push(products).progress.created == 10)
            #expect(world.remote.records.count == 50)
        }
    }

    @Test func aRowThatIsBackAfterItsDeleteWasCutOffIsMadeAgain() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(3)
            let products = try Products.integration([.push], deletes: .propagate)
            _ = try await world.push(products)
            try await world.delete([Products.sku(2)])
            world.service.state.withLock { $0.writeFault = { _, _ in .dies(landing: 1) } }
            let job = try await world.claimed(.push, of: products)
            #expect(try await world.run(job, of: products).state == .queued)
            #expect(world.remote.records.count == 2)

            try await world.write([Products.row(2)], columns: Products.columns)
            world.service.state.withLock { $0.writeFault = nil }
            let again = try #require(try await world.ledger.claim(at: world.clock.now))
            #expect(try await world.run(again, of: products).state == .succeeded)
            #expect(world.remote.with("sku", .string(Products.sku(2))).count == 1)
        }
    }

    @Test func whatIsStillUnderWayLandsBeforeANewerUpdate() async throws {
        let traits = ScriptedService.Traits(settlesWithin: .seconds(30))
        try await EngineWorld.with(traits) { world in
            let products = try await Self.changingRow2(in: world)
            world.service.state.withLock { $0.writeFault = { _, _ in .dies(landing: 0) } }
            let job = try await world.claimed(.push, of: products)
            #expect(try await world.run(job, of: products).state == .queued)

            try await world.write([Products.row(2, name: "Newer")], columns: Products.columns)
            world.service.state.withLock { $0.writeFault = nil }
            let again = try #require(try await world.ledger.claim(at: world.clock.now))
            let ended = try await world.runThroughWaits(again, of: products) { _ in
                world.changeRemote { $0.change("r2", "name", to: .string("New")) }
            }
            #expect(ended.state == .succeeded)
            #expect(world.remote["r2"]?["name"] == .string("Newer"))
        }
    }

    @Test func aRecordThatExistsIsAdoptedAlsoWhereTheOthersLand() async throws {
        try await EngineWorld.with(ScriptedService.Traits(refusesRows: true)) { world in
            try await world.seedLocal(1)
            let products = try Products.integration([.push])
            _ = try await world.push(products)
            world.changeRemote { $0.insert(Products.record(2, name: "Theirs"), id: "theirs") }
            try await world.seedLocal(3)
            #expect(try await world.push(products).state == .succeeded)
            #expect(world.remote["theirs"]?["name"] == .string("Product 2"))
            #expect(world.remote.records.count == 3)
            #expect(try await world.quarantine(.push).isEmpty)
        }
    }

    @Test func ofTwoRowsThatTheServiceTakesForOneTheFirstKeepsTheRecord() async throws {
        try await EngineWorld.with(ScriptedService.Traits(createIsUpsert: true)) { world in
            let rows = [
                [.string("1")] + Products.row(1),
                [.string("2")] + Products.row(1, name: "Twin"),
            ]
            try await world.write(rows, columns: ["id"] + Products.columns)
            var products = try Products.integration([.push])
            products.entities[0].key = "id"
            #expect(try await world.push(products).state == .partial)
            #expect(try await world.quarantine(.push).keys.sorted() == ["2"])
            // What the twin has overwritten is made right again, and then nothing happens any more.
            _ = try await world.push(products)
            #expect(world.remote.records.map { $0["name"] } == [.string("Product 1")])
            world.forgetRequests()
            _ = try await world.push(products)
            #expect(world.writes.isEmpty)
        }
    }

    @Test func theRecordThatHoldsWhatWasSentComesBeforeOthersWithItsKey() async throws {
        try await EngineWorld.with(ScriptedService.Traits(isUnique: false)) { world in
            try await world.seedLocal(1)
            let products = try Products.integration([.push])
            _ = try await world.push(products)
            world.changeRemote { $0.insert(Products.record(2, name: "Theirs"), id: "theirs") }
            try await world.seedLocal(2)
            world.service.state.withLock { state in
                let first = state.writes + 1
                state.writeFault = { number, _ in number == first ? .fails(transient(.unknown), landing: 1) : nil }
            }
            let job = try await world.runThroughWaits(world.claimed(.push, of: products), of: products)
            #expect(job.state == .succeeded)
            #expect(world.remote["theirs"]?["name"] == .string("Theirs"))
            #expect(world.remote.records.count == 3)
        }
    }

    // MARK: Scenes

    /// Three rows are in place, and the name of the second is changed locally.
    private static func changingRow2(in world: EngineWorld) async throws -> Integration {
        try await world.seedLocal(3)
        let products = try Products.integration([.push])
        _ = try await world.push(products)
        try await world.write([Products.row(2, name: "New")], columns: Products.columns)
        return products
    }

    /// The row goes back to what the service acknowledged, while the service may hold something else.
    private static func expectRow2GoesBack(_ products: Integration, in world: EngineWorld) async throws {
        #expect(world.remote["r2"]?["name"] == .string("New"))
        world.service.state.withLock { $0.writeFault = nil }
        try await world.write([Products.row(2)], columns: Products.columns)
        #expect(try await world.push(products).state == .succeeded)
        #expect(world.remote["r2"]?["name"] == .string("Product 2"))
    }
}

/// Lets the first batch be settled only when the second one was sent, or not at all.
private final class LateSettlement: LedgerInterceptor {
    let service: ScriptedService
    let isSettled: Bool
    /// The last call that fails if any does.
    let lastFailure: Int
    private let settlements = Counter(0)

    init(service: ScriptedService, isSettled: Bool, lastFailure: Int = .max) {
        self.service = service
        self.isSettled = isSettled
        self.lastFailure = lastFailure
    }

    func call<Value: Sendable>(
        _ name: String,
        isChange: Bool,
        _ body: () async throws -> Value
    ) async throws -> Value {
        guard name == "settle" else { return try await body() }
        settlements.add(1)
        // The first two only write batches to the outbox.
        guard settlements.value > 2 else { return try await body() }
        try await eventually("the third batch is sent") { service.state.withLock { $0.writes } >= 3 }
        guard isSettled || settlements.value > lastFailure else {
            throw SyncFailure(.local, .ledgerUnavailable, "the ledger cannot be written")
        }
        return try await body()
    }
}
