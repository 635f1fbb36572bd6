import FerryCore
import FerrySQLite
import FerryStores
import Testing

@Suite struct ScanTests {
    @Test func pagesComeInKeyOrderAndEndWithoutAPosition() async throws {
        try await StoreFixture.with { fixture in
            let store = try fixture.foreign("CREATE TABLE product (id INTEGER PRIMARY KEY, a)")
            let table = try await store.open(["a"])
            try await table.write([10, 9, 100, -3, 0, 2].map { ("\($0)", [.null]) })
            let first = try await table.scan(after: nil, limit: 3)
            #expect(first.ids.strings == ["-3", "0", "2"])
            #expect(first.next != nil)
            let second = try await table.scan(after: first.next, limit: 3)
            #expect(second.ids.strings == ["9", "10", "100"])
            #expect(second.next == nil)
            #expect(try await table.scan(after: nil, limit: 6).next == nil)
            #expect(try await table.scan(after: nil, limit: 5).next != nil)
        }
    }

    @Test func positionOutlivesTheProcessForEveryKindOfKey() async throws {
        try await StoreFixture.with { fixture in
            let store = try fixture.foreign(
                """
                CREATE TABLE product (id PRIMARY KEY, a);
                INSERT INTO product (id) VALUES (NULL), (-1), (9223372036854775807), (0.5), (9e999), (''), ('a'),
                    ('\u{301}b'), ('i:5'), ('é'), (CAST(x'FF' AS TEXT)), (CAST(x'FF01' AS TEXT)), (CAST(x'410042' AS TEXT)),
                    (x''), (x'00'), (x'FFFF');
                """
            )
            let table = try await store.open(["a"], forWriting: false)
            let whole = try await table.scan(after: nil, limit: 100)
            #expect(whole.ids.count == 15)
            for limit in 1...4 {
                var ids: [String] = []
                var position: ScanPosition?
                repeat {
                    let reopened = SQLiteStore(path: fixture.path, isOwned: false)
                    let page = try await reopened.open(["a"], forWriting: false).scan(after: position, limit: limit)
                    ids += page.ids.strings
                    position = page.next.map { ScanPosition(rawValue: $0.rawValue) }
                } while position != nil && ids.count < 50
                #expect(ids == whole.ids.strings, "limit \(limit)")
            }
            // Keys that are no text are rows with a problem, never rows under another key.
            #expect(whole.problems.count == 5)
            #expect(whole.problems.values.contains { $0.contains("hex(\"id\")") })
        }
    }

    @Test func noRowIsLostOrDoubledWhileOthersComeAndGo() async throws {
        try await StoreFixture.with { fixture in
            let table = try await fixture.owned().open(["a"])
            let stable = (0..<200).map { "k\(1000 + $0 * 10)" }
            try await table.write(stable.map { ($0, [.null]) })
            var seen: [String] = []
            var position: ScanPosition?
            var turn = 0
            repeat {
                let page = try await table.scan(after: position, limit: 7)
                seen += page.ids.strings
                position = page.next
                turn += 1
                // One row behind the position, one ahead of it, and one gone again.
                try await table.write(
                    [("k\(1000 + turn)x", [.null]), ("k\(2999 - turn)y", [.null])],
                    deleting: ["k\(1000 + turn - 1)x"]
                )
            } while position != nil
            #expect(Set(seen).count == seen.count)
            #expect(Set(stable).subtracting(seen).isEmpty)
            #expect(seen.contains { $0.hasSuffix("y") }, "rows ahead of the position are seen")
        }
    }

    // MARK: Queries

    @Test func queryIsReadLikeATable() async throws {
        try await StoreFixture.with { fixture in
            let store = try fixture.foreign(
                """
                CREATE TABLE product (id INTEGER PRIMARY KEY, name TEXT, price, flag BOOLEAN);
                INSERT INTO product VALUES (1, 'a', 2.5, 1), (2, 'b', 3, 0), (3, 'c', 4, NULL), (10, 'd', 1, 1);
                """
            )
            let query = """
                SELECT id + 0 AS ident, upper(name) AS "big name", flag FROM product WHERE price > 2 -- dear ones
                ;
                """
            let table = try await store.open(["['big name']", "flag"], key: "ident", query: query, forWriting: false)
            let rows: [String: [Value]] = [
                "1": [.string("A"), .yes], "2": [.string("B"), .no], "3": [.string("C"), .null],
            ]
            #expect(try await table.all(limit: 2) == rows)
            #expect(try await table.rows(ids: PackedStrings(["3", "10"])).rows.keys.sorted() == ["3"])
            #expect(try await table.count() == nil)
        }
    }

    @Test func brokenQueriesAreConfigurationErrors() async throws {
        try await StoreFixture.with { fixture in
            let store = try fixture.foreign("CREATE TABLE product (id INTEGER PRIMARY KEY, name TEXT);")
            func code(_ query: String, key: String? = "id", writing: Bool = false) async throws -> ErrorCode {
                let failure = try await failure {
                    _ = try await store.open(["name"], key: key, query: query, forWriting: writing)
                }
                #expect(failure.kind == .config && failure.hint != nil && failure.message.contains("product"))
                return failure.code
            }
            #expect(try await code("SELEC 1") == .configInvalidValue)
            #expect(try await code("DELETE FROM product") == .configInvalidValue)
            #expect(try await code("SELECT id, name FROM produkt") == .configInvalidValue)
            #expect(try await code("SELECT id FROM product") == .storeMissingColumn)
            #expect(try await code("SELECT name FROM product") == .storeMissingColumn)
            #expect(try await code("SELECT id, name FROM product", key: nil) == .storeMissingKey)
            #expect(try await code("SELECT id, name FROM product", writing: true) == .storeRefused)
        }
    }

    @Test(arguments: [1, 2, 3])
    func rowsThatShareAKeyStopTheScanWhereverThePageEnds(limit: Int) async throws {
        try await StoreFixture.with { fixture in
            let store = try fixture.foreign(
                "CREATE TABLE product (k, a); INSERT INTO product VALUES ('a', 1), ('b', 2), ('b', 3), ('c', 4);"
            )
            let table = try await store.open(["a"], key: "k", query: "SELECT * FROM product", forWriting: false)
            let failure = try await failure { _ = try await table.all(limit: limit) }
            #expect(failure.kind == .config && failure.code == .storeMissingKey)
            #expect(failure.message.contains("'b'"))
        }
    }
}
