public import FerryCore
internal import GRDB

// Records that are set aside.
extension Ledger {
    /// The contents with which the given records are set aside, one for each in order.
    public func quarantinedHashes(
        in scope: LinkScope,
        direction: Direction,
        ids: PackedStrings
    ) async throws -> [RecordHash] {
        try await read { database in
            try QuarantineWriter(connection: try database.rowPath(), scope: scope, direction: direction).hashes(ids)
        }
    }

    /// Sets records aside.
    public func quarantine(
        _ records: [QuarantinedRecord],
        direction: Direction,
        in scope: LinkScope
    ) async throws {
        guard !records.isEmpty else { return }
        try await witness?.willSetAside(records, direction: direction, in: scope)
        try await write { database in
            try Self.require(scope, in: database)
            try QuarantineWriter(connection: try database.rowPath(), scope: scope, direction: direction).write(records)
        }
    }

    /// Takes records out of quarantine, because they went through or are gone.
    public func release(ids: PackedStrings, direction: Direction, in scope: LinkScope) async throws {
        guard !ids.isEmpty else { return }
        try await write { database in
            try QuarantineWriter(connection: try database.rowPath(), scope: scope, direction: direction).release(ids)
        }
    }

    /// An integration's records that are set aside, newest first.
    public func quarantine(of integration: String, limit: Int) async throws -> [QuarantineEntry] {
        try await read { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT scope.entity_type, quarantine.* FROM quarantine
                    JOIN scope ON scope.id = quarantine.scope_id
                    JOIN integration ON integration.id = scope.integration_id
                    WHERE integration.name = ? ORDER BY quarantine.id DESC LIMIT ?
                    """,
                arguments: [integration, max(0, limit)]
            )
            return try rows.map { row in
                guard let direction = Direction(rawValue: row["direction"]) else {
                    throw LedgerFailure.broken("A record in quarantine has a direction that does not exist.")
                }
                let low: Int64 = row["content_low"]
                let high: Int64 = row["content_high"]
                return QuarantineEntry(
                    entityType: row["entity_type"],
                    direction: direction,
                    record: QuarantinedRecord(
                        id: row["record_id"],
                        contentHash: RecordHash(low: UInt64(bitPattern: low), high: UInt64(bitPattern: high)),
                        code: ErrorCode(rawValue: row["code"]) ?? .internalError,
                        message: row["message"]
                    )
                )
            }
        }
    }
}
