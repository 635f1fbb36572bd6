internal import FerryCore
internal import FerrySQLite
public import FoundationEssentials
internal import GRDB

// How links get from one ledger to another: page by page, and into place all at once.
//
// What comes in belongs to an integration of its own until it is complete: the name of no real one has a slash.
extension Ledger {
    /// Stands for the table of links that came from another ledger, until a job says which one it is.
    static var importedIdentity: String { "imported" }

    /// A page ends with the link that brings it beyond that: as text it still goes into one request.
    private static var pageBytes: Int { 400_000 }

    /// Up to `limit` links of an entity type after the link of the number `after`, in order.
    ///
    /// - Parameter revision: the state's, so that all pages are of one state.
    /// - Returns: the links, and the last one's number.
    /// - Throws: ``SyncFailure`` when a job works on the integration, or has done so since the revision.
    public func links(
        of integration: String,
        entityType: String,
        revision: String,
        after: Int64,
        limit: Int
    ) async throws -> (links: [TransferredLink], last: Int64) {
        try await read { database in
            guard let number = try Self.knownIntegration(integration, in: database) else { return ([], after) }
            try Self.requireRest(of: integration, number, in: database)
            guard try Self.revision(of: number, in: database) == revision else {
                throw SyncFailure(
                    .config,
                    .stateChanged,
                    "a job of '\(integration)' has worked since the export was begun",
                    hint: "run 'ferryctl pause \(integration)' and begin the export again"
                )
            }
            guard let scope = try Self.scopes(of: number, [entityType], in: database).first else { return ([], after) }
            return try Self.links(in: scope, after: after, limit: limit, database)
        }
    }

    private static func links(
        in scope: LinkScope,
        after: Int64,
        limit: Int,
        _ database: Database
    ) throws -> (links: [TransferredLink], last: Int64) {
        // The plus keeps SQLite from reading the whole scope through an index and sorting it for every page.
        let statement = try database.rowPath().prepare(
            """
            SELECT id, local_id, remote_id, remote_low, remote_high, local_low, local_high, payload_low, payload_high,
                missing_scans, field_hashes, remote_check
            FROM link WHERE id > ? AND +scope_id = ? ORDER BY id LIMIT ?
            """
        )
        statement.bind(after, at: 0)
        statement.bind(scope.id, at: 1)
        statement.bind(Int64(max(0, limit)), at: 2)
        defer { statement.reset() }
        var links: [TransferredLink] = []
        var last = after
        var bytes = 0
        while bytes < pageBytes, try statement.step() {
            try RemoteCheck.check(statement, remoteID: 2, value: 11)
            last = statement.int64(0)
            links.append(
                TransferredLink(
                    localID: statement.string(1),
                    remoteID: statement.string(2),
                    remoteHash: statement.hash(3),
                    localHash: statement.hash(5),
                    payloadHash: statement.hash(7),
                    missingScans: Int(statement.int64(9)),
                    fieldHashes: statement.fields(10)
                )
            )
            bytes += textBytes(of: links[links.count - 1])
        }
        return (links, last)
    }

    /// What a link may take as text: 16 digits for each half of a hash, and six for each byte of an identifier.
    private static func textBytes(of link: TransferredLink) -> Int {
        250 + 6 * (link.localID.utf8.count + link.remoteID.utf8.count) + 16 * link.fieldHashes.count
    }

    // MARK: Taking in

    /// Begins to take in an integration's state; one that was begun before and not finished is forgotten.
    ///
    /// - Parameter date: when; those that are never finished are forgotten with the jobs of that time.
    /// - Returns: the import's identifier.
    public func beginImport(
        of entities: [EntityOrigin],
        for integration: String,
        at date: Date
    ) async throws -> String {
        try await write { database in
            try Self.forgetImports("name GLOB 'import/*/' || ?", integration, in: database)
            let id = Self.importTime(date) + Self.hexadecimal(.random(in: .min ... .max))
            try database.run("INSERT INTO integration (name) VALUES (?)", ["import/\(id)/\(integration)"])
            let staging = database.lastInsertedRowID
            for entity in entities { try Self.stage(entity, in: staging, database) }
            return id
        }
    }

    /// With this an import's identifier begins, so that the oldest come first.
    private static func importTime(_ date: Date) -> String {
        hexadecimal(UInt64(max(0, date.milliseconds)))
    }

