internal import FerryCore
internal import FerrySQLite

/// Writes links within a transaction: statements bound by pointer, in the batch's order.
///
/// The order matters: when a batch links one identifier twice, the later link is the newer one.
///
/// Everything is written to `main.link`: in a draft, `link` alone is a view (``DraftLinks``).
struct LinkWriter {
    let connection: SQLiteConnection
    let scope: LinkScope
    /// In a draft, how it sees the real ledger's links.
    let draft: DraftLinks?
    /// Whether all links of the scope are found by their remote identifiers.
    let isFindable: Bool

    /// Adds links, or changes those of the same pair.
    ///
    /// A link of (A, x) replaces one of (A, y) and one of (B, x), with nothing kept of them: an identifier has one
    /// partner, and hashes of another pair say nothing about this one.
    func write(_ changes: LinkChanges) throws {
        guard changes.count > 0 else { return }
        try draft?.copy(localIDs: changes.localIDs, of: scope, in: connection)
        if isFindable { try draft?.copy(remoteIDs: changes.remoteIDs, of: scope, in: connection) }
        let columns = """
            (scope_id, local_id, remote_id, remote_low, remote_high, local_low, local_high, payload_low, payload_high,
            input_mark, field_hashes, remote_check) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        // One statement for a new pair and for a known one; it changes nothing when an identifier has another partner.
        let upsert = try connection.prepare(
            """
            INSERT INTO main.link \(columns)
            ON CONFLICT (scope_id, local_id) DO UPDATE SET
                \(keeping("remote")), \(keeping("local")), \(keeping("payload")),
                input_mark = iif(excluded.input_mark <> 0, excluded.input_mark, input_mark),
                field_hashes = coalesce(excluded.field_hashes, field_hashes),
                missing_scans = 0
                WHERE remote_id = excluded.remote_id
            ON CONFLICT (scope_id, remote_id) WHERE remote_check IS NULL DO NOTHING
            """
        )
        let replace = try connection.prepare("INSERT OR REPLACE INTO main.link \(columns)")
        upsert.bind(scope.id, at: 0)
        replace.bind(scope.id, at: 0)
        try changes.remoteIDs.bytes.withUnsafeBytes { remoteBytes in
            try changes.localIDs.forEachBytes { index, localID in
                let remoteID = UnsafeRawBufferPointer(rebasing: remoteBytes[changes.remoteIDs.range(at: index)])
                try changes.fieldHashes[index].withUnsafeBytes { fields in
                    func run(_ statement: SQLiteStatement) throws {
                        statement.bindText(localID, at: 1)
                        statement.bindText(remoteID, at: 2)
                        statement.bind(changes.remoteHashes[index], at: 3)
                        statement.bind(changes.localHashes[index], at: 5)
                        statement.bind(changes.payloadHashes[index], at: 7)
                        statement.bind(Int64(bitPattern: changes.inputMarks[index]), at: 9)
                        statement.bindFields(fields, at: 10)
                        if isFindable {
                            statement.bindNull(at: 11)
                        } else {
                            statement.bind(RemoteCheck.value(of: remoteID), at: 11)
                        }
                        try statement.run()
                    }
                    try run(upsert)
                    if connection.changes == 0 { try run(replace) }
                }
            }
        }
    }

    /// Whether the changes bring other pairs than the scope has, and not just new ones: then it must be looked whose the
    /// remote identifiers are.
    func mustFind(_ changes: LinkChanges) throws -> Bool {
        guard !isFindable, !changes.areNew, changes.count > 0 else { return false }
        let pair = try connection.prepare(
            "SELECT remote_id FROM link WHERE scope_id = ? AND local_id = ?"
        )
        pair.bind(scope.id, at: 0)
        var isKnown = true
        try changes.remoteIDs.bytes.withUnsafeBytes { remoteBytes in
            try changes.localIDs.forEachBytes { index, localID in
                guard isKnown else { return }
                pair.bindText(localID, at: 1)
                defer { pair.reset() }
                let remoteID = UnsafeRawBufferPointer(rebasing: remoteBytes[changes.remoteIDs.range(at: index)])
                isKnown = try pair.step() && pair.withText(0) { $0.elementsEqual(remoteID) }
            }
        }
        return !isKnown
    }

    /// The assignment that leaves a hash alone when the new one is unknown (both halves 0).
    private func keeping(_ hash: String) -> String {
        let isKnown = "excluded.\(hash)_low <> 0 OR excluded.\(hash)_high <> 0"
        return """
            \(hash)_low = iif(\(isKnown), excluded.\(hash)_low, \(hash)_low),
            \(hash)_high = iif(\(isKnown), excluded.\(hash)_high, \(hash)_high)
            """
    }

    /// Notes marks of rows that would make the payloads which their links know.
    func mark(_ marks: [LinkMark]) throws {
        guard !marks.isEmpty else { return }
        try draft?.copy(marks.map(\.link), in: connection)
        let statement = try connection.prepare("UPDATE main.link SET input_mark = ? WHERE id = ? AND scope_id = ?")
        statement.bind(scope.id, at: 2)
        for mark in marks {
            statement.bind(Int64(bitPattern: mark.mark), at: 0)
            statement.bind(mark.link, at: 1)
            try statement.run()
        }
    }

    /// Forgets the links of the given numbers.
    func delete(_ links: [Int64]) throws {
        try run("DELETE FROM main.link WHERE id = ? AND scope_id = ?", for: links)
    }

    /// Forgets the links of the given local identifiers.
    func delete(localIDs: PackedStrings) throws {
        guard !localIDs.isEmpty else { return }
        try draft?.copy(localIDs: localIDs, of: scope, in: connection)
        let statement = try connection.prepare("DELETE FROM main.link WHERE scope_id = ? AND local_id = ?")
        statement.bind(scope.id, at: 0)
        try localIDs.forEachBytesInOrder { _, localID in
            statement.bindText(localID, at: 1)
            try statement.run()
        }
    }

    /// Marks the links of records that the service says are deleted, until they are seen again.
    func markDeleted(_ remoteIDs: PackedStrings) throws {
        guard !remoteIDs.isEmpty else { return }
        try draft?.copy(remoteIDs: remoteIDs, of: scope, in: connection)
        let statement = try connection.prepare(
            """
            UPDATE main.link SET missing_scans = \(LinkedPair.tombstoneScans)
            WHERE scope_id = ? AND remote_id = ? AND remote_check IS NULL
                AND missing_scans < \(LinkedPair.tombstoneScans)
            """
        )
        statement.bind(scope.id, at: 0)
        try remoteIDs.forEachBytesInOrder { _, remoteID in
            statement.bindText(remoteID, at: 1)
            try statement.run()
        }
    }

    /// Counts one more complete scan that the links were missing from.
    func countMissing(_ links: [Int64]) throws {
        try run("UPDATE main.link SET missing_scans = missing_scans + 1 WHERE id = ? AND scope_id = ?", for: links)
    }

    /// Forgets the scans that the links were missing from.
    func forgetMissing(_ links: [Int64]) throws {
        try run(
            "UPDATE main.link SET missing_scans = 0 WHERE id = ? AND scope_id = ? AND missing_scans <> 0",
            for: links
        )
    }

    private func run(_ sql: String, for links: [Int64]) throws {
        guard !links.isEmpty else { return }
        try draft?.copy(links, in: connection)
        let statement = try connection.prepare(sql)
        statement.bind(scope.id, at: 1)
        for link in links {
            statement.bind(link, at: 0)
            try statement.run()
        }
    }
}
