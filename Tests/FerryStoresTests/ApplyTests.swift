import FerryCore
import FerrySQLite
import FerryStores
import Testing

@Suite struct ApplyTests {
    @Test func missingCellsLeaveColumnsAndTheirNotesAlone() async throws {
        try await StoreFixture.with { fixture in
            let table = try await fixture.owned().open(["a", "b"])
            try await table.write([("1", [.number("19.90"), .number("1e400")]), ("2", [.missing, .number("1.50")])])
            let changes: [(String, [Value])] = [("1", [.missing, .string("x")]), ("2", [.null, .missing])]
            let applied = try await table.write(changes, known: true)
            #expect((applied.inserted, applied.updated, applied.deleted) == (0, 2, 0))
            #expect(
                try await table.all() == [
                    "1": [.number("19.90"), .string("x")], "2": [.null, .number("1.50")],
                ]
            )
        }
    }

    @Test func beliefsAboutRowsDoNotMatter() async throws {
        try await StoreFixture.with { fixture in
            let table = try await fixture.owned().open(["a"])
            let inserted = try await table.write([("1", [.yes]), ("2", [.yes])], known: true)
            #expect((inserted.inserted, inserted.updated) == (2, 0))
            let updated = try await table.write([("1", [.no]), ("3", [.no])], known: false)
            #expect((updated.inserted, updated.updated) == (1, 1))
            let deleted = try await table.write([("4", [.yes])], deleting: ["1", "9"])
            #expect((deleted.inserted, deleted.deleted) == (1, 1))
            #expect(try await table.all() == ["2": [.yes], "3": [.no], "4": [.yes]])
            let nothing = try await table.write([("2", [.missing]), ("5", [.missing])], known: true)
            #expect((nothing.inserted, nothing.updated) == (1, 1))
            #expect(try await table.all()["2"] == [.yes])
        }
    }

    @Test func rowsByIdentifierLeaveOutThoseThatDoNotExist() async throws {
        try await StoreFixture.with { fixture in
            let table = try await fixture.owned().open(["a"])
            try await table.write((0..<5).map { ("\($0)", [.number("\($0)")]) })
            let page = try await table.rows(ids: PackedStrings(["3", "nine", "", "1"]))
            #expect(page.rows == ["3": [.number("3")], "1": [.number("1")]])
            #expect(try await table.count() == 5)
        }
    }

    @Test func refusedRowsAreNamedWhileTheRestLands() async throws {
        try await StoreFixture.with { fixture in
            let store = try fixture.foreign(
                """
                CREATE TABLE product (
                    id INTEGER PRIMARY KEY, name TEXT NOT NULL, sku TEXT UNIQUE, stock INTEGER CHECK (stock >= 0)
                );
                INSERT INTO product VALUES (1, 'one', 'a', 1);
                """
            )
            let table = try await store.open(["name", "sku", "stock"])
            let applied = try await table.write([
                ("2", [.string("two"), .string("b"), .number("-1")]),
                ("3", [.string("three"), .string("a"), .number("1")]),
                ("4", [.null, .string("d"), .number("1")]),
                ("abc", [.string("text key"), .string("e"), .number("1")]),
                ("05", [.string("padded key"), .string("f"), .number("1")]),
                ("6", [.string("six"), .string("g"), .number("6")]),
                // NOT NULL does not matter to a row that is there.
                ("1", [.missing, .missing, .number("7")]),
            ])
            #expect(applied.refused.keys.sorted() == [0, 1, 2, 3, 4])
            #expect(applied.refused[0]?.contains("CHECK") == true)
            #expect(applied.refused[1]?.contains("product.sku") == true)
            #expect(applied.refused[2]?.contains("product.name") == true)
            #expect((applied.inserted, applied.updated) == (1, 1))
            #expect(
                try fixture.query("SELECT * FROM product ORDER BY id")
                    == [["1", "one", "a", "7"], ["6", "six", "g", "6"]]
            )
        }
    }

    @Test func triggerThatRollsBackUndoesTheWholeBatch() async throws {
        try await StoreFixture.with { fixture in
            let store = try fixture.foreign(
                """
                CREATE TABLE product (id TEXT PRIMARY KEY, a);
                CREATE TRIGGER t BEFORE INSERT ON product WHEN new.a = 'bad' BEGIN SELECT RAISE(ROLLBACK, 'no'); END;
                CREATE TRIGGER u BEFORE INSERT ON product WHEN new.a = 'skip' BEGIN SELECT RAISE(IGNORE); END;
                """
            )
            let table = try await store.open(["a"])
            let failure = try await failure {
                try await table.write([("1", [.string("good")]), ("2", [.string("bad")]), ("3", [.string("good")])])
            }
            #expect(failure.kind == .local && failure.code == .storeRefused)
            #expect(try fixture.query("SELECT * FROM product") == [])
            let applied = try await table.write([("1", [.string("skip")]), ("2", [.string("good")])])
            #expect(applied.refused.keys.sorted() == [0] && applied.inserted == 1)
        }
    }

    @Test func foreignKeysHoldForFerryToo() async throws {
        try await StoreFixture.with { fixture in
            let store = try fixture.foreign(
                """
                CREATE TABLE maker (id TEXT PRIMARY KEY);
                CREATE TABLE product (id TEXT PRIMARY KEY, maker TEXT REFERENCES maker (id));
                INSERT INTO maker VALUES ('m');
                """
            )
            let table = try await store.open(["maker"])
            let applied = try await table.write([("1", [.string("m")]), ("2", [.string("x")])])
            #expect(applied.inserted == 1 && applied.refused[1]?.contains("FOREIGN KEY") == true)
        }
    }

    // MARK: Fields inside JSON columns

    @Test func nestedFieldsAreWrittenIntoAndReadFromAJSONColumn() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.owned()
            let whole = try await store.open(["seo"])
            try await whole.write([
                ("1", [.json(#"{"keep":19.90,"title":"old"}"#)]), ("2", [.string("scalar")]), ("3", [.number("5")]),
                ("4", [.null]), ("6", [.string("null")]),
            ])
            let nested = try await store.open(["seo.title", "seo.deep.list[0]"])
            let applied = try await nested.write(
                ["1", "2", "3", "4", "5", "6"].map { ($0, [.string("new"), .number("1.0")]) },
                known: true
            )
            #expect(applied.refused.keys.sorted() == [1, 2, 5])
            #expect(applied.refused[1]?.contains("'seo'") == true)
            #expect((applied.inserted, applied.updated) == (1, 2))
            let new = Value.json(#"{"title":"new","deep":{"list":[1.0]}}"#)
            #expect(
                try await whole.all() == [
                    "1": [.json(#"{"keep":19.90,"title":"new","deep":{"list":[1.0]}}"#)],
                    "2": [.string("scalar")], "3": [.number("5")], "4": [new], "5": [new], "6": [.string("null")],
                ]
            )
            let page = try await nested.all()
            #expect(page["1"] == [.string("new"), .number("1.0")])
            #expect(page["2"] == [.missing, .missing])
        }
    }

    @Test func wholeColumnAndFieldInsideItAreWrittenOuterFirst() async throws {
        try await StoreFixture.with { fixture in
            let table = try await fixture.owned().open(["seo.title", "seo"])
            let applied = try await table.write([
                ("1", [.string("t"), .json(#"{"a":1}"#)]), ("2", [.missing, .string("plain")]),
                ("3", [.string("t"), .string("plain")]),
            ])
            #expect(applied.refused.keys.sorted() == [2])
            #expect(
                try await table.all() == [
                    "1": [.string("t"), .json(#"{"a":1,"title":"t"}"#)], "2": [.missing, .string("plain")],
                ]
            )
        }
    }
}