    private static func hexadecimal(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private static func stage(_ entity: EntityOrigin, in staging: Int64, _ database: Database) throws {
        try database.run(
            """
            INSERT INTO scope (integration_id, entity_type, resource, remote_identity, local_identity, is_pulled,
                is_findable)
            VALUES (?, ?, ?, ?, ?, ?, 1)
            """,
            [
                staging, entity.entityType, entity.resource, entity.remoteIdentity, importedIdentity, entity.isPulled,
            ]
        )
        let scope = LinkScope(id: database.lastInsertedRowID, integration: "", entityType: entity.entityType)
        for layout in entity.layouts { try keep(layout, in: scope, database) }
        guard entity.pullCursor != nil || entity.sweptAt != nil else { return }
        try database.run(
            "INSERT INTO pull_state (scope_id, cursor, fingerprint, swept_at) VALUES (?, ?, ?, ?)",
            [
                scope.id, entity.pullCursor?.value,
                entity.pullCursor.map { Int64(bitPattern: $0.fingerprint) }, entity.sweptAt?.milliseconds,
            ]
        )
    }

    /// Takes in some links of an entity type.
    ///
    /// - Throws: ``SyncFailure`` when an identifier has been there before, or the import is unknown.
    public func add(_ links: [TransferredLink], of entityType: String, toImport id: String) async throws {
        try await write { database in
            let (staging, _) = try Self.staged(id, in: database)
            guard let scope = try Self.scopes(of: staging, [entityType], in: database).first else {
                throw Self.invalid("the state has links of '\(entityType)', which its first line does not name")
            }
            let statement = try database.rowPath().prepare(
                """
                INSERT OR IGNORE INTO link (scope_id, local_id, remote_id, remote_low, remote_high, local_low,
                    local_high, payload_low, payload_high, missing_scans, field_hashes)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
            )
            for link in links {
                try Self.insert(link, in: scope, statement)
                guard database.changesCount == 1 else {
                    throw Self.invalid(
                        "the row '\(link.localID)' or the record '\(link.remoteID)' of '\(entityType)' is linked twice"
                    )
                }
            }
        }
    }

    private static func insert(
        _ link: TransferredLink,
        in scope: LinkScope,
        _ statement: FerrySQLite.SQLiteStatement
    ) throws {
        var (localID, remoteID) = (link.localID, link.remoteID)
        statement.bind(scope.id, at: 0)
        statement.bind(link.remoteHash, at: 3)
        statement.bind(link.localHash, at: 5)
        statement.bind(link.payloadHash, at: 7)
        statement.bind(Int64(link.missingScans), at: 9)
        try localID.withUTF8 { local in
            try remoteID.withUTF8 { remote in
                try link.fieldHashes.withUnsafeBytes { fields in
                    statement.bindText(UnsafeRawBufferPointer(local), at: 1)
                    statement.bindText(UnsafeRawBufferPointer(remote), at: 2)
                    statement.bindFields(fields, at: 10)
                    try statement.run()
                }
            }
        }
    }

    /// Puts what was taken in into its place, all at once.
    ///
    /// - Parameters:
    ///   - count: the links that were sent: what came in part is refused.
    ///   - replaces: whether what is kept of the same entity types is forgotten for it.
    ///   - change: who asked for it, and when.
    /// - Returns: the change as it was noted.
    /// - Throws: ``SyncFailure`` while a job of the integration works, and where there are links that may not be replaced.
    public func finishImport(
        _ id: String,
        links count: Int,
        replaces: Bool,
        _ change: StateChange
    ) async throws -> (integration: String, change: StateChange) {
        try await write { database in
            let (staging, name) = try Self.staged(id, in: database)
            let integration = try Self.integration(name, in: database)
            try Self.requireRest(of: name, integration, in: database)
            var change = change
            let scopes = try Self.scopes(of: staging, nil, in: database)
            change.entityTypes = scopes.map(\.entityType)
            change.links = try scopes.map { try Self.linkCount(in: $0, database) }.reduce(0, +)
            guard change.links == count else {
                throw Self.invalid("\(count) links were to come, and \(change.links) did")
            }
            for former in try Self.scopes(of: integration, change.entityTypes, in: database) {
                let links = try Self.linkCount(in: former, database)
                guard replaces || links == 0 else {
                    throw SyncFailure(
                        .config,
                        .statePresent,
                        "'\(name)' has \(links) links of '\(former.entityType)' already",
                        hint: "import with --replace to forget them, or leave everything as it is"
                    )
                }
                try database.run("DELETE FROM scope WHERE id = ?", [former.id])
            }
            try database.run("UPDATE scope SET integration_id = ? WHERE integration_id = ?", [integration, staging])
            try database.run("DELETE FROM integration WHERE id = ?", [staging])
            try Self.note(change, of: integration, in: database)
            return (name, change)
        }
    }

    /// The number of an import's own integration, and the name of the one it is for.
    private static func staged(_ id: String, in database: Database) throws -> (number: Int64, name: String) {
        let prefix = "import/\(id)/"
        // What comes after a slash is '0'.
        let row = try Row.fetchOne(
            database.cachedStatement(sql: "SELECT id, name FROM integration WHERE name >= ? AND name < ?"),
            arguments: [prefix, "import/\(id)0"]
        )
        guard let row, !id.contains("/") else {
            throw SyncFailure(
                .config,
                .stateInvalid,
                "there is no import '\(id)': another one was begun since, or it was forgotten",
                hint: "begin again"
            )
        }
        let name: String = try row.value("name")
        return (try row.value("id"), String(name.dropFirst(prefix.count)))
    }

    /// Forgets imports that were begun before `date` and never finished.
    static func forgetImports(before date: Date, in database: Database) throws {
        try forgetImports("name GLOB 'import/*' AND name < 'import/' || ?", importTime(date), in: database)
    }

    private static func forgetImports(_ condition: String, _ argument: String, in database: Database) throws {
        let unfinished = "SELECT id FROM integration WHERE \(condition)"
        try database.run("DELETE FROM scope WHERE integration_id IN (\(unfinished))", [argument])
        try database.run("DELETE FROM integration WHERE id IN (\(unfinished))", [argument])
    }

    static func invalid(_ message: String) -> SyncFailure {
        SyncFailure(.config, .stateInvalid, message, hint: "export the state again; nothing was changed")
    }
}
