import FerryCore
import FerryEngine
import FerryLedger
import FerryTesting
import Synchronization
import Testing

/// A source without any record: an emptied table and a wrong query look the same, so nothing is deleted for it.
@Suite struct EmptySourceTests {
    private static let allowed = JobOptions(allowsDeletes: true)

    @Test(arguments: [1, 5, 40])
    func anEmptiedTableDeletesNothingAtTheServiceUnlessItIsAllowed(_ count: Int) async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(count)
            let products = try Products.integration([.push], deletes: .propagate)
            _ = try await world.push(products)
            try await world.delete((1...count).map(Products.sku))
            let guarded = try await world.push(products)
            #expect(guarded.state == .failed && guarded.failure?.code == .deletesGuarded)
            #expect(guarded.failure?.message.contains("found no records at all: \(count) of \(count)") == true)
            #expect(guarded.failure?.hint?.contains("'ferryctl sync products --push --allow-deletes'") == true)
            #expect(world.remote.records.count == count)

            let job = try await world.push(products, options: Self.allowed)
            #expect(job.state == .succeeded && job.progress.deleted == count)
            #expect(world.remote.records.isEmpty)
            #expect(try await world.push(products).state == .succeeded)
        }
    }

    @Test(arguments: [Direction.push, .pull])
    func aPlanSaysWhatAnEmptySourceWouldCome(to direction: Direction) async throws {
        try await EngineWorld.with { world in
            let products = try Products.integration([direction], deletes: .propagate)
            if direction == .push { try await world.seedLocal(5) } else { world.seedRemote(5) }
            _ = try await world.run(world.claimed(direction, of: products), of: products)
            if direction == .push {
                try await world.delete((1...5).map(Products.sku))
            } else {
                world.changeRemote { $0.records = [] }
            }
            let guarded = try await world.plan(products, direction)
            #expect(guarded.state == .failed && guarded.entities.first?.deletes.count == 5)
            let verdict = GuardVerdict(deletes: 5, linked: 5, isSourceEmpty: true, stopsJob: true)
            #expect(guarded.entities.first?.deleteGuard == verdict)
            let allowed = try await world.planner().plan(products, direction: direction, options: Self.allowed)
            #expect(allowed.state == .succeeded && allowed.entities.first?.deletes.count == 5)
            let job = try await world.run(world.claimed(direction, of: products), of: products)
            #expect(job.state == .failed && job.failure == guarded.failure)
        }
    }

    @Test func aJobForSomeRowsOfAnEmptiedTableDeletesNothingEither() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(5)
            let products = try Products.integration([.push], deletes: .propagate)
            _ = try await world.push(products)
            try await world.delete((1...5).map(Products.sku))
            let some = [Products.sku(1), Products.sku(2)]
            #expect(try await world.push(products, entityIDs: some).failure?.code == .deletesGuarded)
            #expect(world.remote.records.count == 5)
            #expect(try await world.push(products, entityIDs: some, options: Self.allowed).progress.deleted == 2)
            #expect(world.remote.records.count == 3)
        }
    }

    @Test func anEmptyAnswerDeletesNothingHereUnlessItIsAllowed() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(5)
            let products = try Products.integration([.pull], deletes: .propagate)
            _ = try await world.pull(products)
            world.changeRemote { $0.records = [] }
            for _ in 0..<3 {
                let guarded = try await world.pull(products)
                #expect(guarded.state == .failed && guarded.failure?.code == .deletesGuarded)
                #expect(guarded.failure?.message.contains("5 of 5") == true)
            }
            #expect(try await world.rows(["sku"]).count == 5)
            let job = try await world.pull(products, options: Self.allowed)
            #expect(job.state == .succeeded && job.progress.deleted == 5)
            #expect(try await world.rows(["sku"]).isEmpty)
        }
    }

    @Test func anEmptyAnswerIsNoScanThatARecordWasMissingFrom() async throws {
        try await EngineWorld.with(ScriptedService.Traits(scansBeforeDelete: 2)) { world in
            world.seedRemote(5)
            let products = try Products.integration([.pull], deletes: .propagate)
            _ = try await world.pull(products)
            let records = world.remote.records
            world.changeRemote { $0.records = [] }
            #expect(try await world.pull(products).failure?.code == .deletesGuarded)
            // The first scan that misses only one counts as the first for that one.
            world.changeRemote { $0.records = Array(records.dropFirst()) }
            #expect(try await world.pull(products).progress.deleted == 0)
            #expect(try await world.pull(products).progress.deleted == 1)
        }
    }

    @Test func anEmptySourceIsNoMatterWhereNothingWouldBeDeleted() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(5)
            let keeping = try Products.integration([.push])
            _ = try await world.push(keeping)
            try await world.delete((1...5).map(Products.sku))
            #expect(try await world.push(keeping).state == .succeeded)
            #expect(world.remote.records.count == 5)
        }
        try await EngineWorld.with { world in
            try await world.seedLocal(1)
            try await world.delete([Products.sku(1)])
            let products = try Products.integration([.push, .pull], deletes: .propagate)
            #expect(try await world.pull(products).state == .succeeded)
            #expect(try await world.push(products).state == .succeeded)
        }
    }

    @Test(arguments: [Direction.pull, .push])
    func deletesBeyondTheGuardAreAllowedForOneJobOnly(_ direction: Direction) async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(40)
            world.seedRemote(40)
            let products = try Products.integration([direction], deletes: .propagate)
            let run = { (options: JobOptions) in
                let job = try await world.claimed(direction, of: products, options: options)
                return try await world.run(job, of: products)
            }
            _ = try await run(JobOptions())
            let remove = { (range: ClosedRange<Int>) in
                switch direction {
                case .pull: world.changeRemote { table in for number in range { table.remove("r\(number)") } }
                case .push: try await world.delete(range.map(Products.sku))
                }
            }
            try await remove(1...12)
            #expect(try await run(JobOptions()).failure?.message.contains("12 of 40") == true)
            #expect(try await run(Self.allowed).progress.deleted == 12)
            try await remove(13...25)
            #expect(try await run(JobOptions()).failure?.code == .deletesGuarded)
        }
    }

    @Test func aJobThatMayDeleteStillMayAfterACrash() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(40)
            let products = try Products.integration([.push], deletes: .propagate)
            _ = try await world.push(products)
            try await world.delete((1...20).map(Products.sku))
            world.service.state.withLock { $0.writeFault = { _, _ in .dies(landing: 0) } }
            let claimed = try await world.claimed(.push, of: products, options: Self.allowed)
            #expect(try await world.run(claimed, of: products).state == .queued)
            world.service.state.withLock { $0.writeFault = nil }
            let again = try #require(try await world.ledger.claim(claimed.id, at: world.clock.now))
            let job = try await world.run(again, of: products)
            #expect(job.state == .succeeded && job.attempt == 2 && job.progress.deleted == 20)
        }
    }
}
