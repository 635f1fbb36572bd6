import FerryCore
import FerryEngine
import FerryLedger
import FerryStores
import FerryTesting
import FoundationEssentials
import Synchronization
import Testing

@Suite struct UnknownOutcomeTests {
    @Test(arguments: [0, 1, 60, 100])
    func afterALostAnswerWhatLandedIsLinkedAndTheRestIsSentOnce(landing: Int) async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(150)
            world.service.state.withLock {
                $0.writeFault = { number, _ in number == 1 ? .fails(transient(.unknown), landing: landing) : nil }
            }
            let products = try Products.integration([.push])
            let job = try await world.runThroughWaits(world.claimed(.push, of: products), of: products)
            #expect(job.state == .succeeded && job.progress.created == 150)
            try expectEachOnce(150, in: world)
            let sent = world.requests(.write(.create)).map(\.records.count)
            #expect(sent == (landing == 100 ? [100, 50] : [100, 100 - landing, 50]))
            #expect(world.requests(.write(.update)).isEmpty)
            world.forgetRequests()
            #expect(try await world.push(products).progress.unchanged == 150)
        }
    }

    @Test(arguments: [0, 1, 60, 100])
    func afterADeathInTheMiddleOfACreateTheNextAttemptDoublesNothing(landing: Int) async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(150)
            world.service.state.withLock {
                $0.writeFault = { $0 == 1 && $1.keys.count > 0 ? .dies(landing: landing) : nil }
            }
            let products = try Products.integration([.push])
            let claimed = try await world.claimed(.push, of: products)
            #expect(try await world.run(claimed, of: products).state == .queued)

            // Another process opens the same file.
            try world.ledger.close()
            let next = EngineWorld(
                directory: world.directory,
                ledger: try Ledger(path: world.ledger.path),
                store: world.store,
                service: world.service
            )
            let again = try #require(try await next.ledger.claim(at: next.clock.now))
            let ended = try await next.run(again, of: products)
            #expect(ended.id == claimed.id && ended.attempt == 2 && ended.state == .succeeded)
            #expect(ended.progress.created == 150)
            try expectEachOnce(150, in: next)
            #expect(try await next.push(products).progress.unchanged == 150)
            try next.ledger.close()
        }
    }

    @Test func aDeathBetweenTwoBatchesLosesAndDoublesNothing() async throws {
        try await EngineWorld.with(ScriptedService.Traits(batchSize: 20)) { world in
            try await world.seedLocal(100)
            let products = try Products.integration([.push])
            var job = try await world.claimed(.push, of: products)
            // Every attempt gets two batches further.
            world.service.state.withLock { $0.writeFault = { number, _ in number % 3 == 0 ? .dies(landing: 7) : nil } }
            while !job.state.isFinal {
                job = try await world.run(job, of: products)
                guard job.state == .queued else { break }
                job = try #require(try await world.ledger.claim(at: world.clock.now))
            }
            #expect(job.state == .succeeded && job.attempt > 2 && job.progress.created == 100)
            try expectEachOnce(100, in: world)
        }
    }

    @Test func aRecordSomebodyElseMadeMeanwhileIsNotTakenForDelivered() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(3)
            world.service.state.withLock { state in
                state.writeFault = { number, _ in number == 1 ? .fails(transient(.unknown)) : nil }
            }
            let products = try Products.integration([.push])
            let theirs = Flag()
            let job = try await world.runThroughWaits(world.claimed(.push, of: products), of: products) { _ in
                guard !theirs.isSet else { return }
                theirs.set()
                world.changeRemote { $0.insert(Products.record(2, name: "Theirs"), id: "theirs") }
            }
            #expect(job.state == .succeeded)
            #expect(world.remote["theirs"]?["name"] == .string("Product 2"))
            try expectEachOnce(3, in: world)
        }
    }

    /// The first time may have landed: the refusal is of the second one.
    @Test func aBatchThatIsRefusedWhenItIsSentAgainStaysUnknownUntilItIsSettled() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(3)
            let products = try Products.integration([.push])
            _ = try await world.push(products)
            try await world.write((1...3).map { Products.row($0, name: "New") }, columns: Products.columns)
            let before = world.service.state.withLock { $0.writes }
            world.service.state.withLock {
                $0.writeFault = { number, _ in
                    switch number - before {
                    case 1: .fails(transient(.unknown), landing: 3)
                    case 2: .fails(SyncFailure(.record, .recordRefused, "one of them is bad"))
                    default: .dies(landing: 0)
                    }
                }
            }
            let claimed = try await world.claimed(.push, of: products)
            #expect(try await world.runThroughWaits(claimed, of: products).state == .queued)
            #expect(world.remote["r3"]?["name"] == .string("New"))

            try await world.write((1...3).map { Products.row($0) }, columns: Products.columns)
            world.service.state.withLock { $0.writeFault = nil }
            let again = try #require(try await world.ledger.claim(at: world.clock.now))
            #expect(try await world.run(again, of: products).state == .succeeded)
            #expect((1...3).map { world.remote["r\($0)"]?["name"] } == (1...3).map { .string("Product \($0)") })
        }
    }

    @Test func anUpdateWhoseOutcomeIsUnknownIsMadeGoodEvenIfTheRowGoesBack() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(3)
            let products = try Products.integration([.push])
            _ = try await world.push(products)
            try await world.write([Products.row(2, name: "New")], columns: Products.columns)
            world.service.state.withLock { $0.writeFault = { _, _ in .dies(landing: 1) } }
            world.forgetRequests()
            let claimed = try await world.claimed(.push, of: products)
            #expect(try await world.run(claimed, of: products).state == .queued)
            #expect(world.remote["r2"]?["name"] == .string("New"))

            try await world.write([Products.row(2)], columns: Products.columns)
            world.service.state.withLock { $0.writeFault = nil }
            let again = try #require(try await world.ledger.claim(at: world.clock.now))
            #expect(try await world.run(again, of: products).state == .succeeded)
            #expect(world.remote["r2"]?["name"] == .string("Product 2"))
            #expect(try await world.push(products).progress.unchanged == 3)
        }
    }

    @Test func theIdempotencyKeyStaysTheSameOverTheRetriesOfABatch() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(150)
            world.service.state.withLock {
                $0.writeFault = { number, _ in number < 3 ? .fails(transient(number == 1 ? .none : .unknown)) : nil }
            }
            let products = try Products.integration([.push])
            _ = try await world.runThroughWaits(world.claimed(.push, of: products), of: products)
            let keys = world.writes.map(\.idempotencyKey)
            #expect(keys.count == 4)
            #expect(Set(keys.prefix(3)).count == 1 && keys[3] != keys[0])
        }
    }

    @Test func aMiscountedAnswerStopsTheJobAndTheNextOneFindsWhatLanded() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(20)
            world.service.state.withLock { $0.writeFault = { number, _ in number == 1 ? .miscounts : nil } }
            let products = try Products.integration([.push])
            let first = try await world.push(products)
            #expect(first.state == .failed && first.failure?.code == .contractResultMismatch)
            #expect(world.writes.count == 1)
            let second = try await world.push(products)
            #expect(second.state == .succeeded && second.progress.created == 20)
            #expect(world.writes.count == 1)
            try expectEachOnce(20, in: world)
        }
    }

    @Test func aPushThatFailsBeforeAnyEffectIsSentAgainByTheNextJob() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(5)
            world.service.state.withLock {
                $0.writeFault = { _, _ in .fails(SyncFailure(.auth, .authRejected, "both keys were refused")) }
            }
            let products = try Products.integration([.push])
            #expect(try await world.push(products).failure?.code == .authRejected)
            world.service.state.withLock { $0.writeFault = nil }
            world.forgetRequests()
            #expect(try await world.push(products).progress.created == 5)
            // Nothing had to be looked up: the first contact's page is all that was read.
            #expect(world.requests(.find).isEmpty)
            try expectEachOnce(5, in: world)
        }
    }

    @Test func aPushThatIsCancelledStopsBeforeTheNextRequest() async throws {
        try await EngineWorld.with(ScriptedService.Traits(batchSize: 10)) { world in
            try await world.seedLocal(100)
            let control = JobControl()
            world.service.state.withLock { $0.afterWrite = { if $0 == 3 { control.request(.cancelled) } } }
            let products = try Products.integration([.push])
            let job = try await world.run(world.claimed(.push, of: products), of: products, control: control)
            #expect(job.state == .cancelled && job.progress.created == 30)
            #expect(world.writes.count == 3)
            #expect(try await world.push(products).progress.created == 70)
            try expectEachOnce(100, in: world)
        }
    }

    @Test func aRateLimitedWriteIsSentAgainAfterTheTimeTheServiceAskedFor() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(5)
            let limited = SyncFailure(.rateLimited, .serviceRateLimited, "slow down", retryAfter: .seconds(30))
            world.service.state.withLock { $0.writeFault = { number, _ in number <= 8 ? .fails(limited) : nil } }
            let products = try Products.integration([.push])
            let start = world.clock.now
            let job = try await world.runThroughWaits(world.claimed(.push, of: products), of: products)
            #expect(job.state == .succeeded && job.progress.retries == 8)
            #expect(world.clock.now.timeIntervalSince(start) == 240)
            try expectEachOnce(5, in: world)
        }
    }

    @Test func theLedgerExplainsEveryRowInTheEnd() async throws {
        try await EngineWorld.with(ScriptedService.Traits(batchSize: 30)) { world in
            try await world.seedLocal(200)
            try await world.write([7, 77, 177].map { Products.row($0, name: "bad") }, columns: Products.columns)
            world.service.state.withLock {
                $0.writeFault = { number, _ in
                    switch number % 5 {
                    case 1: .fails(transient(.unknown), landing: number % 7)
                    case 3: .fails(transient())
                    default: nil
                    }
                }
            }
            let products = try Products.integration([.push])
            let job = try await world.runThroughWaits(world.claimed(.push, of: products), of: products, attempts: 20)
            #expect(job.state == .partial)
            let scope = try await world.scope(of: products)
            #expect(try await world.ledger.linkCount(in: scope) == 197)
            #expect(try await world.quarantine(.push).keys.sorted() == [7, 77, 177].map { Products.sku($0) })
            #expect(try await world.ledger.outbox(in: scope).isEmpty)
            #expect(world.remote.records.count == 197)
        }
    }

    /// Checks that products 1…`count` are at the service, each once.
    private func expectEachOnce(_ count: Int, in world: EngineWorld) throws {
        let keys = world.remote.records.compactMap { $0["sku"]?.string }
        #expect(keys.sorted() == (1...count).map { Products.sku($0) })
    }
}

extension EngineWorld {
    /// The scope of the integration's only entity type.
    func scope(of integration: Integration) async throws -> LinkScope {
        let entity = integration.entities[0]
        let table = try await store.table(entity, fields: [FieldPath(parsing: "sku")], forWriting: false)
        return try await ledger.scope(
            integration: integration.id,
            entityType: entity.type,
            resource: entity.resource,
            remoteIdentity: service.identity,
            localIdentity: table.identity
        )
    }
}
