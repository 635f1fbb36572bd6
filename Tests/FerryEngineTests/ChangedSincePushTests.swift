import FerryCore
import FerryEngine
import FerryLedger
import FerryTesting
import FoundationEssentials
import Synchronization
import Testing

/// Pushes of a table whose rows tell when they changed last.
@Suite struct ChangedSincePushTests {
    private static let columns = Products.columns + ["changed"]

    private static func products(
        deletes: EntityMapping.DeletePolicy = .keep,
        directions: Set<Direction> = [.push],
        name: [String] = []
    ) throws -> Integration {
        var products = try Products.integration(
            directions,
            deletes: deletes,
            mappings: [Products.field("sku"), Products.field("name", name), Products.field("price")]
        )
        products.entities[0].changedSince = "changed"
        return products
    }

    /// Pushes 20 products, and again until all but the last count as compared.
    private static func settled(_ world: EngineWorld, _ products: Integration) async throws {
        try await world.writeChanged(1...20)
        _ = try await world.push(products)
        world.clock.advance(by: .seconds(601))
        try await world.writeChanged(20...20)
        _ = try await world.push(products)
        world.clock.advance(by: .seconds(601))
        #expect(try await world.push(products).state == .succeeded)
        world.forgetRequests()
    }

    @Test func rowsAreReadOnlyIfTheyHaveChanged() async throws {
        try await EngineWorld.with { world in
            let products = try Self.products()
            try await world.writeChanged(1...2500)
            #expect(try await world.push(products).progress.created == 2500)
            // A transaction that was open may come to light yet.
            #expect(try await world.push(products).progress.read == 2500)
            world.clock.advance(by: .seconds(600))
            try await world.writeChanged(1...3, name: "New")
            let job = try await world.push(products)
            #expect(job.progress.read == 2500 && job.progress.updated == 3)

            world.clock.advance(by: .seconds(1))
            try await world.writeChanged(2...4, name: "Newer")
            let next = try await world.push(products)
            #expect(next.progress.updated == 3 && next.progress.total == nil)
            world.clock.advance(by: .seconds(600))
            _ = try await world.push(products)
            // What changed before the last of those pushes but one has been compared.
            #expect(try await world.push(products).progress.read == 4)
            #expect(world.remote["r4"]?["name"] == .string("Newer") && world.remote["r1"]?["name"] == .string("New"))
        }
    }

    @Test func aChangeThatComesToLightLaterIsSent() async throws {
        try await EngineWorld.with { world in
            let products = try Self.products()
            try await Self.settled(world, products)
            try await world.writeChanged(20...20, name: "Last")
            #expect(try await world.push(products).progress.updated == 1)
            #expect(try await world.push(products).progress.updated == 0)
            // Written before that, by a transaction that has ended only now.
            world.clock.advance(by: .seconds(200))
            try await world.writeChanged(7...7, name: "Late", ago: 400)
            #expect(try await world.push(products).progress.updated == 1)
            #expect(world.remote["r7"]?["name"] == .string("Late"))
        }
    }

    @Test func allRowsAreComparedOnceADayAndOnRequest() async throws {
        try await EngineWorld.with { world in
            let products = try Self.products()
            try await Self.settled(world, products)
            // Whoever writes this way hides it.
            try await world.writeChanged(7...7, name: "Hidden", ago: 7200)
            #expect(try await world.push(products).progress.updated == 0)
            let full = try await world.push(products, options: JobOptions(isFull: true))
            #expect(full.progress.read == 20 && full.progress.updated == 1)
            try await world.writeChanged(8...8, name: "Hidden", ago: 7200)
            world.clock.advance(by: .seconds(86_000))
            #expect(try await world.push(products).progress.updated == 0)
            world.clock.advance(by: .seconds(400))
            #expect(try await world.push(products).progress.updated == 1)
        }
    }

    @Test func anotherMappingComparesAllRows() async throws {
        try await EngineWorld.with { world in
            try await Self.settled(world, try Self.products())
            #expect(try await world.push(try Self.products(name: ["uppercase"])).progress.updated == 20)
        }
    }

    @Test func aPushThatComparesAllRowsAndFailsIsFollowedByOneThatDoes() async throws {
        try await EngineWorld.with { world in
            let products = try Self.products()
            try await Self.settled(world, products)
            try await world.writeChanged(7...7, name: "Hidden", ago: 7200)
            world.service.state.withLock { state in
                state.writeFault = { _, _ in .fails(SyncFailure(.auth, .authRejected, "no", effect: .none)) }
            }
            #expect(try await world.push(products, options: JobOptions(isFull: true)).state == .failed)
            world.service.state.withLock { $0.writeFault = nil }
            #expect(try await world.push(products).progress.updated == 1)
        }
    }

    @Test func aPushThatFailsOnChangedRowsFindsThemAgain() async throws {
        try await EngineWorld.with { world in
            let products = try Self.products()
            try await Self.settled(world, products)
            try await world.writeChanged(3...5, name: "New")
            world.service.state.withLock { state in
                state.writeFault = { _, _ in .fails(SyncFailure(.auth, .authRejected, "no", effect: .none)) }
            }
            #expect(try await world.push(products).state == .failed)
            world.service.state.withLock { $0.writeFault = nil }
            world.clock.advance(by: .seconds(3000))
            let job = try await world.push(products)
            #expect(job.progress.updated == 3 && job.progress.read < 20)
        }
    }

