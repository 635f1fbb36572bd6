internal import FerryCore
internal import FerrySQLite
internal import GRDB

// A batch's records were rows of their own: 500 were written before each request, and deleted after it.
extension LedgerSchema {
    /// Version `13-outbox-blobs`.
    static func packOutbox(in database: Database) throws {
        try database.execute(sql: "ALTER TABLE outbox_batch ADD COLUMN records BLOB NOT NULL DEFAULT x''")
        for batch in try Int64.fetchAll(database, sql: "SELECT id FROM outbox_batch") {
            let bytes = OutboxBlob.bytes(of: try records(of: batch, in: database.rowPath()))
            let update = try database.rowPath().prepare("UPDATE outbox_batch SET records = ? WHERE id = ?")
            update.bind(batch, at: 1)
            try bytes.withUnsafeBytes { bytes in
                update.bindBlob(bytes, at: 0)
                try update.run()
            }
        }
        try database.execute(sql: "DROP TABLE outbox_record")
    }

    private static func records(of batch: Int64, in connection: FerrySQLite.SQLiteConnection) throws -> [OutboxRecord] {
        let statement = try connection.prepare(
            """
            SELECT local_id, remote_id, match_value, payload_low, payload_high, local_low, local_high, field_hashes,
                content
            FROM outbox_record WHERE batch_id = ? ORDER BY position
            """
        )
        statement.bind(batch, at: 0)
        var records: [OutboxRecord] = []
        while try statement.step() {
            records.append(
                OutboxRecord(
                    localID: statement.string(0),
                    remoteID: statement.isNull(1) ? nil : statement.string(1),
                    matchValue: statement.isNull(2) ? nil : statement.string(2),
                    payloadHash: statement.hash(3),
                    localHash: statement.hash(5),
                    fieldHashes: statement.fields(7),
                    content: statement.withBlob(8) { Array($0) }
                )
            )
        }
        return records
    }
}
