import FerryCore
import FerryEngine
import FerryLedger
import FerryTesting
import Synchronization
import Testing

/// Pages that are mapped while earlier ones are written, and that are written together because the table is slow.
@Suite struct PullAheadTests {
    @Test func pagesThatWaitForTheTableAreWrittenTogetherAndNoneIsMissed() async throws {
        try await Self.with(pageSize: 50) { world, store in
            world.seedRemote(1000)
            let products = try Products.integration([.pull])
            let job = try await world.pull(products, into: store)
            #expect(job.state == .succeeded && job.progress.created == 1000 && job.progress.read == 1000)
            #expect(store.writes.count <= 12 && store.writes.contains { $0 >= 150 })
            let rows = try await world.rows(Products.columns)
            #expect(rows.count == 1000)
            for number in 1...1000 {
                #expect(rows[Products.sku(number)] == [Products.sku(number), "Product \(number)", "9.5"])
            }
            let before = world.storeFile()
            #expect(try await world.pull(products).progress.unchanged == 1000)
            #expect(world.storeFile() == before)
        }
    }

    @Test func noMoreThanAThousandRecordsAreWrittenAtOnce() async throws {
        try await Self.with(pageSize: 400, holding: [6, 7]) { world, store in
            world.seedRemote(6400)
            let job = try await world.pull(try Products.integration([.pull]), into: store)
            #expect(job.progress.created == 6400)
            #expect(store.writes.contains(800) && store.writes.allSatisfy { $0 <= 1000 })
        }
    }

