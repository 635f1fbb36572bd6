public import FerryCore
public import FoundationEssentials
internal import GRDB

// Transitions of jobs. Each names the states it starts from; the schema checks the result again.
extension Ledger {
    /// Puts a job into the queue, unless the integration already has a live one that does the same.
    public func enqueue(_ job: Job) async throws -> Job {
        guard job.state == .queued, job.attempt == 0 else {
            throw LedgerFailure.broken("The job \(job.id) was to be queued, but it has already been started.")
        }
        return try await write { database in
            let integration = try Self.integration(job.integration, in: database)
            if let live = try Self.liveJob(doingTheSameAs: job, of: integration, in: database) { return live }
            try Self.insert(job, of: integration, in: database)
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
    public func note(_ id: String, progress: JobProgress?, wait: Job.Wait?) async throws {
        try await write { database in
            var arguments = try progress.map(JobRow.arguments) ?? JobArguments()
            arguments["id"] = id
            arguments["state"] = wait == nil ? "running" : "waiting"
            arguments["wait_reason"] = wait?.reason
            arguments["wait_until"] = wait?.until.milliseconds
            try Self.transition(
                id,
                """
                UPDATE job SET state = :state, wait_reason = :wait_reason, wait_until = :wait_until
                \(progress == nil ? "" : ", \(JobRow.progressAssignments)") WHERE id = :id AND state IN ('running', 'waiting')
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
            try Self.forgetCheckpoints(ofEnded: "id = ?", [id], in: database)
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

    /// Puts jobs that ran when the daemon stopped back into the queue; those that were asked to stop end as cancelled.
    public func requeueInterrupted() async throws -> [String] {
        try await write { database in
            try Self.endCancelled(in: database)
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
    public func requeue(_ id: String, progress: JobProgress?) async throws {
        try await write { database in
            var arguments = try progress.map(JobRow.arguments) ?? JobArguments()
            arguments["id"] = id
            try Self.transition(
                id,
                """
                UPDATE job SET state = 'queued', wait_reason = NULL, wait_until = NULL
                \(progress == nil ? "" : ", " + JobRow.progressAssignments)
                WHERE id = :id AND state IN ('running', 'waiting')
                """,
                arguments,
                in: database
            )
        }
    }

    /// Ends a queued job as cancelled, or keeps in mind that one that has been started is to end so.
    public func cancel(_ id: String, at now: Date) async throws -> JobState {
        try await write { database in
            var arguments = JobArguments()
            arguments["id"] = id
            arguments["now"] = now.milliseconds
            // Asked twice, the first time counts. One that was started before and waits in the queue again may have
            // left something in the outbox, but that outlives any job.
            try Self.transition(
                id,
                """
                UPDATE job SET
                    state = iif(state = 'queued', 'cancelled', state),
                    finished_at = iif(state = 'queued', :now, NULL),
                    cancel_asked_at = iif(state = 'queued', NULL, coalesce(cancel_asked_at, :now)),
                    failure_code = iif(state = 'queued', 'job.cancelled', NULL),
                    failure_message = iif(state = 'queued', 'the job was cancelled', NULL)
                WHERE id = :id AND state IN ('queued', 'running', 'waiting')
                """,
                arguments,
                in: database
            )
            try Self.forgetCheckpoints(ofEnded: "id = ?", [id], in: database)
            return try Self.existingJob(id, in: database).state
        }
    }

    /// Adds jobs that have ended, in one transaction: a seam for tests that need very many.
    package func keep(_ jobs: [Job]) async throws {
        try await write { database in
            for job in jobs {
                try Self.insert(job, of: try Self.integration(job.integration, in: database), in: database)
            }
        }
    }
}
