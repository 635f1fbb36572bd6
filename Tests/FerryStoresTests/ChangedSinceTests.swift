import FerryCore
import FerrySQLite
import FerryStores
import FoundationEssentials
import Testing

/// Tables whose rows tell when they changed last.
@Suite struct ChangedSinceTests {
    private static let now = Date(timeIntervalSince1970: 1_700_000_000)

    private static func open(
        _ store: SQLiteStore,
        query: String? = nil,
        type: String = "note",
        key: String? = nil
    ) async throws -> any LocalTable {
        try await store.table(
            EntityMapping(type: type, query: query, resource: "rows", key: key, changedSince: "changed"),
            fields: [FieldPath(segments: [.name("text")])],
            forWriting: false
        )
    }

    /// The identifiers of the rows that changed since, in the order in which they are read.
    private static func changed(
        _ table: any LocalTable,
        since change: ScanPosition,
        limit: Int = 1000
    ) async throws -> [String] {
        var ids: [String] = []
        var position: ScanPosition?
        repeat {
            let page = try await table.scan(changedSince: change, after: position, limit: limit)
            #expect(page.ids.count <= limit)
            ids += page.ids.strings
            position = page.next
        } while position != nil
        return ids
    }

    /// Tables of several kinds with the same rows.
    private static let kinds = [
        "CREATE TABLE note (id TEXT PRIMARY KEY, text TEXT, changed INTEGER);",
        "CREATE TABLE note (id TEXT PRIMARY KEY, text TEXT, changed INTEGER); CREATE INDEX c ON note (changed);",
        "CREATE TABLE note (id TEXT PRIMARY KEY, text TEXT, changed INTEGER) WITHOUT ROWID; CREATE INDEX c ON note (changed);",
        "CREATE TABLE note (_rowid_ TEXT, id TEXT PRIMARY KEY, text TEXT, changed INTEGER);",
        "CREATE TABLE held (id TEXT, text TEXT, changed INTEGER); CREATE VIEW note AS SELECT * FROM held;",
    ]

    private static let rows = """
        ('a', 'x', 50), ('b', 'x', NULL), ('c', 'x', 70), ('d', 'x', 70), ('e', 'x', 10), ('f', 'x', 70), ('g', 'x', NULL),
        ('h', 'x', 60), ('i', 'x', 99)
        """

