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
            let failed = try await world.run(resumed, of: products, in: DeafStore(inner: world.store))
            #expect(failed.state == .failed)
            #expect(try await world.rows(["name", "price"]) == [Products.sku(1): ["Second", "9.5"]])

            let next = try await world.pull(products)
            #expect(next.state == .partial && next.progress.updated == 1)
            #expect(try await world.quarantine(.pull).keys.sorted() == ["r2"])
            #expect(try await world.rows(["name", "price"]) == [Products.sku(1): ["First", "9.5"]])
        }
    }

    @Test func aRowThatHasMovedIsItsRecordsThoughItsOldKeyWasToBeTakenOver() async throws {
        try await EngineWorld.with { world in
            let products = try Products.integration([.pull], deletes: .propagate)
            world.seedRemote(1)
            _ = try await world.pull(products)
            // The record gets another key, and its old one goes to a record that the table does not take.
            world.changeRemote { table in
                table.change("r1", "sku", to: .string(Products.sku(2)))
                table.insert(Products.record(1, name: "Bad"), id: "r2")
            }
            let job = try await world.claimed(.pull, of: products)
            let store = ChoosyStore(inner: world.store, failsAfterDeletes: true)
            let failed = try await world.run(job, of: products, in: store)
            #expect(failed.state == .failed)
            #expect(try await world.rows(["name"]).keys.sorted() == [Products.sku(2)])

            world.changeRemote { $0.remove("r1") }
            let next = try await world.claimed(.pull, of: products)
            let healthy = ChoosyStore(inner: world.store, failsAfterDeletes: false)
            let ended = try await world.run(next, of: products, in: healthy)
            #expect(ended.state == .partial && ended.progress.deleted == 1)
            #expect(try await world.rows(["name"]).isEmpty)
        }
    }
}

extension EngineWorld {
    /// Runs a claimed job that reads and writes another store.
    @concurrent
    fileprivate func run(_ job: Job, of integration: Integration, in store: any LocalStore) async throws -> Job {
        try await engine(store: store)
            .run(job, of: integration, control: JobControl(), meter: ProgressMeter(from: job.progress))
    }
}

/// A store that refuses rows with the name "Bad", and may say that it could not delete when it has.
private struct ChoosyStore: LocalStore {
    let inner: any LocalStore
    let failsAfterDeletes: Bool

    func table(_ entity: EntityMapping, fields: [FieldPath], forWriting: Bool) async throws -> any LocalTable {
        let table = try await inner.table(entity, fields: fields, forWriting: forWriting)
        return Table(inner: table, nameColumn: fields.firstIndex { $0.description == "name" } ?? 0, store: self)
    }

    private struct Table: TableWrapper {
        let inner: any LocalTable
        let nameColumn: Int
        let store: ChoosyStore

        func apply(_ changes: LocalChanges) async throws -> AppliedChanges {
            let bad = (0..<changes.ids.count).filter { row in
                changes.records.string(of: changes.records[row, nameColumn]) == "Bad"
            }
            let good = (0..<changes.ids.count).filter { !bad.contains($0) }
            var taken = changes
            taken.ids = changes.ids.selecting(good)
            taken.areKnown = good.map { changes.areKnown[$0] }
            taken.records = RecordBatch(columnCount: changes.records.columnCount)
            for row in good { taken.records.append(row: row, of: changes.records) }
            var applied = try await inner.apply(taken)
            if store.failsAfterDeletes, !changes.deletedIDs.isEmpty {
                throw SyncFailure(.local, .storeUnavailable, "the store's answer was lost")
            }
            for row in bad { applied.refused[row] = "no" }
            return applied
        }
    }
}
