import FerryCore
import FerryEngine
import FerryLedger
import FerryTesting
import FerryTransforms
import Synchronization
import Testing

/// Rows that a push knows without mapping them, since they are as they were when the service took their payloads.
@Suite struct InputMarkTests {
    @Test func rowsThatAreAsTheyWereAreNotMappedAgain() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(2500)
            let transforms = CountedTransforms()
            let products = try Self.products()
            #expect(try await world.push(products, with: transforms).progress.created == 2500)
            #expect(transforms.count == 2500)
            world.forgetRequests()

            try await world.write(
                [Products.row(7, name: "New"), Products.row(1400, price: "1")],
                columns: Products.columns
            )
            let job = try await world.push(products, with: transforms)
            #expect(job.progress.updated == 2 && job.progress.unchanged == 2498 && job.progress.read == 2500)
            #expect(transforms.count == 2502)
            #expect(world.remote["r7"]?["name"] == .string("NEW") && world.remote["r1400"]?["price"] == .number("1"))
            #expect(try await world.push(products, with: transforms).progress.unchanged == 2500)
            #expect(transforms.count == 2502)
        }
    }

    @Test func anotherMappingMapsEveryRow() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(20)
            _ = try await world.push(try Self.products())
            let lower = try Products.integration(
                [.push],
                mappings: [Products.field("sku"), Products.field("name", ["lowercase"]), Products.field("price")]
            )
            #expect(try await world.push(lower).progress.updated == 20)
            #expect(world.remote["r1"]?["name"] == .string("product 1"))
        }
    }

    @Test func anotherVersionOfTheTransformsMapsEveryRow() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(20)
            let products = try Self.products()
            _ = try await world.push(products, with: CountedTransforms())
            let newer = CountedTransforms(revision: 1)
            for _ in 1...2 { #expect(try await world.push(products, with: newer).progress.unchanged == 20) }
            #expect(newer.count == 20)
        }
    }

    @Test func aFullPushMapsEveryRow() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(20)
            let transforms = CountedTransforms()
            _ = try await world.push(try Self.products(), with: transforms)
            let job = try await world.push(try Self.products(), options: JobOptions(isFull: true), with: transforms)
            #expect(job.progress.unchanged == 20 && transforms.count == 40)
        }
    }

    @Test func anEqualValueInOtherDigitsIsLookedAtOnce() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(1)
            let transforms = CountedTransforms()
            let products = try Self.products()
            _ = try await world.push(products, with: transforms)
            try await world.write([Products.row(1, price: "9.50")], columns: Products.columns)
            for _ in 1...2 { #expect(try await world.push(products, with: transforms).progress.unchanged == 1) }
            #expect(transforms.count == 2)
            #expect(world.writes.count == 1)
        }
    }

    @Test func whatTheLedgerDoesNotKnowYetIsMappedOnce() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(30)
            let products = try Self.products()
            _ = try await world.push(products)
            try await world.forgetMarks(of: products)
            let transforms = CountedTransforms()
            for _ in 1...2 { #expect(try await world.push(products, with: transforms).progress.unchanged == 30) }
            #expect(transforms.count == 30)
        }
    }

    @Test func aRowWhoseRecordIsNotKnownAnyMoreIsSentAgainAsItIs() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(3)
            let products = try Self.products()
            _ = try await world.push(products)
            let next = try await world.claimed(.push, of: products)
            // As after an update whose outcome nobody knows.
            var links = LinkChanges()
            links.append(
                localID: Products.sku(2),
                remoteID: "r2",
                payloadHash: RecordHash(low: 2, high: 0),
                fieldHashes: [0]
            )
            try await world.settle(links, of: products, job: next.id)
            world.changeRemote { $0.change("r2", "name", to: .string("Spoilt")) }
            let job = try await world.run(next, of: products)
            #expect(job.progress.updated == 1 && job.progress.unchanged == 2)
            #expect(world.remote["r2"]?["name"] == .string("PRODUCT 2"))
        }
    }

    @Test func refusedValuesAreCountedInEveryPush() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(5)
            var name = try Products.field("name", onError: .null, direction: .push)
            name.transforms = [TransformReference(name: "date", options: "date")]
            let products = try Products.integration(
                [.push],
                mappings: [Products.field("sku"), name, Products.field("price")]
            )
            for _ in 1...3 { #expect(try await world.push(products).progress.refusals.map(\.count) == [5]) }
            #expect(world.remote.records.count == 5)
        }
    }

    @Test func bothWaysARowIsComparedThatAPullHasChanged() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(3)
            let products = try Products.integration([.pull, .push])
            _ = try await world.push(products)
            _ = try await world.pull(products)
            world.changeRemote { $0.change("r1", "name", to: .string("Theirs")) }
            #expect(try await world.pull(products).progress.updated == 1)
            try await world.write([Products.row(1, name: "Product 1")], columns: Products.columns)
            #expect(try await world.push(products).progress.updated == 1)
            #expect(world.remote["r1"]?["name"] == .string("Product 1"))
        }
    }

    @Test func aRowThatGoesBetweenTheLookAtItAndItsReadingIsTheNextPushs() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(40)
            var products = try Self.products()
            products.entities[0].deletes = .propagate
            _ = try await world.push(products)
            try await world.write(
                [Products.row(7, name: "New"), Products.row(8, name: "Gone")],
                columns: Products.columns
            )
            let store = QuickStore(inner: world.store, gone: Products.sku(8))
            let job = try await world.push(products, store: store, with: CountedTransforms())
            #expect(job.state == .succeeded)
            #expect(job.progress.read == 39 && job.progress.updated == 1 && job.progress.unchanged == 38)
            #expect(
                world.remote["r7"]?["name"] == .string("NEW") && world.remote["r8"]?["name"] == .string("PRODUCT 8")
            )
            #expect(try await world.push(products).progress.deleted == 1)
            #expect(world.remote["r8"] == nil && world.remote.records.count == 39)
        }
    }

    @Test func aRowThatIsNotFoundByItsKeyIsReadWhereItWas() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(40)
            let products = try Self.products()
            _ = try await world.push(products)
            try await world.write(
                [Products.row(7, name: "New"), Products.row(9, name: "Too")],
                columns: Products.columns
            )
            let store = QuickStore(inner: world.store, hidden: Products.sku(9))
            let job = try await world.push(products, store: store, with: CountedTransforms())
            #expect(job.progress.updated == 2 && job.progress.unchanged == 38 && job.progress.read == 40)
            #expect(world.remote["r7"]?["name"] == .string("NEW") && world.remote["r9"]?["name"] == .string("TOO"))
        }
    }

    private static func products() throws -> Integration {
        try Products.integration(
            [.push],
            mappings: [Products.field("sku"), Products.field("name", ["uppercase"]), Products.field("price")]
        )
    }
}

