import FerryCore
import FerryEngine
import FerryLedger
import FerryTesting
import Testing

@Suite struct TwoWayTests {
    @Test func afterOneRoundNothingIsWrittenAnyMore() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(30)
            let products = try Products.integration([.pull, .push])
            _ = try await world.pull(products)
            try await world.write([Products.row(31)], columns: Products.columns)
            _ = try await world.push(products)
            _ = try await world.pull(products)
            let store = world.storeFile()
            let remote = world.remote.records
            world.forgetRequests()
            #expect(try await world.push(products).progress.unchanged == 31)
            #expect(try await world.pull(products).progress.unchanged == 31)
            #expect(world.writes.isEmpty && world.storeFile() == store && world.remote.records == remote)
        }
    }

    @Test func whatWasPulledIsNotPushedBack() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(30)
            let products = try Products.integration([.pull, .push])
            _ = try await world.pull(products)
            let job = try await world.push(products)
            #expect(job.progress.unchanged == 30 && world.writes.isEmpty)
        }
    }

    @Test func aRecordThatAPushHasMadeIsNotChangedByWhatWasNeverSent() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(3)
            world.changeRemote { $0.change("r1", "stock", to: .number("4")) }
            let products = try Products.integration(
                [.pull, .push],
                mappings: [
                    Products.field("sku"), Products.field("name"), Products.field("price"),
                    Products.field("stock", direction: .pull),
                ]
            )
            _ = try await world.pull(products)
            world.changeRemote { $0.remove("r1") }
            try await world.write([Products.row(1, name: "Mine")], columns: Products.columns)
            _ = try await world.push(products)
            let conflict = try #require(try await world.ledger.conflicts(of: "products", limit: 1).first)
            #expect(try await world.ledger.resolve(conflict.id, taking: .local))
            // Made anew: without a stock, which the row still has.
            #expect(try await world.push(products).progress.created == 1)
            try await world.delete([Products.sku(1)])
            let pull = try await world.pull(products)
            #expect(pull.state == .succeeded && pull.progress.held == 0)
            // What is changed there after that is a conflict all the same.
            let made = try #require(world.remote.with("sku", .string(Products.sku(1))).first)
            world.changeRemote { $0.change(made.id, "stock", to: .number("5")) }
            #expect(try await world.pull(products).progress.held == 1)
        }
    }

    @Test func aLocalChangeSurvivesAPullAndFlowsWithThePush() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(3)
            let products = try Products.integration([.pull, .push])
            _ = try await world.pull(products)
            try await world.write([Products.row(2, name: "Mine")], columns: Products.columns)
            _ = try await world.pull(products)
            #expect(try await world.rows(["name"])[Products.sku(2)] == ["Mine"])
            #expect(try await world.push(products).progress.updated == 1)
            #expect(world.writes.map(\.records) == [[["name": .string("Mine")]]])
            #expect(world.remote["r2"]?["name"] == .string("Mine"))
        }
    }

    @Test func anUpdateThatReplacesTheRecordCarriesAllOfItWhereTheServiceCannotBeAsked() async throws {
        var traits = ScriptedService.Traits()
        traits.isComplete = false
        traits.canFind = false
        traits.createIsRepeatable = true
        traits.isPartial = false
        try await EngineWorld.with(traits) { world in
            world.seedRemote(1)
            let products = try Products.integration([.pull, .push])
            _ = try await world.pull(products)
            try await world.write([Products.row(1, name: "Mine")], columns: Products.columns)
            _ = try await world.push(products)
            #expect(world.writes.first?.records.first?.keys.sorted() == ["name", "price", "sku"])
        }
    }

    @Test func aRemoteChangeFlowsWithThePull() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(3)
            let products = try Products.integration([.pull, .push])
            _ = try await world.pull(products)
            world.changeRemote { $0.change("r2", "name", to: .string("Theirs")) }
            #expect(try await world.pull(products).progress.updated == 1)
            #expect(try await world.rows(["name"])[Products.sku(2)] == ["Theirs"])
            #expect(try await world.push(products).progress.unchanged == 3)
        }
    }

    @Test func whatBothSidesChangedIsHeldOnBothSides() async throws {
        try await EngineWorld.with { world in
            let products = try await conflict(.hold, in: world)
            for _ in 0..<2 {
                let pull = try await world.pull(products)
                #expect(pull.state == .partial && pull.progress.held == 1 && pull.failure?.code == .recordConflict)
                let push = try await world.push(products)
                #expect(push.state == .partial && push.progress.held == 1)
            }
            #expect(try await world.rows(["name"])[Products.sku(2)] == ["Mine"])
            #expect(world.remote["r2"]?["name"] == .string("Theirs"))
            #expect(world.writes.isEmpty)
        }
    }

    @Test func aHeldRecordStaysHeldWhenItChangesAgainLocally() async throws {
        try await EngineWorld.with { world in
            let products = try await conflict(.hold, in: world)
            _ = try await world.pull(products)
            try await world.write([Products.row(2, name: "Mine again")], columns: Products.columns)
            #expect(try await world.push(products).progress.held == 1)
            #expect(world.remote["r2"]?["name"] == .string("Theirs"))
        }
    }

    @Test func aHeldRecordFlowsAgainOnceTheRemoteOneGoesBack() async throws {
        try await EngineWorld.with { world in
            let products = try await conflict(.hold, in: world)
            _ = try await world.pull(products)
            world.changeRemote { $0.change("r2", "name", to: .string("Product 2")) }
            #expect(try await world.pull(products).state == .succeeded)
            #expect(try await world.push(products).progress.updated == 1)
            #expect(world.remote["r2"]?["name"] == .string("Mine"))
        }
    }

    @Test func aHeldRecordIsSettledWhenBothSidesAgree() async throws {
        try await EngineWorld.with { world in
            let products = try await conflict(.hold, in: world)
            _ = try await world.pull(products)
            try await world.write([Products.row(2, name: "Theirs")], columns: Products.columns)
            #expect(try await world.pull(products).state == .succeeded)
            #expect(try await world.push(products).progress.unchanged == 3)
        }
    }

    @Test func twoSidesThatMeetForTheFirstTimeAreHeldWhereTheyDiffer() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(3)
            try await world.seedLocal(3)
            try await world.write([Products.row(2, name: "Mine")], columns: Products.columns)
            let products = try Products.integration([.pull, .push])
            let pull = try await world.pull(products)
            #expect(pull.progress.unchanged == 2 && pull.progress.held == 1)
            #expect(try await world.push(products).progress.held == 1)
            #expect(world.remote["r2"]?["name"] == .string("Product 2"))
        }
    }

    @Test func theLocalVersionWinsWhereTheFileSaysSo() async throws {
        try await EngineWorld.with { world in
            let products = try await conflict(.localWins, in: world)
            #expect(try await world.pull(products).state == .succeeded)
            #expect(try await world.rows(["name"])[Products.sku(2)] == ["Mine"])
            #expect(try await world.push(products).progress.updated == 1)
            #expect(world.remote["r2"]?["name"] == .string("Mine"))
        }
    }

    @Test func theRemoteVersionWinsWhereTheFileSaysSo() async throws {
        try await EngineWorld.with { world in
            let products = try await conflict(.remoteWins, in: world)
            #expect(try await world.pull(products).progress.updated == 1)
            #expect(try await world.rows(["name"])[Products.sku(2)] == ["Theirs"])
            #expect(try await world.push(products).progress.unchanged == 3)
        }
    }

    /// Three products that are the same on both sides, and then one that both sides change.
    private func conflict(_ policy: ConflictPolicy, in world: EngineWorld) async throws -> Integration {
        world.seedRemote(3)
        let products = try Products.integration([.pull, .push], conflicts: policy)
        _ = try await world.pull(products)
        try await world.write([Products.row(2, name: "Mine")], columns: Products.columns)
        world.changeRemote { $0.change("r2", "name", to: .string("Theirs")) }
        return products
    }
}