    @Test func onlyWhatChangedIsWrittenOfPagesThatAreReadTogether() async throws {
        try await Self.with(pageSize: 50) { world, store in
            world.seedRemote(800)
            let products = try Products.integration([.pull])
            _ = try await world.pull(products)
            // Most of the first pages, so that the later ones are mapped ahead, and a few of those.
            world.changeRemote { table in
                for number in Array(1...290) + [333, 512, 701] {
                    table.change("r\(number)", "name", to: .string("New"))
                }
            }
            let job = try await world.pull(products, into: store)
            #expect(job.progress.updated == 293 && job.progress.unchanged == 507)
            #expect(store.writes.reduce(0, +) == 293)
            let rows = try await world.rows(["name"])
            for number in [1, 290, 333, 512, 701] { #expect(rows[Products.sku(number)] == ["New"]) }
            for number in [291, 332, 334, 800] { #expect(rows[Products.sku(number)] == ["Product \(number)"]) }
        }
    }

    @Test func fewChangesOfManyPagesAreWrittenTogetherAndNoneIsMissed() async throws {
        try await Self.with(pageSize: 50, holding: [6]) { world, store in
            world.seedRemote(1000)
            let products = try Products.integration(
                [.pull],
                mappings: [Products.field("sku"), Products.field("name"), Products.field("price", required: true)]
            )
            _ = try await world.pull(products)
            // Some of each page; of two pages nothing, of one more than the next ones; one is worth nothing.
            let numbers = Array(stride(from: 7, through: 1000, by: 25)).filter { !(101...200).contains($0) }
            world.changeRemote { table in
                for number in numbers + Array(451...470) { table.change("r\(number)", "name", to: .string("New")) }
                table.change("r707", "price", to: .null)
                // At the end of a page and at the beginning of the next one, as when one is inserted between the two.
                table.change("r600", "name", to: .string("Twice"))
                table.records.insert(table.records[599], at: 600)
            }
            let job = try await world.pull(products, into: store)
            let updated = Set(numbers + Array(451...470)).subtracting([707]).count + 1
            #expect(job.state == .partial && job.progress.read == 1001 && job.progress.quarantined == 1)
            #expect(job.progress.updated == updated && job.progress.unchanged == 1000 - updated)
            #expect(store.writes.reduce(0, +) == updated && store.writes.count <= 12)
            #expect(Array(try await world.quarantine(.pull).keys) == ["r707"])
            let rows = try await world.rows(["name"])
            let renamed = Set(numbers + Array(451...470)).subtracting([707])
            for number in 1...1000 {
                let name = number == 600 ? "Twice" : renamed.contains(number) ? "New" : "Product \(number)"
                #expect(rows[Products.sku(number)] == [name])
            }
            let again = try await world.pull(products)
            #expect(again.progress.unchanged == 1000 && again.progress.quarantined == 1)
        }
    }

    @Test func aRecordThatComesTwiceInNeighbouringPagesIsOneRow() async throws {
        try await Self.with(pageSize: 50, holding: [6]) { world, store in
            world.seedRemote(600)
            // At the end of each page and at the beginning of the next, as when a record is inserted between the two.
            world.changeRemote { table in
                for start in stride(from: 50, through: 550, by: 50) {
                    table.records.insert(table.records[start - 1], at: start)
                }
            }
            let job = try await world.pull(try Products.integration([.pull]), into: store)
            #expect(job.state == .succeeded && job.progress.created == 600 && job.progress.unchanged == 11)
            #expect(try await world.rows(["sku"]).count == 600)
        }
    }

    /// The second record comes in the pages that are compared while the table takes the first.
    @Test func aRowThatTwoRecordsWantIsTheFirstOnesThoughItIsNotCommittedYet() async throws {
        try await Self.with(pageSize: 50) { world, store in
            world.seedRemote(600)
            world.changeRemote { $0.change("r77", "sku", to: .string(Products.sku(7))) }
            let products = try Products.integration([.pull])
            let job = try await world.pull(products, into: store)
            #expect(job.state == .partial && job.progress.created == 599 && job.progress.quarantined == 1)
            #expect(Array(try await world.quarantine(.pull).keys) == ["r77"])
            #expect(try await world.rows(["name"])[Products.sku(7)] == ["Product 7"])
            let again = try await world.pull(products)
            #expect(again.progress.unchanged == 599 && again.progress.quarantined == 1)
        }
    }

    /// Its first commit is of several batches that the table has.
    @Test func whatTheTableHasOfAPullThatDiesIsKnownToTheNextOne() async throws {
        try await Self.with(pageSize: 50) { world, store in
            world.seedRemote(1500)
            let products = try Products.integration([.pull], deletes: .propagate)
            let disk = FlakyDisk()
            disk.delay("commitPull") { throw CancellationError() }
            let flaky = InterceptedLedger(world.ledger, interceptor: disk)
            let died = try await world.pull(products, into: store, ledger: flaky)
            let written = try await world.rows(["sku"])
            #expect(died.state == .queued && store.writes.count >= 2)
            #expect(written.count == store.writes.reduce(0, +))
            #expect(try await world.ledger.highestLink() == 0)

            // Most of them are gone at the service before anybody has linked them.
            world.changeRemote { $0.records.removeSubrange(0..<1450) }
            let options = JobOptions(allowsDeletes: true)
            let claimed = try #require(try await world.ledger.claim(died.id, at: world.clock.now))
            #expect(try await world.run(claimed, of: products).state == .failed)
            let ended = try await world.pull(products, options: options)
            #expect(
                ended.state == .succeeded && ended.progress.deleted == written.keys.count { $0 <= Products.sku(1450) }
            )
            #expect(try await world.rows(["sku"]).count == 50)
        }
    }

    @Test func whatCannotBeMappedIsSetAsideUnderItsOwnIdentifier() async throws {
        // The first page that is not clean is written by itself.
        try await Self.with(pageSize: 50, holding: [6, 8, 10]) { world, store in
            world.seedRemote(600)
            world.changeRemote { table in
                for number in [30, 260, 320] { table.change("r\(number)", "price", to: .null) }
                table.change("r390", "broken", to: .bool(true))
            }
            let products = try Products.integration(
                [.pull],
                mappings: [Products.field("sku"), Products.field("price", required: true)]
            )
            let job = try await world.pull(products, into: store)
            #expect(job.state == .partial && job.progress.created == 596 && job.progress.quarantined == 4)
            #expect(Set(try await world.quarantine(.pull).keys) == ["r30", "r260", "r320", "r390"])
        }
    }

    @Test func refusalsOfRecordsThatHaveNotChangedAreNotCountedAgain() async throws {
        // Each page is written by itself.
        try await Self.with(pageSize: 50, holding: [6, 7, 8]) { world, store in
            world.seedRemote(600)
            var name = try Products.field("name", onError: .null, direction: .pull)
            name.transforms = [TransformReference(name: "date", options: "date")]
            let products = try Products.integration(
                [.pull],
                mappings: [Products.field("sku"), name, Products.field("price")]
            )
            _ = try await world.pull(products)
            let numbers = Array(1...290) + Array(stride(from: 291, through: 600, by: 3))
            world.changeRemote { table in
                for number in numbers { table.change("r\(number)", "price", to: .number("7")) }
            }
            let job = try await world.pull(products, into: store)
            #expect(job.progress.updated == numbers.count && job.progress.unchanged == 600 - numbers.count)
            #expect(job.progress.refusals.map(\.count) == [numbers.count])
        }
    }

    @Test func bothWaysPagesThatAreWrittenTogetherAgreeWithTheTable() async throws {
        try await Self.with(pageSize: 50) { world, store in
            world.seedRemote(700)
            let products = try Products.integration([.pull, .push])
            let job = try await world.pull(products, into: store)
            #expect(job.progress.created == 700)
            #expect(store.writes.contains { $0 >= 150 })
            let push = try await world.push(products)
            #expect(push.progress.unchanged == 700 && push.progress.updated == 0)
            #expect(world.service.state.withLock { $0.writes } == 0)
        }
    }

    /// A world whose table waits with each of its first writes until the service was asked for a number of pages.
    ///
    /// - Parameter pages: by default the numbers that are reached when as many are fetched and mapped ahead as may be
    ///   at the least while the first page, one or two that were not mapped ahead and those after them are written.
    private static func with(
        pageSize: Int,
        holding pages: [Int] = [6, 10, 11],
        _ body: (EngineWorld, SlowStore) async throws -> Void
    ) async throws {
        var traits = ScriptedService.Traits()
        traits.pageSize = pageSize
        try await EngineWorld.with(traits) { world in
            try await body(world, SlowStore(inner: world.store, service: world.service, pages: pages))
        }
    }
}

extension EngineWorld {
    /// Runs a job from the queue to its end, with another store in the place of this world's.
    @concurrent
    fileprivate func pull(
        _ integration: Integration,
        into store: SlowStore,
        ledger: (any JobLedger & SyncLedger)? = nil
    ) async throws -> Job {
        let before = service.state.withLock { $0.pages }
        store.start(after: before)
        let job = try await claimed(.pull, of: integration)
        return try await engine(ledger: ledger, store: store)
            .run(job, of: integration, control: JobControl(), meter: ProgressMeter(from: job.progress))
    }
}

/// A store whose first writes take until the service was asked for so many pages; it notes how many rows each has.
private final class SlowStore: LocalStore {
    private let inner: any LocalStore
    private let service: ScriptedService
    private let pages: [Int]
    private let state = Mutex((writes: [Int](), asked: 0))

    init(inner: any LocalStore, service: ScriptedService, pages: [Int]) {
        self.inner = inner
        self.service = service
        self.pages = pages
    }

    /// The numbers of rows.
    var writes: [Int] { state.withLock { $0.writes } }

    func start(after asked: Int) {
        state.withLock { $0 = ([], asked) }
    }

    func table(_ entity: EntityMapping, fields: [FieldPath], forWriting: Bool) async throws -> any LocalTable {
        Table(store: self, inner: try await inner.table(entity, fields: fields, forWriting: forWriting))
    }

    private func write(_ rows: Int) async throws {
        let wanted = state.withLock { state in
            state.writes.append(rows)
            return state.writes.count > pages.count ? 0 : state.asked + pages[state.writes.count - 1]
        }
        try await eventually("\(wanted) pages are asked for") { service.state.withLock { $0.pages } >= wanted }
    }

    private struct Table: TableWrapper {
        let store: SlowStore
        let inner: any LocalTable

        func apply(_ changes: LocalChanges) async throws -> AppliedChanges {
            try await store.write(changes.ids.count)
            return try await inner.apply(changes)
        }
    }
}
