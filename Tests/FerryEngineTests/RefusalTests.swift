import FerryCore
import FerryEngine
import FerryTesting
import Foundation
import Synchronization
import Testing

@Suite struct RefusalTests {
    @Test(arguments: [1, 3, 8])
    func badRowsAreFoundByHalvingAndGoodOnesLand(bad: Int) async throws {
        try await EngineWorld.with(ScriptedService.Traits(batchSize: 256)) { world in
            try await world.seedLocal(256)
            let numbers = (0..<bad).map { 5 + $0 * 31 }
            try await world.write(numbers.map { Products.row($0, name: "bad") }, columns: Products.columns)
            let job = try await world.push(Products.integration([.push]))
            #expect(job.state == .partial && job.failure?.code == .recordRefused)
            #expect(job.progress.created == 256 - bad && job.progress.quarantined == bad)
            let reasons = try await world.quarantine(.push)
            #expect(Set(reasons.keys) == Set(numbers.map { Products.sku($0) }))
            #expect(reasons[Products.sku(5)] == "row \(Products.sku(5)): 'bad' is bad")
            // Eight levels for each bad row and what was left beside it, and the batch itself.
            #expect(world.writes.count <= 1 + bad * (8 + 2))
            #expect(world.remote.records.count == 256 - bad)
        }
    }

    @Test func aBatchWithoutAGoodRowCostsNoMoreThanTwoRequestsARow() async throws {
        try await EngineWorld.with(ScriptedService.Traits(batchSize: 256)) { world in
            try await world.write((1...256).map { Products.row($0, name: "bad") }, columns: Products.columns)
            let job = try await world.push(Products.integration([.push]))
            #expect(job.progress.quarantined == 256 && job.progress.created == 0)
            #expect(try await world.quarantine(.push).count == 256)
            #expect(world.writes.count <= 2 * 256 + 2 * 8)
        }
    }

