import FerryAPI
import FerryCore
import FerryJSON
import FerrySQLite
import FerrySandbox
import FerryTesting
import Testing

/// Records that both sides changed, from the conflict to its end.
@Suite struct ConflictTests {
    @Test func differentFieldsOfOneRecordMerge() async throws {
        try await Self.withItems { world async throws in
            try Self.editHere(world, "price = 9.25")
            try Self.editThere(world, [("name", "\"Theirs\"")])
            #expect(try await world.sync("items", .pull).state == .succeeded)
            #expect(try Self.here(world) == ["Theirs|9.25"])
            #expect(try await world.sync("items", .push).state == .succeeded)
            #expect(try Self.there(world) == ["\"Theirs\"", "9.25"])
        }
    }

    @Test func aPushDoesNotOverwriteWhatChangedAtTheServiceSinceTheLastPull() async throws {
        try await Self.withItems { world async throws in
            try Self.editHere(world, "name = 'Mine', price = 9.25")
            try Self.editThere(world, [("name", "\"Theirs\"")])
            let push = try await world.sync("items", .push)
            #expect(push.state == .partial && push.progress.held == 1)
            #expect(world.writes("items").isEmpty)
            #expect(try Self.there(world)[0] == "\"Theirs\"")
        }
    }

    @Test(arguments: ["--local", "--remote"])
    func aConflictIsShownAndResolved(side: String) async throws {
        try await Self.withItems { world async throws in
            try Self.editHere(world, "name = 'Mine'")
            try Self.editThere(world, [("name", "\"Theirs\"")])
            #expect(try await world.sync("items", .pull).state == .partial)

            let list = try await world.ferryctl("conflicts")
            #expect(list.exitCode == 0)
            #expect(list.output.contains("items item 'S-0002': changed on both sides"), "\(list)")
            #expect(list.output.contains("\"Mine\"") && list.output.contains("\"Theirs\""), "\(list)")
            let json = try await world.json("GET", "/api/v1/integrations/items/conflicts").body["data"]?.elements ?? []
            #expect(json.count == 1 && json[0]["fields"]?.compactText == #"["name"]"#)
            let id = try #require(json.first?["id"]?.compactText)

            let resolve = try await world.ferryctl("resolve", id, side, "--wait")
            #expect(resolve.exitCode == 0, "\(resolve)")
            let expected = side == "--local" ? "Mine" : "Theirs"
            #expect(try Self.here(world)[0].hasPrefix("\(expected)|"))
            #expect(try Self.there(world)[0] == "\"\(expected)\"")
            #expect(try await world.ferryctl("conflicts", "items").output == "No conflicts.\n")
            // Both sides agree: nothing flows any more.
            world.sandbox.tables.clearRequests()
            #expect(try await world.sync("items", .pull).progress.unchanged == 5)
            #expect(try await world.sync("items", .push).progress.unchanged == 5)
            #expect(world.writes("items").isEmpty)
        }
    }

    @Test(arguments: ["--local", "--remote"])
    func deletedHereAndChangedThereIsAConflict(side: String) async throws {
        try await Self.withItems { world async throws in
            try SQLiteConnection(path: world.store, mode: .readWrite).execute("DELETE FROM item WHERE sku = 'S-0002'")
            try Self.editThere(world, [("name", "\"Theirs\"")])
            let push = try await world.sync("items", .push)
            #expect(push.state == .partial && push.progress.held == 1 && push.progress.deleted == 0)
            let conflict = try #require(try await Self.conflicts(world).first)
            #expect(conflict["kind"]?.string == "local_deleted" && conflict["local"] == .null)
            let id = try #require(conflict["id"]?.compactText)
            #expect(try await world.ferryctl("resolve", id, side, "--wait").exitCode == 0)
            #expect(try Self.here(world).count == (side == "--local" ? 0 : 1))
            #expect(world.sandbox.tables.count(of: "items") == (side == "--local" ? 4 : 5))
            #expect(try await Self.conflicts(world).isEmpty)
        }
    }

