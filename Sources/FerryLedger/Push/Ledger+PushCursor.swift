public import FerryCore
internal import FoundationEssentials
internal import GRDB

// How far pushes have compared a table whose rows tell when they changed last.
extension Ledger {
    /// How far the scope's pushes have come; `nil` when that is not known.
    public func pushCursor(in scope: LinkScope) async throws -> PushCursor? {
        try await read { try Self.pushCursor(in: scope, $0) }
    }

    static func pushCursor(in scope: LinkScope, _ database: Database) throws -> PushCursor? {
        let row = try Row.fetchOne(
            database.cachedStatement(
                sql: "SELECT fingerprint, settled, latest, latest_at, compared_at FROM push_state WHERE scope_id = ?"
            ),
            arguments: [scope.id]
        )
        guard let row else { return nil }
        let settled: String? = try row.value("settled")
        return PushCursor(
            fingerprint: UInt64(bitPattern: try row.value("fingerprint")),
            settled: settled.map { ScanPosition(rawValue: $0) },
            latest: ScanPosition(rawValue: try row.value("latest")),
            latestAt: Date(milliseconds: try row.value("latest_at")),
            comparedAt: Date(milliseconds: try row.value("compared_at"))
        )
    }

    /// Notes how far the scope's pushes have come; `nil` forgets it.
    public func keep(_ cursor: PushCursor?, in scope: LinkScope) async throws {
        try await write { database in
            try Self.require(scope, in: database)
            guard let cursor else { return try database.run("DELETE FROM push_state WHERE scope_id = ?", [scope.id]) }
            try database.run(
                """
                INSERT OR REPLACE INTO push_state (scope_id, fingerprint, settled, latest, latest_at, compared_at)
                VALUES (?, ?, ?, ?, ?, ?)
                """,
                [
                    scope.id, Int64(bitPattern: cursor.fingerprint), cursor.settled?.rawValue, cursor.latest.rawValue,
                    cursor.latestAt.milliseconds, cursor.comparedAt.milliseconds,
                ]
            )
        }
    }

    /// Whether it is not known of some record what it holds.
    public func hasUndeterminedLinks(in scope: LinkScope) async throws -> Bool {
        try await read { database in
            // As in the index's condition: SQLite goes by its words.
            try Bool.fetchOne(
                database.cachedStatement(
                    sql: """
                        SELECT EXISTS (SELECT 1 FROM link WHERE scope_id = ? AND payload_low = 2 AND payload_high = 0)
                        """
                ),
                arguments: [scope.id]
            ) ?? false
        }
    }

    /// The number of rows that pushes know: those that are linked, and those that are set aside without a link.
    public func knownRowCount(in scope: LinkScope) async throws -> Int {
        try await read { database in
            try Int.fetchOne(
                database.cachedStatement(
                    sql: """
                        SELECT (SELECT count(*) FROM link WHERE scope_id = ?1) + (
                            SELECT count(*) FROM quarantine WHERE scope_id = ?1 AND direction = 'push' AND NOT EXISTS (
                                SELECT 1 FROM link WHERE scope_id = ?1 AND local_id = record_id
                            )
                        )
                        """
                ),
                arguments: [scope.id]
            ) ?? 0
        }
    }
}
