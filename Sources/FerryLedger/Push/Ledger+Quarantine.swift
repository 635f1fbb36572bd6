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
        try await look { database in
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
        try await quarantine(QuarantineFilter(integration: integration), before: nil, limit: limit)
    }

    /// A page of the records that are set aside, newest first.
    public func quarantine(
        _ filter: QuarantineFilter,
        before number: Int64?,
        limit: Int
    ) async throws -> [QuarantineEntry] {
        try await read { database in
            // Scope by scope, in the order of the index: together they would be sorted, however many there are.
            let directions = filter.direction.map { [$0] } ?? Direction.allCases
            var entries: [QuarantineEntry] = []
            for scope in try Self.scopes(of: filter, in: database) {
                for direction in directions {
                    entries += try Row.fetchAll(
                        database.cachedStatement(
                            sql: """
                                SELECT * FROM quarantine WHERE scope_id = ? AND direction = ? AND id < ?
                                ORDER BY id DESC LIMIT ?
                                """
                        ),
                        arguments: [scope.id, direction.rawValue, number ?? .max, max(0, limit)]
                    ).map { try Self.entry($0, in: scope, direction) }
                }
            }
            return Array(entries.sorted { $0.number > $1.number }.prefix(max(0, limit)))
        }
    }

    /// The number of records that are set aside.
    public func quarantineCount(_ filter: QuarantineFilter) async throws -> Int {
        try await read { database in
            let directions = filter.direction.map { [$0] } ?? Direction.allCases
            return try Self.scopes(of: filter, in: database).reduce(0) { count, scope in
                try directions.reduce(count) { count, direction in
                    count
                        + (try Int.fetchOne(
                            database.cachedStatement(
                                sql: "SELECT count(*) FROM quarantine WHERE scope_id = ? AND direction = ?"
                            ),
                            arguments: [scope.id, direction.rawValue]
                        ) ?? 0)
                }
            }
        }
    }

    private static func scopes(of filter: QuarantineFilter, in database: Database) throws -> [LinkScope] {
        try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT scope.id, scope.entity_type, integration.name FROM scope
                    JOIN integration ON integration.id = scope.integration_id WHERE integration.name = ?1 OR ?1 IS NULL
                    """
            ),
            arguments: [filter.integration]
        )
        .map { row in
            try LinkScope(
                id: row.value("id"),
                integration: row.value("name"),
                entityType: row.value("entity_type")
            )
        }
        .filter { scope in filter.entityTypes?.contains(scope.entityType) ?? true }
    }

    private static func entry(_ row: Row, in scope: LinkScope, _ direction: Direction) throws -> QuarantineEntry {
        let low: Int64 = try row.value("content_low")
        let high: Int64 = try row.value("content_high")
        return QuarantineEntry(
            number: try row.value("id"),
            integration: scope.integration,
            entityType: scope.entityType,
            direction: direction,
            record: QuarantinedRecord(
                id: try row.value("record_id"),
                contentHash: RecordHash(low: UInt64(bitPattern: low), high: UInt64(bitPattern: high)),
                code: ErrorCode(rawValue: try row.value("code")) ?? .internalError,
                message: try row.value("message")
            )
        )
    }
}
