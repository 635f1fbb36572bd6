import FerryAPI
import FerryCore
import FerrySQLite
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// Somebody's own SQLite file and tables, and what other programs see of the embedded store.
@Suite struct UserStoreTests {
    @Test func aUsersFileIsReadAndWrittenButNeverAltered() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(51...60))
            try world.writeShop(
                Items.sql(50)
                    + """
                    CREATE TABLE diary (entry TEXT); INSERT INTO diary VALUES ('mine');
                    CREATE INDEX item_by_name ON item (name);
                    CREATE TRIGGER item_touch AFTER DELETE ON item BEGIN INSERT INTO diary VALUES ('gone'); END;
                    """
            )
            let schema = "SELECT type, name, sql FROM sqlite_schema ORDER BY name"
            let before = try world.rows(world.shop, schema)
            try world.write(integration: "items", Items.integration(world))
            #expect(try await world.once("items", .push).job.progress.created == 50)
            let pull = try await world.once("items", .pull)
            #expect(pull.exitCode == 0)
            #expect(pull.job.progress.created == 10)
            #expect(try world.rows(world.shop, schema) == before)
            #expect(try world.rows(world.shop, "SELECT entry FROM diary") == ["mine"])
            #expect(try world.rows(world.shop, "SELECT count(*), sum(price) FROM item") == ["60|1860.0"])
        }
    }

    @Test func aRowGoesWhoseKeyWouldPassToARecordThatTheTableRefuses() async throws {
        try await FerryWorld.with { world async throws in
            let tables = world.sandbox.tables
            tables.addTable(Items.definition, rows: Items.rows(1...2))
            try world.writeShop(
                "CREATE TABLE item (sku TEXT PRIMARY KEY, name TEXT CHECK (name <> 'bad'), price, in_stock)"
            )
            let schedule = "schedule: { pull: { every: 1d } }"
            try world.write(integration: "items", Items.integration(world, rest: schedule))
            #expect(try await world.once("items", .pull).job.progress.created == 2)
            let first = try #require(tables.rows(of: "items").first { $0["sku"] == "\"S-0001\"" })
            tables.setData([("sku", "\"S-0009\"")], of: first.id, in: "items")
            tables.upsert([("sku", "\"S-0001\""), ("name", "\"bad\"")], in: "items")
            let job = try await world.once("items", .pull).job
            #expect(job.progress.quarantined == 1, "\(job)")
            #expect(try world.rows(world.shop, "SELECT sku FROM item ORDER BY sku") == ["S-0002", "S-0009"])
        }
    }

    @Test func aColumnThatAUsersTableLacksIsAConfigurationErrorThatNamesIt() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...3))
            try world.writeShop(Items.sql(3))
            let text = Items.integration(world).replacing("fields.name", with: "fields.colour")
            try world.write(integration: "items", text)
            for direction in [Direction.pull, .push] {
                let result = try await world.once("items", direction)
                #expect(result.exitCode == 1)
                #expect(result.job.error?.code == "store.missing_column")
                #expect(result.job.error?.message.contains("'colour'") == true)
                #expect(result.job.error?.hint != nil)
            }
            #expect(world.writes("items").isEmpty)
            let columns = try world.rows(world.shop, "SELECT name FROM pragma_table_info('item')")
            #expect(columns == ["sku", "name", "price", "in_stock"])
        }
    }

    @Test func aTableThatIsNotThereIsAnErrorThatNamesIt() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition)
            try world.writeShop("CREATE TABLE items (sku TEXT PRIMARY KEY)")
            try world.write(integration: "items", Items.integration(world))
            let result = try await world.once("items", .push)
            #expect(result.job.error?.code == "store.missing_table")
            #expect(result.job.error?.message.contains("'item'") == true)
        }
    }

    @Test func aQueryIsPushedLikeATable() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition)
            try world.writeShop(Items.sql(10))
            let query = "query: SELECT sku, name, price * 2 AS price, in_stock FROM item WHERE in_stock"
            try world.write(integration: "items", Items.integration(world, entity: query))
            let result = try await world.once("items", .push)
            #expect(result.exitCode == 0)
            #expect(result.job.progress.created == 5)
            let row = world.sandbox.tables.rows(of: "items").first { $0["sku"] == "\"S-0003\"" }
            #expect(row?["price"] == "7.0" || row?["price"] == "7")
        }
    }

    @Test func theSQLiteShellReadsTheStoreWhileAPullWritesIt() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...400))
            world.sandbox.faults.add(FaultRule(.delay(milliseconds: 60), times: nil))
            try world.write(
                integration: "items",
                Items.integration(world, store: "main", settings: "page_size: 20")
            )
            _ = try await world.startDaemon()
            let id = try await world.enqueue("items", .pull)
            var counts: [Int] = []
            try await eventually("the job ends") {
                let state = try await world.jobNow(id)["state"]?.string
                guard state == "running", FileManager.default.fileExists(atPath: world.store) else {
                    return state == "succeeded"
                }
                let shell = try await Program.run(
                    "/usr/bin/sqlite3",
                    ["-readonly", world.store, "SELECT count(*) FROM item"],
                    in: world.folder
                )
                // The table comes with the first page.
                guard !shell.errors.contains("no such table") else { return false }
                #expect(shell.exitCode == 0, "\(shell.errors)")
                counts.append(Int(shell.output.split(separator: "\n").first ?? "") ?? -1)
                return false
            }
            #expect(counts == counts.sorted())
            #expect(counts.contains { $0 > 0 && $0 < 400 }, "the shell saw \(counts)")
            #expect(try world.rows(world.store, "SELECT count(*) FROM item") == ["400"])
        }
    }

    @Test func eachEntityTypeHasATableWithPlainColumns() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...3))
            try world.write(integration: "items", Items.integration(world, store: "main"))
            #expect(try await world.once("items", .pull).exitCode == 0)
            let values = "SELECT sku, name, price, in_stock, typeof(price) FROM item ORDER BY sku LIMIT 1"
            #expect(try world.rows(world.store, values) == ["S-0001|Item 1|1.5|1|real"])
        }
    }
}
