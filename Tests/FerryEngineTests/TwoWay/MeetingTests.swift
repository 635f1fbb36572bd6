import FerryCore
import FerryEngine
import FerryLedger
import FerryTesting
import Synchronization
import Testing

/// Which rows records stand for that no link explains, where the table's key is the table's own: `id`, beside `sku`.
@Suite struct MeetingTests {
    @Test func aPullThatComesFirstMeetsTheRowsByTheirNaturalKey() async throws {
        try await EngineWorld.with(ScriptedService.Traits(pageSize: 7)) { world in
            world.seedRemote(20)
            world.changeRemote { $0.change("r3", "name", to: .string("Theirs")) }
            try await seed(1...18, in: world)
            let products = try integration([.pull, .push], conflicts: .remoteWins)
            let pull = try await world.pull(products)
            #expect(pull.state == .succeeded && pull.progress.created == 2 && pull.progress.updated == 1)
            let names = try await world.rows(["sku", "name"])
            #expect(
                names.count == 20 && names["3"] == ["p00003", "Theirs"] && names["r19"] == ["p00019", "Product 19"]
            )
            let push = try await world.push(products)
            #expect(push.progress.unchanged == 20 && world.writes.isEmpty)
            world.forgetRequests()
            #expect(try await world.pull(products).progress.unchanged == 20)
            #expect(world.requests(.page).count == 3)
        }
    }

    @Test func whatBothSidesHaveMadeMeetsByItsNaturalKey() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(3)
            let products = try integration([.pull, .push])
            _ = try await world.pull(products)
            try await seed(4...6, in: world)
            world.changeRemote { table in
                for number in 5...7 { table.insert(Products.record(number), id: "s\(number)") }
            }
            #expect(try await world.pull(products).progress.created == 1)
            #expect(try await world.rows(["name"]).keys.sorted() == ["4", "5", "6", "r1", "r2", "r3", "s7"])
            let push = try await world.push(products)
            #expect(push.progress.created == 1 && push.progress.unchanged == 6)
            #expect(world.remote.records.count == 7)
        }
    }

    @Test func whatDiffersAtTheFirstContactIsHeldAndNotDoubled() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(3)
            try await seed(1...3, in: world)
            try await world.write([row(2, name: "Mine")], columns: columns)
            let products = try integration([.pull, .push])
            #expect(try await world.pull(products).progress.held == 1)
            #expect(try await world.push(products).progress.held == 1)
            #expect(try await world.rows(["name"]).count == 3 && world.remote.records.count == 3)
        }
    }

    @Test func aFirstContactThatWasCutOffBeginsAgain() async throws {
        for page in 1...3 {
            try await EngineWorld.with(ScriptedService.Traits(pageSize: 7)) { world in
                world.seedRemote(20)
                try await seed(1...20, in: world)
                let products = try integration([.pull, .push])
                world.service.state.withLock {
                    $0.beforePage = { if $0 == page { throw SyncFailure(.auth, .authRejected, "no") } }
                }
                #expect(try await world.pull(products).state == .failed)
                #expect(try await world.pull(products).progress.unchanged == 20)
                #expect(try await world.rows(["name"]).count == 20)
            }
        }
    }

    @Test func aPullAfterALostLedgerDoublesNothing() async throws {
        try await EngineWorld.with { world in
            try await seed(1...5, in: world)
            let products = try integration([.pull, .push])
            _ = try await world.push(products)
            let next = EngineWorld(
                directory: world.directory,
                ledger: try Ledger(path: world.directory.path + "/ledger-2.db"),
                store: world.store,
                service: world.service
            )
            #expect(try await next.pull(products).progress.unchanged == 5)
            #expect(try await next.rows(["name"]).count == 5)
            #expect(try await next.push(products).progress.unchanged == 5)
            #expect(next.remote.records.count == 5)
            try next.ledger.close()
        }
    }

    @Test func ofTwoRowsWithOneNaturalKeyTheFirstMeetsTheRecord() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(1)
            try await world.write([row(1), [.string("2")] + row(1).dropFirst()], columns: columns)
            #expect(try await world.pull(integration([.pull, .push])).progress.unchanged == 1)
            #expect(try await world.rows(["name"]).keys.sorted() == ["1", "2"])
        }
    }

    @Test func aPlanOfTheFirstContactCreatesNothing() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(3)
            try await seed(1...3, in: world)
            let products = try integration([.pull, .push])
            let entity = try #require(try await world.plan(products, .pull).entities.first)
            #expect(entity.creates.count == 0 && entity.updates.count == 0 && entity.links.count == 3, "\(entity)")
            #expect(try await world.pull(products).progress.unchanged == 3)
        }
    }

    /// Both ways, and pushed by schedule but pulled by hand.
    @Test(arguments: [[Direction.pull, .push], [.push], []])
    func aPullBetweenALostCreateAndTheNextPushMakesNoSecondRow(scheduled: [Direction]) async throws {
        try await EngineWorld.with { world in
            try await seed(1...3, in: world)
            let products = try integration(Set(scheduled))
            _ = try await world.push(products)
            try await seed(4...6, in: world)
            try await loseCreate(of: products, landing: 2, in: world)
            #expect(try await world.ledger.outbox(in: world.scope(of: products)).count == 1)
            #expect(try await world.pull(products).state == .succeeded)
            #expect(try await world.rows(["name"]).keys.sorted() == ["1", "2", "3", "4", "5", "6"])
            #expect(try await world.push(products).state == .succeeded)
            #expect(try await world.push(products).progress.unchanged == 6)
            #expect(world.remote.records.count == 6)
            #expect(try await world.pull(products).state == .succeeded)
            #expect(try await world.rows(["name"]).count == 6)
        }
    }

    @Test func aPullThatCannotTellWhatHasLandedSaysToPushFirst() async throws {
        var traits = ScriptedService.Traits()
        traits.match = nil
        traits.createIsRepeatable = true
        try await EngineWorld.with(traits) { world in
            try await seed(1...3, in: world)
            var products = try integration([])
            products.entities[0].match = nil
            try await loseCreate(of: products, landing: 2, in: world)
            let pull = try await world.pull(products)
            #expect(pull.state == .failed && pull.failure?.code == .syncUnsettled)
            #expect(pull.failure?.hint?.hasPrefix("run 'ferryctl sync products --push' first") == true)
            #expect(try await world.rows(["name"]).count == 3)
        }
    }

    /// Where the service makes no records, none can be doubled.
    @Test(arguments: [true, false])
    func bothWaysWithoutANaturalKeyNothingIsPulled(canCreate: Bool) async throws {
        var traits = ScriptedService.Traits()
        traits.match = nil
        traits.createIsRepeatable = true
        if !canCreate { traits.operations = [.update] }
        try await EngineWorld.with(traits) { world in
            world.seedRemote(3)
            var products = try integration([.pull, .push])
            products.entities[0].match = nil
            let pull = try await world.pull(products)
            #expect(pull.state == (canCreate ? .failed : .succeeded))
            #expect(pull.failure?.code == (canCreate ? .configMissingKey : nil))
            #expect(pull.progress.created == (canCreate ? 0 : 3))
        }
    }

    // MARK: The scene

    private let columns = ["id", "sku", "name", "price"]

    private func row(_ number: Int, name: String? = nil) -> [JSONValue] {
        [.string("\(number)")] + Products.row(number, name: name)
    }

    private func seed(_ numbers: ClosedRange<Int>, in world: EngineWorld) async throws {
        try await world.write(numbers.map { row($0) }, columns: columns)
    }

    private func integration(_ directions: Set<Direction>, conflicts: ConflictPolicy = .hold) throws -> Integration {
        var integration = try Products.integration(directions, conflicts: conflicts)
        integration.entities[0].key = "id"
        return integration
    }

    /// Pushes, and loses the answer and then the process, after the first `landing` records were made.
    private func loseCreate(of products: Integration, landing: Int, in world: EngineWorld) async throws {
        world.service.state.withLock {
            $0.writes = 0
            $0.writeFault = { number, _ in number == 1 ? .dies(landing: landing) : nil }
        }
        let job = try await world.claimed(.push, of: products)
        #expect(try await world.run(job, of: products).state == .queued)
        _ = try await world.ledger.cancel(job.id, at: world.clock.now)
    }
}
