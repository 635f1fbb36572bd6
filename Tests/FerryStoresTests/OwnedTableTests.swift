import FerryCore
import FerrySQLite
import FerryStores
import Glibc
import Testing

@Suite struct OwnedTableTests {
    @Test func tableIsMadeAtTheFirstWriteAndGrowsByTheColumnsItLacks() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.owned()
            let first = try await store.open(["a", "seo.title", "seo.text"])
            try await first.write([("1", [.string("x"), .string("t"), .string("d")])])
            let second = try await store.open(["a", "b"])
            try await second.write([("1", [.missing, .yes])], known: true)
            let row = ["1", "x", "1", #"{"title":"t","text":"d"}"#]
            #expect(try fixture.query("SELECT id, a, b, seo FROM product") == [row])
            #expect(try fixture.query("SELECT name FROM pragma_table_info('product') WHERE pk") == [["id"]])
        }
    }

    @Test func othersReadTheTableWhileATransactionIsOpen() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.owned()
            let table = try await store.open(["a"])
            try await table.write([("1", [.string("x")])])
            let reader = try fixture.other()
            try reader.execute("BEGIN; SELECT * FROM product;")
            try await table.write([("2", [.string("y")])])
            #expect(try fixture.query("SELECT id FROM product ORDER BY id") == [["1"], ["2"]])
            #expect(try fixture.query("PRAGMA journal_mode") == [["wal"]])
            try reader.execute("COMMIT")
        }
    }

    @Test func oddColumnNamesStayApart() async throws {
        try await StoreFixture.with { fixture in
            let names = [
                "with \"quotes\" and 'more'", " two  spaces ", "caf\u{E9}", "\"\u{301}", "a.b", "select", "ключ", "?1",
            ]
            let paths = names.map { FieldPath(segments: [.name($0)]) }
            let entity = EntityMapping(type: "odd 'table\"", resource: "rows")
            let store = fixture.owned()
            let table = try await store.table(entity, fields: paths, forWriting: true)
            let values: [Value] = [
                .number("1.50"), .yes, .string("composed"), .json("{}"), .null, .missing, .number("1e400"), .no,
            ]
            try await table.write([("1", values)])
            #expect(try await table.all() == ["1": values])
            // The same letter in two code points is another column.
            let decomposed = FieldPath(segments: [.name("cafe\u{301}")])
            let second = try await store.table(entity, fields: [decomposed], forWriting: true)
            try await second.write([("1", [.yes])], known: true)
            #expect(try await second.all() == ["1": [.yes]])
            #expect(try await table.all() == ["1": values])
        }
    }

    @Test func namesThatSQLiteCannotHaveAreConfigurationErrors() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.owned()
            let cases = try await failure { _ = try await store.open(["Name", "name"]) }
            #expect(cases.kind == .config && cases.message.contains("'Name' and 'name'"))
            #expect(try await failure { _ = try await store.open(["_ferry"]) }.kind == .config)
            #expect(try await failure { _ = try await store.open(["a"], of: "sqlite_x") }.kind == .config)
            #expect(try await failure { _ = try await store.open(["name"], of: "_ferry_tables") }.kind == .config)
            #expect(try fixture.query("SELECT name FROM sqlite_schema WHERE name = 'product'") == [])
        }
    }

    @Test func readingATableBeforeItIsMadeSaysSo() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.owned()
            let failure = try await failure { _ = try await store.open(["a"], forWriting: false) }
            #expect(failure.kind == .config && failure.code == .storeMissingTable)
            #expect(failure.message.contains("'product'") && failure.hint?.contains("pull") == true)
        }
    }

    @Test func tableThatAUserMadeInTheEmbeddedStoreIsNotAltered() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.owned()
            _ = try await store.open(["a"], of: "other")
            try fixture.execute("CREATE TABLE product (id INTEGER PRIMARY KEY, a TEXT)")
            let failure = try await failure { _ = try await store.open(["a", "b"]) }
            #expect(failure.code == .storeMissingColumn && failure.message.contains("'b'"))
            let table = try await store.open(["a"])
            #expect(!table.isExact)
            #expect(
                try fixture.query("SELECT sql FROM sqlite_schema WHERE name = 'product'")
                    == [["CREATE TABLE product (id INTEGER PRIMARY KEY, a TEXT)"]]
            )
        }
    }

    // MARK: Identity

    @Test func identityIsStableAcrossReopeningAndWaysOfOpening() async throws {
        try await StoreFixture.with { fixture in
            let first = try await fixture.owned().open(["a"])
            let store = fixture.owned()
            #expect(try await store.open(["a"], forWriting: false).identity == first.identity)
            #expect(try await store.open(["a", "b"]).identity == first.identity)
            #expect(try await store.open(["a"], of: "other").identity != first.identity)
        }
    }

    @Test func identityChangesWhenTheFileIsDeleted() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.owned()
            let first = try await store.open(["a"])
            try await first.write([("1", [.yes])])
            for suffix in ["", "-wal", "-shm"] { unlink(fixture.path + suffix) }
            let lost = try await failure { try await first.write([("2", [.yes])]) }
            #expect(lost.code == .storeUnavailable && lost.message.contains("replaced"))
            let second = try await store.open(["a"])
            #expect(second.identity != first.identity)
            #expect(try await second.all() == [:])
            #expect(try await fixture.owned().open(["a"]).identity == second.identity)
        }
    }

    @Test func identityChangesWhenTheTableIsDroppedAndMadeAnew() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.owned()
            let first = try await store.open(["a"])
            try await first.write([("1", [.yes])])
            try fixture.execute("DROP TABLE product")
            let second = try await store.open(["a"])
            #expect(second.identity != first.identity)
            // What the former table's columns held is forgotten too.
            try await second.write([("1", [.number("1")])])
            #expect(try await second.all() == ["1": [.number("1")]])
            #expect(try fixture.query("SELECT _ferry FROM product") == [[nil]])
        }
    }
}
