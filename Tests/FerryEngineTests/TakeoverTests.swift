import FerryCore
import FerryEngine
import FerryLedger
import FerryTesting
import Synchronization
import Testing

/// Two records with one key, of which the second was about to take over the first one's row when the pull was cut off.
@Suite struct TakeoverTests {
    @Test func aRowThatWasTakenOverByHalfIsWrittenAgain() async throws {
        try await EngineWorld.with(ScriptedService.Traits(pageSize: 1)) { world in
            world.changeRemote { table in
                table.insert(Products.record(1, name: "First"), id: "r1")
                // Without a price: the row will hold something of both.
                table.insert(
                    [(key: "sku", value: .string(Products.sku(1))), (key: "name", value: .string("Second"))],
                    id: "r2"
                )
            }
            let products = try Products.integration([.pull])
            world.service.state.withLock { $0.beforePage = { if $0 == 2 { throw CancellationError() } } }
            let job = try await world.claimed(.pull, of: products)
            #expect(try await world.run(job, of: products).state == .queued)
            world.service.state.withLock { $0.beforePage = nil }

            // It goes on at the second record and does not know that it has seen the first one.
            let resumed = try #require(try await world.ledger.claim(job.id, at: world.clock.now))
            let failed = try await world.engine(store: DeafStore(inner: world.store)).run(
                resumed,
                of: products,
                control: JobControl(),
                meter: ProgressMeter(from: resumed.progress)
            )
            #expect(failed.state == .failed)
            #expect(try await world.rows(["name", "price"]) == [Products.sku(1): ["Second", "9.5"]])

            let next = try await world.pull(products)
            #expect(next.state == .partial && next.progress.updated == 1)
            #expect(try await world.quarantine(.pull).keys.sorted() == ["r2"])
            #expect(try await world.rows(["name", "price"]) == [Products.sku(1): ["First", "9.5"]])
        }
    }
}
