import FerryCore
import FerryEngine
import FerryLedger
import FerryTesting
import Testing

/// Pulls that were cut off when the table had deleted rows and the ledger had not heard of it.
@Suite struct DeleteRecoveryTests {
    /// Pulls three records, and then again after the second is gone, into a table whose answer is lost.
    private func losing(_ body: (EngineWorld, Integration) async throws -> Void) async throws {
        try await EngineWorld.with { world in
            world.seedRemote(3)
            let products = try Products.integration([.pull], deletes: .propagate)
            #expect(try await world.pull(products).progress.created == 3)
            world.changeRemote { $0.remove("r2") }
            let job = try await world.claimed(.pull, of: products)
            let failed = try await world.engine(store: DeafStore(inner: world.store)).run(
                job,
                of: products,
                control: JobControl(),
                meter: ProgressMeter(from: job.progress)
            )
            #expect(failed.state == .failed)
            #expect(try await world.rows(["name"]).keys.sorted() == [Products.sku(1), Products.sku(3)])
            try await body(world, products)
        }
    }

    @Test func aRecordThatComesBackAsItWasIsWrittenAgain() async throws {
        try await losing { world, products in
            world.changeRemote { $0.insert(Products.record(2), id: "r2") }
            let next = try await world.pull(products)
            #expect(next.state == .succeeded && next.progress.created == 1 && next.progress.unchanged == 2)
            #expect(try await world.rows(["name"]).count == 3)
        }
    }

    @Test func nothingIsLinkedToARowThatIsNotThere() async throws {
        try await losing { world, products in
            world.changeRemote { $0.insert([(key: "name", value: .string("No key"))], id: "r2") }
            #expect(try await world.pull(products).state == .partial)
            #expect(try await world.rows(["name"]).count == 2)
            let scope = try await world.scope(of: products)
            #expect(try await world.ledger.linkCount(in: scope) == 2)
        }
    }
}
