import FerryAPI
import FerryCore
import FerryHTTP
import FerrySandbox
import FerryTesting
import Testing

/// `json: { max_depth: … }` in ferry.yaml, from the answer of a service to a stored column and back.
@Suite struct DepthTests {
    /// Arrays in arrays, so many.
    private static func nested(_ count: Int) -> String {
        String(repeating: "[", count: count) + String(repeating: "]", count: count)
    }

    @Test func anAnswerThatIsTooDeepBreaksTheContractUntilTheLimitIsRaised() async throws {
        try await FerryWorld.with { world async throws in
            // The list and the record are two levels more, and the record's data a third.
            let deep = Self.nested(600)
            world.sandbox.tables.addTable(
                Items.definition,
                rows: [[("sku", "\"A\""), ("name", deep)], [("sku", "\"B\""), ("name", "\"flat\"")]]
            )
            try world.write(integration: "items", Items.integration(world, store: "main"))
            let refused = try await world.once("items", .pull)
            #expect(refused.exitCode == 1)
            #expect(refused.job.error?.code == "contract.unexpected_answer")
            #expect(refused.job.error?.message.contains("nested too deeply") == true)
            #expect(refused.job.error?.hint?.contains("'max_depth' under 'json' in ferry.yaml") == true)
            #expect(refused.job.progress.read == 0)

            try world.write(settings: "json: { max_depth: 1000 }\n")
            let taken = try await world.once("items", .pull)
            #expect(taken.exitCode == 0 && taken.job.progress.created == 2)
            #expect(try world.rows(world.store, "SELECT name FROM item WHERE sku = 'A'") == [deep])
        }
    }

    @Test func aStoredColumnThatIsTooDeepIsItsRowsErrorUntilTheLimitIsRaised() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition)
            let deep = Self.nested(600)
            try world.writeShop(
                """
                CREATE TABLE item (sku TEXT PRIMARY KEY, name JSON, price REAL, in_stock BOOLEAN);
                INSERT INTO item VALUES ('A', '\(deep)', 1, 1), ('B', '[1]', 2, 0);
                """
            )
            let text = Items.integration(world)
                .replacing("target: name }", with: "target: name, transform: json_encode }")
            try world.write(integration: "items", text)
            let refused = try await world.once("items", .push)
            #expect(refused.exitCode == 6)
            #expect(refused.job.progress.created == 1 && refused.job.progress.quarantined == 1)
            #expect(refused.job.error?.message.contains("nested more than 512 deep") == true)
            #expect(world.sandbox.tables.rows(of: "items").map { $0["name"] } == ["\"[1]\""])

            let stores = "stores: { shop: { type: sqlite, path: \(world.shop) } }\n"
            try world.write(settings: stores + "json: { max_depth: 1000 }\n")
            let taken = try await world.once("items", .push)
            #expect(taken.exitCode == 0 && taken.job.progress.created == 1)
            let names = world.sandbox.tables.rows(of: "items").compactMap { $0["name"] }
            #expect(Set(names) == ["\"[1]\"", "\"\(deep)\""])
        }
    }

    @Test func aReloadTakesTheNewLimitOver() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(
                Items.definition,
                rows: [[("sku", "\"A\""), ("name", Self.nested(600))]]
            )
            try world.write(integration: "items", Items.integration(world, store: "main"))
            _ = try await world.startDaemon()
            #expect(try await world.sync("items", .pull).error?.code == "contract.unexpected_answer")
            try world.write(settings: "json: { max_depth: 700 }\n")
            #expect(try await world.request("POST", "/api/v1/reload").status == 200)
            #expect(try await world.sync("items", .pull).state == .succeeded)
        }
    }
}
