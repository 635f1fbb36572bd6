import FerryAPI
import FerryCore
import FerryJSON
import FerrySQLite
import FerrySandbox
import FerryTesting
import Testing

/// One integration that pulls and pushes the same rows.
@Suite struct TwoWayTests {
    @Test func pullsThenPushesTheThreeRowsEditedHereThenComesToRest() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...200))
            try world.write(
                integration: "items",
                Items.integration(
                    world,
                    store: "main",
                    rest: "schedule: { pull: { every: 1h }, push: { cron: \"0 4 1 1 *\" } }"
                )
            )
            #expect(try await world.once("items", .pull).job.progress.created == 200)
            let untouched = try await world.once("items", .push)
            #expect(untouched.exitCode == 0)
            #expect(untouched.job.progress.unchanged == 200)
            #expect(world.writes("items").isEmpty)

            try SQLiteConnection(path: world.store, mode: .readWrite).execute(
                """
                UPDATE item SET price = 1.25 WHERE sku = 'S-0007';
                UPDATE item SET name = 'Renamed here' WHERE sku = 'S-0100';
                UPDATE item SET price = 2.25 WHERE sku = 'S-0200';
                """
            )
            let push = try await world.once("items", .push)
            #expect(push.exitCode == 0)
            #expect(push.job.progress.updated == 3)
            let sent = world.writes("items").flatMap { $0.json["rows"]?.elements ?? [] }
            #expect(
                sent.map { $0["data"]?.compactText } == [
                    #"{"price":1.25}"#, #"{"name":"Renamed here"}"#, #"{"price":2.25}"#,
                ]
            )

            world.sandbox.tables.clearRequests()
            let version = world.sandbox.tables.version(of: "items")
            for direction in [Direction.pull, .push, .pull, .push] {
                let result = try await world.once("items", direction)
                #expect(result.exitCode == 0)
                #expect(result.job.progress.unchanged == 200)
                #expect(result.job.progress.created == 0 && result.job.progress.updated == 0)
            }
            #expect(world.writes("items").isEmpty)
            #expect(world.sandbox.tables.version(of: "items") == version)
        }
    }

    @Test func aPullIsNotEchoedByThePushAfterIt() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...20))
            try world.write(integration: "items", Items.integration(world, store: "main"))
            #expect(try await world.once("items", .pull).exitCode == 0)
            let row = try #require(world.sandbox.tables.rows(of: "items").first)
            let change: SandboxRow.Data = [("name", "\"Changed there\"")]
            world.sandbox.tables.setData(change, of: row.id, in: "items")
            #expect(try await world.once("items", .pull).job.progress.updated == 1)
            #expect(try await world.once("items", .push).job.progress.unchanged == 20)
            #expect(world.writes("items").isEmpty)
        }
    }

    @Test func aRowMadeHereIsPushedAndThenKnownToThePull() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...5))
            try world.write(integration: "items", Items.integration(world, store: "main"))
            #expect(try await world.once("items", .pull).exitCode == 0)
            try SQLiteConnection(path: world.store, mode: .readWrite)
                .execute("INSERT INTO item (sku, name, price) VALUES ('S-9000', 'Made here', 12.5)")
            #expect(try await world.once("items", .push).job.progress.created == 1)
            let pull = try await world.once("items", .pull)
            #expect(pull.job.progress.unchanged == 6)
            #expect(pull.job.progress.created == 0 && pull.job.progress.updated == 0)
            #expect(try world.rows(world.store, "SELECT count(*) FROM item") == ["6"])
        }
    }
}
