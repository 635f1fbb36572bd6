import FerryCore
import FerryEngine
import FerryLedger
import FerryStores
import FerryTesting
import FoundationEssentials
import Synchronization
import Testing

/// Resources that are read slice by slice: what a slice had and has no more is gone.
@Suite struct SliceTests {
    private static func with(
        slices: [String] = ["mon|", "tue|"],
        pageSize: Int = 2,
        _ body: (EngineWorld) async throws -> Void
    ) async throws {
        try await EngineWorld.with(ScriptedService.Traits(pageSize: pageSize, slices: slices)) { world in
            world.changeRemote { table in
                for number in 1...3 { table.insert(Products.record(number), id: "mon|\(number)") }
                for number in 4...6 { table.insert(Products.record(number), id: "tue|\(number)") }
            }
            try await body(world)
        }
    }

    private func skus(_ world: EngineWorld) async throws -> [String] { try await world.rows(["sku"]).keys.sorted() }

    @Test func whatASliceHasNoMoreIsDeletedAndNothingElse() async throws {
        try await Self.with { world in
            let products = try Products.integration([.pull], deletes: .propagate)
            #expect(try await world.pull(products).progress.created == 6)
            world.changeRemote { table in
                table.remove("mon|2")
                table.insert(Products.record(7), id: "mon|7")
            }
            let job = try await world.pull(products)
            #expect(job.state == .succeeded && job.progress.deleted == 1 && job.progress.created == 1)
            #expect(job.progress.unchanged == 5)
            #expect(try await skus(world) == [1, 3, 4, 5, 6, 7].map(Products.sku))
            #expect(try await world.pull(products).progress.deleted == 0)
        }
    }

    /// Of rows that come in another order for each page, one comes twice and another not at all.
    @Test func aSliceWithARecordThatComesTwiceSaysNothingOfWhatIsMissing() async throws {
        try await Self.with { world in
            let products = try Products.integration([.pull], deletes: .propagate)
            _ = try await world.pull(products)
            world.changeRemote { table in
                table.remove("mon|2")
                table.insert(Products.record(1), id: "mon|1")
                table.remove("tue|5")
            }
            let job = try await world.pull(products)
            // The other slice is known as a whole.
            #expect(job.state == .succeeded && job.progress.deleted == 1)
            #expect(try await skus(world) == [1, 2, 3, 4, 6].map(Products.sku))
        }
    }

    @Test func whatIsGoneStaysWhereTheFileSaysSo() async throws {
        try await Self.with { world in
            let products = try Products.integration([.pull])
            _ = try await world.pull(products)
            world.changeRemote { $0.remove("mon|2") }
            #expect(try await world.pull(products).progress.deleted == 0)
            #expect(try await skus(world).count == 6)
        }
    }

    @Test func aJobForSomeEntitiesDeletesNothing() async throws {
        try await Self.with { world in
            let products = try Products.integration([.pull], deletes: .propagate)
            _ = try await world.pull(products)
            world.changeRemote { $0.remove("mon|2") }
            #expect(try await world.pull(products, entityIDs: [Products.sku(1)]).progress.deleted == 0)
            #expect(try await skus(world).count == 6)
        }
    }

    @Test func aSliceThatIsEmptiedIsGuarded() async throws {
        try await Self.with(slices: ["mon|", "tue|"], pageSize: 20) { world in
            world.changeRemote { table in
                for number in 10...25 { table.insert(Products.record(number), id: "tue|\(number)") }
            }
            let products = try Products.integration([.pull], deletes: .propagate)
            _ = try await world.pull(products)
            world.changeRemote { $0.records.removeAll { $0.id.hasPrefix("tue|") } }
            let job = try await world.pull(products)
            #expect(job.state == .failed && job.failure?.code == .deletesGuarded)
            #expect(try await skus(world).count == 22)
            // What is there again after all is not deleted by the next pull.
            world.changeRemote { table in
                for number in Array(4...6) + Array(10...25) {
                    table.insert(Products.record(number), id: "tue|\(number)")
                }
            }
            #expect(try await world.pull(products).progress.deleted == 0)
            #expect(try await skus(world).count == 22)
        }
    }

