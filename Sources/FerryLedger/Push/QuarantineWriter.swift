internal import FerryCore
internal import FerrySQLite

/// Sets records aside, and takes them back, within a transaction.
struct QuarantineWriter {
    let connection: SQLiteConnection
    let scope: LinkScope
    let direction: Direction

    /// Sets records aside; one that already is gets the new content and reason, and counts as the newest.
    func write(_ records: [QuarantinedRecord]) throws {
        guard !records.isEmpty else { return }
        let statement = try connection.prepare(
            """
            INSERT OR REPLACE INTO quarantine (
                scope_id, direction, record_id, content_low, content_high, code, message
            ) VALUES (?, ?, ?, ?, ?, ?, ?)
            """
        )
        statement.bind(scope.id, at: 0)
        statement.bind(direction.rawValue, at: 1)
        for record in records {
            statement.bind(record.id, at: 2)
            statement.bind(record.contentHash, at: 3)
            statement.bind(record.code.rawValue, at: 5)
            statement.bind(record.message, at: 6)
            try statement.run()
        }
    }

    /// Takes records back; most batches meet an empty quarantine and cost one look.
    func release(_ ids: PackedStrings) throws {
        guard !ids.isEmpty, try !isEmpty() else { return }
        let statement = try connection.prepare(
            "DELETE FROM quarantine WHERE scope_id = ? AND direction = ? AND record_id = ?"
        )
        statement.bind(scope.id, at: 0)
        statement.bind(direction.rawValue, at: 1)
        try ids.forEachBytesInOrder { _, id in
            statement.bindText(id, at: 2)
            try statement.run()
        }
    }

    /// The content hashes of those that are set aside, one for each identifier in order.
    func hashes(_ ids: PackedStrings) throws -> [RecordHash] {
        var hashes = [RecordHash](repeating: .unknown, count: ids.count)
        guard !ids.isEmpty, try !isEmpty() else { return hashes }
        let statement = try connection.prepare(
            """
            SELECT content_low, content_high FROM quarantine
            WHERE scope_id = ? AND direction = ? AND record_id = ?
            """
        )
        statement.bind(scope.id, at: 0)
        statement.bind(direction.rawValue, at: 1)
        try ids.forEachBytesInOrder { index, id in
            statement.bindText(id, at: 2)
            defer { statement.reset() }
            if try statement.step() { hashes[index] = statement.hash(0) }
        }
        return hashes
    }

    private func isEmpty() throws -> Bool {
        let statement = try connection.prepare(
            "SELECT 1 FROM quarantine WHERE scope_id = ? AND direction = ? LIMIT 1"
        )
        statement.bind(scope.id, at: 0)
        statement.bind(direction.rawValue, at: 1)
        return try !statement.step()
    }
}
