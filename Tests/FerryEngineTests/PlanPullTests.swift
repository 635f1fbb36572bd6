import FerryCore
import FerryEngine
import FerryLedger
import FerryTesting
import Foundation
import Synchronization
import Testing

/// What a pull would do, and that it does just that.
@Suite struct PlanPullTests {
    @Test func neitherTheStoreNorTheTableIsMadeForAPlan() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(3)
            let products = try Products.integration([.pull])
            let plan = try await world.plan(products, .pull)
            #expect(!FileManager.default.fileExists(atPath: world.directory.path + "/store.db"))
            let entity = try #require(plan.entities.first)
            #expect(entity.isTableMade && entity.creates.count == 3)
            #expect(entity.creates.listed.first?.text == #"sku: "p00001", name: "Product 1", price: 9.5"#)
            #expect(entity.creates.listed.map(\.remoteID) == ["r1", "r2", "r3"])
            expectSame(plan, try await world.pull(products))
            #expect(try await world.plan(products, .pull).isEmpty)
        }
    }

    @Test func showsOldAndNewValuesOfChangedFields() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(5)
            let products = try Products.integration([.pull])
            _ = try await world.pull(products)
            world.changeRemote { table in
                table.change("r2", "name", to: .string("New"))
                table.change("r4", "price", to: .null)
                table.insert(Products.record(6))
            }
            let plan = try await world.plan(products, .pull)
            let entity = try #require(plan.entities.first)
            #expect(entity.updates.listed.map(\.text) == [#"name: "Product 2" → "New""#, "price: 9.5 → null"])
            #expect(entity.updates.listed.map(\.localID) == [Products.sku(2), Products.sku(4)])
            #expect(entity.updates.listed.map(\.remoteID) == ["r2", "r4"])
            #expect(entity.creates.count == 1 && !entity.isTableMade)
            expectSame(plan, try await world.pull(products))
        }
    }

    @Test func saysWhichColumnsATableWouldGet() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(2)
            let narrow = try Products.integration([.pull], mappings: [Products.field("sku"), Products.field("name")])
            _ = try await world.pull(narrow)
            let products = try Products.integration([.pull])
            let plan = try await world.plan(products, .pull)
            let entity = try #require(plan.entities.first)
            #expect(entity.addedColumns == ["price"] && !entity.isTableMade)
            #expect(entity.updates.listed.map(\.text) == ["price: null → 9.5", "price: null → 9.5"])
            expectSame(plan, try await world.pull(products))
        }
    }

    @Test func aTableThatCannotBeMadeFailsAsTheJobDoes() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(2)
            let products = try Products.integration([.pull], mappings: [Products.field("sku"), Products.field("SKU")])
            let plan = try await world.plan(products, .pull)
            let job = try await world.pull(products)
            #expect(plan.state == .failed && plan.failure == job.failure && job.failure?.code == .configInvalidPath)
        }
    }

    @Test func deletesOnlyAfterAsManyScansAsTheServiceWants() async throws {
        try await EngineWorld.with(ScriptedService.Traits(scansBeforeDelete: 2)) { world in
            world.seedRemote(30)
            let products = try Products.integration([.pull], deletes: .propagate)
            _ = try await world.pull(products)
            world.changeRemote { table in for number in 1...4 { table.remove("r\(number)") } }
            let first = try await world.plan(products, .pull)
            #expect(first.entities.first?.deletes.count == 0 && first.entities.first?.deleteGuard == nil)
            // Planned twice, it is still the first scan that a job makes.
            #expect(try await world.plan(products, .pull).entities.first?.deletes.count == 0)
            expectSame(first, try await world.pull(products))
            let second = try await world.plan(products, .pull)
            #expect(second.entities.first?.deletes.count == 4)
            #expect(second.entities.first?.deletes.listed.first == PlannedPair(localID: "p00001", remoteID: "r1"))
            #expect(second.entities.first?.deleteGuard == GuardVerdict(deletes: 4, linked: 30, stopsJob: false))
            expectSame(second, try await world.pull(products))
        }
    }

    @Test func whatTheGuardStopsIsListedAllTheSame() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(40)
            let products = try Products.integration([.pull], deletes: .propagate)
            _ = try await world.pull(products)
            world.changeRemote { table in for number in 1...20 { table.remove("r\(number)") } }
            let plan = try await world.plan(products, .pull)
            #expect(plan.entities.first?.deletes.count == 20)
            #expect(plan.entities.first?.deleteGuard == GuardVerdict(deletes: 20, linked: 40, stopsJob: true))
            #expect(try await plan.failure == world.pull(products).failure)
        }
    }

    @Test func aRowThatWouldGetAnotherKeyIsToldFromADelete() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(3)
            let products = try Products.integration([.pull], deletes: .propagate)
            _ = try await world.pull(products)
            world.changeRemote { $0.change("r2", "sku", to: .string("other")) }
            let plan = try await world.plan(products, .pull)
            let entity = try #require(plan.entities.first)
            #expect(entity.deletes.count == 0 && entity.links.count == 0)
            #expect(entity.creates.listed.map(\.localID) == ["other"])
            #expect(entity.creates.listed.map(\.formerID) == [Products.sku(2)])
            expectSame(plan, try await world.pull(products))
        }
    }

    @Test func recordsThatAreThereAlreadyWouldBeLinked() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(3)
            try await world.seedLocal(2)
            let products = try Products.integration([.pull])
            let plan = try await world.plan(products, .pull)
            let entity = try #require(plan.entities.first)
            #expect(entity.links.count == 2 && entity.creates.count == 1)
            #expect(entity.links.listed.map(\.localID) == [Products.sku(1), Products.sku(2)])
            #expect(entity.links.listed.map(\.remoteID) == ["r1", "r2"])
            expectSame(plan, try await world.pull(products))
        }
    }

    @Test func listsWhatBothSidesChanged() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(3)
            let products = try Products.integration([.pull, .push])
            _ = try await world.pull(products)
            try await world.write([Products.row(2, name: "Mine")], columns: Products.columns)
            world.changeRemote { $0.change("r2", "name", to: .string("Theirs")) }
            let plan = try await world.plan(products, .pull)
            let entity = try #require(plan.entities.first)
            #expect(entity.held.count == 1)
            let held = try #require(entity.held.listed.first)
            #expect(held.localID == Products.sku(2) && held.remoteID == "r2" && held.fields == ["name"])
            #expect(held.kind == .changed && held.number == nil)
            expectSame(plan, try await world.pull(products))
            let again = try await world.plan(products, .pull)
            let open = try await world.ledger.conflicts(of: nil, limit: 9).map(\.id)
            #expect(again.entities.first?.held.listed.map(\.number) == open && open.count == 1)
            let push = try await world.plan(products, .push)
            #expect(push.entities.first?.held.listed.map(\.localID) == [Products.sku(2)])
            expectSame(push, try await world.push(products))
        }
    }

    @Test func listsWhatIsRefused() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(3)
            world.changeRemote { $0.change("r2", "name", to: .null) }
            let products = try Products.integration(
                [.pull],
                mappings: [Products.field("sku"), Products.field("name", required: true)]
            )
            let plan = try await world.plan(products, .pull)
            #expect(plan.state == .partial && plan.entities.first?.refused.listed.map(\.id) == ["r2"])
            expectSame(plan, try await world.pull(products))
        }
    }

    @Test func tooManyRefusedRecordsFailThePlanAsTheJob() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(20)
            world.changeRemote { table in for number in 1...9 { table.change("r\(number)", "name", to: .null) } }
            let products = try Products.integration(
                [.pull],
                maximumFailures: .rows(5),
                mappings: [Products.field("sku"), Products.field("name", required: true)]
            )
            let plan = try await world.plan(products, .pull)
            #expect(plan.failure?.code == .jobTooManyFailures && plan.entities.first?.refused.count == 9)
            #expect(plan.failure?.hint?.contains("ferryctl job") == false)
            expectSame(plan, try await world.pull(products))
        }
    }

    @Test func aServiceThatRefusesTheKeyFailsThePlan() async throws {
        try await EngineWorld.with { world in
            world.service.state.withLock { state in
                state.beforePage = { _ in throw SyncFailure(.auth, .authRejected, "both keys are refused") }
            }
            let plan = try await world.plan(Products.integration([.pull]), .pull)
            #expect(plan.state == .failed && plan.failure?.code == .authRejected)
        }
    }
}
