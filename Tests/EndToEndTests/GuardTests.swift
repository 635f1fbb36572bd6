import FerryAPI
import FerryCore
import FerryJSON
import FerrySandbox
import FerryTesting
import Testing

/// Deletes that look like an accident: none of them happens before a person has said so.
@Suite struct GuardTests {
    @Test func anEmptiedTableDeletesNothingAtTheServiceAndTheHintIsTheWayToLetIt() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition)
            try world.writeShop(Items.sql(5))
            try world.write(integration: "items", Items.integration(world, entity: "deletes: propagate"))
            _ = try await world.startDaemon()
            #expect(try await world.sync("items", .push).state == .succeeded)
            try world.writeShop("DELETE FROM item")
            let guarded = try await world.ferryctl("sync", "items", "--push", "--wait")
            #expect(guarded.exitCode == 1)
            #expect(guarded.errors.contains("found no records at all: 5 of 5 linked records would be deleted"))
            #expect(guarded.errors.contains("[deletes.guarded]"))
            #expect(world.sandbox.tables.count(of: "items") == 5)
            let attention = try await world.statusLine("items")?["attention"]?.elements.compactMap(\.string) ?? []
            #expect(attention.count == 1 && attention[0].contains("5 of 5 linked records"), "\(attention)")

            let hint = try #require(guarded.errors.split(separator: "\n").first { $0.hasPrefix("hint: ") })
            #expect(hint.contains("'ferryctl sync items --push --allow-deletes'"))
            let allowed = try await world.ferryctl("sync", "items", "--push", "--allow-deletes", "--wait", "--json")
            #expect(allowed.exitCode == 0, "\(allowed)")
            let job = try #require(try JSONValue(parsing: allowed.output)["data"])
            #expect(job["allowDeletes"] == true && job["progress"]?["deleted"] == 5)
            #expect(world.sandbox.tables.count(of: "items") == 0)
            let next = try await world.jobNow(try await world.sync("items", .push).id)
            #expect(next["allowDeletes"] == false && next["state"] == "succeeded")
        }
    }

    @Test func aQueryThatFindsNothingDeletesNothing() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition)
            try world.writeShop(Items.sql(8))
            let text = Items.integration(world, entity: "deletes: propagate\n    query: SELECT * FROM item")
            try world.write(integration: "items", text)
            #expect(try await world.once("items", .push).exitCode == 0)
            try world.write(
                integration: "items",
                text.replacing("SELECT * FROM item", with: "SELECT * FROM item WHERE price < 0")
            )
            // Another query is another source: links start anew, and nothing is deleted for that.
            let other = try await world.once("items", .push)
            #expect(other.exitCode == 0)
            #expect(other.job.notes.count == 1 && other.job.notes[0].contains("the local table or its file"))
            #expect(world.sandbox.tables.count(of: "items") == 8)

            try world.write(integration: "items", text)
            #expect(try await world.once("items", .push).exitCode == 0)
            try world.writeShop("UPDATE item SET sku = NULL")
            let guarded = try await world.once("items", .push)
            #expect(guarded.exitCode == 1 && guarded.job.error?.code == "deletes.guarded", "\(guarded)")
            #expect(world.sandbox.tables.count(of: "items") == 8)
        }
    }

    @Test func anEmptyAnswerDeletesNothingHereAndOnceWithTheOptionDoes() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...5))
            try world.write(
                integration: "items",
                Items.integration(world, store: "main", entity: "deletes: propagate")
            )
            #expect(try await world.once("items", .pull).exitCode == 0)
            world.sandbox.tables.addTable(Items.definition)
            for _ in 0..<3 {
                let guarded = try await world.once("items", .pull)
                #expect(guarded.exitCode == 1)
                #expect(guarded.job.error?.code == "deletes.guarded")
            }
            #expect(try world.rows(world.store, "SELECT count(*) FROM item") == ["5"])
            var deleted = 0
            // A service whose pages may drift counts a record as gone after several scans only.
            for _ in 0..<3 {
                let result = try await world.startOnce("items", .pull, ["--allow-deletes", "--json"]).end()
                #expect(result.exitCode == 0, "\(result)")
                deleted += try JSONValue(parsing: result.output)["job"]?["progress"]?["deleted"]?.integer ?? 0
            }
            #expect(deleted == 5)
            #expect(try world.rows(world.store, "SELECT count(*) FROM item") == ["0"])
        }
    }

    @Test func anotherTableAtTheServiceIsSaidOnceAndDeletesNothing() async throws {
        try await FerryWorld.with { world async throws in
            var other = Items.definition
            other.collectionID = "others"
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...30))
            world.sandbox.tables.addTable(other, rows: Items.rows(21...25))
            let text = Items.integration(world, store: "main", entity: "deletes: propagate")
            try world.write(integration: "items", text)
            let daemon = try await world.startDaemon()
            #expect(try await world.sync("items", .pull).progress.created == 30)
            try world.write(
                integration: "items",
                text.replacing("collection_id: items", with: "collection_id: others")
            )
            #expect(try await world.json("POST", "/api/v1/reload").status == 200)
            let job = try await world.sync("items", .pull)
            #expect(job.state == .succeeded && job.progress.deleted == 0)
            #expect(job.notes.count == 1, "\(job.notes)")
            #expect(job.notes.first?.contains("the links of 'item' start anew, 30 were forgotten") == true)
            #expect(try world.rows(world.store, "SELECT count(*) FROM item") == ["30"])
            let attention = { () async throws in
                try await world.statusLine("items")?["attention"]?.elements.compactMap(\.string) ?? []
            }
            #expect(try await attention() == job.notes.map { "last pull: \($0)" })
            #expect(try await world.ferryctl("job", job.id).output.contains("start anew"))
            try await world.stop(daemon)
            _ = try await world.startDaemon()
            #expect(try await attention().count == 1)

            let next = try await world.sync("items", .pull)
            #expect(next.notes.isEmpty && next.progress.deleted == 0)
            #expect(try await attention().isEmpty)
            #expect(try world.rows(world.store, "SELECT count(*) FROM item") == ["30"])
        }
    }

    @Test func anotherFileInTheStoresPlaceIsSaidOnceAndNothingIsCreatedTwiceOrDeleted() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition)
            try world.writeShop(Items.sql(30))
            try world.write(integration: "items", Items.integration(world, entity: "deletes: propagate"))
            #expect(try await world.once("items", .push).exitCode == 0)
            try world.folder.remove("shop.db")
            try world.writeShop(Items.sql(20))
            world.sandbox.tables.clearRequests()
            let result = try await world.once("items", .push)
            #expect(result.exitCode == 0)
            #expect(result.job.progress.created == 0 && result.job.progress.deleted == 0)
            #expect(result.job.notes.first?.hasPrefix("the local table or its file is another one") == true)
            #expect(world.writes("items").isEmpty)
            #expect(world.sandbox.tables.count(of: "items") == 30)
        }
    }

    @Test func aTypeThatIsNotThereIsRefusedByName() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition)
            try world.writeShop(Items.sql(3))
            try world.write(integration: "items", Items.integration(world))
            _ = try await world.startDaemon()
            let result = try await world.ferryctl("sync", "items", "--push", "--type", "itm")
            #expect(result.exitCode == 1)
            #expect(result.errors.contains("'items' has no entity type 'itm' [sync.entity_type_unknown]"))
            #expect(result.errors.contains("its file has: item"))
            let good = try await world.ferryctl("sync", "items", "--push", "--type", "item", "--wait")
            #expect(good.exitCode == 0)
            let jobs = try await world.json("GET", "/api/v1/jobs").body["data"]?["jobs"]?.elements ?? []
            #expect(jobs.map { $0["entityTypes"]?.compactText } == [#"["item"]"#])
        }
    }
}
