internal import FerryCore
internal import FerrySQLite
internal import FoundationEssentials

/// Opens, renews and closes conflicts within the transaction that writes their links.
struct ConflictWriter {
    let connection: SQLiteConnection
    let scope: LinkScope

    /// Keeps held records, and closes the conflicts of links that were settled.
    ///
    /// A conflict whose versions are the same as before stays as it is, with what was decided about it; other versions
    /// take a decision back.
    ///
    /// - Parameter links: the links that were written in this transaction, the held ones among them.
    func write(_ held: [HeldRecord], settled links: LinkChanges) throws {
        if !held.isEmpty { try keep(held) }
        guard links.count > held.count, try hasAny() else { return }
        let close = try connection.prepare(
            """
            DELETE FROM conflict WHERE link_id = (
                SELECT id FROM link WHERE scope_id = ? AND local_id = ? AND NOT (payload_low = ? AND payload_high = ?)
            )
            """
        )
        // What the engine writes for a link that is held.
        close.bind(scope.id, at: 0)
        close.bind(Int64(1), at: 2)
        close.bind(Int64(0), at: 3)
        try links.localIDs.forEachBytes { _, localID in
            close.bindText(localID, at: 1)
            try close.run()
        }
    }

    private func keep(_ held: [HeldRecord]) throws {
        let statement = try connection.prepare(
            """
            INSERT INTO conflict (
                scope_id, link_id, kind, fields, local_version, remote_version, local_hash, remote_hash, opened_at
            )
            SELECT ?, id, ?, ?, ?, ?, ?, ?, ? FROM link WHERE scope_id = ? AND local_id = ?
            ON CONFLICT (link_id) DO UPDATE SET
                kind = excluded.kind, fields = excluded.fields,
                local_version = coalesce(
                    excluded.local_version,
                    iif(local_hash = excluded.local_hash, local_version, NULL)
                ),
                remote_version = coalesce(
                    excluded.remote_version,
                    iif(remote_hash = excluded.remote_hash, remote_version, NULL)
                ),
                local_hash = excluded.local_hash, remote_hash = excluded.remote_hash,
                resolution = iif(
                    local_hash = excluded.local_hash AND remote_hash = excluded.remote_hash,
                    resolution,
                    NULL
                )
            WHERE kind <> excluded.kind OR fields <> excluded.fields OR local_hash <> excluded.local_hash
                OR remote_hash <> excluded.remote_hash OR (remote_version IS NULL AND excluded.remote_version NOT NULL)
                OR (local_version IS NULL AND excluded.local_version NOT NULL)
            """
        )
        for record in held {
            statement.bind(scope.id, at: 0)
            statement.bind(record.kind.rawValue, at: 1)
            statement.bind(JSONValue.array(record.fields.map { .string($0) }).compactText, at: 2)
            bind(record.versions.local, to: statement, at: 3)
            bind(record.versions.remote, to: statement, at: 4)
            statement.bind(Int64(bitPattern: record.versions.localHash), at: 5)
            statement.bind(Int64(bitPattern: record.versions.remoteHash), at: 6)
            statement.bind(record.foundAt.milliseconds, at: 7)
            statement.bind(scope.id, at: 8)
            statement.bind(record.localID, at: 9)
            try statement.run()
        }
    }

    private func hasAny() throws -> Bool {
        let statement = try connection.prepare("SELECT 1 FROM conflict WHERE scope_id = ? LIMIT 1")
        statement.bind(scope.id, at: 0)
        defer { statement.reset() }
        return try statement.step()
    }

    private func bind(_ text: String?, to statement: SQLiteStatement, at index: Int) {
        if let text {
            statement.bind(text, at: index)
        } else {
            statement.bindNull(at: index)
        }
    }
}
