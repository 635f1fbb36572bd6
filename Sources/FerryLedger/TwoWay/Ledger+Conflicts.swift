public import FerryCore
internal import FoundationEssentials
internal import GRDB

// Records that both sides changed, and what people decide about them.
extension Ledger {
    /// An integration's open conflicts, oldest first; all integrations' where it is `nil`.
    public func conflicts(of integration: String?, limit: Int) async throws -> [Conflict] {
        try await read { database in
            try Row.fetchAll(
                database,
                sql: Self.conflictQuery + " WHERE ?1 IS NULL OR integration.name = ?1 ORDER BY conflict.id LIMIT ?2",
                arguments: [integration, max(0, limit)]
            ).map(Self.conflict)
        }
    }

    /// One open conflict; `nil` when there is none of that number (any more).
    public func conflict(_ id: Int64) async throws -> Conflict? {
        try await read { database in
            try Row.fetchOne(database, sql: Self.conflictQuery + " WHERE conflict.id = ?", arguments: [id])
                .map(Self.conflict)
        }
    }

    /// Notes whose version is to be taken; `nil` takes the decision back.
    ///
    /// - Returns: whether the conflict is still open.
    public func resolve(_ id: Int64, taking side: ConflictSide?) async throws -> Bool {
        try await write { database in
            try database.execute(
                sql: "UPDATE conflict SET resolution = ? WHERE id = ?",
                arguments: [side?.rawValue, id]
            )
            return database.changesCount > 0
        }
    }

    /// What was decided and is still to be carried out, by the number of the link.
    public func resolutions(in scope: LinkScope) async throws -> [Int64: ConflictResolution] {
        try await read { database in
            let rows = try Row.fetchAll(
                database.cachedStatement(
                    sql: """
                        SELECT link_id, resolution, local_hash, remote_hash FROM conflict
                        WHERE scope_id = ? AND resolution IS NOT NULL
                        """
                ),
                arguments: [scope.id]
            )
            return try Dictionary(
                rows.map { row in
                    guard let side = ConflictSide(rawValue: try row.value("resolution")) else {
                        throw Self.brokenConflict
                    }
                    let (local, remote): (Int64, Int64) = try (row.value("local_hash"), row.value("remote_hash"))
                    let link: Int64 = try row.value("link_id")
                    return (
                        link,
                        ConflictResolution(
                            side: side,
                            localHash: UInt64(bitPattern: local),
                            remoteHash: UInt64(bitPattern: remote)
                        )
                    )
                },
                uniquingKeysWith: { $1 }
            )
        }
    }

    private static let conflictQuery = """
        SELECT conflict.*, integration.name, scope.entity_type, link.local_id, link.remote_id FROM conflict
        JOIN link ON link.id = conflict.link_id
        JOIN scope ON scope.id = conflict.scope_id
        JOIN integration ON integration.id = scope.integration_id
        """

    private static let brokenConflict = DamagedValue("an open conflict has a value that does not exist")

    private static func conflict(_ row: Row) throws -> Conflict {
        let resolution: String? = try row.value("resolution")
        let (local, remote): (Int64, Int64) = try (row.value("local_hash"), row.value("remote_hash"))
        let fields: String = try row.value("fields")
        guard let kind = ConflictKind(rawValue: try row.value("kind")),
            let paths = try? JSONDecoder().decode([String].self, from: Data(fields.utf8))
        else { throw brokenConflict }
        return Conflict(
            id: try row.value("id"),
            integration: try row.value("name"),
            entityType: try row.value("entity_type"),
            record: HeldRecord(
                kind: kind,
                localID: try row.value("local_id"),
                remoteID: try row.value("remote_id"),
                fields: paths,
                versions: HeldRecord.Versions(
                    local: try row.value("local_version"),
                    remote: try row.value("remote_version"),
                    localHash: UInt64(bitPattern: local),
                    remoteHash: UInt64(bitPattern: remote)
                ),
                foundAt: Date(milliseconds: try row.value("opened_at"))
            ),
            resolution: resolution.flatMap { ConflictSide(rawValue: $0) }
        )
    }
}
