import FerryCore
import FerrySQLite
import FerryStores
import Glibc
import Testing

@Suite struct ForeignTableTests {
    private static let schema = """
        CREATE TABLE product (
            id INTEGER PRIMARY KEY, name TEXT, active BOOLEAN, meta JSON, price DECIMAL, ratio REAL, code INTEGER, any
        );
        CREATE TABLE pair (a TEXT, b TEXT, c TEXT, PRIMARY KEY (a, b));
        CREATE TABLE plain (a TEXT, b TEXT);
        CREATE VIEW glance AS SELECT id, name FROM product;
        """

    @Test func usersFileIsNeverAltered() async throws {
        try await StoreFixture.with { fixture in
            let store = try fixture.foreign(Self.schema)
            let before = try fixture.query("SELECT name, sql FROM sqlite_schema ORDER BY name")
            let table = try await store.open(["name", "active"])
            try await table.write([("1", [.string("x"), .yes])])
            _ = try await table.all()
            _ = try await failure { _ = try await store.open(["name", "more"]) }
            #expect(try fixture.query("SELECT name, sql FROM sqlite_schema ORDER BY name") == before)
            #expect(try fixture.query("PRAGMA journal_mode") == [["delete"]])
        }
    }

    @Test func whatIsMissingIsNamed() async throws {
        try await StoreFixture.with { fixture in
            let store = try fixture.foreign(Self.schema)
            let table = try await failure { _ = try await store.open(["name"], of: "produkt") }
            #expect(table.kind == .config && table.code == .storeMissingTable)
            #expect(table.message.contains("'produkt'") && table.hint?.contains("product") == true)
            let column = try await failure { _ = try await store.open(["name", "titel"]) }
            #expect(column.kind == .config && column.code == .storeMissingColumn)
            #expect(column.message.contains("'titel'") && column.hint?.contains("active") == true)
            let key = try await failure { _ = try await store.open(["name"], key: "sku") }
            #expect(key.code == .storeMissingColumn && key.message.contains("'sku'"))
            for (type, key) in [("pair", nil), ("plain", nil), ("plain", "a"), ("pair", "a")] as [(String, String?)] {
                let failure = try await failure { _ = try await store.open(["b"], of: type, key: key) }
                #expect(failure.kind == .config && failure.code == .storeMissingKey, "\(type) \(key ?? "-")")
                #expect(failure.hint != nil)
            }
            try fixture.execute("CREATE UNIQUE INDEX one ON plain (a)")
            #expect(try await store.open(["b"], of: "plain", key: "a").keyColumn == "a")
        }
    }

    @Test func fileThatIsNotThereIsNotMade() async throws {
        try await StoreFixture.with { fixture in
            let store = SQLiteStore(path: fixture.path, isOwned: false)
            let failure = try await failure { _ = try await store.open(["a"]) }
            #expect(failure.code == .storeUnavailable && failure.hint != nil)
            #expect(access(fixture.path, F_OK) != 0)
        }
    }

    @Test func declaredTypesTellBooleansAndJSON() async throws {
        try await StoreFixture.with { fixture in
            let store = try fixture.foreign(Self.schema)
            let table = try await store.open(["id", "active", "meta", "meta.a", "price", "name"])
            let row: [Value] = [
                .number("1"), .yes, .json(#"{"a":[1]}"#), .json("[1]"), .number("19.90"), .number("19.90"),
            ]
            try await table.write([("1", row)])
            try fixture.execute("INSERT INTO product (id, active, meta, price) VALUES (2, 0, 'text', x'00FF')")
            let all = try await table.all()
            #expect(
                all["1"] == [.number("1"), .yes, row[2], row[3], .number("19.9"), .string("19.90")]
            )
            #expect(all["2"] == [.number("2"), .no, .string("text"), .missing, .string("AP8="), .null])
            #expect(!table.isExact)
        }
    }

    @Test func valuesThatAColumnWouldChangeAreRefused() async throws {
        try await StoreFixture.with { fixture in
            let store = try fixture.foreign(Self.schema)
            let table = try await store.open(["price", "ratio", "code"])
            let refused: [[Value]] = [
                [.number("123456789012345678901234567890"), .null, .null], [.number("1e400"), .null, .null],
                [.null, .number("9007199254740993"), .null], [.null, .null, .string("007")],
                [.null, .null, .string("+491234")], [.null, .null, .string("12345678901234567890")],
                [.null, .null, .string(" 5 ")], [.null, .string("9007199254740993"), .null],
            ]
            let taken: [[Value]] = [
                [.number("0.1"), .number("9007199254740992"), .number("9223372036854775807")],
                [.string("n/a"), .string("19.90"), .string("0x10")], [.string(""), .string("-"), .string("1 2")],
            ]
            let applied = try await table.write((refused + taken).enumerated().map { ("\($0.offset)", $0.element) })
            #expect(applied.refused.keys.sorted() == Array(refused.indices))
            #expect(applied.refused[0] == "the value of 'price' has more digits than a numeric SQLite column can hold")
            #expect(applied.inserted == taken.count)
            #expect(try await table.all()["9"] == [.string("n/a"), .number("19.9"), .string("0x10")])
        }
    }

