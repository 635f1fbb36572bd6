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
                        SELECT id, resource, remote_identity, local_identity FROM scope
                        WHERE integration_id = ? AND entity_type = ?
                        """
                ),
                arguments: [number, entityType]
            )
            if let kept {
                let id: Int64 = try kept.value("id")
                let former = try ScopeEnds(
                    kept.value("resource"),
                    kept.value("remote_identity"),
                    kept.value("local_identity")
                )
                let current = ScopeEnds(resource, remoteIdentity, localIdentity)
                let scope = LinkScope(id: id, integration: integration, entityType: entityType)
                guard former != current else { return (scope, false) }
                if former.isImported(for: current) {
                    try database.run("UPDATE scope SET local_identity = ? WHERE id = ?", [localIdentity, id])
                    return (scope, false)
                }
                let links = try Int.fetchOne(
                    database,
                    sql: "SELECT count(*) FROM link WHERE scope_id = ?",
                    arguments: [id]
                )
                // Takes everything that belongs to the scope along.
                try database.run("DELETE FROM scope WHERE id = ?", [id])
                try Self.addNote(
                    "\(current.changes(from: former)): the links of '\(entityType)' start anew, "
                        + "\(links ?? 0) were forgotten and nothing was deleted",
                    toRunningJobOf: number,
                    in: database
                )
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
        _ = try isFindable(scope, in: database)
    }

    /// Whether all links of a scope are found by their remote identifiers.
    ///
    /// - Throws: ``SyncFailure`` when the scope has started anew since it was opened.
    static func isFindable(_ scope: LinkScope, in database: Database) throws -> Bool {
        guard let isFindable = try knownIsFindable(scope, in: database) else {
            throw SyncFailure(
                .local,
                .jobInterrupted,
                "The links of \(scope.entityType) in \(scope.integration) have started anew while the job ran.",
                hint: "The table or the service was exchanged for another one: start the job again."
            )
        }
        return isFindable
    }

    /// Whether all links of a scope are found by their remote identifiers; `nil` when it has started anew.
    static func knownIsFindable(_ scope: LinkScope, in database: Database) throws -> Bool? {
        try Bool.fetchOne(
            database.cachedStatement(sql: "SELECT is_findable FROM scope WHERE id = ?"),
            arguments: [scope.id]
        )
    }
}

/// What the two ends of a scope are.
private struct ScopeEnds: Equatable {
    var resource: String
    var remote: String
    var local: String

    init(_ resource: String, _ remote: String, _ local: String) {
        self.resource = resource
        self.remote = remote
        self.local = local
    }

    /// Whether the links came from another ledger and belong to this resource, so that the table is theirs.
    func isImported(for current: ScopeEnds) -> Bool {
        local == Ledger.importedIdentity && remote == current.remote && resource == current.resource
    }

    /// What has changed since, in words; local identities are inode numbers and the like, which tell people nothing.
    func changes(from former: ScopeEnds) -> String {
        var changes: [String] = []
        if remote != former.remote { changes.append("the service's end is now \(remote) and was \(former.remote)") }
        if resource != former.resource {
            changes.append("the resource is now '\(resource)' and was '\(former.resource)'")
        }
        if local != former.local { changes.append("the local table or its file is another one") }
        return changes.joined(separator: ", ")
    }
}
