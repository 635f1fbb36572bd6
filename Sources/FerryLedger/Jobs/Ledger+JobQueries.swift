public import FerryCore
internal import FoundationEssentials
internal import GRDB

// What is asked about jobs.
extension Ledger {
    /// The job with the identifier.
    public func job(_ id: String) async throws -> Job? {
        try await read { try Self.foundJob(id, in: $0) }
    }

    /// Jobs, newest first, after the job `cursor`.
    public func jobs(
        integration: String?,
        states: [JobState],
        limit: Int,
        after cursor: String?
    ) async throws -> [Job] {
        try await read { database in
            var common: [String] = []
            var arguments: [any DatabaseValueConvertible] = []
            if let integration {
                common.append("integration_id = (SELECT id FROM integration WHERE name = ?)")
                arguments.append(integration)
            }
            if let cursor {
                common.append("number < ?")
                arguments.append(try Self.number(ofCursor: cursor, in: database))
            }
            arguments.append(max(0, limit))
            // Each state by itself, in the order of its index: together they would be sorted, however many there are.
            let pages = states.isEmpty ? [common] : Set(states).map { ["state = '\($0.rawValue)'"] + common }
            let numbers = pages.map { conditions in
                let condition = conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")
                return "SELECT * FROM (SELECT number FROM job\(condition) ORDER BY number DESC LIMIT ?)"
            }
            return try JobRow.jobs(
                once: """
                    WHERE job.number IN (\(numbers.joined(separator: " UNION ALL ")))
                    ORDER BY job.number DESC LIMIT ?
                    """,
                pages.flatMap { _ in arguments } + [max(0, limit)],
                in: database
            )
        }
    }

    /// What is known of each integration's past, by its identifier.
    public func histories() async throws -> [String: IntegrationHistory] {
        try await read { database in
            var histories: [String: IntegrationHistory] = [:]
            var names: [Int64: String] = [:]
            let integrations = try Row.fetchAll(
                database.cachedStatement(sql: "SELECT id, name, is_paused, last_sync_at FROM integration")
            )
            for row in integrations {
                var history = IntegrationHistory()
                history.isPaused = try row.value("is_paused")
                let lastSyncAt: Int64? = try row.value("last_sync_at")
                history.lastSyncAt = lastSyncAt.map { Date(milliseconds: $0) }
                let name: String = try row.value("name")
                names[try row.value("id")] = name
                histories[name] = history
            }
            for (number, name) in names {
                histories[name]?.lastJob = try Self.lastJob(of: number, in: database)
                histories[name]?.liveJob = try Self.liveJob(of: number, in: database)
                for direction in Direction.allCases {
                    histories[name]?.lastRuns[direction] = try Self.lastRun(direction, of: number, in: database)
                }
            }
            let counts = try Row.fetchAll(
                database.cachedStatement(
                    sql: """
                        SELECT scope.integration_id AS number, count(*) AS records
                        FROM scope JOIN quarantine ON quarantine.scope_id = scope.id GROUP BY scope.integration_id
                        """
                )
            )
            for row in counts {
                if let name = names[try row.value("number")] { histories[name]?.quarantined = try row.value("records") }
            }
            return histories
        }
    }

    /// How many jobs are queued, running and waiting.
    public func liveJobs() async throws -> [JobState: Int] {
        try await read { database in
            var counts: [JobState: Int] = [:]
            let rows = try Row.fetchAll(
                database.cachedStatement(
                    sql: """
                        SELECT state, count(*) AS jobs FROM job
                        WHERE state IN ('queued', 'running', 'waiting') GROUP BY state
                        """
                )
            )
            for row in rows {
                let state: String = try row.value("state")
                if let state = JobState(rawValue: state) { counts[state] = try row.value("jobs") }
            }
            return counts
        }
    }

    private static func lastJob(of integration: Int64, in database: Database) throws -> Job? {
        try JobRow.jobs(
            """
            WHERE job.integration_id = ? AND job.finished_at IS NOT NULL
            ORDER BY job.finished_at DESC, job.number DESC LIMIT 1
            """,
            [integration],
            in: database
        ).first
    }

    /// The last job that ended of its own, among those that were not restricted.
    private static func lastRun(_ direction: Direction, of integration: Int64, in database: Database) throws -> Job? {
        try JobRow.jobs(
            """
            WHERE job.integration_id = ? AND job.direction = ?
            AND job.is_whole AND job.state IN ('succeeded', 'partial', 'failed')
            ORDER BY job.finished_at DESC, job.number DESC LIMIT 1
            """,
            [integration, direction.rawValue],
            in: database
        ).first
    }

    /// The job at work, or the one that was queued first.
    private static func liveJob(of integration: Int64, in database: Database) throws -> Job? {
        try JobRow.jobs(
            """
            WHERE job.integration_id = ? AND job.state IN ('queued', 'running', 'waiting')
            ORDER BY job.state = 'queued', job.queued_at, job.number LIMIT 1
            """,
            [integration],
            in: database
        ).first
    }

    /// Where a list goes on: identifiers sort by time, so a cursor works even when its job is forgotten by now.
    private static func number(ofCursor cursor: String, in database: Database) throws -> Int64 {
        try Int64.fetchOne(
            database,
            sql: """
                SELECT coalesce(
                    (SELECT number FROM job WHERE id = ?1),
                    (SELECT number + 1 FROM job WHERE id < ?1 ORDER BY id DESC LIMIT 1),
                    0
                )
                """,
            arguments: [cursor]
        ) ?? 0
    }
}