    @Test func valuesWithoutAJSONFormAreProblemsOfTheirRow() async throws {
        try await StoreFixture.with { fixture in
            let store = try fixture.foreign(Self.schema)
            try fixture.execute(
                """
                INSERT INTO product (id, name) VALUES (1, 'fine'), (2, CAST(x'61FF' AS TEXT)), (4, 'fine too');
                INSERT INTO product (id, ratio) VALUES (3, 9e999);
                """
            )
            let table = try await store.open(["name", "ratio"], forWriting: false)
            let page = try await table.scan(after: nil, limit: 10)
            #expect(page.problems.keys.sorted() == [1, 2])
            #expect(page.problems[1]?.contains("'name'") == true && page.problems[2]?.contains("'ratio'") == true)
            #expect(page.rows["4"] == [.string("fine too"), .null])
        }
    }

    @Test func viewsAreReadButNotWritten() async throws {
        try await StoreFixture.with { fixture in
            let store = try fixture.foreign(Self.schema + "INSERT INTO product (id, name) VALUES (1, 'x');")
            let table = try await store.open(["name"], of: "glance", key: "id", forWriting: false)
            #expect(try await table.all() == ["1": [.string("x")]])
            let failure = try await failure { _ = try await store.open(["name"], of: "glance", key: "id") }
            #expect(failure.kind == .config && failure.message.contains("view"))
        }
    }

    @Test func rowsAreFoundByValuesAsTheColumnsTypeHoldsThem() async throws {
        try await StoreFixture.with { fixture in
            let store = try fixture.foreign(
                """
                CREATE TABLE product (id INTEGER PRIMARY KEY, code TEXT, number INTEGER, any, doc JSON);
                INSERT INTO product VALUES (1, '19.90', 7, 'a', '{"sku":"x"}'), (2, 'b', 8, 7, '{"sku":"y"}');
                """
            )
            let table = try await store.open(["code", "number", "any", "doc.sku"])
            let cases: [(field: Int, value: Value, ids: [String])] = [
                (0, .number("19.90"), ["1"]), (0, .string("19.90"), ["1"]), (0, .number("19.9"), []),
                (1, .string("8"), ["2"]), (1, .number("7"), ["1"]), (1, .string("seven"), []),
                (2, .number("7"), ["2"]), (2, .string("a"), ["1"]), (3, .string("y"), ["2"]), (3, .string("z"), []),
            ]
            for (field, value, ids) in cases {
                let page = try await table.rows(where: field, isOneOf: RecordBatch([[value]], columnCount: 1))
                #expect(page.ids.strings == ids, "\(field): \(value)")
            }
        }
    }

    @Test func untypedIntegerKeysAreFoundByTheirText() async throws {
        try await StoreFixture.with { fixture in
            let store = try fixture.foreign(
                "CREATE TABLE product (id PRIMARY KEY, a, doc); INSERT INTO product VALUES (5, 1, '{\"a\":1}');"
            )
            let table = try await store.open(["id", "a"])
            #expect(try await table.rows(ids: PackedStrings(["5"])).rows == ["5": [.number("5"), .number("1")]])
            let applied = try await table.write([
                ("5", [.number("5"), .number("2")]), ("6", [.number("6"), .number("2")]),
            ])
            #expect((applied.inserted, applied.updated) == (1, 1))
            let stored = try fixture.query("SELECT id, typeof(id), a FROM product")
            #expect(stored == [["5", "integer", "2"], ["6", "integer", "2"]])
            try await store.open(["doc.b"]).write([("5", [.yes])], known: true)
            #expect(try fixture.query("SELECT doc FROM product WHERE id = 5") == [[#"{"a":1,"b":true}"#]])
            #expect(try await table.write([], deleting: ["5", "6"]).deleted == 2)
        }
    }

    @Test(arguments: [("INTEGER", ["5", "-7"], ["5.0", "05", "1e2"]), ("DECIMAL", ["5", "2.5"], ["2.50", "+5"])])
    func identifiersThatANumericKeyWouldChangeAreRefused(type: String, kept: [String], changed: [String]) async throws {
        try await StoreFixture.with { fixture in
            let store = try fixture.foreign("CREATE TABLE product (id \(type) NOT NULL UNIQUE, a)")
            let table = try await store.open(["a"], key: "id")
            let applied = try await table.write((kept + changed).map { ($0, [.null]) })
            #expect(applied.refused.keys.sorted() == Array(kept.count..<kept.count + changed.count))
            #expect(try await table.all().keys.sorted() == kept.sorted())
            #expect(try await table.rows(ids: PackedStrings(kept)).ids.count == kept.count)
        }
    }

    @Test func identityChangesWhenTheFileIsReplaced() async throws {
        try await StoreFixture.with { fixture in
            let store = try fixture.foreign(Self.schema)
            let first = try await store.open(["name"])
            #expect(try await store.open(["name"], forWriting: false).identity == first.identity)
            #expect(try await SQLiteStore(path: fixture.path, isOwned: false).open(["name"]).identity == first.identity)
            unlink(fixture.path)
            let again = try fixture.foreign(Self.schema)
            #expect(try await again.open(["name"]).identity != first.identity)
            #expect(try await store.open(["name"]).identity != first.identity)
        }
    }
}
