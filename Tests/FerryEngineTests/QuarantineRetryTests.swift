import FerryCore
import FerryEngine
import FerryLedger
import FerryTesting
import Synchronization
import Testing

/// Records that are set aside, tried again on request although neither they nor their mapping have changed.
@Suite struct QuarantineRetryTests {
    private static let retry = JobOptions(setAside: .retry)
    private static let only = JobOptions(setAside: .retryOnly)

    /// A service that refuses the given products until it is told not to.
    private static func refuse(_ numbers: [Int], in world: EngineWorld, because reason: String = "not now") {
        let keys = Set(numbers.map { Products.sku($0) })
        world.service.state.withLock { state in
            state.writeFault = { _, request in
                guard !keys.isDisjoint(with: request.keys) else { return nil }
                return .fails(SyncFailure(.record, .serviceRefused, reason))
            }
        }
    }

    private static func accept(in world: EngineWorld) {
        world.service.state.withLock { $0.writeFault = nil }
    }

    @Test func aPushTriesThemAgainOnRequestOnly() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(20)
            Self.refuse([3, 7], in: world)
            let products = try Products.integration([.push])
            #expect(try await world.push(products).progress.quarantined == 2)
            Self.accept(in: world)
            #expect(try await world.push(products).progress.quarantined == 2)
            #expect(world.remote.records.count == 18)
            let job = try await world.push(products, options: Self.retry)
            #expect(job.state == .succeeded && job.progress.created == 2 && job.progress.unchanged == 18)
            #expect(try await world.quarantine(.push).isEmpty)
        }
    }

    @Test func aPushOfNothingElseTouchesNothingElse() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(20)
            Self.refuse([3, 7], in: world)
            let products = try Products.integration([.push], deletes: .propagate)
            _ = try await world.push(products)
            Self.accept(in: world)
            try await world.write([Products.row(5, name: "changed"), Products.row(21)], columns: Products.columns)
            try await world.delete([Products.sku(9)])
            world.forgetRequests()
            let job = try await world.push(products, options: Self.only)
            #expect(job.state == .succeeded && job.progress.read == 2 && job.progress.created == 2)
            #expect(job.progress.deleted == 0)
            #expect(world.writes.flatMap(\.keys).sorted() == [Products.sku(3), Products.sku(7)])
            #expect(try await world.quarantine(.push).isEmpty)

            let rest = try await world.push(products)
            #expect(rest.progress.created == 1 && rest.progress.updated == 1 && rest.progress.deleted == 1)
        }
    }

    @Test func whatIsRefusedAgainStaysAsideWithTheNewReason() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(600)
            Self.refuse(Array(1...600), in: world)
            let products = try Products.integration([.push])
            #expect(try await world.push(products).progress.quarantined == 600)
            Self.refuse(Array(1...599), in: world, because: "never")
            let job = try await world.push(products, options: Self.only)
            #expect(job.state == .partial && job.progress.created == 1 && job.progress.quarantined == 599)
            let reasons = try await world.quarantine(.push)
            #expect(reasons.count == 599 && Set(reasons.values) == ["never"])
        }
    }

    @Test func aRestrictionToEntitiesHoldsToo() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(20)
            Self.refuse([3, 7], in: world)
            let products = try Products.integration([.push])
            _ = try await world.push(products)
            Self.accept(in: world)
            let job = try await world.push(products, entityIDs: [Products.sku(7), Products.sku(8)], options: Self.only)
            #expect(job.progress.read == 1 && job.progress.created == 1)
            #expect(try await world.quarantine(.push).keys.sorted() == [Products.sku(3)])
        }
    }

    @Test func aRefusedDeleteIsSentAgainAndARowThatIsGoneIsForgotten() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(20)
            Self.refuse([3], in: world)
            let products = try Products.integration([.push], deletes: .propagate)
            _ = try await world.push(products)
            try await world.delete([Products.sku(5)])
            world.service.state.withLock {
                $0.writeFault = { _, request in
                    request.kind == .write(.delete)
                        ? .fails(SyncFailure(.record, .serviceRefused, "it is on sale")) : nil
                }
            }
            #expect(try await world.push(products).progress.quarantined == 2)
            Self.accept(in: world)
            // Never created: there is nothing left to try.
            try await world.delete([Products.sku(3)])
            world.forgetRequests()
            let job = try await world.push(products, options: Self.only)
            #expect(job.state == .succeeded && job.progress.deleted == 1 && job.progress.created == 0)
            #expect(world.writes.map(\.kind) == [.write(.delete)])
            #expect(try await world.quarantine(.push).isEmpty)
        }
    }

    @Test func anEmptiedTableDeletesNothingByThisWayEither() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(4)
            let products = try Products.integration([.push], deletes: .propagate)
            _ = try await world.push(products)
            world.service.state.withLock {
                $0.writeFault = { _, request in
                    request.kind == .write(.update) ? .fails(SyncFailure(.record, .serviceRefused, "not now")) : nil
                }
            }
            try await world.write([Products.row(2, name: "changed")], columns: Products.columns)
            #expect(try await world.push(products).progress.quarantined == 1)
            Self.accept(in: world)
            try await world.delete((1...4).map(Products.sku))
            let job = try await world.push(products, options: Self.only)
            #expect(job.state == .failed && job.failure?.code == .deletesGuarded)
            #expect(world.remote.records.count == 4)
        }
    }

    /// Two records with one key: the second is set aside, and its content does not change when the first goes away.
    @Test func aPullTriesThemAgainOnRequestOnlyAndLeavesAllOthersAlone() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(5)
            world.changeRemote { $0.insert(Products.record(3, name: "The other one"), id: "r33") }
            let products = try Products.integration([.pull])
            #expect(try await world.pull(products).progress.quarantined == 1)
            #expect(try await world.quarantine(.pull).keys.sorted() == ["r33"])
            world.changeRemote { $0.remove("r3") }
            #expect(try await world.pull(products).progress.quarantined == 1)

            world.changeRemote { $0.change("r4", "name", to: "changed") }
            let job = try await world.pull(products, options: Self.only)
            #expect(job.state == .succeeded && job.progress.updated == 1 && job.progress.skipped == 4)
            #expect(try await world.rows(["name"])[Products.sku(3)] == ["The other one"])
            #expect(try await world.rows(["name"])[Products.sku(4)] == ["Product 4"])
            #expect(try await world.quarantine(.pull).isEmpty)
            #expect(try await world.pull(products).progress.updated == 1)
        }
    }

    @Test func aPullTriesThemAgainAlongWithEverythingElse() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(5)
            world.changeRemote { $0.insert(Products.record(3, name: "The other one"), id: "r33") }
            let products = try Products.integration([.pull])
            _ = try await world.pull(products)
            world.changeRemote { table in
                table.remove("r3")
                table.change("r4", "name", to: "changed")
            }
            let job = try await world.pull(products, options: Self.retry)
            #expect(job.state == .succeeded && job.progress.updated == 2 && job.progress.unchanged == 3)
            #expect(try await world.quarantine(.pull).isEmpty)
        }
    }
}
