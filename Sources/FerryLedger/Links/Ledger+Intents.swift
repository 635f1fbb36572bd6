public import FerryCore
internal import FerrySQLite
internal import FoundationEssentials
internal import GRDB

// What a pull is about to write or delete: one row of the ledger for a batch, since it is read again only after a crash.
extension Ledger {
    /// Notes what a pull is about to write or delete, in place of what was noted before under the same number; the
    /// batch's commit forgets it.
    public func intend(_ intent: PullIntent, in scope: LinkScope) async throws {
        let paths = String(decoding: try JSONEncoder().encode(intent.paths), as: UTF8.self)
        try await write { database in
            try Self.require(scope, in: database)
            let statement = try database.rowPath().prepare(
                "INSERT OR REPLACE INTO pull_intent (scope_id, number, paths, rows) VALUES (?, ?, ?, ?)"
            )
            statement.bind(scope.id, at: 0)
            statement.bind(Int64(intent.number), at: 1)
            statement.bind(paths, at: 2)
            try IntentBlob.bytes(of: intent).withUnsafeBytes { bytes in
                statement.bindBlob(bytes, at: 3)
                try statement.run()
            }
        }
    }

    /// What a pull was about to write when it was cut off.
    public func intents(in scope: LinkScope) async throws -> [PullIntent] {
        try await read { database in
            let rows = try Row.fetchAll(
                database.cachedStatement(
                    sql: "SELECT number, paths, rows FROM pull_intent WHERE scope_id = ? ORDER BY number"
                ),
                arguments: [scope.id]
            )
            return try rows.map { row in
                let paths: String = row["paths"]
                let bytes: Data = row["rows"]
                var intent = PullIntent(
                    paths: try JSONDecoder().decode([String].self, from: Data(paths.utf8)),
                    number: row["number"]
                )
                try IntentBlob.read([UInt8](bytes), into: &intent)
                return intent
            }
        }
    }

    /// Links the rows of an intent that turned out to be written, drops the links of those that turned out to be deleted,
    /// and forgets it.
    public func settleIntent(_ number: Int, links: LinkChanges, unlinked: [Int64], in scope: LinkScope) async throws {
        try await makeFindable(scope)
        try await write { database in
            let writer = try self.linkWriter(in: scope, database)
            try writer.delete(unlinked)
            try writer.write(links)
            try Self.forgetIntent(number, in: scope, database)
        }
    }

    static func forgetIntent(_ number: Int, in scope: LinkScope, _ database: Database) throws {
        try database.run("DELETE FROM pull_intent WHERE scope_id = ? AND number = ?", [scope.id, number])
    }
}

/// The rows of an intent as bytes: of each the two identifiers, the hash of its content and what its link remembers.
private enum IntentBlob {
    static func bytes(of intent: PullIntent) -> [UInt8] {
        var blob = BlobWriter(reserving: 64 * intent.count)
        for row in 0..<intent.count {
            intent.localIDs.withBytes(at: row) { blob.append(text: $0) }
            intent.remoteIDs.withBytes(at: row) { blob.append(text: $0) }
            blob.append(intent.contents[row])
            blob.append(intent.fieldHashes[row])
        }
        return blob.bytes
    }

    static func read(_ bytes: [UInt8], into intent: inout PullIntent) throws {
        var blob = BlobReader(bytes, of: "what a pull was about to write")
        while !blob.isAtEnd {
            intent.localIDs.append(try blob.text())
            intent.remoteIDs.append(try blob.text())
            intent.contents.append(try blob.hash())
            intent.fieldHashes.append(try blob.numbers())
        }
    }
}