    @Test func rowsThatTheAnswerNamesAreSetAsideWithItsWordsAtOnce() async throws {
        try await EngineWorld.with(ScriptedService.Traits(batchSize: 256)) { world in
            try await world.seedLocal(256)
            world.service.state.withLock { state in
                state.writeFault = { number, _ in
                    guard number == 1 else { return nil }
                    let refusals = [3: "too long", 200: "no such category", 999: "there is no such row"]
                    return .fails(SyncFailure(.record, .serviceRefused, "two rows are wrong", refusals: refusals))
                }
            }
            let job = try await world.push(Products.integration([.push]))
            #expect(job.progress.created == 254 && job.progress.quarantined == 2)
            #expect(
                try await world.quarantine(.push)
                    == [Products.sku(4): "too long", Products.sku(201): "no such category"]
            )
            // The batch, and the rest of it.
            #expect(world.writes.count == 2)
        }
    }

    @Test func aRefusedRowIsTriedAgainOnlyWhenItsContentChanges() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(10)
            try await world.write([Products.row(4, name: "bad")], columns: Products.columns)
            let products = try Products.integration([.push])
            _ = try await world.push(products)
            world.forgetRequests()
            let second = try await world.push(products)
            #expect(second.state == .partial && second.progress.quarantined == 1 && second.progress.unchanged == 9)
            #expect(world.writes.isEmpty)

            try await world.write([Products.row(4, name: "good")], columns: Products.columns)
            let third = try await world.push(products)
            #expect(third.state == .succeeded && third.progress.created == 1)
            #expect(try await world.quarantine(.push).isEmpty)
        }
    }

    @Test func aRefusedUpdateLeavesTheRecordAsItWasAndIsForgottenWhenTheRowGoesBack() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(2)
            let products = try Products.integration([.push])
            _ = try await world.push(products)
            try await world.write([Products.row(1, name: "bad")], columns: Products.columns)
            #expect(try await world.push(products).state == .partial)
            #expect(world.remote["r1"]?["name"] == .string("Product 1"))
            try await world.write([Products.row(1)], columns: Products.columns)
            world.forgetRequests()
            let job = try await world.push(products)
            #expect(job.state == .succeeded && job.progress.unchanged == 2)
            #expect(try await world.quarantine(.push).isEmpty)
            #expect(world.writes.isEmpty)
        }
    }

    @Test func aRowThatCannotBeMappedIsSetAsideAndGoesThroughOnceItCan() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(3)
            try await world.write([[.string(Products.sku(2)), .string("Two"), .null]], columns: Products.columns)
            let strict = try Products.integration(
                [.push],
                mappings: [Products.field("sku"), Products.field("name"), Products.field("price", required: true)]
            )
            let first = try await world.push(strict)
            #expect(first.state == .partial && first.progress.created == 2 && first.progress.quarantined == 1)
            #expect(try #require(try await world.quarantine(.push)[Products.sku(2)]).contains("price"))
            // The payload is now just what was left of it when it could not be mapped.
            let lenient = try Products.integration([.push])
            let second = try await world.push(lenient)
            #expect(second.state == .succeeded && second.progress.created == 1)
            #expect(try await world.quarantine(.push).isEmpty)
        }
    }

    @Test func aRefusedRowThatIsDeletedLeavesQuarantine() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(2)
            try await world.write([Products.row(2, name: "bad")], columns: Products.columns)
            let products = try Products.integration([.push])
            _ = try await world.push(products)
            #expect(try await world.quarantine(.push).count == 1)
            try await world.delete([Products.sku(2)])
            #expect(try await world.push(products).state == .succeeded)
            #expect(try await world.quarantine(.push).isEmpty)
        }
    }

    @Test func aRefusedDeleteStaysInQuarantineAndIsTriedAgain() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(2)
            let products = try Products.integration([.push], deletes: .propagate)
            _ = try await world.push(products)
            try await world.delete([Products.sku(2)])
            let refusal = SyncFailure(.record, .serviceRefused, "it is on sale")
            world.service.state.withLock { $0.writeFault = { _, _ in .fails(refusal) } }
            #expect(try await world.push(products).state == .partial)
            #expect(try await world.quarantine(.push) == [Products.sku(2): "it is on sale"])
            world.service.state.withLock { $0.writeFault = nil }
            let job = try await world.push(products)
            #expect(job.state == .succeeded && job.progress.deleted == 1)
            #expect(try await world.quarantine(.push).isEmpty)
        }
    }

    @Test func aBatchThatIsTooLargeIsHalved() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(100)
            let tooLarge = SyncFailure(.batchTooLarge, .serviceBatchTooLarge, "at most 30 rows")
            world.service.state.withLock {
                $0.writeFault = { _, request in request.records.count > 30 ? .fails(tooLarge) : nil }
            }
            let job = try await world.push(Products.integration([.push]))
            #expect(job.state == .succeeded && job.progress.created == 100)
            #expect(world.writes.map(\.records.count) == [100, 50, 25, 25, 50, 25, 25])
        }
    }

    @Test func tooManyRefusedRowsStopThePush() async throws {
        try await EngineWorld.with(ScriptedService.Traits(batchSize: 100)) { world in
            try await world.seedLocal(100)
            try await world.write((1...6).map { Products.row($0, name: "bad") }, columns: Products.columns)
            let products = try Products.integration([.push], deletes: .propagate, maximumFailures: .rows(5))
            let job = try await world.push(products)
            #expect(job.state == .failed && job.failure?.code == .jobTooManyFailures)
            #expect(try await world.quarantine(.push).count == 6)
        }
    }

    @Test func aCreateThatTheServiceCallsGoneIsSetAside() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(1)
            world.service.state.withLock {
                $0.writeFault = { _, _ in .fails(SyncFailure(.gone, .serviceNotFound, "no such collection")) }
            }
            let job = try await world.push(Products.integration([.push]))
            #expect(job.state == .partial)
            #expect(try await world.quarantine(.push).keys.sorted() == [Products.sku(1)])
        }
    }

    @Test func aRecordThatIsGoneIsNotSetAsideAnyMore() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(4)
            world.changeRemote { table in
                table.change("r2", "broken", to: .bool(true))
                table.change("r3", "broken", to: .bool(true))
            }
            let products = try Products.integration([.pull])
            _ = try await world.pull(products)
            #expect(try await world.quarantine(.pull).keys.sorted() == ["r2", "r3"])
            world.changeRemote { $0.remove("r2") }
            _ = try await world.pull(products)
            #expect(try await world.quarantine(.pull).keys.sorted() == ["r3"])
        }
    }
}
