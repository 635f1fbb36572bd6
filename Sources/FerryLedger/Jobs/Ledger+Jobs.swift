public import FerryCore
public import FoundationEssentials
internal import GRDB

// Transitions of jobs. Each names the states it starts from; the schema checks the result again.
extension Ledger {
    /// Puts a job into the queue, unless the integration already has a live one for the same direction and entities,
    /// and as full.
    public func enqueue(_ job: Job) async throws -> Job {
        guard job.state == .queued, job.attempt == 0 else {
            throw LedgerFailure.broken("The job \(job.id) was to be queued, but it has already been started.")
        }
        return try await write { database in
            let integration = try Self.integration(job.integration, in: database)
            let entitySet = JobRow.entitySet(job.entityIDs)
            let live = try Row.fetchOne(
                database,
                sql: JobRow.selection + """
                     WHERE job.integration_id = ? AND job.direction = ? AND job.entity_set = ? AND job.is_full >= ?
                    AND job.state IN ('queued', 'running', 'waiting') ORDER BY job.is_full
                    """,
                arguments: [integration, job.direction.rawValue, entitySet, job.isFull]
            )
            if let live { return try JobRow.job(live) }
            var arguments = try JobRow.arguments(job.progress)
            arguments["id"] = job.id
            arguments["integration"] = integration
            arguments["direction"] = job.direction.rawValue
            arguments["entity_ids"] = try JobRow.text(ofEntityIDs: job.entityIDs)
            arguments["entity_set"] = entitySet
            arguments["is_full"] = job.isFull
            arguments["requested_by"] = job.trigger.rawValue
            arguments["queued_at"] = job.queuedAt.milliseconds
            try database.run(
                """
                INSERT INTO job (
                    id, integration_id, direction, entity_ids, entity_set, is_full, requested_by, state, attempt,
                    queued_at, records_read, created, updated, unchanged, deleted, skipped, quarantined, held, bytes_in,
                    bytes_out, requests, retries, total, refusals
                ) VALUES (
                    :id, :integration, :direction, :entity_ids, :entity_set, :is_full, :requested_by, 'queued', 0,
                    :queued_at, :records_read, :created, :updated, :unchanged, :deleted, :skipped, :quarantined, :held,
                    :bytes_in, :bytes_out, :requests, :retries, :total, :refusals
                )
                """,
                arguments.statementArguments
            )
            return try Self.existingJob(job.id, in: database)
        }
    }

    /// Takes the job that was queued first among those whose integration has no running job, and marks it running.
    public func claim(at now: Date) async throws -> Job? {
        try await write { try Self.claim(where: "1", [], at: now, in: $0) }
    }

    /// Marks a particular queued job running.
    public func claim(_ id: String, at now: Date) async throws -> Job? {
        try await write { try Self.claim(where: "job.id = ?", [id], at: now, in: $0) }
    }

    /// Notes what a live job has done so far and whether it waits.
    public func note(_ id: String, progress: JobProgress, wait: Job.Wait?) async throws {
        try await write { database in
            var arguments = try JobRow.arguments(progress)
            arguments["id"] = id
            arguments["state"] = wait == nil ? "running" : "waiting"
            arguments["wait_reason"] = wait?.reason
            arguments["wait_until"] = wait?.until.milliseconds
            try Self.transition(
                id,
                """
                UPDATE job SET state = :state, wait_reason = :wait_reason, wait_until = :wait_until,
                \(JobRow.progressAssignments) WHERE id = :id AND state IN ('running', 'waiting')
                """,
                arguments,
                in: database
            )
        }
    }

    /// Ends a job: a queued one only as cancelled or failed.
    public func finish(
        _ id: String,
        as state: JobState,
        at now: Date,
        progress: JobProgress,
        failure: JobFailure?
    ) async throws {
        guard state.isFinal else {
            throw LedgerFailure.broken("The job \(id) was to end as \(state.rawValue), which is no end.")
        }
        try await write { database in
            var arguments = try JobRow.arguments(progress)
            arguments["id"] = id
            arguments["state"] = state.rawValue
            arguments["now"] = now.milliseconds
            arguments["failure_code"] = failure?.code.rawValue
            arguments["failure_message"] = failure?.message
            arguments["failure_hint"] = failure?.hint
            let endsQueued = state == .cancelled || state == .failed
            try Self.transition(
                id,
                """
                UPDATE job SET state = :state, finished_at = :now, wait_reason = NULL, wait_until = NULL,
                failure_code = :failure_code, failure_message = :failure_message, failure_hint = :failure_hint,
                \(JobRow.progressAssignments)
                WHERE id = :id AND state IN ('running', 'waiting'\(endsQueued ? ", 'queued'" : ""))
                """,
                arguments,
                in: database
            )
            // The scan is over; what the outbox holds is not.
            try database.run(
                "DELETE FROM checkpoint WHERE job_number = (SELECT number FROM job WHERE id = ?)",
                [id]
            )
            guard state == .succeeded || state == .partial else { return }
            try database.run(
                """
                UPDATE integration SET last_sync_at = ?
                WHERE id = (SELECT integration_id FROM job WHERE id = ?)
                """,
                [now.milliseconds, id]
            )
        }
    }

    /// Puts jobs that ran when the daemon stopped back into the queue: each goes on as the next attempt.
    public func requeueInterrupted() async throws -> [String] {
        try await write { database in
            let ids = try String.fetchAll(
                database,
                sql: "SELECT id FROM job WHERE state IN ('running', 'waiting') ORDER BY queued_at, number"
            )
            try database.run(
                """
                UPDATE job SET state = 'queued', wait_reason = NULL, wait_until = NULL
                WHERE state IN ('running', 'waiting')
                """
            )
            return ids
        }
    }

    /// Puts one running job back into the queue, because the daemon is stopping.
    public func requeue(_ id: String, progress: JobProgress) async throws {
        try await write { database in
            var arguments = try JobRow.arguments(progress)
            arguments["id"] = id
            try Self.transition(
                id,
                """
                UPDATE job SET state = 'queued', wait_reason = NULL, wait_until = NULL,
                \(JobRow.progressAssignments) WHERE id = :id AND state IN ('running', 'waiting')
                """,
                arguments,
                in: database
            )
        }
    }

    /// Ends a queued job as cancelled.
    public func cancelQueued(_ id: String, at now: Date) async throws -> Bool {
        try await write { database in
            try database.run(
                "UPDATE job SET state = 'cancelled', finished_at = ? WHERE id = ? AND state = 'queued'",
                [now.milliseconds, id]
            )
            guard database.changesCount > 0 else { return false }
            try database.run(
                "DELETE FROM checkpoint WHERE job_number = (SELECT number FROM job WHERE id = ?)",
                [id]
            )
            return true
        }
    }
}
