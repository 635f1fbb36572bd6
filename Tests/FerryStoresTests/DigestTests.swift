import FerryCore
import FerrySQLite
import FerryStores
import Glibc
import Testing

/// What tells whether rows are as they were, without their values.
@Suite struct DigestTests {
    /// All digests by identifier, read in pages as a push does.
    private func digests(_ table: any LocalTable, limit: Int) async throws -> [String: UInt64] {
        var found: [String: UInt64] = [:]
        var position: ScanPosition?
        repeat {
            let page = try #require(try await table.digests(after: position, limit: limit))
            #expect(page.ids.count == page.values.count && page.ids.count <= limit)
            for (id, value) in zip(page.ids.strings, page.values) {
                #expect(found.updateValue(value, forKey: id) == nil, "\(id) came twice")
            }
            position = page.next
        } while position != nil
        return found
    }

    /// The same from the rows themselves.
    private func scanned(_ table: any LocalTable) async throws -> [String: UInt64] {
        let page = try await table.scan(after: nil, limit: 100_000)
        return Dictionary(zip(page.ids.strings, page.digests), uniquingKeysWith: { $1 })
    }

    @Test(arguments: [
        "CREATE TABLE product (sku TEXT PRIMARY KEY, a, b)",
        "CREATE TABLE product (sku TEXT PRIMARY KEY, a, b) WITHOUT ROWID",
        "CREATE TABLE product (sku TEXT COLLATE NOCASE PRIMARY KEY, a, b)",
        "CREATE TABLE product (sku INTEGER PRIMARY KEY, a, b)",
        "CREATE TABLE kept (sku TEXT, a, b); CREATE VIEW product AS SELECT * FROM kept",
    ])
    func theyAreThoseOfTheRowsHoweverTheyAreRead(schema: String) async throws {
        try await StoreFixture.with { fixture in
            let target = schema.contains("VIEW") ? "kept" : "product"
            let key = schema.contains("INTEGER") ? "(i * 7919) % 10007" : "printf('k%05d', (i * 7919) % 10007)"
            let store = try fixture.foreign(
                """
                \(schema);
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2345)
                INSERT INTO \(target) SELECT \(key), i * 1.5, 'ä' || i FROM n;
                """
            )
            let table = try await store.open(["a", "b"], key: "sku", forWriting: false)
            let rows = try await scanned(table)
            #expect(rows.count == 2345 && Set(rows.values).count == 2345)
            // Of one page; of pages that end with the rows; of many, whose halves are read at once.
            for limit in [5000, 2345, 2344, 1000, 335, 7] { #expect(try await digests(table, limit: limit) == rows) }
            let ids = Array(rows.keys.sorted().prefix(50))
            let page = try await table.rows(ids: PackedStrings(ids))
            #expect(page.digests == page.ids.strings.map { rows[$0] ?? 0 } && page.ids.count == 50)
        }
    }

    @Test(arguments: [
        "UPDATE product SET a = '2' WHERE sku = 'k'", "UPDATE product SET a = 2.0 WHERE sku = 'k'",
        "UPDATE product SET a = NULL WHERE sku = 'k'", "UPDATE product SET a = x'32' WHERE sku = 'k'",
        "UPDATE product SET b = 'text ' WHERE sku = 'k'", "UPDATE product SET b = '' WHERE sku = 'k'",
        "UPDATE product SET a = b, b = a WHERE sku = 'k'", "UPDATE product SET b = CAST(b AS BLOB) WHERE sku = 'k'",
    ])
    func anotherValueOrTypeMakesAnother(change: String) async throws {
        try await StoreFixture.with { fixture in
            let store = try fixture.foreign(
                """
                CREATE TABLE product (sku TEXT PRIMARY KEY, a, b, c);
                INSERT INTO product VALUES ('k', 2, 'text', 1), ('other', 2, 'text', 1);
                """
            )
            let table = try await store.open(["a", "b"], key: "sku", forWriting: false)
            let before = try await digests(table, limit: 10)
            try fixture.execute("UPDATE product SET c = 2")
            #expect(try await digests(table, limit: 10) == before, "a column that nobody reads")
            try fixture.execute(change)
            let after = try await digests(table, limit: 10)
            #expect(after["k"] != before["k"] && after["other"] == before["other"])
        }
    }

    @Test func theSameValuesReadOtherwiseMakeOthers() async throws {
        try await StoreFixture.with { fixture in
            let store = try fixture.foreign(
                "CREATE TABLE product (sku TEXT PRIMARY KEY, a, b); INSERT INTO product VALUES ('k', '[1]', '[1]')"
            )
            var seen: Set<UInt64?> = []
            for fields in [["a"], ["b"], ["a", "b"], ["b", "a"], ["a[0]"]] {
                let table = try await store.open(fields, key: "sku", forWriting: false)
                #expect(seen.insert(try await digests(table, limit: 10)["k"]).inserted, "\(fields)")
            }
            try fixture.execute("DROP TABLE product; CREATE TABLE product (sku TEXT PRIMARY KEY, a JSON, b)")
            try fixture.execute("INSERT INTO product VALUES ('k', '[1]', '[1]')")
            let table = try await store.open(["a"], key: "sku", forWriting: false)
            #expect(seen.insert(try await digests(table, limit: 10)["k"]).inserted, "a column that holds JSON now")
        }
    }

    @Test func aNoteOfFerrysOwnCounts() async throws {
        try await StoreFixture.with { fixture in
            let table = try await fixture.owned().open(["a"])
            try await table.write([("k", [.number("1.50")])])
            let before = try await digests(table, limit: 10)
            try await table.write([("k", [.number("1.5")])], known: true)
            #expect(try await digests(table, limit: 10) != before)
        }
    }

    @Test func noRowIsLostOrDoubledWhileOthersComeAndGo() async throws {
        try await StoreFixture.with { fixture in
            let store = try fixture.foreign(
                """
                PRAGMA journal_mode = WAL;
                CREATE TABLE product (sku TEXT PRIMARY KEY, a);
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
                INSERT INTO product SELECT printf('k%05d', i * 10), i FROM n;
                """
            )
            let table = try await store.open(["a"], key: "sku", forWriting: false)
            let other = Task.detached {
                let connection = try fixture.other()
                try connection.execute("PRAGMA busy_timeout = 10000")
                var turn = 0
                while !Task.isCancelled {
                    turn += 1
                    let place = turn * 7919 % 30000
                    try connection.execute(
                        """
                        INSERT OR REPLACE INTO product VALUES (printf('k%05dx', \(place)), 0);
                        DELETE FROM product WHERE sku = printf('k%05dx', \((turn - 20) * 7919 % 30000));
                        """
                    )
                }
            }
            for _ in 1...10 {
                let found = try await digests(table, limit: 100)
                #expect(found.keys.count { !$0.hasSuffix("x") } == 3000)
            }
            other.cancel()
            try await other.value
        }
    }

    @Test func keysThatAreNotUniqueAreReportedWhereverThePageIsDivided() async throws {
        try await StoreFixture.with { fixture in
            for place in [99, 100, 149, 150, 151, 199, 200] {
                let store = try fixture.foreign(
                    """
                    DROP VIEW IF EXISTS product;
                    DROP TABLE IF EXISTS kept;
                    CREATE TABLE kept (sku TEXT, a);
                    CREATE INDEX kept_sku ON kept (sku);
                    CREATE VIEW product AS SELECT * FROM kept;
                    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
                    INSERT INTO kept SELECT printf('k%05d', i), i FROM n;
                    UPDATE kept SET sku = printf('k%05d', \(place)) WHERE a = \(place + 1);
                    """
                )
                let table = try await store.open(["a"], key: "sku", forWriting: false)
                let lost = try await failure { _ = try await digests(table, limit: 100) }
                #expect(lost.code == .storeMissingKey && lost.message.contains("k00"), "\(place)")
            }
        }
    }

    @Test func aFileThatWasReplacedIsNotReadOn() async throws {
        try await StoreFixture.with { fixture in
            func seed(_ connection: SQLiteConnection, _ value: String) throws {
                try connection.execute(
                    """
                    CREATE TABLE product (sku TEXT PRIMARY KEY, a);
                    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
                    INSERT INTO product SELECT printf('k%05d', i), '\(value)' FROM n;
                    """
                )
            }
            let store = try fixture.foreign()
            try seed(try fixture.other(), "old")
            let table = try await store.open(["a"], key: "sku", forWriting: false)
            let first = try #require(try await table.digests(after: nil, limit: 100))
            _ = try await table.digests(after: first.next, limit: 100)
            try seed(try SQLiteConnection(path: fixture.directory + "/new.db", mode: .create), "new")
            #expect(rename(fixture.directory + "/new.db", fixture.path) == 0)
            let lost = try await failure { _ = try await table.digests(after: first.next, limit: 100) }
            #expect(lost.code == .storeUnavailable && lost.message.contains("replaced"))
        }
    }
}
