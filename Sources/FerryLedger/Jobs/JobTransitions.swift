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

    /// The live job that does what `job` is asked to do, or more of it.
    static func liveJob(doingTheSameAs job: Job, of integration: Int64, in database: Database) throws -> Job? {
        // What is tried again in one that is restricted to that is not all that is asked for elsewhere.
        let asked = job.options.setAside
        let setAside: [JobOptions.SetAside] = asked == .leave ? [.leave, .retry] : [asked]
        return try JobRow.jobs(
            """
            WHERE job.integration_id = ? AND job.direction = ? AND job.entity_set = ?
            AND coalesce(job.entity_types, '') = ? AND job.is_full >= ? AND job.allows_deletes >= ?
            AND job.set_aside IN (\(setAside.map { "'\($0.rawValue)'" }.joined(separator: ", ")))
            AND job.state IN ('queued', 'running', 'waiting') AND job.cancel_asked_at IS NULL
            ORDER BY job.state = 'queued', job.number LIMIT 1
            """,
            [
                integration, job.direction.rawValue, JobRow.entitySet(job.entityIDs),
                try JobRow.text(of: job.options.entityTypes) ?? "", job.options.isFull,
                job.options.allowsDeletes,
            ],
            in: database
        ).first
    }

    /// Adds a job's row.
    static func insert(_ job: Job, of integration: Int64, in database: Database) throws {
        var arguments = try JobRow.arguments(job.progress)
        arguments["id"] = job.id
        arguments["integration"] = integration
        arguments["direction"] = job.direction.rawValue
        arguments["entity_ids"] = try JobRow.text(of: job.entityIDs)
        arguments["entity_set"] = JobRow.entitySet(job.entityIDs)
        arguments["entity_types"] = try JobRow.text(of: job.options.entityTypes)
        arguments["is_full"] = job.options.isFull
        arguments["allows_deletes"] = job.options.allowsDeletes
        arguments["set_aside"] = job.options.setAside.rawValue
        arguments["requested_by"] = job.trigger.rawValue
        arguments["state"] = job.state.rawValue
        arguments["attempt"] = job.attempt
        arguments["queued_at"] = job.queuedAt.milliseconds
        arguments["started_at"] = job.startedAt?.milliseconds
        arguments["finished_at"] = job.finishedAt?.milliseconds
        arguments["failure_code"] = job.failure?.code.rawValue
        arguments["failure_message"] = job.failure?.message
        arguments["failure_hint"] = job.failure?.hint
        try database.run(
            """
            INSERT INTO job (
                id, integration_id, direction, entity_ids, entity_set, is_full, entity_types, allows_deletes, set_aside,
                requested_by, state, attempt, queued_at, started_at, finished_at, records_read, created, updated,
                unchanged, deleted, skipped, quarantined, held, bytes_in, bytes_out, requests, retries, total,
                expected_seconds, is_incremental, refusals, shortfalls, failure_code, failure_message, failure_hint
            ) VALUES (
                :id, :integration, :direction, :entity_ids, :entity_set, :is_full, :entity_types, :allows_deletes,
                :set_aside, :requested_by, :state, :attempt, :queued_at, :started_at, :finished_at, :records_read,
                :created, :updated, :unchanged, :deleted, :skipped, :quarantined, :held, :bytes_in, :bytes_out,
                :requests, :retries, :total, :expected_seconds, :is_incremental, :refusals, :shortfalls, :failure_code,
                :failure_message, :failure_hint
            )
            """,
            arguments.statementArguments
        )
    }

    /// Ends the live jobs that were asked to stop and could not before the process ended.
    static func endCancelled(in database: Database) throws {
        let ended = try Int64.fetchAll(
            database,
            sql: """
                UPDATE job SET
                    state = 'cancelled', finished_at = cancel_asked_at, wait_reason = NULL, wait_until = NULL,
                    failure_code = 'job.cancelled', failure_message = 'the job was cancelled'
                WHERE state IN ('queued', 'running', 'waiting') AND cancel_asked_at IS NOT NULL
                RETURNING number
                """
        )
        for number in ended { try forgetCheckpoints(ofEnded: "number = ?", [number], in: database) }
    }

    /// Forgets where the scans of a job that has ended stand.
    static func forgetCheckpoints(
        ofEnded condition: String,
        _ arguments: StatementArguments,
        in database: Database
    ) throws {
        try database.run(
            """
            DELETE FROM checkpoint WHERE job_number IN (
                SELECT number FROM job WHERE \(condition) AND finished_at IS NOT NULL
            )
            """,
            arguments
        )
    }

    /// Adds a sentence to the notes of the integration's running job, if there is one.
    static func addNote(_ sentence: String, toRunningJobOf integration: Int64, in database: Database) throws {
        try database.execute(
            sql: """
                UPDATE job SET notes = json_insert(coalesce(notes, '[]'), '$[#]', ?)
                WHERE integration_id = ? AND state IN ('running', 'waiting')
                """,
            arguments: [sentence, integration]
        )
    }

    /// Adds a sentence to a job's notes.
    static func addNote(_ sentence: String, toJob id: String, in database: Database) throws {
        try database.execute(
            sql: "UPDATE job SET notes = json_insert(coalesce(notes, '[]'), '$[#]', ?) WHERE id = ?",
            arguments: [sentence, id]
        )
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
        // Who waits for its turn to claim may know the time from before the job was queued.
        try database.run(
            """
            UPDATE job SET state = 'running', attempt = attempt + 1,
                started_at = coalesce(started_at, max(?, queued_at))
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
        try JobRow.jobs("WHERE job.id = ?", [id], in: database).first
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
