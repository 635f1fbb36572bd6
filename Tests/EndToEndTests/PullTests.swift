import FerryAPI
import FerryCore
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// Pulling a table that is awkward, or that lives while it is read.
@Suite struct PullTests {
    @Test func aTableThatShrinksWhileItIsReadLosesNoRow() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...300))
            // Before each of three pages, three rows that have been read already go: what follows moves up.
            for (index, page) in [2, 4, 6].enumerated() {
                world.sandbox.faults.add(
                    FaultRule(
                        .drift { tables in
                            let gone = Set((1...3).map { "\"\(Items.sku(index * 3 + $0))\"" })
                            let rows = tables.rows(of: "items").filter { gone.contains($0["sku"] ?? "") }
                            tables.delete(rows.map(\.id), in: "items")
                        },
                        path: "skip=",
                        nth: page
                    )
                )
            }
            try world.write(
                integration: "items",
                Items.integration(world, store: "main", settings: "page_size: 30")
            )
            let result = try await world.once("items", .pull)
            #expect(result.exitCode == 0)
            #expect(world.sandbox.faults.fired == [1, 1, 1])
            let local = Set(try world.rows(world.store, "SELECT sku FROM item"))
            let remote = Set(world.sandbox.tables.rows(of: "items").map { Self.text($0["sku"]) })
            #expect(remote.count == 291)
            #expect(remote.subtracting(local).isEmpty)
        }
    }

    @Test func aTableThatGrowsWhileItIsReadGivesNoRowTwice() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...200))
            world.sandbox.faults.add(
                FaultRule(
                    .drift { tables in
                        let fresh: SandboxRow.Data = [("sku", "\"A-0000\""), ("name", "\"First\"")]
                        tables.upsert(fresh, in: "items")
                    },
                    path: "skip=",
                    nth: 3
                )
            )
            try world.write(
                integration: "items",
                Items.integration(world, store: "main", settings: "page_size: 25")
            )
            let result = try await world.once("items", .pull)
            #expect(result.exitCode == 0)
            let count = "SELECT count(*), count(DISTINCT sku) FROM item WHERE sku LIKE 'S-%'"
            #expect(try world.rows(world.store, count) == ["200|200"])
            #expect(result.job.progress.created <= 201)
            let next = try await world.once("items", .pull)
            #expect(next.job.progress.read == 201)
            #expect(try world.rows(world.store, "SELECT count(*) FROM item") == ["201"])
        }
    }

    @Test func aServiceThatGivesSmallerPagesThanAskedForIsReadToItsEnd() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...100))
            world.sandbox.tables.setLimits(maximumTake: 7, of: "items")
            try world.write(
                integration: "items",
                Items.integration(world, store: "main", settings: "page_size: 100")
            )
            let result = try await world.once("items", .pull)
            #expect(result.exitCode == 0)
            #expect(result.job.progress.read == 100)
            #expect(try world.rows(world.store, "SELECT count(*) FROM item") == ["100"])
        }
    }

    @Test func anEmptyTableIsPulledAndMakesTheLocalOne() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition)
            try world.write(integration: "items", Items.integration(world, store: "main"))
            let result = try await world.once("items", .pull)
            #expect(result.exitCode == 0)
            #expect(result.job.progress.read == 0)
            #expect(try world.rows(world.store, "SELECT sku, name, price, in_stock FROM item") == [])
        }
    }

    @Test func everyPageIsAskedForInTheOrderOfThePrimaryKey() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...25))
            try world.write(
                integration: "items",
                Items.integration(world, store: "main", settings: "page_size: 10")
            )
            #expect(try await world.once("items", .pull).exitCode == 0)
            let requests = world.sandbox.tables.requests(of: "items")
            #expect(requests.allSatisfy { $0.query.contains("sortColumn=sku&sortDirection=asc") })
            #expect(requests.first?.query.hasPrefix("skip=0&take=10") == true)
            #expect(requests.allSatisfy { $0.headerNames.contains("X-Secret-Key") })
        }
    }

    @Test func rowsThatAreGoneAtTheServiceGoAfterTwoCompleteScans() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...50))
            try world.write(
                integration: "items",
                Items.integration(world, store: "main", entity: "deletes: propagate")
            )
            #expect(try await world.once("items", .pull).exitCode == 0)
            let gone = world.sandbox.tables.rows(of: "items").prefix(2).map(\.id)
            world.sandbox.tables.delete(gone, in: "items")
            #expect(try await world.once("items", .pull).job.progress.deleted == 0)
            #expect(try await world.once("items", .pull).job.progress.deleted == 2)
            #expect(try world.rows(world.store, "SELECT count(*), min(sku) FROM item") == ["48|S-0003"])
        }
    }

    @Test func onlyWhatChangedAtTheServiceIsWritten() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...40))
            try world.write(integration: "items", Items.integration(world, store: "main"))
            #expect(try await world.once("items", .pull).exitCode == 0)
            let row = try #require(world.sandbox.tables.rows(of: "items").last)
            let change: SandboxRow.Data = [("price", "19.90")]
            world.sandbox.tables.setData(change, of: row.id, in: "items")
            let result = try await world.once("items", .pull)
            #expect(result.job.progress.updated == 1)
            #expect(result.job.progress.unchanged == 39)
            #expect(
                try world.rows(world.store, "SELECT price FROM item WHERE sku = 'S-0040'").first?.hasPrefix("19.9")
                    == true
            )
        }
    }

    private static func text(_ literal: String?) -> String {
        literal?.replacing("\"", with: "") ?? ""
    }
}
