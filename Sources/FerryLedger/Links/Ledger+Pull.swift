public import FerryCore
public import FoundationEssentials
internal import GRDB

// What a pull leaves behind.
extension Ledger {
    /// Commits what a pull has written to the store.
    public func commitPull(_ commit: PullCommit, in scope: LinkScope) async throws {
        try await witness?.willCommit(commit, in: scope)
        try await makeFindable(scope)
        try await write { database in
            let links = try self.linkWriter(in: scope, database)
            try Self.note(commit.progress, of: commit.job, in: database)
            for note in commit.notes { try Self.addNote(note, toJob: commit.job, in: database) }
            try database.run("UPDATE scope SET is_pulled = 1 WHERE id = ? AND is_pulled = 0", [scope.id])
            let connection = try database.rowPath()
            try links.delete(commit.unlinked)
            try links.write(commit.links)
            try ConflictWriter(connection: connection, scope: scope)
                .write(commit.held, settled: commit.links)
            try links.markDeleted(commit.tombstones)
            let quarantine = QuarantineWriter(connection: connection, scope: scope, direction: .pull)
            try quarantine.release(commit.released)
            // What is gone need not be mended any more.
            try quarantine.release(commit.tombstones)
            try quarantine.write(commit.quarantined)
            try database.run(
                """
                INSERT OR REPLACE INTO checkpoint (job_number, scope_id, position, is_complete)
                SELECT number, ?, ?, ? FROM job WHERE id = ?
                """,
                [scope.id, commit.checkpoint.position, commit.checkpoint.isComplete, commit.job]
            )
            for number in commit.intents { try Self.forgetIntent(number, in: scope, database) }
            if let cursor = commit.cursor { try Self.keep(cursor, in: scope, database) }
        }
    }

    private static func keep(_ cursor: PullCursor, in scope: LinkScope, _ database: Database) throws {
        try database.run(
            """
            INSERT INTO pull_state (scope_id, cursor, fingerprint) VALUES (?, ?, ?)
            ON CONFLICT (scope_id) DO UPDATE SET cursor = excluded.cursor, fingerprint = excluded.fingerprint
            """,
            [scope.id, cursor.value, Int64(bitPattern: cursor.fingerprint)]
        )
    }

    /// How far the scope's pulls have come; `nil` before the first, or when that was with another fingerprint.
    public func cursor(in scope: LinkScope, fingerprint: UInt64) async throws -> String? {
        try await read { database in
            try String.fetchOne(
                database.cachedStatement(sql: "SELECT cursor FROM pull_state WHERE scope_id = ? AND fingerprint = ?"),
                arguments: [scope.id, Int64(bitPattern: fingerprint)]
            )
        }
    }

    /// Where a job's scan of the scope goes on after a crash.
    public func checkpoint(of job: String, in scope: LinkScope) async throws -> Checkpoint? {
        try await read { database in
            try Row.fetchOne(
                database.cachedStatement(
                    sql: """
                        SELECT position, is_complete FROM checkpoint
                        WHERE job_number = (SELECT number FROM job WHERE id = ?) AND scope_id = ?
                        """
                ),
                arguments: [job, scope.id]
            ).map { Checkpoint(position: try $0.value("position"), isComplete: try $0.value("is_complete")) }
        }
    }

    /// Notes a complete scan that links were missing from, and forgets such scans for those seen again.
    public func noteMissing(_ links: [Int64], seenAgain: [Int64], in scope: LinkScope) async throws {
        guard !links.isEmpty || !seenAgain.isEmpty else { return }
        try await write { database in
            let writer = try self.linkWriter(in: scope, database)
            try writer.countMissing(links)
            try writer.forgetMissing(seenAgain)
        }
    }

    /// When the scope's identifiers were last looked at in full.
    public func lastSweep(in scope: LinkScope) async throws -> Date? {
        try await read { database in
            try Int64.fetchOne(
                database.cachedStatement(sql: "SELECT swept_at FROM pull_state WHERE scope_id = ?"),
                arguments: [scope.id]
            ).map { Date(milliseconds: $0) }
        }
    }

    /// Notes that the scope's identifiers were looked at in full.
    public func noteSweep(at date: Date, in scope: LinkScope) async throws {
        try await write { database in
            try Self.require(scope, in: database)
            try database.execute(
                sql: """
                    INSERT INTO pull_state (scope_id, swept_at) VALUES (?, ?)
                    ON CONFLICT (scope_id) DO UPDATE SET swept_at = excluded.swept_at
                    """,
                arguments: [scope.id, date.milliseconds]
            )
        }
    }
}
