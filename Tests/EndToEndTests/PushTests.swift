import FerryAPI
import FerryCore
import FerryJSON
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// Pushing a local table: exactly what changed, nothing else, seen from the service's side.
@Suite struct PushTests {
    @Test func afterAChangeOfThreeInAThousandRowsSendsTheseThreeAndOnlyTheirChangedColumns() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition)
            try world.writeShop(Items.sql(1000))
            try world.write(integration: "items", Items.integration(world, settings: "batch_size: 250"))
            let first = try await world.once("items", .push)
            #expect(first.exitCode == 0)
            #expect(first.job.progress.created == 1000)
            #expect(world.writes("items").map(\.method) == ["POST", "POST", "POST", "POST"])
            #expect(Self.literals(of: world) == Self.literals(Items.rows(1...1000)))

            world.sandbox.tables.clearRequests()
            try world.writeShop(
                """
                UPDATE item SET price = 99.25 WHERE sku = 'S-0010';
                UPDATE item SET name = 'Renamed', in_stock = 0 WHERE sku = 'S-0501';
                UPDATE item SET price = NULL WHERE sku = 'S-1000';
                """
            )
            let second = try await world.once("items", .push)
            #expect(second.exitCode == 0)
            #expect(second.job.progress.updated == 3)
            #expect(second.job.progress.unchanged == 997)
            let writes = world.writes("items")
            #expect(writes.map(\.method) == ["PUT"])
            let sent = try #require(writes.first?.json["rows"]?.elements)
            let ids = Self.ids(of: world)
            #expect(sent.map { $0["id"]?.string } == ["S-0010", "S-0501", "S-1000"].map { ids[$0] })
            #expect(
                sent.map { $0["data"]?.compactText } == [
                    #"{"price":99.25}"#, #"{"name":"Renamed","in_stock":false}"#, #"{"price":null}"#,
                ]
            )

            world.sandbox.tables.clearRequests()
            let third = try await world.once("items", .push)
            #expect(third.job.progress.unchanged == 1000)
            #expect(world.sandbox.tables.requests(of: "items").isEmpty)
        }
    }

    @Test func deletesAreSentLastWithABodyAndOnlyWhereTheyArePropagated() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition)
            try world.writeShop(Items.sql(50))
            try world.write(integration: "items", Items.integration(world))
            #expect(try await world.once("items", .push).exitCode == 0)
            let ids = Self.ids(of: world)
            try world.writeShop("DELETE FROM item WHERE sku = 'S-0049'")
            let kept = try await world.once("items", .push)
            #expect(kept.job.progress.deleted == 0)
            #expect(world.sandbox.tables.count(of: "items") == 50)

            try world.write(integration: "items", Items.integration(world, entity: "deletes: propagate"))
            try world.writeShop(
                """
                DELETE FROM item WHERE sku = 'S-0001';
                UPDATE item SET price = 3 WHERE sku = 'S-0002';
                INSERT INTO item VALUES ('S-0051', 'Fresh', 51.5, 1);
                """
            )
            world.sandbox.tables.clearRequests()
            let job = try await world.once("items", .push).job
            #expect(job.progress.created == 1 && job.progress.updated == 1 && job.progress.deleted == 2)
            #expect(world.writes("items").map(\.method).last == "DELETE")
            #expect(Set(world.writes("items").dropLast().map(\.method)) == ["POST", "PUT"])
            let delete = try #require(world.writes("items").last)
            #expect(delete.status == 204)
            #expect(delete.json.keys == ["rowIds"])
            let sent = Set(delete.json["rowIds"]?.elements.compactMap(\.string) ?? [])
            #expect(sent == Set(["S-0001", "S-0049"].compactMap { ids[$0] }))
            #expect(world.sandbox.tables.count(of: "items") == 49)
        }
    }

    @Test func moreDeletesThanTheGuardAllowsStopTheJobBeforeAnyOfThem() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition)
            try world.writeShop(Items.sql(40))
            try world.write(integration: "items", Items.integration(world, entity: "deletes: propagate"))
            #expect(try await world.once("items", .push).exitCode == 0)
            try world.writeShop("DELETE FROM item WHERE sku > 'S-0020'")
            let result = try await world.once("items", .push)
            #expect(result.exitCode == 1)
            #expect(result.job.error?.code == "deletes.guarded")
            #expect(result.job.error?.message.contains("20 of 40") == true)
            #expect(world.sandbox.tables.count(of: "items") == 40)

            // Once, and not for the job after it.
            let allowed = try await world.startOnce("items", .push, ["--allow-deletes"]).end()
            #expect(allowed.exitCode == 0, "\(allowed)")
            #expect(world.sandbox.tables.count(of: "items") == 20)
            try world.writeShop("DELETE FROM item WHERE sku > 'S-0005'")
            let next = try await world.once("items", .push)
            #expect(next.job.error?.code == "deletes.guarded")
            #expect(world.sandbox.tables.count(of: "items") == 20)
        }
    }

    @Test func aBadRowAmongFiveHundredIsSetAsideInTheServicesWordsAndTheOthersLand() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition)
            try world.writeShop(Items.sql(500) + "UPDATE item SET price = 'a lot' WHERE sku = 'S-0250';")
            try world.write(integration: "items", Items.integration(world))
            let result = try await world.once("items", .push)
            #expect(result.exitCode == 6)
            #expect(result.job.state == .partial)
            #expect(result.job.progress.created == 499)
            #expect(result.job.progress.quarantined == 1)
            #expect(world.sandbox.tables.count(of: "items") == 499)
            #expect(Self.ids(of: world)["S-0250"] == nil)
            let ledger = "\(world.state)/ledger.db"
            let reason = try world.rows(ledger, "SELECT record_id, code, message FROM quarantine")
            #expect(reason.count == 1)
            #expect(reason.first?.hasPrefix("S-0250|record.refused|") == true)
            #expect(reason.first?.contains("must be a number") == true)
            #expect(result.job.error?.message.contains("S-0250") == true)
            #expect(result.job.error?.message.contains("must be a number") == true)

            // It is not sent again until it changes.
            world.sandbox.tables.clearRequests()
            let again = try await world.once("items", .push)
            #expect(again.exitCode == 6)
            #expect(world.writes("items").isEmpty)
            try world.writeShop("UPDATE item SET price = 1 WHERE sku = 'S-0250'")
            let mended = try await world.once("items", .push)
            #expect(mended.exitCode == 0)
            #expect(mended.job.progress.created == 1)
            #expect(try world.rows(ledger, "SELECT count(*) FROM quarantine") == ["0"])
        }
    }

    @Test func aLostLedgerLeadsToAdoptionNotToDuplicates() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition)
            try world.writeShop(Items.sql(300))
            try world.write(integration: "items", Items.integration(world))
            #expect(try await world.once("items", .push).exitCode == 0)
            let digest = world.sandbox.tables.digest(of: "items")
            try FileManager.default.removeItem(atPath: world.state)

            world.sandbox.tables.clearRequests()
            let again = try await world.once("items", .push)
            #expect(again.exitCode == 0)
            #expect(again.job.progress.unchanged == 300)
            #expect(again.job.progress.created == 0)
            #expect(world.writes("items").isEmpty)
            #expect(world.sandbox.tables.digest(of: "items") == digest)
        }
    }

    @Test func aFirstPushWhereHalfIsThereCreatesTheOtherHalfAndMendsWhatDiffers() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(stride(from: 2, through: 100, by: 2)))
            let different: SandboxRow.Data = [("sku", "\"S-0004\""), ("price", "0.25")]
            world.sandbox.tables.upsert(different, in: "items")
            try world.writeShop(Items.sql(100))
            try world.write(integration: "items", Items.integration(world))
            let result = try await world.once("items", .push)
            #expect(result.exitCode == 0)
            #expect(result.job.progress.created == 50)
            #expect(result.job.progress.updated == 1)
            #expect(result.job.progress.unchanged == 49)
            let puts = world.writes("items").filter { $0.method == "PUT" }
            #expect(puts.map { $0.json["rows"]?[0]?["data"]?.compactText } == [#"{"price":4.5}"#])
            #expect(Self.literals(of: world) == Self.literals(Items.rows(1...100)))
        }
    }

    @Test func aRowThatSomebodyDeletedAtTheServiceIsCreatedAnewWhenItChanges() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition)
            try world.writeShop(Items.sql(10))
            try world.write(integration: "items", Items.integration(world))
            #expect(try await world.once("items", .push).exitCode == 0)
            world.sandbox.tables.delete(try #require(Self.ids(of: world)["S-0005"]), in: "items")
            try world.writeShop("UPDATE item SET price = 100.5 WHERE sku IN ('S-0005', 'S-0006')")
            let result = try await world.once("items", .push)
            #expect(result.exitCode == 0)
            #expect(result.job.progress.created == 1 && result.job.progress.updated == 1)
            let row = world.sandbox.tables.rows(of: "items").first { $0["sku"] == "\"S-0005\"" }
            #expect(row?["price"] == "100.5")
            #expect(row?["name"] == "\"Item 5\"")
        }
    }

    @Test func anEmptyTableIsPushedWithoutAWrite() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition)
            try world.writeShop(Items.sql(0))
            try world.write(integration: "items", Items.integration(world, entity: "deletes: propagate"))
            let result = try await world.once("items", .push)
            #expect(result.exitCode == 0)
            #expect(result.job.progress.read == 0)
            #expect(world.writes("items").isEmpty)
        }
    }

    static func ids(of world: FerryWorld) -> [String: String] {
        let rows = world.sandbox.tables.rows(of: "items")
        return Dictionary(
            rows.map { ($0["sku"]?.replacing("\"", with: "") ?? "", $0.id) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    static func literals(of world: FerryWorld) -> [String] {
        literals(world.sandbox.tables.rows(of: "items").map(\.data))
    }

    static func literals(_ rows: [SandboxRow.Data]) -> [String] {
        rows.map { $0.map { "\($0.column)=\($0.json)" }.joined(separator: " ") }.sorted()
    }
}
