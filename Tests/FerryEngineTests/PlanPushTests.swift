import FerryCore
import FerryEngine
import FerryLedger
import FerryTesting
import Synchronization
import Testing

/// What a push would do, and that it does just that.
@Suite struct PlanPushTests {
    @Test func listsWhatWouldBeCreatedWithItsPayload() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(3)
            let products = try Products.integration([.push])
            let plan = try await world.plan(products, .push)
            let entity = try #require(plan.entities.first)
            #expect(entity.creates.count == 3 && entity.updates.count == 0 && plan.state == .succeeded)
            let first = try #require(entity.creates.listed.first)
            #expect(first.localID == Products.sku(1) && first.remoteID == nil)
            #expect(first.text == #"sku: "p00001", name: "Product 1", price: 9.5"#)
            expectSame(plan, try await world.push(products))
        }
    }

    @Test(arguments: [true, false])
    func showsWhatAChangedFieldHoldsAtTheServiceNow(canFind: Bool) async throws {
        try await EngineWorld.with(ScriptedService.Traits(pageSize: 2, canFind: canFind)) { world in
            try await world.seedLocal(5)
            let products = try Products.integration([.push])
            _ = try await world.push(products)
            let changed = [Products.row(2, name: "New"), Products.row(4, price: "3")]
            try await world.write(changed, columns: Products.columns)
            // Somebody else has changed it there; the push goes over that.
            world.changeRemote { $0.change("r4", "price", to: .number("7.25")) }
            world.forgetRequests()
            let plan = try await world.plan(products, .push)
            let updates = try #require(plan.entities.first).updates
            #expect(updates.count == 2)
            #expect(updates.listed.map(\.remoteID) == ["r2", "r4"])
            #expect(updates.listed.map(\.text) == [#"name: "Product 2" → "New""#, "price: 7.25 → 3"])
            #expect(world.requests(.find).count == (canFind ? 2 : 0))
            #expect(world.requests(.page).count == (canFind ? 0 : 2))
            expectSame(plan, try await world.push(products))
        }
    }

    @Test func saysThatAFieldsPresentValueIsNotKnownWhereTheServiceCannotBeRead() async throws {
        try await EngineWorld.with(ScriptedService.Traits(directions: [.push], createIsRepeatable: true)) { world in
            try await world.seedLocal(2)
            let products = try Products.integration([.push])
            _ = try await world.push(products)
            try await world.write([Products.row(2, name: "New")], columns: Products.columns)
            let plan = try await world.plan(products, .push)
            #expect(plan.entities.first?.updates.listed.map(\.text) == [#"name: ? → "New""#])
            expectSame(plan, try await world.push(products))
        }
    }

    @Test func aFieldThatIsSentOnlyBecauseTheServiceTakesWholeRecordsIsNoChange() async throws {
        try await EngineWorld.with(ScriptedService.Traits(isPartial: false)) { world in
            try await world.seedLocal(2)
            let products = try Products.integration([.push])
            _ = try await world.push(products)
            try await world.write([Products.row(2, name: "New")], columns: Products.columns)
            let plan = try await world.plan(products, .push)
            #expect(plan.entities.first?.updates.listed.map(\.text) == [#"name: "Product 2" → "New""#])
        }
    }

    @Test func listsDeletesAndWhatTheGuardSaysToThem() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(40)
            let products = try Products.integration([.push], deletes: .propagate)
            _ = try await world.push(products)
            try await world.delete((1...5).map { Products.sku($0) })
            let few = try await world.plan(products, .push)
            let entity = try #require(few.entities.first)
            #expect(entity.deletes.count == 5 && few.progress.deleted == 5 && few.state == .succeeded)
            #expect(entity.deletes.listed.first == PlannedPair(localID: Products.sku(1), remoteID: "r1"))
            #expect(entity.deleteGuard == GuardVerdict(deletes: 5, linked: 40, stopsJob: false))

            try await world.delete((6...20).map { Products.sku($0) })
            try await world.write([Products.row(41)], columns: Products.columns)
            let many = try await world.plan(products, .push)
            let job = try await world.push(products)
            #expect(many.entities.first?.deletes.count == 20)
            #expect(many.entities.first?.deleteGuard == GuardVerdict(deletes: 20, linked: 41, stopsJob: true))
            #expect(many.state == .failed && many.failure == job.failure)
            #expect(job.failure?.code == .deletesGuarded && job.progress.deleted == 0 && job.progress.created == 1)
        }
    }

    @Test func listsWhatWouldBeLinkedOnFirstContact() async throws {
        try await EngineWorld.with(ScriptedService.Traits(pageSize: 7)) { world in
            world.seedRemote(20)
            world.changeRemote { $0.change("r3", "name", to: .string("Other")) }
            try await world.seedLocal(22)
            let products = try Products.integration([.push])
            let plan = try await world.plan(products, .push)
            let entity = try #require(plan.entities.first)
            #expect(entity.links.count == 20 && entity.creates.count == 2 && entity.updates.count == 1)
            #expect(entity.links.listed.contains(PlannedPair(localID: Products.sku(5), remoteID: "r5")))
            #expect(entity.updates.listed.first?.isLinked == true)
            #expect(entity.updates.listed.first?.text == #"name: "Other" → "Product 3""#)
            expectSame(plan, try await world.push(products))
            #expect(try await world.plan(products, .push).isEmpty)
        }
    }

    @Test func listsWhatTheMappingRefusesAndWhatIsSetAsideAlready() async throws {
        try await EngineWorld.with { world in
            let products = try Products.integration(
                [.push],
                mappings: [Products.field("sku"), Products.field("name", required: true)]
            )
            try await world.write(
                [[.string("a"), .string("A")], [.string("b"), .null], [.string("c"), .null]],
                columns: ["sku", "name"]
            )
            let first = try await world.plan(products, .push)
            #expect(first.entities.first?.refused.count == 2 && first.entities.first?.setAside.count == 0)
            #expect(first.entities.first?.refused.listed.map(\.id) == ["b", "c"])
            #expect(first.entities.first?.refused.listed.first?.code == .recordMissingField)
            expectSame(first, try await world.push(products))

            try await world.write([[.string("c"), .string("C")], [.string("d"), .null]], columns: ["sku", "name"])
            let second = try await world.plan(products, .push)
            let entity = try #require(second.entities.first)
            #expect(entity.setAside.count == 1 && entity.setAside.listed.map(\.id) == ["b"])
            #expect(entity.refused.count == 1 && entity.refused.listed.map(\.id) == ["d"])
            #expect(entity.creates.listed.map(\.localID) == ["c"])
            expectSame(second, try await world.push(products))
        }
    }

    @Test func tellsWhatBecameOfRequestsThatHadNoAnswer() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(10)
            let products = try Products.integration([.push])
            world.service.state.withLock { $0.writeFault = { number, _ in number == 1 ? .dies(landing: 4) : nil } }
            let job = try await world.claimed(.push, of: products)
            #expect(try await world.run(job, of: products).state == .queued)
            let plan = try await world.plan(products, .push)
            let entity = try #require(plan.entities.first)
            #expect(entity.leftovers == [PlannedLeftover(operation: .create, records: 10, landed: 4)])
            #expect(entity.creates.count == 6 && plan.progress.created == 10)
            #expect(plan.unknowns.contains { $0.contains("no answer") })
            let again = try #require(try await world.ledger.claim(at: world.clock.now))
            expectSame(plan, try await world.run(again, of: products))
        }
    }

    @Test func startsAnewWhereTheServiceIsAnotherOne() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(30)
            let products = try Products.integration([.push], deletes: .propagate)
            _ = try await world.push(products)
            try await world.delete((1...20).map { Products.sku($0) })
            let moved = EngineWorld(
                directory: world.directory,
                ledger: world.ledger,
                store: world.store,
                service: ScriptedService(ScriptedService.Traits(identity: "https://elsewhere.example/table"))
            )
            let plan = try await moved.plan(products, .push)
            let entity = try #require(plan.entities.first)
            #expect(entity.startsAnew && entity.creates.count == 10 && entity.deletes.count == 0)
            expectSame(plan, try await moved.push(products))
            // The old place's links are still there for the job that had not gone yet.
            #expect(try await world.plan(products, .push).entities.first?.startsAnew == true)
        }
    }

    @Test func isRestrictedToTheEntitiesAsked() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(5)
            let products = try Products.integration([.push], deletes: .propagate)
            let ids = [Products.sku(2), Products.sku(4), "nobody"]
            let plan = try await world.plan(products, .push, entityIDs: ids)
            #expect(plan.entities.first?.creates.listed.map(\.localID) == [Products.sku(2), Products.sku(4)])
            expectSame(plan, try await world.push(products, entityIDs: ids))
            #expect(try await world.plan(products, .push, entityIDs: []).isEmpty)
        }
    }

    @Test func countsAllButListsNoMoreThanTheLimit() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(250)
            let products = try Products.integration([.push])
            let plan = try await world.plan(products, .push, limit: 3)
            #expect(plan.entities.first?.creates.count == 250)
            #expect(plan.entities.first?.creates.listed.map(\.localID) == (1...3).map { Products.sku($0) })
        }
    }

    @Test func whatIsListedTakesNoMoreMemoryHoweverLongTheValues() async throws {
        try await EngineWorld.with { world in
            let long = String(repeating: "é", count: 100_000)
            let rows = (1...30).map { Products.row($0, name: long) }
            try await world.write(rows, columns: Products.columns)
            let plan = try await world.plan(Products.integration([.push]), .push)
            let name = plan.entities.first?.creates.listed.first?.fields.first { $0.path == "name" }
            #expect(name?.new == .beginning(String(repeating: "é", count: 1000)))
        }
    }
}
