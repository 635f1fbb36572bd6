public import FoundationEssentials
internal import FerrySQLite
internal import GRDB

// How the file stays small.
extension Ledger {
    /// Jobs deleted, and pages given back, in one transaction: others get their turn in between.
    private static var stepSize: Int { 500 }

    /// What tells an integration's status, whatever its age: the job that ended last, and the last run of each
    /// direction.
    private static var keptJobs: String {
        let last = "ORDER BY finished_at DESC, number DESC LIMIT 1"
        let run = "is_whole AND state IN ('succeeded', 'partial', 'failed')"
        let choices =
            ["SELECT number FROM job WHERE integration_id = integration.id AND finished_at IS NOT NULL \(last)"]
            + ["pull", "push"].map { direction in
                "SELECT number FROM job WHERE integration_id = integration.id AND direction = '\(direction)' AND \(run) \(last)"
            }
        return choices.map { "SELECT (\($0)) AS number FROM integration" }.joined(separator: " UNION ALL ")
    }

    /// Deletes finished jobs that ended before `date`, and the oldest beyond `maximum`; gives free pages back.
    ///
    /// Looks at those that it deletes, those that integrations keep, and the `maximum` newest. Accounts that were not
    /// used for longer than any budget's period are forgotten, too.
    public func prune(before date: Date, maximum: Int) async throws {
        let longestPeriod: TimeInterval = 31 * 86_400
        try await write { database in
            try database.execute(
                sql: "DELETE FROM account WHERE kept_at < ?",
                arguments: [date.addingTimeInterval(-longestPeriod).milliseconds]
            )
            try Self.forgetImports(before: date, in: database)
        }
        let limit = try await pruningLimit(before: date, maximum: maximum)
        while try await pruneStep(upTo: limit) == Self.stepSize {}
        guard try await isWorthVacuuming() else { return }
        while try await vacuumStep() {}
    }

    /// The end and the number of the youngest job that may go.
    private func pruningLimit(before date: Date, maximum: Int) async throws -> (end: Int64, number: Int64) {
        let tooMany = try await read { database in
            try Row.fetchOne(
                database,
                sql: """
                    SELECT finished_at, number FROM job WHERE finished_at IS NOT NULL
                    ORDER BY finished_at DESC, number DESC LIMIT 1 OFFSET ?
                    """,
                arguments: [max(0, maximum)]
            ).map { (end: try $0.value("finished_at") as Int64, number: try $0.value("number") as Int64) }
        }
        let tooOld = (end: max(date.milliseconds, .min + 1) - 1, number: Int64.max)
        guard let tooMany, (tooMany.end, tooMany.number) > tooOld else { return tooOld }
        return tooMany
    }

    private func pruneStep(upTo limit: (end: Int64, number: Int64)) async throws -> Int {
        try await write { database in
            try database.execute(
                sql: """
                    DELETE FROM job WHERE number IN (
                        SELECT number FROM job
                        WHERE finished_at IS NOT NULL AND (finished_at, number) <= (?, ?)
                        AND number NOT IN (SELECT number FROM (\(Self.keptJobs)) WHERE number IS NOT NULL)
                        ORDER BY finished_at, number LIMIT ?
                    )
                    """,
                arguments: [limit.end, limit.number, Self.stepSize]
            )
            return database.changesCount
        }
    }

    /// Whether so much of the file is free that it should be smaller: a few free pages are soon used again.
    private func isWorthVacuuming() async throws -> Bool {
        try await read { database in
            let free = try Int.fetchOne(database, sql: "PRAGMA freelist_count") ?? 0
            let all = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            return free * 8 > all
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
