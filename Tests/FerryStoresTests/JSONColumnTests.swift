import FerryCore
import FerryStores
import Testing

/// Fields that lie inside JSON columns, and columns whose JSON is hard to bear.
@Suite struct JSONColumnTests {
    private static func nested(_ count: Int, inner: String = "") -> String {
        String(repeating: "[", count: count) + inner + String(repeating: "]", count: count)
    }

    @Test func whatIsWrittenBesideOthersLeavesThemAsTheyAre() async throws {
        try await StoreFixture.with { fixture in
            let text =
                "{ \"keep\" : 19.90, \"esc\": \"\\u00e9\\/\", \"big\": 1e400, \"list\": [1, 2.50] , \"title\":\"old\"}"
            let store = try fixture.foreign("CREATE TABLE product (id TEXT PRIMARY KEY, seo JSON, doc TEXT);")
            try fixture.execute("INSERT INTO product VALUES ('1', '\(text)', NULL)")
            let table = try await store.open(["seo.title", "seo.list[-1]", "seo.list[2]", "seo.new.deep[0].x"])
            let applied = try await table.write(
                [("1", [.string("n\"e\nw"), .number("7.00"), .json("[ {} ]"), .yes])],
                known: true
            )
            #expect(applied.updated == 1 && applied.refused.isEmpty)
            let expected =
                "{ \"keep\" : 19.90, \"esc\": \"\\u00e9\\/\", \"big\": 1e400, \"list\": [1, 7.00,[ {} ]] , "
                + "\"title\":\"n\\\"e\\nw\",\"new\":{\"deep\":[{\"x\":true}]}}"
            #expect(try fixture.query("SELECT seo FROM product") == [[expected]])
            // And is read back as it was written, to the byte.
            #expect(
                try await table.all() == [
                    "1": [.string("n\"e\nw"), .json("[ {} ]"), .json("[ {} ]"), .yes]
                ]
            )
        }
    }

    @Test(arguments: [
        ("5", "seo.title", "the column 'seo' holds a value that 'seo.title' cannot be written into"),
        ("'plain'", "seo.title", "the column 'seo' holds a value that 'seo.title' cannot be written into"),
        ("'[1]'", "seo.title", "the column 'seo' holds a value that 'seo.title' cannot be written into"),
        ("x'7B7D'", "seo.title", "the column 'seo' holds a value that 'seo.title' cannot be written into"),
        ("'{\"a\":\"x\"}'", "seo.a.b", "'seo.a.b' cannot be written: there is another kind of value at 'seo.a'"),
        ("'{\"a\":1}'", "seo.a[0]", "'seo.a[0]' cannot be written: there is another kind of value at 'seo.a'"),
        ("'{\"a\":[1]}'", "seo.a[3]", "'seo.a[3]' cannot be written: the array at 'seo.a' has 1 elements"),
        ("NULL", "seo.a[1]", "'seo.a[1]' cannot be written: the array at 'seo.a' has 0 elements"),
    ])
    func writingThroughAScalarIsARowErrorThatNamesIt(stored: String, field: String, reason: String) async throws {
        try await StoreFixture.with { fixture in
            let store = try fixture.foreign(
                """
                CREATE TABLE product (id TEXT PRIMARY KEY, seo JSON);
                INSERT INTO product VALUES ('1', \(stored)), ('2', NULL), ('3', ' {"a": {}} ');
                """
            )
            let before = try fixture.query("SELECT id, hex(seo), typeof(seo) FROM product WHERE id = '1'")
            let table = try await store.open([field])
            let applied = try await table.write([("1", [.number("7")])], known: true)
            #expect(applied.refused == [0: reason])
            #expect(try fixture.query("SELECT id, hex(seo), typeof(seo) FROM product WHERE id = '1'") == before)
            // The others are not held up, whether they were NULL or have space around them.
            let other = try await store.open(["seo.ok"])
            let rest = try await other.write([("2", [.yes]), ("3", [.yes])], known: true)
            #expect(rest.updated == 2 && rest.refused.isEmpty)
            #expect(
                try fixture.query("SELECT seo FROM product WHERE id > '1' ORDER BY id")
                    == [["{\"ok\":true}"], ["{\"a\": {},\"ok\":true}"]]
            )
        }
    }

    @Test func jsonThatIsTooDeepIsItsRowsProblemAndNeverAString() async throws {
        try await StoreFixture.with { fixture in
            let deep = Self.nested(513)
            _ = try fixture.foreign(
                """
                CREATE TABLE product (id TEXT PRIMARY KEY, meta JSON, note TEXT);
                INSERT INTO product VALUES ('deep', '\(deep)', '\(deep)'), ('edge', '\(Self.nested(512))', 'n');
                """
            )
            let store = SQLiteStore(path: fixture.path, isOwned: false)
            let page = try await store.open(["meta"]).scan(after: nil, limit: 9)
            let sentence =
                "the column 'meta' holds JSON that is nested more than 512 deep ('max_depth' under 'json' in ferry.yaml "
                + "is the limit)"
            #expect(page.problems == [0: sentence])
            #expect(page.records.value(1, 0) == .json(Self.nested(512)))
            // A column of text holds text, however it looks.
            #expect(try await store.open(["note"]).all()["deep"] == [.string(deep)])
            let inner = try await store.open(["meta.a", "meta[0]"])
            #expect(try await inner.scan(after: nil, limit: 9).problems == [0: sentence])
            let refused = try await inner.write([("deep", [.yes, .missing])], known: true)
            #expect(refused.refused == [0: sentence])

            let raised = SQLiteStore(path: fixture.path, isOwned: false, maximumJSONDepth: 600)
            #expect(try await raised.open(["meta"]).all()["deep"] == [.json(deep)])
            let values = try await raised.open(["meta[0]"]).all()
            #expect(values["deep"] == [.json(Self.nested(512))])
        }
    }

    @Test func aValueThatWouldNestTheColumnTooDeeplyIsRefused() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.owned()
            let table = try await store.open(["doc.a.b"])
            let applied = try await table.write([
                ("fits", [.json(Self.nested(510))]), ("not", [.json(Self.nested(511))]), ("more", [.number("1")]),
            ])
            #expect(applied.inserted == 2)
            #expect(applied.refused[1]?.contains("nested more than 512 deep") == true)
            #expect(try await table.all()["fits"] == [.json(Self.nested(510))])
        }
    }

    @Test func theDeepestColumnThatCanBeConfiguredIsWrittenAndRead() async throws {
        try await StoreFixture.with { fixture in
            let limit = JSONDepth.configurable.upperBound
            let store = SQLiteStore(path: fixture.path, isOwned: true, maximumJSONDepth: limit)
            let whole = try await store.open(["doc"])
            let deep = Self.nested(limit - 1)
            try await whole.write([("1", [.json("{\"a\":\(deep)}")])])
            let inner = try await store.open(["doc.a", "doc.b"])
            try await inner.write([("1", [.missing, .string("x")])], known: true)
            #expect(try await inner.all() == ["1": [.json(deep), .string("x")]])
        }
    }

    @Test func aLoneSurrogateInsideAColumnIsReportedByItsField() async throws {
        try await StoreFixture.with { fixture in
            let store = try fixture.foreign(
                """
                CREATE TABLE product (id TEXT PRIMARY KEY, meta JSON);
                INSERT INTO product VALUES ('1', '{"a":"\\ud800","b":"fine"}'), ('2', '{"a":"good"}');
                """
            )
            let page = try await store.open(["meta.a", "meta.b"]).scan(after: nil, limit: 9)
            #expect(
                page.problems == [
                    0: "in the column 'meta' the string at 'a' holds a lone surrogate escape (\\ud800)"
                ]
            )
            #expect(page.records.value(1, 0) == .string("good"))
            // As a whole it is kept as it is.
            #expect(try await store.open(["meta"]).all()["1"] == [.json("{\"a\":\"\\ud800\",\"b\":\"fine\"}")])
        }
    }
}