    @Test func whatALostAnswerHasLeftInDoubtIsComparedThoughItHasNotChanged() async throws {
        try await EngineWorld.with { world in
            let products = try Self.products()
            try await Self.settled(world, products)
            let next = try await world.claimed(.push, of: products)
            var links = LinkChanges()
            links.append(localID: Products.sku(2), remoteID: "r2", payloadHash: .undetermined, fieldHashes: [0])
            try await world.ledger.settle(
                PushSettlement(batch: 0, job: next.id, links: links, progress: JobProgress()),
                in: world.scope(of: products)
            )
            world.changeRemote { $0.change("r2", "name", to: .string("Spoilt")) }
            #expect(try await world.run(next, of: products).progress.updated == 1)
            #expect(world.remote["r2"]?["name"] == .string("Product 2"))
        }
    }

    @Test func rowsThatAreGoneAreDeletedAndTheTableIsReadOnlyThen() async throws {
        try await EngineWorld.with { world in
            let products = try Self.products(deletes: .propagate)
            try await Self.settled(world, products)
            try await world.delete([Products.sku(4)])
            // One comes as one goes.
            try await world.writeChanged(21...21)
            let job = try await world.push(products)
            #expect(job.progress.deleted == 1 && job.progress.created == 1 && job.progress.updated == 0)
            #expect(world.remote["r4"] == nil && world.remote.records.count == 20)
            try await world.delete((5...20).map { Products.sku($0) })
            #expect(try await world.push(products).failure?.code == .deletesGuarded)
        }
    }

    @Test func aJobForSomeRowsLeavesTheRestAsItWas() async throws {
        try await EngineWorld.with { world in
            let products = try Self.products()
            try await Self.settled(world, products)
            try await world.writeChanged(7...8, name: "New")
            #expect(try await world.push(products, entityIDs: [Products.sku(7)]).progress.updated == 1)
            let job = try await world.push(products)
            #expect(job.progress.updated == 1 && job.progress.read < 20)
        }
    }

    @Test func aRowThatChangesWhileTheTableIsReadIsSentOnceAsItIs() async throws {
        // One that would not notice a second record.
        var traits = ScriptedService.Traits()
        traits.isUnique = false
        try await EngineWorld.with(traits) { world in
            let products = try Self.products()
            try await Self.settled(world, products)
            try await world.writeChanged(21...23)
            // Read first, then changed, and read again at the end of the changes.
            let store = BusyStore(inner: world.store) {
                world.clock.advance(by: .seconds(1))
                try await world.writeChanged(21...21, name: "Again")
            }
            let job = try await world.claimed(.push, of: products)
            let ended = try await world.engine(store: store)
                .run(job, of: products, control: JobControl(), meter: ProgressMeter(from: job.progress))
            #expect(ended.progress.created == 3 && ended.progress.updated == 1)
            #expect(world.remote.records.count == 23)
            #expect(world.remote.records.filter { $0["name"] == .string("Again") }.count == 1)
        }
    }

    @Test func bothWaysAllRowsAreCompared() async throws {
        try await EngineWorld.with { world in
            let products = try Self.products(directions: [.pull, .push])
            try await Self.settled(world, products)
            #expect(try await world.push(products).progress.read == 20)
        }
    }

    @Test func aClockThatIsSetBackComparesAllRows() async throws {
        try await EngineWorld.with { world in
            let products = try Self.products()
            try await Self.settled(world, products)
            world.clock.set(to: world.clock.now.addingTimeInterval(-86_400))
            try await world.writeChanged(7...7, name: "Yesterday")
            #expect(try await world.push(products).progress.updated == 1)
        }
    }
}

extension EngineWorld {
    /// Writes products that tell that they have changed so many seconds ago.
    fileprivate func writeChanged(_ numbers: ClosedRange<Int>, name: String? = nil, ago seconds: Double = 0)
        async throws
    {
        let changed = Int64((clock.now.timeIntervalSince1970 - seconds) * 1000)
        try await write(
            numbers.map { Products.row($0, name: name) + [.number("\(changed)")] },
            columns: Products.columns + ["changed"]
        )
    }
}

/// A store whose rows change when the first page of changes has been read; its pages have three rows.
private struct BusyStore: LocalStore {
    let inner: any LocalStore
    let change: @Sendable () async throws -> Void

    func table(_ entity: EntityMapping, fields: [FieldPath], forWriting: Bool) async throws -> any LocalTable {
        Table(inner: try await inner.table(entity, fields: fields, forWriting: forWriting), store: self)
    }

    private struct Table: TableWrapper {
        let inner: any LocalTable
        let store: BusyStore

        func scan(
            changedSince change: ScanPosition,
            after position: ScanPosition?,
            limit: Int
        ) async throws -> LocalPage {
            let page = try await inner.scan(changedSince: change, after: position, limit: 3)
            if position == nil { try await store.change() }
            return page
        }
    }
}
