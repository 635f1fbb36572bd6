import FerryAPI
import FerryCore
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// The four integration routes, to the letter of the Integrations API document.
@Suite struct IntegrationsAPITests {
    @Test func theListHasTheDocumentsKeysAndNoSyncYet() async throws {
        try await FerryWorld.with { world async throws in
            try world.writeShop(Items.sql(1))
            try world.write(integration: "items", "name: The shop's items\n" + Items.integration(world))
            _ = try await world.startDaemon()
            let answer = try await world.json("GET", "/api/v1/integrations")
            #expect(answer.status == 200)
            #expect(answer.body.keys == ["data"])
            let item = try #require(answer.body["data"]?[0])
            #expect(item.keys.prefix(5) == ["id", "type", "name", "status", "lastSyncAt"])
            #expect(item["id"] == "items")
            #expect(item["type"] == "dynamic_table")
            #expect(item["name"] == "The shop's items")
            #expect(item["status"] == "pending")
            #expect(item["lastSyncAt"] == .null)
        }
    }

    @Test func lastSyncAtIsTheEndOfTheLastSuccessInUnixMilliseconds() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition)
            try world.writeShop(Items.sql(2))
            try world.write(integration: "items", Items.integration(world))
            _ = try await world.startDaemon()
            let before = Int(Date().timeIntervalSince1970 * 1000)
            let job = try await world.sync("items", .push)
            let after = Int(Date().timeIntervalSince1970 * 1000)
            let item = try #require(try await world.json("GET", "/api/v1/integrations").body["data"]?[0])
            #expect(item["status"] == "active")
            let time = try #require(item["lastSyncAt"]?.integer)
            #expect(time == job.finishedAt.map(Int.init))
            #expect(time >= before && time <= after + 1)

            // A failure changes the status, not the time of the last success.
            world.sandbox.tables.rotateKey(.primary, of: "items", to: "other-1")
            world.sandbox.tables.rotateKey(.secondary, of: "items", to: "other-2")
            #expect(try await world.sync("items", .push).state == .succeeded, "an unchanged table asks for nothing")
            try world.writeShop("UPDATE item SET price = 9")
            #expect(try await world.sync("items", .push).state == .failed)
            let failed = try #require(try await world.json("GET", "/api/v1/integrations").body["data"]?[0])
            #expect(failed["status"] == "error")
            #expect(failed["lastSyncAt"]?.integer != nil)
        }
    }

    @Test func theDetailsHaveTheDocumentsKeysAndNoSecret() async throws {
        try await FerryWorld.with { world async throws in
            try world.writeShop(Items.sql(1))
            let text = Items.integration(world)
                .replacing("target: name }", with: "target: name, transform: slugify }")
            try world.write(integration: "items", text)
            _ = try await world.startDaemon()
            let data = try #require(try await world.json("GET", "/api/v1/integrations/items").body["data"])
            #expect(
                data.keys.prefix(7) == ["id", "type", "name", "status", "config", "fieldMappings", "lastSyncAt"]
            )
            #expect(data["config"]?["plugin_host"]?.string == world.sandbox.baseURL)
            #expect(data["config"]?["collection_id"] == "items")
            #expect(!data.compactText.contains(Items.definition.primarySecret))
            #expect(!data.compactText.contains(Items.definition.secondarySecret))
            let mappings = data["fieldMappings"]?.elements ?? []
            #expect(mappings.count == 4)
            #expect(mappings.first?.keys.prefix(3) == ["source", "target", "transform"])
            #expect(mappings.map { $0["source"] } == ["fields.sku", "fields.name", "fields.price", "fields.in_stock"])
            #expect(mappings.map { $0["target"] } == ["sku", "name", "price", "in_stock"])
            #expect(mappings.map { $0["transform"] } == [.null, "slugify", .null, .null])
            #expect(data["lastSyncAt"] == .null)
        }
    }

    @Test func aPushOfSomeEntitiesSendsOnlyTheseAndOfNoneSendsNothing() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition)
            try world.writeShop(Items.sql(20))
            try world.write(integration: "items", Items.integration(world))
            _ = try await world.startDaemon()
            let none = try await world.sync("items", .push, entityIDs: [])
            #expect(none.state == .succeeded)
            #expect(none.entityIds == [])
            #expect(world.sandbox.tables.requests(of: "items").isEmpty)

            let some = try await world.sync("items", .push, entityIDs: ["S-0003", "S-0007", "S-9999"])
            #expect(some.state == .succeeded)
            #expect(some.progress.created == 2)
            let keys = world.sandbox.tables.rows(of: "items").map { $0["sku"] ?? "" }
            #expect(keys.sorted() == ["\"S-0003\"", "\"S-0007\""])

            let all = try await world.sync("items", .push)
            #expect(all.progress.created == 18)
            #expect(all.progress.unchanged == 2)
        }
    }

    @Test func aPullOfSomeEntitiesWritesOnlyThese() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...20))
            try world.write(integration: "items", Items.integration(world, store: "main"))
            _ = try await world.startDaemon()
            let answer = try await world.json(
                "POST",
                "/api/v1/integrations/items/sync",
                body: "{\"direction\":\"pull\",\"entityIds\":[\"S-0003\"]}"
            )
            #expect(answer.status == 200)
            #expect(answer.body["data"]?.keys == ["jobId"])
            let job = try await world.job(try #require(answer.body["data"]?["jobId"]?.string))
            #expect(job.state == .succeeded)
            #expect(try world.rows(world.store, "SELECT sku FROM item") == ["S-0003"])
        }
    }

    @Test func aTestOfTheConnectionSaysWhetherItWorksAndHowLongItTook() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition)
            world.sandbox.faults.add(FaultRule(.delay(milliseconds: 40), times: 1))
            try world.writeShop(Items.sql(1))
            try world.write(integration: "items", Items.integration(world))
            _ = try await world.startDaemon()
            let good = try await world.json("POST", "/api/v1/integrations/items/test")
            #expect(good.status == 200)
            #expect(good.body["data"]?.keys.prefix(2) == ["connected", "latencyMs"])
            #expect(good.body["data"]?["connected"] == true)
            #expect(try #require(good.body["data"]?["latencyMs"]?.integer) >= 40)
            #expect(world.sandbox.tables.requests(of: "items").map(\.query) == ["skip=0&take=1"])

            world.sandbox.tables.rotateKey(.primary, of: "items", to: "other-1")
            world.sandbox.tables.rotateKey(.secondary, of: "items", to: "other-2")
            let bad = try await world.json("POST", "/api/v1/integrations/items/test")
            #expect(bad.status == 200)
            #expect(bad.body["data"]?["connected"] == false)
            #expect(bad.body["data"]?["latencyMs"]?.integer != nil)
            #expect(bad.body["data"]?["error"]?["code"] == "auth.rejected")
            // A test is no job: it changes neither the status nor the time of the last sync.
            #expect(try await world.statusLine("items")?["status"] == "pending")
        }
    }
}
