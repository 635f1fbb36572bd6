import FerryAPI
import FerryCore
import FerryJSON
import FerryHTTP
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// Reloading while the daemon runs, and files that are broken.
@Suite struct ReloadTests {
    @Test func SIGHUPPicksUpANewIntegrationAndAChangedOneAndForgetsARemovedOne() async throws {
        try await FerryWorld.with { world async throws in
            try world.writeShop(Items.sql(1))
            try world.write(integration: "items", "name: Before\n" + Items.integration(world))
            try world.write(integration: "gone", Items.integration(world))
            let daemon = try await world.startDaemon()
            #expect(try await Self.names(world) == ["gone": "gone", "items": "Before"])

            try world.write(integration: "items", "name: After\n" + Items.integration(world))
            try world.write(integration: "fresh", "name: Fresh\n" + Items.integration(world))
            try world.folder.remove("etc/integrations/gone.yaml")
            daemon.send(SIGHUP)
            try await eventually("the reload") {
                try await Self.names(world) == ["items": "After", "fresh": "Fresh"]
            }
        }
    }

    @Test func aNewScheduleOfAReloadRunsByItself() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition)
            try world.writeShop(Items.sql(4))
            let daemon = try await world.startDaemon()
            try world.write(
                integration: "items",
                Items.integration(world, rest: "schedule: { push: { every: 1h } }")
            )
            daemon.send(SIGHUP)
            try await eventually("the push by schedule") { world.sandbox.tables.count(of: "items") == 4 }
        }
    }

    @Test func aFileThatBreaksKeepsItsLastGoodRevisionRunningAndHarmsNobodyElse() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition)
            try world.writeShop(Items.sql(3))
            try world.write(integration: "items", Items.integration(world))
            try world.write(integration: "other", Items.integration(world))
            let daemon = try await world.startDaemon()

            try world.write(integration: "items", "type: dynamic_tabel\nentitys: []\n")
            let report = try await world.json("POST", "/api/v1/reload").body["data"]
            #expect(report?["ok"]?.bool == false)
            #expect(report?["errors"]?.elements.count == 4 || report?["errors"]?.elements.isEmpty == false)
            #expect(daemon.isRunning)

            let line = try await world.statusLine("items")
            #expect(line?["status"]?.string == "error")
            #expect(line?["attention"]?.elements.first?.string?.contains("its file has errors") == true)
            let other = try await world.statusLine("other")
            #expect(other?["status"]?.string == "pending")
            #expect(other?["attention"]?.elements.isEmpty == true)
            let configuration = try await world.json("GET", "/api/v1/status").body["data"]?["configuration"]
            #expect(configuration?["ok"]?.bool == false)
            let errors = configuration?["errors"]?.elements.compactMap(\.string) ?? []
            #expect(errors.contains { $0.contains("items.yaml:1:7: error:") && $0.contains("dynamic_table") })

            // The last good revision works on.
            let job = try await world.sync("items", .push)
            #expect(job.state == .succeeded)
            #expect(job.progress.created == 3)

            try world.write(integration: "items", Items.integration(world))
            let mended = try await world.json("POST", "/api/v1/reload").body["data"]
            #expect(mended?["ok"]?.bool == true)
            #expect(mended?["loaded"]?.integer == 2)
            #expect(try await world.statusLine("items")?["status"]?.string == "active")
        }
    }

    @Test func startsWithNothingButBrokenFilesAndShowsThem() async throws {
        try await FerryWorld.with { world async throws in
            try world.write(integration: "one", "type: [\n")
            try world.write(integration: "two", "type: nonsense\n")
            try world.write(settings: "wrokers: 3\n")
            let daemon = try await world.startDaemon()
            let list = try await world.json("GET", "/api/v1/integrations").body["data"]?.elements ?? []
            #expect(list.map { $0["id"]?.string } == ["one", "two"])
            #expect(list.allSatisfy { $0["status"]?.string == "error" })
            for file in ["one.yaml", "two.yaml", "ferry.yaml"] { #expect(daemon.errors.contains("\(file):")) }

            let sync = try await world.json(
                "POST",
                "/api/v1/integrations/two/sync",
                body: "{\"direction\":\"pull\"}"
            )
            #expect(sync.status == 409)
            #expect(sync.body["error"]?["code"]?.string == "integration.broken")
            #expect(sync.body["error"]?["message"]?.string?.contains("integrations/two.yaml:1:") == true)
        }
    }

    @Test func aBrokenServiceDescriptionBreaksOnlyTheIntegrationsThatUseIt() async throws {
        try await FerryWorld.with { world async throws in
            try world.writeShop(Items.sql(1))
            try world.folder.write("service: mine\nbase: 12\n", to: "etc/services/mine.yaml")
            try world.write(integration: "items", Items.integration(world))
            try world.write(integration: "mine", "type: mine\nentities: []\n")
            _ = try await world.startDaemon()
            #expect(try await world.statusLine("items")?["status"]?.string == "pending")
            #expect(try await world.statusLine("mine")?["status"]?.string == "error")
        }
    }

    @Test func aRunningJobFinishesOnTheRevisionItBeganWith() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...30))
            world.sandbox.faults.add(FaultRule(.delay(milliseconds: 200), times: nil))
            let good = Items.integration(world, store: "main", settings: "page_size: 10")
            try world.write(integration: "items", good)
            _ = try await world.startDaemon()
            let id = try await world.enqueue("items", .pull)
            try await eventually("it runs") { try await world.jobNow(id)["state"]?.string == "running" }
            try world.write(
                integration: "items",
                good.replacing("fields.name, target: name", with: "fields.title, target: name")
            )
            #expect(try await world.json("POST", "/api/v1/reload").body["data"]?["ok"]?.bool == true)
            #expect(try await world.job(id).state == .succeeded)
            let named = try world.rows(world.store, "SELECT count(name) FROM item")
            #expect(named == ["30"])
        }
    }

    private static func names(_ world: FerryWorld) async throws -> [String: String] {
        let list = try await world.json("GET", "/api/v1/integrations").body["data"]?.elements ?? []
        return Dictionary(uniqueKeysWithValues: list.map { ($0["id"]?.string ?? "", $0["name"]?.string ?? "") })
    }
}
