import FerryCore
import FerryStores
import Glibc
import Testing

/// What opening a table for writing would make, found out without making it.
@Suite struct DraftTests {
    @Test func aStoreThatIsNotThereIsNotMade() async throws {
        try await StoreFixture.with { fixture in
            let draft = try await fixture.owned().draft(["a", "b.c"])
            #expect(draft.table == nil && draft.keyColumn == "id")
            #expect(draft.addedColumns == ["id", "a", "b"] && draft.places == [nil, nil])
            let reading = try await failure { _ = try await fixture.owned().draft(["a"], forWriting: false) }
            #expect(reading.code == .storeMissingTable)
            #expect(access(fixture.path, F_OK) != 0)
        }
    }

    @Test func aTableThatIsNotThereIsNotMade() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.owned()
            _ = try await store.open(["a"], of: "other")
            let draft = try await store.draft(["sku", "a"], key: "sku")
            #expect(draft.table == nil && draft.keyColumn == "sku" && draft.addedColumns == ["sku", "a"])
            #expect(try fixture.query("SELECT name FROM sqlite_schema WHERE name = 'product'").isEmpty)
        }
    }

    @Test func aTableThatIsThereIsReadWithoutTheColumnsItLacks() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.owned()
            let table = try await store.open(["a", "seo.title"])
            try await table.write([("1", [.string("x"), .string("t")])])
            let draft = try await store.draft(["b", "seo.title", "c.d", "a", "seo.text"])
            #expect(draft.addedColumns == ["b", "c"] && draft.places == [nil, 0, nil, 1, 2])
            let opened = try #require(draft.table)
            #expect(opened.identity == table.identity && opened.isExact)
            let row: [Value] = [.string("t"), .string("x"), .missing]
            #expect(try await opened.rows(ids: PackedStrings(["1"])).rows == ["1": row])
            let columns = try fixture.query("SELECT name FROM pragma_table_info('product')").compactMap(\.first)
            #expect(columns == ["id", "a", "seo", "_ferry"])
            let whole = try await store.draft(["a"])
            #expect(whole.addedColumns.isEmpty && whole.places == [0])
        }
    }

    @Test func aTableThatCannotBeMadeFailsAsOpeningItDoes() async throws {
        try await StoreFixture.with { fixture in
            for (fields, type) in [(["a", "A"], "product"), (["_ferry"], "product"), (["a"], "sqlite_x")] {
                let draft = try await failure { _ = try await fixture.owned().draft(fields, of: type) }
                let opened = try await failure { _ = try await fixture.owned().open(fields, of: type) }
                #expect(draft.code == opened.code && draft.message == opened.message)
                for suffix in ["", "-wal", "-shm"] { unlink(fixture.path + suffix) }
            }
        }
    }

    @Test func aUsersTableIsOpenedAsItIs() async throws {
        try await StoreFixture.with { fixture in
            let store = try fixture.foreign("CREATE TABLE product (id INTEGER PRIMARY KEY, a TEXT)")
            let draft = try await store.draft(["a"])
            #expect(draft.table != nil && draft.places == [0] && draft.keyColumn == "id" && draft.addedColumns.isEmpty)
            let missing = try await failure { _ = try await store.draft(["a", "b"]) }
            #expect(missing.code == .storeMissingColumn && missing.message.contains("'b'"))
        }
    }
}

extension SQLiteStore {
    /// Finds out what ``open(_:of:key:query:forWriting:)`` would make.
    fileprivate func draft(
        _ fields: [String],
        of type: String = "product",
        key: String? = nil,
        forWriting: Bool = true
    ) async throws -> TableDraft {
        let entity = EntityMapping(type: type, resource: "rows", key: key)
        return try await draft(entity, fields: try fields.map { try FieldPath(parsing: $0) }, forWriting: forWriting)
    }
}
