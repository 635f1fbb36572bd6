import FerryCore
import FerryStores
import FerryTesting
import Testing

/// What the engine relies on in a local store: the simulated one keeps the same contract as SQLite's.
@Suite struct LocalStoreContractTests {
    enum Kind: CaseIterable {
        case simulated, sqlite
    }

    private static let columns = ["name", "note"]

    /// Calls `body` with a table of a fresh store.
    private static func with(_ kind: Kind, _ body: (any LocalStore, any LocalTable) async throws -> Void) async throws {
        try await TemporaryDirectory.with { directory in
            let store: any LocalStore =
                switch kind {
                case .simulated: SimulatedStore()
                case .sqlite: SQLiteStore(path: directory.path + "/store.db", isOwned: true)
                }
            try await body(store, try await open(store, forWriting: true))
        }
    }

    private static func open(_ store: any LocalStore, forWriting: Bool) async throws -> any LocalTable {
        let fields = columns.map { FieldPath(segments: [.name($0)]) }
        return try await store.table(
            EntityMapping(type: "product", resource: "rows", key: "id"),
            fields: fields,
            forWriting: forWriting
        )
    }

    private static func changes(_ rows: [String: Fields], known: Bool = false, deleting: [String] = []) -> LocalChanges
    {
        var records = RecordBatch(columnCount: columns.count)
        let ids = rows.keys.sorted()
        for id in ids { records.append(rows[id] ?? [:], names: columns) }
        return LocalChanges(
            ids: PackedStrings(ids),
            records: records,
            areKnown: ids.map { _ in known },
            deletedIDs: PackedStrings(deleting)
        )
    }

    private static func found(_ values: [String], in table: any LocalTable) async throws -> [String] {
        var batch = RecordBatch(columnCount: 1)
        for value in values { batch.append(["name": .string(value)], names: ["name"]) }
        return try await table.rows(where: 0, isOneOf: batch).ids.strings.sorted()
    }

    private static func contents(_ table: any LocalTable, limit: Int = 1000) async throws -> [(String, Fields)] {
        var rows: [(String, Fields)] = []
        var position: ScanPosition?
        repeat {
            let page = try await table.scan(after: position, limit: limit)
            for row in 0..<page.ids.count {
                // Null and nothing are the same to the engine.
                let fields = page.records.fields(row, names: columns).filter { !$0.value.isNull }
                rows.append((page.ids[row], fields))
            }
            position = page.next
        } while position != nil
        return rows
    }

    @Test(arguments: Kind.allCases)
    func pagesComeInTheOrderOfTheKeysBytes(_ kind: Kind) async throws {
        try await Self.with(kind) { _, table in
            let keys = ["b", "a", "é", "Z", "a b", "a\u{1}", "10", "9"]
            _ = try await table.apply(
                Self.changes(Dictionary(uniqueKeysWithValues: keys.map { ($0, ["name": .string($0)]) }))
            )
            let sorted = keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { Array($0.utf8) }
            for limit in 1...4 {
                let rows = try await Self.contents(table, limit: limit)
                #expect(rows.map { Array($0.0.utf8) } == sorted, "pages of \(limit)")
            }
            #expect(try await table.count() == keys.count)
        }
    }

    @Test(arguments: Kind.allCases)
    func whatAChangeLeavesOutStaysAsItIs(_ kind: Kind) async throws {
        try await Self.with(kind) { _, table in
            _ = try await table.apply(Self.changes(["1": ["name": .string("a"), "note": .string("b")]]))
            _ = try await table.apply(Self.changes(["1": ["name": .null]], known: true))
            let rows = try await Self.contents(table)
            #expect(rows.map(\.0) == ["1"] && rows[0].1 == ["note": .string("b")])
        }
    }

    @Test(arguments: Kind.allCases, [true, false])
    func whatIsThoughtToBeThereDoesNotMatter(_ kind: Kind, isKnown: Bool) async throws {
        try await Self.with(kind) { _, table in
            _ = try await table.apply(Self.changes(["1": ["name": .string("a")]]))
            let applied = try await table.apply(
                Self.changes(
                    ["1": ["name": .string("b")], "2": ["name": .string("c")]],
                    known: isKnown,
                    deleting: ["3"]
                )
            )
            #expect((applied.inserted, applied.updated, applied.deleted) == (1, 1, 0))
            #expect(applied.refused.isEmpty)
        }
    }

    @Test(arguments: Kind.allCases)
    func deletesComeBeforeWritesAndCountWhatWasThere(_ kind: Kind) async throws {
        try await Self.with(kind) { _, table in
            _ = try await table.apply(Self.changes(["1": ["name": .string("a"), "note": .string("b")]]))
            let applied = try await table.apply(
                Self.changes(["1": ["name": .string("c")]], deleting: ["1", "9"])
            )
            #expect((applied.inserted, applied.updated, applied.deleted) == (1, 0, 1))
            #expect(try await Self.contents(table)[0].1 == ["name": .string("c")])
        }
    }

    @Test(arguments: Kind.allCases)
    func rowsAreFoundByTheirKeysAndOthersLeftOut(_ kind: Kind) async throws {
        try await Self.with(kind) { _, table in
            _ = try await table.apply(Self.changes(["1": ["name": .string("a")], "2": ["name": .number("7")]]))
            let page = try await table.rows(ids: PackedStrings(["2", "9", "1"]))
            #expect(Set(page.ids.strings) == ["1", "2"] && page.next == nil)
        }
    }

    @Test(arguments: Kind.allCases)
    func rowsAreFoundByTheValuesOfAField(_ kind: Kind) async throws {
        try await Self.with(kind) { _, table in
            let numbers = 1...1200
            _ = try await table.apply(
                Self.changes(Dictionary(uniqueKeysWithValues: numbers.map { ("\($0)", ["name": .string("n\($0)")]) }))
            )
            _ = try await table.apply(Self.changes(["x": ["name": .null], "y": ["name": .string("N7")]]))
            #expect(try await Self.found(["n7", "none", "n1200", "n7"], in: table) == ["1200", "7"])
            #expect(try await Self.found(numbers.map { "n\($0)" }, in: table).count == 1200)
            #expect(try await Self.found([], in: table) == [])
        }
    }

    @Test(arguments: Kind.allCases)
    func aTableKeepsItsIdentityAndItsRowsWhenItIsOpenedAgain(_ kind: Kind) async throws {
        try await Self.with(kind) { store, table in
            _ = try await table.apply(Self.changes(["1": ["name": .string("a")]]))
            let again = try await Self.open(store, forWriting: false)
            #expect(again.identity == table.identity && again.keyColumn == "id")
            #expect(try await Self.contents(again).map(\.0) == ["1"])
        }
    }

    @Test(arguments: Kind.allCases)
    func aTableThatIsNotThereCannotBeRead(_ kind: Kind) async throws {
        try await Self.with(kind) { store, _ in
            let failure = await #expect(throws: SyncFailure.self) {
                _ = try await store.table(
                    EntityMapping(type: "nothing", resource: "rows", key: "id"),
                    fields: [],
                    forWriting: false
                )
            }
            #expect(failure?.kind == .config && failure?.code == .storeMissingTable)
        }
    }
}
