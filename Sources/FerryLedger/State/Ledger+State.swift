public import FerryCore
internal import FoundationEssentials
internal import GRDB

// What is kept of an integration between its jobs, and what people may do with it.
extension Ledger {
    /// The changes by people that are kept of each integration: the newest.
    private static var keptChanges: Int { 100 }

    /// What is kept of an integration.
    public func state(of integration: String) async throws -> KeptState {
        try await read { database in
            let number = try Self.knownIntegration(integration, in: database)
            guard let number else { return KeptState(revision: "0", isBusy: false) }
            return KeptState(
                revision: try Self.revision(of: number, in: database),
                isBusy: try Self.isBusy(number, in: database),
                entities: try Self.scopes(of: number, nil, in: database).map { scope in
                    try Self.entity(scope, in: database)
                },
                changes: try Self.changes(of: number, in: database)
            )
        }
    }

    /// Notes what somebody did with an integration's state.
    public func note(_ change: StateChange, of integration: String) async throws {
        try await write { database in
            try Self.note(change, of: Self.integration(integration, in: database), in: database)
        }
    }

    /// Forgets what is kept of an integration's entity types, or how far its jobs have come with them.
    ///
    /// Nothing is deleted in the table or at the service.
    ///
    /// - Parameters:
    ///   - entityTypes: the types; `nil` for all.
    ///   - change: who asked for it and when, and whether everything is forgotten (`isWhole`) or only the cursors.
    /// - Returns: the change as it was noted.
    /// - Throws: ``SyncFailure`` while a job of the integration works.
    public func reset(
        _ integration: String,
        entityTypes: [String]?,
        _ change: StateChange
    ) async throws -> StateChange {
        try await write { database in
            let number = try Self.integration(integration, in: database)
            try Self.requireRest(of: integration, number, in: database)
            var change = change
            let scopes = try Self.scopes(of: number, entityTypes, in: database)
            change.entityTypes = scopes.map(\.entityType)
            for scope in scopes {
                if change.isWhole {
                    change.links += try Self.linkCount(in: scope, database)
                    // Takes everything that belongs to the scope along.
                    try database.run("DELETE FROM scope WHERE id = ?", [scope.id])
                } else {
                    try database.run("DELETE FROM pull_state WHERE scope_id = ?", [scope.id])
                    try database.run("DELETE FROM push_state WHERE scope_id = ?", [scope.id])
                }
            }
            try Self.note(change, of: number, in: database)
            return change
        }
    }

    // MARK: Shared with exports and imports