    /// However far the slice was read: what vanishes while nobody looks is gone, and what is there stays.
    @Test(arguments: 1...6)
    func aPullThatDiesWithinASliceLosesNothingAndKeepsNothingThatIsGone(_ page: Int) async throws {
        try await Self.with { world in
            let products = try Products.integration([.pull], deletes: .propagate)
            _ = try await world.pull(products)
            world.changeRemote { $0.remove("mon|3") }
            let control = JobControl()
            world.service.state.withLock { state in
                state.pages = 0
                state.beforePage = { number in if number == page { control.request(.interrupted) } }
            }
            let claimed = try await world.claimed(.pull, of: products)
            let interrupted = try await world.run(claimed, of: products, control: control)
            #expect(interrupted.state == .queued || interrupted.state == .succeeded)
            world.service.state.withLock { $0.beforePage = nil }
            world.changeRemote { table in
                // Among what the first attempt has seen, and what it has not.
                table.remove("mon|1")
                table.remove("tue|4")
                table.insert(Products.record(8), id: "tue|8")
            }
            if let again = try await world.ledger.claim(claimed.id, at: world.clock.now) {
                let job = try await world.run(again, of: products)
                #expect(job.state == .succeeded, "\(job)")
            }
            // What was read before the change is right with the next pull at the latest.
            _ = try await world.pull(products)
            #expect(try await skus(world) == [2, 5, 6, 8].map(Products.sku))
        }
    }

    @Test func aCrashWithinASliceBeginsItAgain() async throws {
        try await Self.with { world in
            let products = try Products.integration([.pull], deletes: .propagate)
            _ = try await world.pull(products)
            world.service.state.withLock { state in
                state.pages = 0
                // The second page of the first slice breaks the contract: the job ends there, and its checkpoint stays.
                state.beforePage = { if $0 == 2 { throw SyncFailure(.contract, .contractShape, "no page") } }
            }
            let job = try await world.claimed(.pull, of: products)
            let failed = try await world.run(job, of: products)
            #expect(failed.state == .failed)
            let scope = try await world.ledger.scope(
                integration: "products",
                entityType: "product",
                resource: "rows",
                remoteIdentity: world.service.identity,
                localIdentity: try await world.store.table(
                    products.entities[0],
                    fields: [FieldPath(parsing: "sku")],
                    forWriting: true
                ).identity
            )
            let links = try await world.ledger.links(in: scope, remotePrefix: "mon|", after: "", limit: 10)
            #expect(links.count == 3 && links.allSatisfy { !$0.isTombstone })
        }
    }

    @Test func whatTheServiceRefusesIsLeftOutAndTheJobSaysSo() async throws {
        try await Self.with { world in
            world.service.state.withLock { $0.refusedSlices = ["mon|"] }
            let products = try Products.integration([.pull], deletes: .propagate)
            let job = try await world.pull(products)
            #expect(job.state == .partial && job.progress.created == 3)
            #expect(job.failure?.code == .serviceRefused)
            #expect(job.failure?.message == "'mon|' could not be read: not yours")
            #expect(job.failure?.hint == "ask for it" && job.notes == ["'mon|' was left out"])
            // What was there before stays.
            world.service.state.withLock { $0.refusedSlices = [] }
            #expect(try await world.pull(products).state == .succeeded)
            world.service.state.withLock { $0.refusedSlices = ["mon|", "tue|"] }
            let none = try await world.pull(products)
            #expect(none.state == .partial && none.progress.deleted == 0)
            #expect(none.failure?.message == "'mon|' could not be read: not yours; nor could 1 more")
            #expect(try await skus(world).count == 6)
        }
    }
}
