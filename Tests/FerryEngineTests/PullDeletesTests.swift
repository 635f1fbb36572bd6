import FerryCore
import FerryEngine
import FerryLedger
import FerryTesting
import Synchronization
import Testing

@Suite struct PullDeletesTests {
    @Test func aRecordThatIsGoneIsDeletedAfterEnoughCompleteScans() async throws {
        try await EngineWorld.with(ScriptedService.Traits(scansBeforeDelete: 2)) { world in
            world.seedRemote(20)
            let products = try Products.integration([.pull], deletes: .propagate)
            _ = try await world.pull(products)
            world.changeRemote { $0.remove("r5") }
            #expect(try await world.pull(products).progress.deleted == 0)
            #expect(try await world.pull(products).progress.deleted == 1)
            #expect(try await world.rows(["sku"])[Products.sku(5)] == nil)
            #expect(try await world.pull(products).progress.unchanged == 19)
        }
    }

    @Test func aRecordThatIsSeenAgainIsNotAsGoodAsGone() async throws {
        try await EngineWorld.with(ScriptedService.Traits(scansBeforeDelete: 2)) { world in
            world.seedRemote(20)
            let products = try Products.integration([.pull], deletes: .propagate)
            _ = try await world.pull(products)
            for _ in 0..<3 {
                let record = world.remote.records[4]
                world.changeRemote { $0.remove("r5") }
                #expect(try await world.pull(products).progress.deleted == 0)
                world.changeRemote { $0.records.insert(record, at: 4) }
                #expect(try await world.pull(products).progress.deleted == 0)
            }
        }
    }

    @Test func nothingIsDeletedAfterAnEmptyScan() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(5)
            let products = try Products.integration([.pull], deletes: .propagate)
            _ = try await world.pull(products)
            world.changeRemote { $0.records = [] }
            for _ in 0..<3 { #expect(try await world.pull(products).progress.deleted == 0) }
            #expect(try await world.rows(["sku"]).count == 5)
        }
    }

    @Test func nothingIsDeletedWhereAScanDoesNotSeeEverything() async throws {
        try await EngineWorld.with(ScriptedService.Traits(isComplete: false)) { world in
            world.seedRemote(5)
            let products = try Products.integration([.pull], deletes: .propagate)
            _ = try await world.pull(products)
            world.changeRemote { $0.remove("r1") }
            #expect(try await world.pull(products).progress.deleted == 0)
        }
    }

    @Test func nothingIsDeletedByAScanThatWasInterrupted() async throws {
        try await EngineWorld.with(ScriptedService.Traits(pageSize: 5)) { world in
            world.seedRemote(20)
            let products = try Products.integration([.pull], deletes: .propagate)
            _ = try await world.pull(products)
            world.changeRemote { $0.remove("r1") }
            let claimed = try await world.claimed(.pull, of: products)
            let interrupted = try await world.interrupt(claimed, of: products, at: "commitPull")
            #expect(interrupted.state == .queued)
            let again = try #require(try await world.ledger.claim(claimed.id, at: world.clock.now))
            #expect(again.attempt == 2)
            let ended = try await world.run(again, of: products)
            #expect(ended.state == .succeeded && ended.progress.deleted == 0)
            #expect(try await world.pull(products).progress.deleted == 1)
        }
    }

    @Test func theGuardStopsTheJobBeforeAnyDelete() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(40)
            let products = try Products.integration([.pull], deletes: .propagate)
            _ = try await world.pull(products)
            world.changeRemote { table in table.records.removeLast(12) }
            let job = try await world.pull(products)
            #expect(job.state == .failed && job.failure?.code == .deletesGuarded)
            #expect(try #require(job.failure?.message).contains("12 of 40"))
            #expect(try await world.rows(["sku"]).count == 40)
        }
    }

    @Test func deletesAreKeptUnlessTheFileSaysOtherwise() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(20)
            let products = try Products.integration([.pull])
            _ = try await world.pull(products)
            world.changeRemote { $0.remove("r5") }
            for _ in 0..<2 { #expect(try await world.pull(products).progress.deleted == 0) }
            #expect(try await world.rows(["sku"]).count == 20)
        }
    }

    @Test func aRestrictedPullDeletesNothing() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(20)
            let products = try Products.integration([.pull], deletes: .propagate)
            _ = try await world.pull(products)
            world.changeRemote { $0.remove("r5") }
            let job = try await world.pull(products, entityIDs: [Products.sku(5), Products.sku(6)])
            #expect(job.progress.deleted == 0)
        }
    }
}