    @Test(arguments: ["--local", "--remote"])
    func changedHereAndDeletedThereIsAConflict(side: String) async throws {
        try await Self.withItems { world async throws in
            try Self.editHere(world, "name = 'Mine'")
            let row = try #require(Self.item(world))
            #expect(world.sandbox.tables.delete(row.id, in: "items"))
            let push = try await world.sync("items", .push)
            #expect(push.state == .partial && push.progress.held == 1)
            #expect(world.sandbox.tables.count(of: "items") == 4)
            let conflict = try #require(try await Self.conflicts(world).first)
            #expect(conflict["kind"]?.string == "remote_deleted")
            let id = try #require(conflict["id"]?.compactText)
            #expect(try await world.ferryctl("resolve", id, side, "--wait").exitCode == 0)
            // A record that is missing counts as deleted after two complete scans.
            _ = try await world.sync("items", .pull)
            _ = try await world.sync("items", .pull)
            #expect(try Self.here(world).count == (side == "--local" ? 1 : 0))
            #expect(world.sandbox.tables.count(of: "items") == (side == "--local" ? 5 : 4))
            #expect(try await Self.conflicts(world).isEmpty)
        }
    }

    @Test func aDecisionDoesNotCountForAVersionThatNobodySaw() async throws {
        try await Self.withItems { world async throws in
            try Self.editHere(world, "name = 'Mine'")
            try Self.editThere(world, [("name", "\"Theirs\"")])
            #expect(try await world.sync("items", .pull).progress.held == 1)
            let id = try #require(try await Self.conflicts(world).first?["id"]?.compactText)
            try Self.editThere(world, [("name", "\"Theirs again\"")])
            let resolve = try await world.ferryctl("resolve", id, "--local", "--wait")
            #expect(resolve.exitCode == 6, "\(resolve)")
            #expect(try Self.there(world)[0] == "\"Theirs again\"")
            let conflict = try #require(try await Self.conflicts(world).first)
            #expect(conflict["remote"]?["name"]?.string == "Theirs again" && conflict["resolution"] == .null)
        }
    }

    @Test func whatDoesNotExistCannotBeResolved() async throws {
        try await Self.withItems { world async throws in
            let resolve = try await world.ferryctl("resolve", "77", "--local")
            #expect(resolve.exitCode == 1)
            #expect(resolve.errors.contains("there is no open conflict '77'"), "\(resolve)")
            #expect(try await world.ferryctl("resolve", "77").exitCode == 2)
        }
    }

    // MARK: Parts

    /// Five items that both sides agree on, and a daemon.
    private static func withItems(_ body: (FerryWorld) async throws -> Void) async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...5))
            try world.write(
                integration: "items",
                Items.integration(world, store: "main", entity: "deletes: propagate")
            )
            let daemon = try await world.startDaemon()
            #expect(try await world.sync("items", .pull).progress.created == 5)
            world.sandbox.tables.clearRequests()
            try await body(world)
            try await world.stop(daemon)
        }
    }

    private static func editHere(_ world: FerryWorld, _ assignment: String) throws {
        try SQLiteConnection(path: world.store, mode: .readWrite)
            .execute("UPDATE item SET \(assignment) WHERE sku = 'S-0002'")
    }

    private static func item(_ world: FerryWorld) -> SandboxRow? {
        world.sandbox.tables.rows(of: "items").first { row in
            row.data.contains { $0.0 == "sku" && $0.1 == "\"S-0002\"" }
        }
    }

    private static func editThere(_ world: FerryWorld, _ data: SandboxRow.Data) throws {
        let row = try #require(item(world))
        world.sandbox.tables.setData(data, of: row.id, in: "items")
    }

    private static func here(_ world: FerryWorld) throws -> [String] {
        try world.rows(world.store, "SELECT name, price FROM item WHERE sku = 'S-0002'")
    }

    private static func there(_ world: FerryWorld) throws -> [String] {
        let row = try #require(item(world))
        return ["name", "price"].map { name in row.data.first { $0.0 == name }?.1 ?? "" }
    }

    private static func conflicts(_ world: FerryWorld) async throws -> [JSONValue] {
        try await world.json("GET", "/api/v1/integrations/items/conflicts").body["data"]?.elements ?? []
    }
}