extension EngineWorld {
    /// Runs a job from the queue to its end, with other transforms.
    @concurrent
    fileprivate func push(
        _ integration: Integration,
        options: JobOptions = JobOptions(),
        store: (any LocalStore)? = nil,
        with transforms: CountedTransforms
    ) async throws -> Job {
        let job = try await claimed(.push, of: integration, options: options)
        return try await engine(store: store, transforms: transforms)
            .run(job, of: integration, control: JobControl(), meter: ProgressMeter(from: job.progress))
    }

    /// Makes the ledger one that an earlier version has written.
    fileprivate func forgetMarks(of integration: Integration) async throws {
        let scope = try await scope(of: integration)
        let links = try await ledger.links(in: scope, after: 0, limit: 1000)
        try await ledger.mark(links.map { LinkMark(link: $0.id, mark: 0) }, in: scope)
    }

    fileprivate func settle(_ links: LinkChanges, of integration: Integration, job: String) async throws {
        let settlement = PushSettlement(batch: 0, job: job, links: links, progress: JobProgress())
        try await ledger.settle(settlement, in: scope(of: integration))
    }
}

/// A store whose rows do not wait until they are asked for by their keys.
private struct QuickStore: LocalStore {
    let inner: any LocalStore
    /// The row that is deleted then.
    var gone = ""
    /// The row that is not found.
    var hidden = ""

    func table(_ entity: EntityMapping, fields: [FieldPath], forWriting: Bool) async throws -> any LocalTable {
        let inner = try await self.inner.table(entity, fields: fields, forWriting: forWriting)
        return Table(inner: inner, gone: gone, hidden: hidden)
    }

    private struct Table: TableWrapper {
        let inner: any LocalTable
        let gone: String
        let hidden: String

        func rows(ids: PackedStrings) async throws -> LocalPage {
            if ids.strings.contains(gone) {
                _ = try await inner.apply(
                    LocalChanges(
                        ids: PackedStrings(),
                        records: RecordBatch(columnCount: 0),
                        areKnown: [],
                        deletedIDs: PackedStrings([gone])
                    )
                )
            }
            return try await inner.rows(ids: PackedStrings(ids.strings.filter { $0 != hidden }))
        }
    }
}

/// The built-in transforms, with a count of the values that they were given.
private final class CountedTransforms: TransformCatalog {
    private let counter = Counter(0)
    private let inner = BuiltInTransforms()
    let revision: UInt64

    init(revision: UInt64 = 0) {
        self.revision = revision
    }

    var count: Int { counter.value }
    var names: [String] { inner.names }

    func transform(_ reference: TransformReference) throws(TransformReferenceError) -> any Transform {
        Counted(inner: try inner.transform(reference), counter: counter)
    }

    private struct Counted: Transform {
        let inner: any Transform
        let counter: Counter

        var isOneWay: Bool { inner.isOneWay }

        func apply(
            _ kind: ValueKind,
            _ bytes: Span<UInt8>,
            into output: inout [UInt8]
        ) throws(TransformError) -> ValueKind {
            counter.add(1)
            return try inner.apply(kind, bytes, into: &output)
        }
    }
}
