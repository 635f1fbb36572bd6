internal import FerryCore
internal import FerrySQLite

/// Writes the records of an outbox batch within a transaction.
struct OutboxWriter {
    let connection: SQLiteConnection

    /// Writes `records` as the batch's, in order.
    func write(_ records: [OutboxRecord], of batch: Int64) throws {
        let statement = try connection.prepare(
            """
            INSERT INTO outbox_record (
                batch_id, position, local_id, remote_id, match_value, payload_low, payload_high, local_low, local_high,
                field_hashes, content
            ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        )
        statement.bind(batch, at: 0)
        for (position, record) in records.enumerated() {
            statement.bind(Int64(position), at: 1)
            statement.bind(record.localID, at: 2)
            bind(record.remoteID, to: statement, at: 3)
            bind(record.matchValue, to: statement, at: 4)
            statement.bind(record.payloadHash, at: 5)
            statement.bind(record.localHash, at: 7)
            try record.fieldHashes.withUnsafeBytes { fields in
                statement.bindFields(fields, at: 9)
                try record.content.withUnsafeBytes { content in
                    if content.isEmpty { statement.bindNull(at: 10) } else { statement.bindBlob(content, at: 10) }
                    try statement.run()
                }
            }
        }
    }

    private func bind(_ text: String?, to statement: SQLiteStatement, at index: Int) {
        if let text {
            statement.bind(text, at: index)
        } else {
            statement.bindNull(at: index)
        }
    }
}

/// Reads the records of outbox batches.
struct OutboxReader {
    let connection: SQLiteConnection

    /// The batch's records, in order.
    func records(of batch: Int64) throws -> [OutboxRecord] {
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
