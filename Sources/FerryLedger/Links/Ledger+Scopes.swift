public import FerryCore
internal import GRDB

extension Ledger {
    /// Opens the scope of an entity type; it starts anew, under a new number, when an end has changed.
    public func scope(
        integration: String,
        entityType: String,
        resource: String,
        remoteIdentity: String,
        localIdentity: String
    ) async throws -> LinkScope {
        let (scope, startsAnew) = try await write { database in
            let number = try Self.integration(integration, in: database)
            let kept = try Row.fetchOne(
                database.cachedStatement(
                    sql: """
                        SELECT id, resource = ? AND remote_identity = ? AND local_identity = ? AS is_same FROM scope
                        WHERE integration_id = ? AND entity_type = ?
                        """
                ),
                arguments: [resource, remoteIdentity, localIdentity, number, entityType]
            )
            if let kept {
                let id: Int64 = kept["id"]
                let isSame: Bool = kept["is_same"]
                guard !isSame else {
                    return (LinkScope(id: id, integration: integration, entityType: entityType), false)
                }
                // Takes everything that belongs to the scope along.
                try database.run("DELETE FROM scope WHERE id = ?", [id])
            }
            try database.run(
                """
                INSERT INTO scope (integration_id, entity_type, resource, remote_identity, local_identity)
                VALUES (?, ?, ?, ?, ?)
                """,
                [number, entityType, resource, remoteIdentity, localIdentity]
            )
            let scope = LinkScope(id: database.lastInsertedRowID, integration: integration, entityType: entityType)
            return (scope, kept != nil)
        }
        if startsAnew { try await witness?.didStartAnew(entityType: entityType) }
        return scope
    }

    /// Refuses a scope that has started anew since it was opened.
    static func require(_ scope: LinkScope, in database: Database) throws {
        let exists = try Bool.fetchOne(
            database.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM scope WHERE id = ?)"),
            arguments: [scope.id]
        )
        guard exists == true else {
            throw SyncFailure(
                .local,
                .jobInterrupted,
                "The links of \(scope.entityType) in \(scope.integration) have started anew while the job ran.",
                hint: "The table or the service was exchanged for another one: start the job again."
            )
        }
    }
}
