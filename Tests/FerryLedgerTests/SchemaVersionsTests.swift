import GRDB
import Testing

@testable import FerryLedger

@Suite struct SchemaVersionsTests {
    @Test func aNewLedgersSchemaIsThatOfOneThatWasBroughtUpToDateVersionByVersion() throws {
        let new = try DatabaseQueue()
        let old = try DatabaseQueue()
        try new.write { try LedgerSchema.createIfNew(in: $0) }
        try LedgerSchema.migrator.migrate(old)
        for query in [
            "SELECT coalesce(sql, tbl_name) FROM sqlite_schema ORDER BY name",
            "SELECT identifier FROM grdb_migrations ORDER BY rowid",
        ] {
            let expected = try old.read { try String.fetchAll($0, sql: query) }
            #expect(try new.read { try String.fetchAll($0, sql: query) } == expected)
        }
        #expect(try new.read { try LedgerSchema.migrator.hasCompletedMigrations($0) })
        #expect(try new.read { try Int.fetchOne($0, sql: "PRAGMA application_id") } != 0)
    }
}
