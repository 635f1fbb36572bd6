import FerryCore
import FerryEngine
import FerryTesting
import Synchronization
import Testing

@Suite struct PushTests {
    @Test func aFirstPushCreatesEveryRowAndTheNextSendsNothing() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(250)
            let products = try Products.integration([.push])
            let first = try await world.push(products)
            #expect(first.state == .succeeded)
            #expect(first.progress.created == 250 && first.progress.read == 250 && first.progress.total == 250)
            #expect(world.remote.records.count == 250)
            #expect(world.requests(.write(.create)).map(\.records.count) == [100, 100, 50])

            world.forgetRequests()
            let second = try await world.push(products)
            #expect(second.progress.unchanged == 250 && second.progress.created == 0)
            #expect(world.service.traffic.requests == 0)
        }
    }

    @Test func threeChangedRowsOfAThousandAreSentWithNothingButTheirChangedColumns() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(1000)
            let products = try Products.integration([.push])
            _ = try await world.push(products)
            world.forgetRequests()
            try await world.write(
                [
                    Products.row(3, name: "Three"), Products.row(500, price: "1"),
                    Products.row(1000, name: "K", price: "2"),
                ],
                columns: Products.columns
            )
            let job = try await world.push(products)
            #expect(job.progress.updated == 3 && job.progress.unchanged == 997 && job.progress.created == 0)
            #expect(world.writes.count == 1)
            let sent = try #require(world.writes.first)
            #expect(sent.kind == .write(.update) && sent.remoteIDs == ["r3", "r500", "r1000"])
            #expect(
                sent.records == [
                    ["name": .string("Three")],
                    ["price": .number("1")],
                    ["name": .string("K"), "price": .number("2")],
                ]
            )
            #expect(world.remote["r3"]?["price"] == .number("9.5"))
        }
    }

    @Test func aChangeInsideAMemberSendsTheMemberAsAWhole() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(2)
            let products = try Products.integration(
                [.push],
                mappings: [
                    Products.field("sku"), Products.field("name", to: "info.name"),
                    Products.field("price", to: "info.prices[0]"),
                ]
            )
            _ = try await world.push(products)
            world.forgetRequests()
            try await world.write([Products.row(2, price: "7")], columns: Products.columns)
            #expect(try await world.push(products).progress.updated == 1)
            // Otherwise a service that replaces 'info' would lose its name, and 'prices' get a null in its place.
            #expect(
                world.writes.map(\.records) == [
                    [["info.name": .string("Product 2"), "info.prices[0]": .number("7")]]
                ]
            )
        }
    }

    @Test func whereUpdatesReplaceARecordAllColumnsAreSent() async throws {
        try await EngineWorld.with(ScriptedService.Traits(isPartial: false)) { world in
            try await world.seedLocal(3)
            let products = try Products.integration([.push])
            _ = try await world.push(products)
            world.forgetRequests()
            try await world.write([Products.row(2, name: "Two")], columns: Products.columns)
            _ = try await world.push(products)
            #expect(world.writes.map { $0.records.map(\.count) } == [[3]])
        }
    }

    @Test func deletesAreSentLast() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(10)
            let products = try Products.integration([.push], deletes: .propagate)
            _ = try await world.push(products)
            world.forgetRequests()
            try await world.delete([Products.sku(1)])
            try await world.write([Products.row(2, name: "Two"), Products.row(11)], columns: Products.columns)
            let job = try await world.push(products)
            #expect(job.progress.deleted == 1 && job.progress.updated == 1 && job.progress.created == 1)
            #expect(world.writes.map(\.kind) == [.write(.create), .write(.update), .write(.delete)])
            #expect(world.remote["r1"] == nil && world.remote.records.count == 10)
            world.forgetRequests()
            _ = try await world.push(products)
            #expect(world.writes.isEmpty)
        }
    }

    @Test func theGuardStopsAPushBeforeAnyDelete() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(40)
            let products = try Products.integration([.push], deletes: .propagate)
            _ = try await world.push(products)
            try await world.delete((1...12).map { Products.sku($0) })
            let job = try await world.push(products)
            #expect(job.failure?.code == .deletesGuarded)
            #expect(world.remote.records.count == 40)
        }
    }

    @Test func rowsThatAreGoneStayAtTheServiceUnlessTheFileSaysOtherwise() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(3)
            let products = try Products.integration([.push])
            _ = try await world.push(products)
            try await world.delete([Products.sku(1)])
            #expect(try await world.push(products).progress.deleted == 0)
            #expect(world.remote.records.count == 3)
        }
    }

    @Test func aQuerysRowsArePushed() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(20)
            let products = try Products.integration(
                [.push],
                query: "SELECT sku, upper(name) AS name, price FROM product WHERE sku < 'p00006'"
            )
            #expect(try await world.push(products).progress.created == 5)
            #expect(world.remote["r1"]?["name"] == .string("PRODUCT 1"))
            #expect(try await world.push(products).progress.unchanged == 5)
        }
    }

    @Test func aRestrictedPushSendsTheseRowsOnceEach() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(10)
            let products = try Products.integration([.push], deletes: .propagate)
            let wanted = [Products.sku(2), Products.sku(4), Products.sku(2), "nothing"]
            let job = try await world.push(products, entityIDs: wanted)
            #expect(job.progress.created == 2)
            #expect(world.requests(.write(.create)).flatMap(\.keys) == [Products.sku(2), Products.sku(4)])
        }
    }

    @Test func aRequestHoldsNoMoreBytesThanTheServiceTakes() async throws {
        try await EngineWorld.with(ScriptedService.Traits(batchBytes: 1000)) { world in
            try await world.seedLocal(50)
            let job = try await world.push(Products.integration([.push]))
            #expect(job.progress.created == 50)
            let sizes = world.requests(.write(.create)).map(\.records.count)
            #expect(sizes.reduce(0, +) == 50)
            #expect(sizes.allSatisfy { (2...20).contains($0) })
        }
    }

    @Test func oneRecordARequestIsSentInTheRowsOrder() async throws {
        try await EngineWorld.with(ScriptedService.Traits(batchSize: 1)) { world in
            try await world.seedLocal(40)
            let job = try await world.push(Products.integration([.push]))
            #expect(job.progress.created == 40)
            #expect(world.requests(.write(.create)).flatMap(\.keys) == (1...40).map { Products.sku($0) })
        }
    }

    @Test func aRecordThatIsGoneAtTheServiceIsMadeAnewInFull() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(5)
            let products = try Products.integration([.push])
            _ = try await world.push(products)
            world.changeRemote { $0.remove("r2") }
            try await world.write(
                [Products.row(2, name: "Two"), Products.row(3, name: "3")],
                columns: Products.columns
            )
            let job = try await world.push(products)
            #expect(job.state == .succeeded && job.progress.updated == 1 && job.progress.created == 1)
            let record = try #require(world.remote.with("sku", .string(Products.sku(2))).first)
            #expect(record["name"] == .string("Two") && record["price"] == .number("9.5"))
            #expect(try await world.push(products).progress.unchanged == 5)
        }
    }

    @Test func aNullIsSentAndAMissingValueIsLeftOut() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(1)
            let products = try Products.integration([.push])
            _ = try await world.push(products)
            world.forgetRequests()
            try await world.write([[.string(Products.sku(1)), .null, .number("9.5")]], columns: Products.columns)
            _ = try await world.push(products)
            #expect(world.writes.flatMap(\.records) == [["name": .null]])
        }
    }

    @Test func aPushIsRefusedThatCouldNotBeVerified() async throws {
        try await EngineWorld.with(ScriptedService.Traits(directions: [.push])) { world in
            try await world.seedLocal(1)
            let job = try await world.push(Products.integration([.push]))
            #expect(job.state == .failed && job.failure?.code == .configUnsafeService)
            #expect(world.writes.isEmpty)
        }
    }

    @Test func operationsTheServiceDoesNotTakeAreLeftOut() async throws {
        try await EngineWorld.with(ScriptedService.Traits(operations: [.create])) { world in
            try await world.seedLocal(3)
            let products = try Products.integration([.push], deletes: .propagate)
            _ = try await world.push(products)
            try await world.write([Products.row(2, name: "Two")], columns: Products.columns)
            try await world.delete([Products.sku(1)])
            let job = try await world.push(products)
            #expect(job.state == .succeeded && job.progress.skipped == 1 && job.progress.deleted == 0)
        }
    }
}