    /// The number of an integration that the ledger knows.
    static func knownIntegration(_ name: String, in database: Database) throws -> Int64? {
        try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT id FROM integration WHERE name = ?"),
            arguments: [name]
        )
    }

    /// The scopes of an integration in the order in which they were made; `nil` for all types.
    static func scopes(of integration: Int64, _ types: [String]?, in database: Database) throws -> [LinkScope] {
        let rows = try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT scope.id, entity_type, integration.name FROM scope
                    JOIN integration ON integration.id = scope.integration_id
                    WHERE integration_id = ? ORDER BY scope.id
                    """
            ),
            arguments: [integration]
        )
        let scopes = try rows.map { row in
            LinkScope(
                id: try row.value("id"),
                integration: try row.value("name"),
                entityType: try row.value("entity_type")
            )
        }
        guard let types else { return scopes }
        return scopes.filter { types.contains($0.entityType) }
    }

    /// Refuses to touch the state of an integration that a job works on.
    static func requireRest(of integration: String, _ number: Int64, in database: Database) throws {
        guard try isBusy(number, in: database) else { return }
        throw busy(integration)
    }

    /// The failure that says that a job works on an integration.
    public static func busy(_ integration: String) -> SyncFailure {
        SyncFailure(
            .config,
            .integrationBusy,
            "a job of '\(integration)' is running: what is kept of it changes all the time",
            hint: "run 'ferryctl pause \(integration)', and wait for the job's end or cancel it"
        )
    }

    static func linkCount(in scope: LinkScope, _ database: Database) throws -> Int {
        try Int.fetchOne(
            database.cachedStatement(sql: "SELECT count(*) FROM link WHERE scope_id = ?"),
            arguments: [scope.id]
        ) ?? 0
    }

    static func note(_ change: StateChange, of integration: Int64, in database: Database) throws {
        try database.run(
            """
            INSERT INTO state_change (integration_id, action, changed_at, user, entity_types, links, is_whole)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            [
                integration, change.action.rawValue, change.date.milliseconds, Int64(change.user),
                JobRow.text(of: change.entityTypes), change.links, change.isWhole,
            ]
        )
        try database.run(
            """
            DELETE FROM state_change WHERE integration_id = ?1 AND id NOT IN (
                SELECT id FROM state_change WHERE integration_id = ?1 ORDER BY id DESC LIMIT \(keptChanges)
            )
            """,
            [integration]
        )
    }

    /// Differs whenever a job may have worked on the integration since, or people have changed its state.
    static func revision(of integration: Int64, in database: Database) throws -> String {
        // Jobs are counted with their attempts, as one that is taken up again has no new number.
        let jobs = try Row.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT coalesce(max(number), 0) AS last, coalesce(sum(attempt), 0) AS attempts FROM job
                    WHERE integration_id = ? AND attempt > 0
                    """
            ),
            arguments: [integration]
        )
        let scope = try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT coalesce(max(id), 0) FROM scope WHERE integration_id = ?"),
            arguments: [integration]
        )
        let last: Int64 = try jobs?.value("last") ?? 0
        let attempts: Int64 = try jobs?.value("attempts") ?? 0
        return "\(last).\(attempts).\(scope ?? 0)"
    }

    private static func isBusy(_ integration: Int64, in database: Database) throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(
                sql: "SELECT EXISTS (SELECT 1 FROM job WHERE integration_id = ? AND state IN ('running', 'waiting'))"
            ),
            arguments: [integration]
        ) ?? false
    }

    // MARK: Reading

    static func entity(_ scope: LinkScope, in database: Database) throws -> KeptEntity {
        func count(_ sql: String) throws -> Int {
            try Int.fetchOne(database.cachedStatement(sql: sql), arguments: [scope.id]) ?? 0
        }
        return KeptEntity(
            origin: try origin(of: scope, in: database),
            links: try linkCount(in: scope, database),
            tombstones: try count(
                "SELECT count(*) FROM link WHERE scope_id = ? AND missing_scans >= \(LinkedPair.tombstoneScans)"
            ),
            setAside: try count("SELECT count(*) FROM quarantine WHERE scope_id = ?"),
            conflicts: try count("SELECT count(*) FROM conflict WHERE scope_id = ?"),
            unsettled: try count("SELECT count(*) FROM outbox_batch WHERE scope_id = ?")
                + count("SELECT count(*) FROM pull_intent WHERE scope_id = ?"),
            pushCursor: try pushCursor(in: scope, database)
        )
    }

    private static func origin(of scope: LinkScope, in database: Database) throws -> EntityOrigin {
        let row = try Row.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT resource, remote_identity, is_pulled, cursor, fingerprint, swept_at
                    FROM scope LEFT JOIN pull_state ON scope_id = id WHERE id = ?
                    """
            ),
            arguments: [scope.id]
        )
        guard let row else { throw LedgerFailure.broken("A scope is gone within one view of the ledger.") }
        let cursor: String? = try row.value("cursor")
        let fingerprint: Int64? = try row.value("fingerprint")
        let sweptAt: Int64? = try row.value("swept_at")
        return EntityOrigin(
            entityType: scope.entityType,
            resource: try row.value("resource"),
            remoteIdentity: try row.value("remote_identity"),
            isPulled: try row.value("is_pulled"),
            pullCursor: cursor.map { PullCursor(value: $0, fingerprint: UInt64(bitPattern: fingerprint ?? 0)) },
            sweptAt: sweptAt.map { Date(milliseconds: $0) },
            layouts: try layouts(in: scope, database)
        )
    }

    private static func changes(of integration: Int64, in database: Database) throws -> [StateChange] {
        let rows = try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT action, changed_at, user, entity_types, links, is_whole FROM state_change
                    WHERE integration_id = ? ORDER BY id DESC
                    """
            ),
            arguments: [integration]
        )
        return try rows.map { row in
            let name: String = try row.value("action")
            guard let action = StateChange.Action(rawValue: name) else {
                throw DamagedValue("'\(name)' is no change of a state")
            }
            let user: Int64 = try row.value("user")
            return StateChange(
                action,
                date: Date(milliseconds: try row.value("changed_at")),
                user: UInt32(truncatingIfNeeded: user),
                entityTypes: try JobRow.strings(row.value("entity_types")) ?? [],
                links: try row.value("links"),
                isWhole: try row.value("is_whole")
            )
        }
    }
}
