import FerryAPI
import FerryCore
import FerryHTTP
import FerryJSON
import FerrySQLite
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// `ferryctl plan` and `ferryd once --plan`: what a job would do, with nothing done.
@Suite struct PlanTests {
    @Test func aPushIsPlannedWithoutAWriteOnAnySideAndThenDoneAsPlanned() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition)
            try world.writeShop(Items.sql(50))
            try world.write(integration: "items", Items.integration(world, entity: "deletes: propagate"))
            #expect(try await world.once("items", .push).exitCode == 0)
            try world.writeShop(
                """
                DELETE FROM item WHERE sku = 'S-0001';
                UPDATE item SET price = 3, name = 'Émile' WHERE sku = 'S-0002';
                INSERT INTO item VALUES ('S-0051', 'Fresh', 51.5, 1);
                """
            )
            _ = try await world.startDaemon()
            let before = try world.everything()
            world.sandbox.tables.clearRequests()
            let result = try await world.ferryctl("plan", "items", "--push", "--json")
            #expect(result.exitCode == 0)
            #expect(world.writes("items").isEmpty && !world.sandbox.tables.requests(of: "items").isEmpty)
            #expect(try world.everything() == before)

            let plan = try #require(try JSONValue(parsing: result.output)["data"])
            let entity = try #require(plan["entities"]?[0])
            let update = try #require(entity["updates"]?["listed"]?[0])
            #expect(update["localId"]?.string == "S-0002")
            let fields = update["fields"]?.elements.map {
                "\($0["field"]?.string ?? "") \($0["old"]?.compactText ?? "") \($0["new"]?.compactText ?? "")"
            }
            #expect(fields == [#"name "Item 2" "Émile""#, "price 2.5 3.0"])
            #expect(entity["creates"]?["listed"]?[0]?["localId"]?.string == "S-0051")
            #expect(entity["deletes"]?["listed"]?[0]?["localId"]?.string == "S-0001")
            #expect(try await world.jobs().count == 1)

            let job = try await world.sync("items", .push)
            #expect(Counts(plan) == Counts(job))
            #expect(world.writes("items").map(\.method) == ["POST", "PUT", "DELETE"])
        }
    }

    @Test func aFirstPullIsPlannedWithoutMakingTheStore() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(SeededProducts.definition, rows: SeededProducts.rows(count: 250, seed: 7))
            try world.write(integration: "products", OnceTests.products(world))
            let planned = try await world.startOnce("products", .pull, ["--plan", "--json", "--limit", "2"]).end()
            #expect(planned.exitCode == 0)
            #expect(!FileManager.default.fileExists(atPath: world.store))
            let plan = try #require(try JSONValue(parsing: planned.output)["plan"])
            let entity = try #require(plan["entities"]?[0])
            #expect(entity["makesTable"]?.bool == true)
            #expect(entity["creates"]?["count"]?.integer == 250)
            #expect(entity["creates"]?["listed"]?.elements.count == 2)
            let (job, _) = try await world.once("products", .pull)
            #expect(Counts(plan) == Counts(job))

            let again = try await world.startOnce("products", .pull, ["--plan"]).end()
            #expect(again.exitCode == 0)
            #expect(again.output.hasPrefix("pull of 'products', not done but planned: nothing to do, 250 unchanged\n"))
        }
    }

    @Test(arguments: 1...3)
    func jobsDoWhatPlansSaid(seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition)
            try world.writeShop(Items.sql(60))
            let rest = "delete_guard: { share: 50%, count: 5 }"
            try world.write(integration: "items", Items.integration(world, entity: "deletes: propagate", rest: rest))
            _ = try await world.startDaemon()
            for step in 1...4 {
                var sql = ""
                for _ in 0..<Int.random(in: 0...12, using: &random) {
                    let sku = Items.sku(Int.random(in: 1...80, using: &random))
                    let edits = [
                        "DELETE FROM item WHERE sku = '\(sku)';",
                        "UPDATE item SET price = price + 1 WHERE sku = '\(sku)';",
                        // Text that is not UTF-8 is refused by Ferry itself.
                        "UPDATE item SET name = CAST(x'ff41' AS TEXT) WHERE sku = '\(sku)';",
                        "INSERT OR REPLACE INTO item VALUES ('\(sku)', 'New \(step)', \(step).25, 1);",
                    ]
                    sql += edits[Int.random(in: edits.indices, using: &random)]
                }
                try world.writeShop(sql)
                let before = try world.everything()
                world.sandbox.tables.clearRequests()
                let body = #"{"direction":"push","limit":5}"#
                let answer = try await world.json("POST", "/api/v1/integrations/items/plan", body: body)
                let plan = try #require(answer.body["data"])
                #expect(world.writes("items").isEmpty)
                #expect(try world.everything() == before)
                let job = try await world.sync("items", .push)
                #expect(Counts(plan) == Counts(job), "seed \(seed), step \(step)")
            }
        }
    }

    @Test func tellsPeopleWhatWouldBeDone() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition)
            try world.writeShop(Items.sql(40))
            try world.write(integration: "items", Items.integration(world, entity: "deletes: propagate"))
            _ = try await world.startDaemon()
            _ = try await world.sync("items", .push)
            try world.writeShop(
                """
                UPDATE item SET price = 3 WHERE sku = 'S-0039';
                INSERT INTO item VALUES ('S-0041', 'Fresh', 41.5, 1);
                DELETE FROM item WHERE sku <= 'S-0020';
                """
            )
            let result = try await world.ferryctl("plan", "items", "--push", "--limit", "1")
            // The delete guard would stop the job.
            #expect(result.exitCode == 1)
            let ids = PushTests.ids(of: world)
            let expected = """
                push of 'items', not done but planned: 1 to create, 1 to update, 20 to delete, 19 unchanged

                item → rows
                  + create S-0041
                      sku       "S-0041"
                      name      "Fresh"
                      price     41.5
                      in_stock  true
                  ~ update S-0039 (\(ids["S-0039"] ?? ""))
                      price  39.5 → 3.0
                  - delete S-0001 (\(ids["S-0001"] ?? ""))
                    … and 19 more to delete
                  the delete guard would stop the job before any of these: 20 of 41 linked records

                the job would fail: 20 of 41 linked records would be deleted, which is more than the guard allows
                """
            #expect(result.output.hasPrefix(expected))
            #expect(result.output.contains("cannot be known in advance:\n  - whether the service takes each record"))
            #expect(!result.output.contains("\u{1B}"))

            let allowed = try await world.ferryctl("plan", "items", "--push", "--allow-deletes", "--type", "item")
            #expect(allowed.exitCode == 0 && allowed.output.contains("- delete S-0020 ("), "\(allowed)")
            #expect(!allowed.output.contains("guard"))
            let unknown = try await world.ferryctl("plan", "items", "--push", "--type", "itme")
            #expect(unknown.exitCode == 1 && unknown.errors.contains("itme"), "\(unknown)")

            let restricted = try await world.ferryctl("plan", "items", "--push", "--entity", "S-0041")
            #expect(restricted.exitCode == 0)
            #expect(restricted.output.hasPrefix("push of 'items', not done but planned: 1 to create\n"))
        }
    }

    @Test func aPlanEndsWhenWhoAskedForItGoesAwayAndKeepsNobodyWaiting() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(SeededProducts.definition, rows: SeededProducts.rows(count: 1000))
            try world.write(integration: "products", OnceTests.products(world))
            _ = try await world.startDaemon()
            // Ten pages of half a second each.
            world.sandbox.faults.add(FaultRule(.delay(milliseconds: 500), times: nil))
            let clients = try (0..<2).map { _ in
                try world.start("ferryctl", ["--socket", world.socket, "plan", "products", "--pull"])
            }
            let collection = SeededProducts.definition.collectionID
            try await eventually("both plans are being made") {
                world.sandbox.tables.requests(of: collection).count >= 2
            }
            #expect(try await world.status(of: "/api/v1/status") == 200)
            let third = try await world.ferryctl("plan", "products", "--pull")
            #expect(third.exitCode == 1 && third.errors.contains("[daemon.busy]"))
            for client in clients { client.send(SIGINT) }
            for client in clients { _ = try await client.end() }
            // There is room again, long before ten pages have been read.
            world.sandbox.faults.clear()
            try await eventually("the plans have ended") {
                try await world.ferryctl("plan", "products", "--pull").exitCode == 0
            }
        }
    }

    @Test func plansAndJobsLeaveNoFileOpenInTheDaemon() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(SeededProducts.definition, rows: SeededProducts.rows(count: 20))
            try world.write(integration: "products", OnceTests.products(world))
            let daemon = try await world.startDaemon()
            func files() throws -> Int {
                try FileManager.default.contentsOfDirectory(atPath: "/proc/\(daemon.identifier)/fd").count
            }
            func round() async throws {
                #expect(try await world.ferryctl("plan", "products", "--pull").exitCode == 0)
                #expect(try await world.sync("products", .pull).state == .succeeded)
            }
            for _ in 0..<3 { try await round() }
            let before = try files()
            for _ in 0..<5 { try await round() }
            // Connections come and go with the requests; each plan's ledger would be two files more.
            try await eventually("no more files are open than before", within: .seconds(30)) {
                try files() <= before + 3
            }
        }
    }

    @Test func aPlanThatCannotBeMadeFailsAsTheJobWould() async throws {
        try await FerryWorld.with { world async throws in
            try world.write(integration: "products", OnceTests.products(world))
            _ = try await world.startDaemon()
            let result = try await world.ferryctl("plan", "products", "--pull")
            #expect(result.exitCode == 1)
            #expect(result.output.contains("the job would fail: ") && result.output.contains("[service.not_found]"))
            let secrets = [SeededProducts.definition.primarySecret, SeededProducts.definition.secondarySecret]
            let json = try await world.ferryctl("plan", "products", "--pull", "--json")
            for secret in secrets { #expect(!json.output.contains(secret) && !result.output.contains(secret)) }

            let unknown = try await world.ferryctl("plan", "prodcuts", "--pull")
            #expect(unknown.exitCode == 1 && unknown.errors.contains("[integration.not_found]"))
            #expect(try await world.ferryctl("plan", "products").exitCode == 2)
            #expect(try await world.ferryctl("plan", "products", "--pull", "--limit", "-1").exitCode == 2)
            let wrong = try await world.request("POST", "/api/v1/integrations/products/plan", body: #"{"limit":"x"}"#)
            #expect(wrong.status == 400)
        }
    }
}

/// Records by outcome.
private struct Counts: Equatable {
    var text: String

    init(_ plan: JSONValue) {
        let names = ["read", "created", "updated", "unchanged", "deleted", "skipped", "quarantined", "held"]
        let counts = names.map { "\($0) \(plan["progress"]?[$0]?.integer ?? -1)" }
        text = "\(plan["state"]?.string ?? ""): " + counts.joined(separator: ", ")
    }

    init(_ job: FerryAPI.Job) {
        let progress = job.progress
        text =
            "\(job.state.rawValue): read \(progress.read), created \(progress.created), updated \(progress.updated), "
            + "unchanged \(progress.unchanged), deleted \(progress.deleted), skipped \(progress.skipped), "
            + "quarantined \(progress.quarantined), held \(progress.held)"
    }
}

extension FerryWorld {
    /// Every row of every table of the ledger, the embedded store and the shop's file, sequences included.
    ///
    /// All but what accounts have spent: the requests with which a plan reads are real, and count.
    fileprivate func everything() throws -> [String: [String]] {
        var dump: [String: [String]] = [:]
        for path in ["\(state)/ledger.db", store, shop] where FileManager.default.fileExists(atPath: path) {
            for table in try rows(path, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'account'") {
                dump["\(path) \(table)"] = try rows(path, "SELECT * FROM \"\(table)\"")
            }
        }
        return dump
    }
}
