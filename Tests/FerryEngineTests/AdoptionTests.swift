import FerryCore
import FerryEngine
import FerryTesting
import Testing

@Suite struct AdoptionTests {
    @Test func onFirstContactRecordsMeetByTheirNaturalKeyAndOnlyDifferencesAreSent() async throws {
        try await EngineWorld.with(ScriptedService.Traits(pageSize: 7)) { world in
            world.seedRemote(20)
            world.changeRemote { $0.change("r3", "name", to: .string("Other")) }
            try await world.seedLocal(22)
            let products = try Products.integration([.push])
            let job = try await world.push(products)
            #expect(job.progress.unchanged == 19 && job.progress.updated == 1 && job.progress.created == 2)
            #expect(world.requests(.write(.update)).map(\.records) == [[["name": .string("Product 3")]]])
            #expect(world.remote.records.count == 22)
            world.forgetRequests()
            #expect(try await world.push(products).progress.unchanged == 22)
            #expect(world.service.traffic.requests == 0)
        }
    }

    @Test func aRecordThatOnlyTheServiceHasIsNoBusinessOfAPush() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(5)
            try await world.seedLocal(2)
            let job = try await world.push(Products.integration([.push], deletes: .propagate))
            #expect(job.progress.deleted == 0 && world.remote.records.count == 5)
        }
    }

    @Test func ofTwoRowsWithOneNaturalKeyOnlyOneAdoptsTheRecord() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(1)
            try await world.write(
                [
                    [.string("1"), .string("p00001"), .string("One")],
                    [.string("2"), .string("p00001"), .string("Two")],
                ],
                columns: ["id", "sku", "name"]
            )
            let products = try withKey("id")
            let first = try await world.push(products)
            #expect(first.state == .partial && first.progress.updated == 1)
            #expect(try await world.quarantine(.push).keys.sorted() == ["2"])
            world.forgetRequests()
            let second = try await world.push(products)
            #expect(second.progress.unchanged == 1 && second.progress.quarantined == 1)
            #expect(world.writes.isEmpty)
            #expect(world.remote["r1"]?["name"] == .string("One"))
        }
    }

    @Test func aRowWhoseCreateIsRefusedAsADuplicateAdoptsTheRecord() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(10)
            let products = try Products.integration([.push])
            _ = try await world.push(products)
            // Somebody makes a record at the service that a new row is to make as well.
            world.changeRemote { $0.insert(Products.record(12, name: "Theirs"), id: "theirs") }
            try await world.write([11, 12, 13].map { Products.row($0) }, columns: Products.columns)
            let job = try await world.push(products)
            #expect(job.state == .succeeded && job.progress.created == 2 && job.progress.updated == 1)
            #expect(world.remote["theirs"]?["name"] == .string("Product 12"))
            #expect(world.remote.records.count == 13)
            #expect(try await world.push(products).progress.unchanged == 13)
        }
    }

    @Test func aDuplicateThatStandsForAnotherRowIsSetAside() async throws {
        try await EngineWorld.with { world in
            let products = try withKey("id")
            try await world.write([[.string("1"), .string("p00001"), .string("One")]], columns: ["id", "sku", "name"])
            _ = try await world.push(products)
            try await world.write([[.string("2"), .string("p00001"), .string("Two")]], columns: ["id", "sku", "name"])
            for _ in 0..<2 {
                let job = try await world.push(products)
                #expect(job.state == .partial && job.progress.updated == 0)
            }
            #expect(world.remote.records.map { $0["name"] } == [.string("One")])
        }
    }

    @Test func aRowWithAnotherKeyTakesOverTheRecordOfTheRowThatIsGone() async throws {
        try await EngineWorld.with { world in
            let products = try withKey("id", deletes: .propagate)
            try await world.write([[.string("1"), .string("p00001"), .string("One")]], columns: ["id", "sku", "name"])
            _ = try await world.push(products)
            try await world.delete(["1"], key: "id")
            try await world.write([[.string("2"), .string("p00001"), .string("Two")]], columns: ["id", "sku", "name"])
            let job = try await world.push(products)
            #expect(job.state == .succeeded && job.progress.deleted == 0)
            #expect(world.remote.records.map { $0["name"] } == [.string("Two")])
            #expect(try await world.push(products).progress.unchanged == 1)
        }
    }

    private func withKey(_ key: String, deletes: EntityMapping.DeletePolicy = .keep) throws -> Integration {
        var integration = try Products.integration(
            [.push],
            deletes: deletes,
            mappings: [Products.field("sku"), Products.field("name")]
        )
        integration.entities[0].key = key
        return integration
    }
}
