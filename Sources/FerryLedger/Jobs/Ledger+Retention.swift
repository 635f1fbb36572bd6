public import FoundationEssentials
internal import FerrySQLite
internal import GRDB

// How the file stays small.
extension Ledger {
    /// Jobs deleted, and pages given back, in one transaction: others get their turn in between.
    private static var stepSize: Int { 500 }

    /// Deletes finished jobs that ended before `date`, and the oldest beyond `maximum`; gives free pages back.
    ///
    /// Accounts that were not used for longer than any budget's period are forgotten, too.
    public func prune(before date: Date, maximum: Int) async throws {
        let longestPeriod: TimeInterval = 31 * 86_400
        try await write { database in
            try database.execute(
                sql: "DELETE FROM account WHERE kept_at < ?",
                arguments: [date.addingTimeInterval(-longestPeriod).milliseconds]
            )
        }
        while try await pruneStep(before: date, maximum: maximum) == Self.stepSize {}
        while try await vacuumStep() {}
    }

    private func pruneStep(before date: Date, maximum: Int) async throws -> Int {
        try await write { database in
            // The job that ended last tells an integration's status: it stays, whatever its age.
            try database.execute(
                sql: """
                    DELETE FROM job WHERE number IN (
                        SELECT old.number FROM job AS old
                        WHERE old.finished_at IS NOT NULL
                        AND (
                            old.finished_at < ?1
                            OR (old.finished_at, old.number) <= (
                                SELECT finished_at, number FROM job WHERE finished_at IS NOT NULL
                                ORDER BY finished_at DESC, number DESC LIMIT 1 OFFSET ?2
                            )
                        )
                        AND old.number <> (
                            SELECT last.number FROM job AS last
                            WHERE last.integration_id = old.integration_id AND last.finished_at IS NOT NULL
                            ORDER BY last.finished_at DESC, last.number DESC LIMIT 1
                        )
                        ORDER BY old.finished_at, old.number LIMIT ?3
                    )
                    """,
                arguments: [date.milliseconds, max(0, maximum), Self.stepSize]
            )
            return database.changesCount
        }
    }

    /// Gives some free pages back to the file system.
    ///
    /// - Returns: whether there are more.
    private func vacuumStep() async throws -> Bool {
        try await maintain { database in
            let before = try Int.fetchOne(database, sql: "PRAGMA freelist_count") ?? 0
            guard before > 0 else { return false }
            // By SQLite's own loop: each step of this pragma frees one page only.
            try database.rowPath().execute("PRAGMA incremental_vacuum(\(Self.stepSize))")
            let after = try Int.fetchOne(database, sql: "PRAGMA freelist_count") ?? 0
            // A file made without auto_vacuum keeps its free pages.
            return after > 0 && after < before
        }
    }
}
