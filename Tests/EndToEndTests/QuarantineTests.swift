import FerryAPI
import FerryCore
import FerryJSON
import FerrySandbox
import FerryTesting
import Testing

/// What was refused and set aside: listed with the service's own words, and tried again on request.
@Suite struct QuarantineTests {
    @Test func whatIsSetAsideIsListedByJobIntegrationAndAltogether() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition)
            try world.writeShop(Items.sql(10) + "UPDATE item SET price = 'a lot' WHERE sku < 'S-0004';")
            try world.write(integration: "items", Items.integration(world))
            _ = try await world.startDaemon()
            #expect(try await world.ferryctl("quarantine").output == "Nothing is set aside.\n")
            let id = try await world.sync("items", .push).id
            for path in ["jobs/\(id)", "integrations/items"] {
                let answer = try await world.json("GET", "/api/v1/\(path)/quarantine")
                #expect(answer.status == 200)
                let data = try #require(answer.body["data"])
                #expect(data.keys == ["total", "records", "nextCursor"])
                #expect(data["total"] == 3 && data["nextCursor"] == .null)
                let records = data["records"]?.elements ?? []
                #expect(Set(records.compactMap { $0["id"]?.string }) == ["S-0001", "S-0002", "S-0003"])
                let first = try #require(records.first)
                #expect(first.keys == ["integrationId", "entityType", "direction", "id", "code", "message"])
                #expect(first["entityType"] == "item" && first["direction"] == "push")
                #expect(first["code"] == "record.refused")
                #expect(first["message"]?.string?.contains("must be a number") == true)
            }
            // Page by page, each once.
            var met: [String] = []
            var cursor = ""
            repeat {
                let page = try await world.json("GET", "/api/v1/quarantine?limit=2\(cursor)").body["data"]
                met += page?["records"]?.elements.compactMap { $0["id"]?.string } ?? []
                cursor = page?["nextCursor"]?.string.map { "&cursor=\($0)" } ?? ""
            } while !cursor.isEmpty
            #expect(met.sorted() == ["S-0001", "S-0002", "S-0003"])

            for arguments in [["quarantine"], ["quarantine", "items"], ["quarantine", id]] {
                let options = ["--socket", world.socket]
                let result = try await Program.run("ferryctl", options + arguments, in: world.folder)
                #expect(result.exitCode == 0)
                #expect(result.output.contains("S-0002"))
                #expect(result.output.contains("must be a number"))
            }
            let short = try await world.ferryctl("quarantine", "--limit", "1")
            #expect(short.output.hasSuffix("2 more.\n"))
            #expect(try await world.ferryctl("quarantine", "itms").exitCode == 1)
            #expect(try await world.ferryctl("quarantine", "job_0").exitCode == 1)
            let json = try await world.ferryctl("quarantine", "--json")
            #expect(try JSONValue(parsing: json.output)["data"]?["total"] == 3)
        }
    }

    @Test func whatIsSetAsideIsTriedAgainOnRequestAndNothingElseWithQuarantined() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition)
            try world.writeShop(Items.sql(1))
            try world.write(integration: "items", Items.integration(world))
            _ = try await world.startDaemon()
            // A whim of the service: neither the row nor its mapping changes before it goes through.
            let whim = #"{"message":"not on a Friday"}"#
            world.sandbox.faults.add(FaultRule(.status(400, body: whim), method: "POST", times: nil))
            let first = try await world.sync("items", .push)
            #expect(first.state == .partial && first.progress.quarantined == 1)
            try world.writeShop("INSERT INTO item VALUES ('S-0002', 'Item 2', 2.5, 0)")
            world.sandbox.faults.clear()
            world.sandbox.tables.clearRequests()

            let retried = try await world.ferryctl("retry", first.id, "--quarantined", "--wait", "--json")
            #expect(retried.exitCode == 0, "\(retried)")
            let job = try #require(try JSONValue(parsing: retried.output)["data"])
            #expect(job["quarantinedOnly"] == true && job["trigger"] == "retry")
            #expect(job["progress"]?["read"] == 1 && job["progress"]?["created"] == 1)
            #expect(world.sandbox.tables.rows(of: "items").map { $0["sku"] } == ["\"S-0001\""])
            #expect(try await world.ferryctl("quarantine").output == "Nothing is set aside.\n")
            #expect(try await world.sync("items", .push).progress.created == 1)
        }
    }

    @Test func aPlainRetryTriesThemAgainAndTheNextScheduledPushDoesNot() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition)
            try world.writeShop(Items.sql(1))
            try world.write(integration: "items", Items.integration(world))
            _ = try await world.startDaemon()
            world.sandbox.faults.add(FaultRule(.status(400, body: #"{"message":"no"}"#), method: "POST", times: nil))
            let first = try await world.sync("items", .push)
            #expect(first.state == .partial)
            world.sandbox.tables.clearRequests()
            #expect(try await world.sync("items", .push).state == .partial)
            #expect(world.writes("items").isEmpty)
            let again = try await world.ferryctl("retry", first.id, "--wait")
            #expect(again.exitCode == 6)
            #expect(world.writes("items").count == 1)
            world.sandbox.faults.clear()
            #expect(try await world.ferryctl("retry", first.id, "--type", "item", "--wait").exitCode == 0)
            #expect(world.sandbox.tables.count(of: "items") == 1)
            #expect(try await world.ferryctl("retry", first.id, "--type", "other").exitCode == 1)
        }
    }
}
