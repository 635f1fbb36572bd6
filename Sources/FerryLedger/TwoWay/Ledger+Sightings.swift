public import FerryCore
internal import FerrySQLite
internal import FoundationEssentials
internal import GRDB

// Which paths kept field hashes stand for, and what a push saw at the service before it overwrites anything.
extension Ledger {
    /// Whether anything of the scope has ever been pulled.
    public func isPulled(_ scope: LinkScope) async throws -> Bool {
        try await read { database in
            try Bool.fetchOne(
                database.cachedStatement(sql: "SELECT is_pulled FROM scope WHERE id = ?"),
                arguments: [scope.id]
            ) ?? false
        }
    }

    /// Keeps which paths the field hashes of a layout stand for.
    ///
    /// - Returns: all layouts that links of the scope may have been kept under, this one included.
    public func keepLayout(_ layout: FieldLayout, in scope: LinkScope) async throws -> [FieldLayout] {
        try await write { database in
            try Self.require(scope, in: database)
            try Self.keep(layout, in: scope, database)
            return try Self.layouts(in: scope, database)
        }
    }

    static func keep(_ layout: FieldLayout, in scope: LinkScope, _ database: Database) throws {
        try database.run(
            """
            INSERT OR IGNORE INTO field_layout (scope_id, fingerprint, remote_paths, local_paths) VALUES (?, ?, ?, ?)
            """,
            [scope.id, Int64(bitPattern: layout.fingerprint), text(layout.remotePaths), text(layout.localPaths)]
        )
    }

    static func layouts(in scope: LinkScope, _ database: Database) throws -> [FieldLayout] {
        let rows = try Row.fetchAll(
            database.cachedStatement(
                sql: "SELECT fingerprint, remote_paths, local_paths FROM field_layout WHERE scope_id = ?"
            ),
            arguments: [scope.id]
        )
        return try rows.map { row in
            let fingerprint: Int64 = try row.value("fingerprint")
            return FieldLayout(
                fingerprint: UInt64(bitPattern: fingerprint),
                remotePaths: try paths(row.value("remote_paths")),
                localPaths: try paths(row.value("local_paths"))
            )
        }
    }

    /// Keeps what a complete read of the remote resource sees; `isFirst` forgets what an earlier read saw.
    public func keepSightings(_ sightings: [Sighting], isFirst: Bool, in scope: LinkScope) async throws {
        try await write { database in
            try Self.require(scope, in: database)
            if isFirst {
                try database.run("DELETE FROM sighting WHERE scope_id = ?", [scope.id])
            }
            let statement = try database.rowPath().prepare(
                "INSERT OR REPLACE INTO sighting (scope_id, remote_id, field_hashes) VALUES (?, ?, ?)"
            )
            statement.bind(scope.id, at: 0)
            for sighting in sightings {
                statement.bind(sighting.remoteID, at: 1)
                try sighting.fieldHashes.withUnsafeBytes { fields in
                    statement.bindBlob(fields, at: 2)
                    try statement.run()
                }
            }
        }
    }

    /// What was seen of the given remote records, one for each in order; `nil` for those that were not there.
    public func sightings(in scope: LinkScope, remoteIDs: PackedStrings) async throws -> [Sighting?] {
        guard !remoteIDs.isEmpty else { return [] }
        return try await read { database in
            let statement = try database.rowPath().prepare(
                "SELECT remote_id, field_hashes FROM sighting WHERE scope_id = ? AND remote_id = ?"
            )
            statement.bind(scope.id, at: 0)
            var sightings = [Sighting?](repeating: nil, count: remoteIDs.count)
            try remoteIDs.forEachBytesInOrder { index, remoteID in
                statement.bindText(remoteID, at: 1)
                defer { statement.reset() }
                guard try statement.step() else { return }
                sightings[index] = Sighting(remoteID: statement.string(0), fieldHashes: statement.fields(1))
            }
            return sightings
        }
    }

    private static func text(_ paths: [String]) -> String {
        JSONValue.array(paths.map { .string($0) }).compactText
    }

    private static func paths(_ text: String) throws -> [String] {
        guard let paths = try? JSONDecoder().decode([String].self, from: Data(text.utf8)) else {
            throw LedgerFailure.broken("A field layout is not a list of paths.")
        }
        return paths
    }
}
