internal import FerryCore
internal import FoundationEssentials
internal import GRDB

// What the transitions share.
extension Ledger {
    /// The number of the integration, which is noted if it is new.
    static func integration(_ name: String, in database: Database) throws -> Int64 {
        let known = try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT id FROM integration WHERE name = ?"),
            arguments: [name]
        )
        if let known { return known }
        try database.run("INSERT INTO integration (name) VALUES (?)", [name])
        return database.lastInsertedRowID
    }

    /// Marks the first queued job that meets `condition` running.
    static func claim(
        where condition: String,
        _ arguments: StatementArguments,
        at now: Date,
        in database: Database
    ) throws -> Job? {
        let id = try String.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT job.id FROM job WHERE job.state = 'queued' AND \(condition) AND NOT EXISTS (
                        SELECT 1 FROM job AS other
                        WHERE other.integration_id = job.integration_id AND other.state IN ('running', 'waiting')
                    ) ORDER BY job.queued_at, job.number LIMIT 1
                    """
            ),
            arguments: arguments
        )
        guard let id else { return nil }
        try database.run(
            """
            UPDATE job SET state = 'running', attempt = attempt + 1, started_at = coalesce(started_at, ?)
            WHERE id = ? AND state = 'queued'
            """,
            [now.milliseconds, id]
        )
        return try existingJob(id, in: database)
    }

    /// Runs the statement of a transition, which changes one job or, by its own condition, none: then it says why.
    static func transition(
        _ id: String,
        _ sql: String,
        _ arguments: JobArguments,
        in database: Database
    ) throws {
        try database.run(sql, arguments.statementArguments)
        guard database.changesCount == 0 else { return }
        throw refusal(try existingJob(id, in: database))
    }

    /// Notes what a job that moves records has done so far.
    ///
    /// - Throws: ``SyncFailure`` when the job is not running or waiting, which undoes the transaction.
    static func note(_ progress: JobProgress, of job: String, in database: Database) throws {
        var arguments = try JobRow.arguments(progress)
        arguments["id"] = job
        try transition(
            job,
            "UPDATE job SET \(JobRow.progressAssignments) WHERE id = :id AND state IN ('running', 'waiting')",
            arguments,
            in: database
        )
    }

    /// The job, which must exist.
    static func existingJob(_ id: String, in database: Database) throws -> Job {
        guard let job = try foundJob(id, in: database) else {
            throw SyncFailure(
                .local,
                .jobNotFound,
                "There is no job \(id).",
                hint: "Finished jobs are forgotten after the time that ferry.yaml sets."
            )
        }
        return job
    }

    /// The job, if it exists.
    static func foundJob(_ id: String, in database: Database) throws -> Job? {
        let statement = try database.cachedStatement(sql: JobRow.selection + " WHERE job.id = ?")
        return try Row.fetchOne(statement, arguments: [id]).map(JobRow.job)
    }

    private static func refusal(_ job: Job) -> SyncFailure {
        guard job.state.isFinal else {
            return LedgerFailure.broken(
                "The job \(job.id) is \(job.state.rawValue), which does not allow this change."
            )
        }
        return SyncFailure(
            .local,
            .jobFinished,
            "The job \(job.id) has already ended as \(job.state.rawValue).",
            hint: "Start a new one."
        )
    }
}