    @Test(arguments: kinds.indices)
    func rowsThatChangedSinceAreReadOnceEachInPagesOfAnySize(_ kind: Int) async throws {
        try await StoreFixture.with { fixture in
            let table = Self.kinds[kind].contains("held") ? "held" : "note"
            let store = try fixture.foreign(
                Self.kinds[kind] + "INSERT INTO \(table) (id, text, changed) VALUES \(Self.rows)"
            )
            let note = try await Self.open(store, key: "id")
            for limit in 1...10 {
                let since60 = try await Self.changed(note, since: ScanPosition(rawValue: "i:60"), limit: limit)
                #expect(since60 == ["b", "g", "h", "c", "d", "f", "i"], "pages of \(limit)")
                #expect(
                    try await Self.changed(note, since: ScanPosition(rawValue: "i:100"), limit: limit) == ["b", "g"]
                )
            }
            #expect(try await note.lastChange(notAfter: Self.now)?.rawValue == "i:99")
        }
    }

    @Test func changesAreReadWithoutReadingTheTable() async throws {
        try await StoreFixture.with { fixture in
            let store = try fixture.foreign(
                """
                CREATE TABLE note (id TEXT PRIMARY KEY, text TEXT, changed INTEGER); CREATE INDEX c ON note (changed);
                WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
                INSERT INTO note SELECT 'k' || i, 'x', i FROM n;
                """
            )
            let note = try await Self.open(store)
            #expect(try await Self.changed(note, since: ScanPosition(rawValue: "i:19999")) == ["k19999", "k20000"])
            let conditions =
                ["changed IS NULL AND _rowid_ > 5 ORDER BY _rowid_"]
                + ["changed >= 5", "(changed, _rowid_) > (5, 5)"].map { "\($0) ORDER BY changed, _rowid_" }
            for condition in conditions {
                let plan = try fixture.query(
                    "EXPLAIN QUERY PLAN SELECT * FROM note WHERE id IS NOT NULL AND \(condition)"
                )
                #expect(plan.count == 1 && plan[0][3]?.contains("USING INDEX c (changed") == true, "\(plan)")
            }
        }
    }

    @Test(arguments: [
        // The greatest value, and where changes are said to stand at 2023-11-14 22:13:20.
        ("5", "i:5"), ("1700000000", "i:1700000000"), ("1700000001", "i:1700000000"),
        ("1800000000000", "i:1700000000000"), ("1800000000000000", "i:1700000000000000"),
        ("1699999999.5", "r:1699999999.5"), ("1700000000.5", "r:1700000000.0"),
        ("'2023-11-14 22:13:20'", "t:2023-11-14 22:13:20"), ("'2023-11-14 22:13:21'", "t:2023-11-14 22:13:20"),
        ("'2099-01-01T00:00:00Z'", "t:2023-11-14T22:13:20"), ("'2023-11-14'", "t:2023-11-14"),
        ("'2023-11-15'", "t:2023-11-14 22:13:20"), ("'v1700'", "t:v1700"), ("x'00ff'", "b:00ff"),
    ])
    func aRowThatIsAheadOfTheClockHidesNoOthers(_ value: String, _ expected: String) async throws {
        try await StoreFixture.with { fixture in
            let store = try fixture.foreign(
                "CREATE TABLE note (id TEXT PRIMARY KEY, text TEXT, changed); INSERT INTO note VALUES ('a', 'x', \(value))"
            )
            let note = try await Self.open(store)
            let last = try #require(try await note.lastChange(notAfter: Self.now))
            #expect(last.rawValue == expected)
            #expect(try await Self.changed(note, since: last) == ["a"])
        }
    }

    @Test func tablesWhoseRowsTellNothingHaveNoLastChange() async throws {
        try await StoreFixture.with { fixture in
            let store = try fixture.foreign("CREATE TABLE note (id TEXT PRIMARY KEY, text TEXT, changed)")
            let note = try await Self.open(store)
            #expect(try await note.lastChange(notAfter: Self.now) == nil)
            try fixture.execute("INSERT INTO note VALUES ('a', 'x', NULL)")
            #expect(try await note.lastChange(notAfter: Self.now) == nil)
        }
    }

    @Test func aColumnThatIsNotThereIsNamed() async throws {
        try await StoreFixture.with { fixture in
            let store = try fixture.foreign("CREATE TABLE note (id TEXT PRIMARY KEY, text TEXT)")
            for query in [nil, "SELECT * FROM note"] {
                let failure = await #expect(throws: SyncFailure.self) {
                    try await Self.open(store, query: query, key: "id")
                }
                #expect(failure?.code == .storeMissingColumn)
                #expect(failure?.message.contains("'changed'") == true)
            }
            // A pull does not go by it.
            let entity = EntityMapping(type: "note", resource: "rows", changedSince: "changed")
            _ = try await store.table(entity, fields: [FieldPath(segments: [.name("text")])], forWriting: true)
        }
    }

    @Test func changedRowsOfAQueryThatShareAKeyAreRefused() async throws {
        try await StoreFixture.with { fixture in
            let store = try fixture.foreign(
                """
                CREATE TABLE note (n INTEGER PRIMARY KEY, id TEXT, text TEXT, changed INTEGER);
                INSERT INTO note (id, text, changed) VALUES ('a', 'x', 1), ('b', 'x', 5), ('a', 'y', 6), ('b', 'y', 9);
                """
            )
            let note = try await Self.open(store, query: "SELECT id, text, changed FROM note", key: "id")
            #expect(try await Self.changed(note, since: ScanPosition(rawValue: "i:6")) == ["a", "b"])
            let failure = await #expect(throws: SyncFailure.self) {
                try await Self.changed(note, since: ScanPosition(rawValue: "i:5"), limit: 1)
            }
            #expect(failure?.code == .storeMissingKey && failure?.message.contains("'b'") == true)
        }
    }
}
