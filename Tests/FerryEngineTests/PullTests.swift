import FerryCore
import FerryEngine
import FerryTesting
import FoundationEssentials
import Synchronization
import Testing

@Suite struct PullTests {
    @Test func aFirstPullCreatesEveryRecordAcrossPagesAndTheNextWritesNothing() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(250)
            let products = try Products.integration([.pull])
            let first = try await world.pull(products)
            #expect(first.state == .succeeded)
            #expect(first.progress.created == 250 && first.progress.read == 250 && first.progress.total == 250)
            let rows = try await world.rows(Products.columns)
            #expect(rows.count == 250)
            #expect(rows[Products.sku(7)] == [Products.sku(7), "Product 7", "9.5"])

            let before = world.storeFile()
            let second = try await world.pull(products)
            #expect(second.progress.unchanged == 250)
            #expect(second.progress.created == 0 && second.progress.updated == 0)
            #expect(world.storeFile() == before)
        }
    }

    @Test func onlyChangedRecordsAreWritten() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(50)
            let products = try Products.integration([.pull])
            _ = try await world.pull(products)
            world.changeRemote { table in
                table.change("r3", "name", to: .string("Renamed"))
                table.insert(Products.record(51), id: "r51")
            }
            let job = try await world.pull(products)
            #expect(job.progress.updated == 1 && job.progress.created == 1 && job.progress.unchanged == 49)
            #expect(try await world.rows(["name"])[Products.sku(3)] == ["Renamed"])
        }
    }

    @Test func bytesThatChangeWithoutAMappedValueAreNoChange() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(3)
            let products = try Products.integration([.pull])
            _ = try await world.pull(products)
            world.changeRemote { table in
                table.records[0].members.reverse()
                table.records[1].members.append((key: "rowNumber", value: .number("7")))
                table.records[2]["price"] = .number("9.50")
            }
            let before = world.storeFile()
            let job = try await world.pull(products)
            #expect(job.progress.unchanged == 3 && job.progress.updated == 0)
            #expect(world.storeFile() == before)
        }
    }

    @Test func recordsAreMappedAnewWhenTheMappingChanges() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(3)
            _ = try await world.pull(Products.integration([.pull]))
            let upper = try Products.integration(
                [.pull],
                mappings: [Products.field("sku"), Products.field("name", ["uppercase"]), Products.field("price")]
            )
            let job = try await world.pull(upper)
            #expect(job.progress.updated == 3)
            #expect(try await world.rows(["name"])[Products.sku(1)] == ["PRODUCT 1"])
        }
    }

    @Test func aRecordThatCannotBeMappedIsSetAsideAndNotTriedAgainUntilItChanges() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(3)
            world.changeRemote { $0.records[1].members.removeAll { $0.key == "price" } }
            let products = try Products.integration(
                [.pull],
                mappings: [Products.field("sku"), Products.field("name"), Products.field("price", required: true)]
            )
            let first = try await world.pull(products)
            #expect(first.state == .partial && first.failure?.code == .recordRefused)
            #expect(first.progress.quarantined == 1 && first.progress.created == 2)
            let reason = try #require(try await world.quarantine(.pull)["r2"])
            #expect(reason.contains("price"))

            let second = try await world.pull(products)
            #expect(second.state == .partial && second.progress.quarantined == 1)

            world.changeRemote { $0.change("r2", "price", to: .number("3")) }
            let third = try await world.pull(products)
            #expect(third.state == .succeeded && third.progress.created == 1)
            #expect(try await world.quarantine(.pull).isEmpty)
        }
    }

    @Test func aRecordLeavesQuarantineWhenItGoesBackToWhatTheTableHolds() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(2)
            let products = try Products.integration(
                [.pull],
                mappings: [Products.field("sku"), Products.field("price", required: true)]
            )
            _ = try await world.pull(products)
            world.changeRemote { $0.change("r1", "price", to: .null) }
            #expect(try await world.pull(products).state == .partial)
            world.changeRemote { $0.change("r1", "price", to: .number("9.5")) }
            #expect(try await world.pull(products).state == .succeeded)
            #expect(try await world.quarantine(.pull).isEmpty)
        }
    }

    @Test func aPullRestrictedToEntitiesWritesTheseOnly() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(10)
            let products = try Products.integration([.pull])
            let job = try await world.pull(products, entityIDs: [Products.sku(2), Products.sku(4)])
            #expect(job.progress.created == 2 && job.progress.skipped == 8)
            #expect(Set(try await world.rows(["sku"]).keys) == [Products.sku(2), Products.sku(4)])
        }
    }

    @Test(arguments: Direction.allCases)
    func aJobRestrictedToNoEntitiesDoesNothing(direction: Direction) async throws {
        try await EngineWorld.with { world in
            world.seedRemote(3)
            let products = try Products.integration([.pull, .push])
            let job = try await world.run(world.claimed(direction, of: products, entityIDs: []), of: products)
            #expect(job.state == .succeeded && job.progress == JobProgress())
            #expect(world.service.traffic.requests == 0)
        }
    }

    @Test func aChangedKeyMovesTheRow() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(3)
            let products = try Products.integration([.pull])
            _ = try await world.pull(products)
            world.changeRemote { $0.change("r2", "sku", to: .string("moved")) }
            let job = try await world.pull(products)
            #expect(job.state == .succeeded)
            #expect(Set(try await world.rows(["sku"]).keys) == [Products.sku(1), "moved", Products.sku(3)])
            #expect(try await world.pull(products).progress.unchanged == 3)
        }
    }

    @Test func twoRecordsMayExchangeTheirKeys() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(2)
            let products = try Products.integration([.pull])
            _ = try await world.pull(products)
            world.changeRemote { table in
                table.change("r1", "sku", to: .string(Products.sku(2)))
                table.change("r2", "sku", to: .string(Products.sku(1)))
            }
            #expect(try await world.pull(products).state == .succeeded)
            let names = try await world.rows(["name"])
            #expect(names == [Products.sku(1): ["Product 2"], Products.sku(2): ["Product 1"]])
            #expect(try await world.pull(products).progress.unchanged == 2)
        }
    }

    @Test(arguments: [1, 100])
    func ofTwoRecordsWithOneKeyTheSecondIsSetAsideForGood(pageSize: Int) async throws {
        try await EngineWorld.with(ScriptedService.Traits(pageSize: pageSize)) { world in
            world.seedRemote(2)
            world.changeRemote { $0.change("r2", "sku", to: .string(Products.sku(1))) }
            let products = try Products.integration([.pull])
            let first = try await world.pull(products)
            #expect(first.state == .partial && first.progress.created == 1)
            #expect(try await world.quarantine(.pull).keys.sorted() == ["r2"])
            let before = world.storeFile()
            let second = try await world.pull(products)
            #expect(second.progress.unchanged == 1 && second.progress.quarantined == 1)
            #expect(world.storeFile() == before)
        }
    }

    @Test func aRecordThatReplacesAnotherTakesItsRowOver() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(2)
            let products = try Products.integration([.pull], deletes: .propagate)
            _ = try await world.pull(products)
            world.changeRemote { table in
                table.remove("r2")
                table.insert(Products.record(2, name: "Second"), id: "r9")
            }
            let job = try await world.pull(products)
            #expect(job.state == .succeeded && job.progress.deleted == 0)
            #expect(try await world.rows(["name"])[Products.sku(2)] == ["Second"])
        }
    }

    @Test func tooManyRefusedRecordsStopTheJobBeforeTheirPageIsDone() async throws {
        try await EngineWorld.with(ScriptedService.Traits(pageSize: 10)) { world in
            world.seedRemote(40)
            world.changeRemote { table in
                for number in 21...25 { table.change("r\(number)", "price", to: .null) }
            }
            let products = try Products.integration(
                [.pull],
                maximumFailures: .rows(4),
                mappings: [Products.field("sku"), Products.field("price", required: true)]
            )
            let claimed = try await world.claimed(.pull, of: products)
            let job = try await world.run(claimed, of: products)
            #expect(job.state == .failed && job.failure?.code == .jobTooManyFailures)
            // The page after theirs may be one that is written with it.
            #expect([30, 40].contains(job.progress.read))
            #expect(try await world.quarantine(.pull).count == 5)
            // What was refused is not linked, and what was not reached is still to come.
            world.changeRemote { table in
                for number in 21...25 { table.change("r\(number)", "price", to: .number("1")) }
            }
            let next = try await world.pull(products)
            #expect(next.state == .succeeded)
            #expect(try await world.rows(["sku"]).count == 40)
        }
    }

    @Test func aQueryCannotBePulledInto() async throws {
        try await EngineWorld.with { world in
            let products = try Products.integration([.pull], query: "SELECT 1 AS sku")
            let job = try await world.pull(products)
            #expect(job.state == .failed && job.failure?.code == .syncDirectionUnsupported)
        }
    }
}

extension EngineWorld {
    /// The content of the store's files: what was written there, if anything was.
    func storeFile() -> [Data] {
        ["", "-wal"].map { suffix in
            let path = directory.path + "/store.db" + suffix
            return FileManager.default.contents(atPath: path) ?? Data()
        }
    }
}
