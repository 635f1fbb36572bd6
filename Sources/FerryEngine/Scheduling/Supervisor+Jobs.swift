public import FerryCore
import Logging

/// Jobs that somebody asks for, or wants to end.
extension Supervisor {
    /// Ends a queued job; asks a running one to stop after the request in flight, even if the daemon crashes before.
    ///
    /// - Throws: ``SyncFailure`` with `job.finished` or `job.not_found`, or when the ledger cannot be written and the
    ///   job is not running here.
    public func cancel(_ job: String) async throws {
        let isTold = tell(job, .cancelled)
        do {
            let state = try await ledger.cancel(job, at: clock.now)
            // It may have begun meanwhile.
            if !state.isFinal { _ = tell(job, .cancelled) }
        } catch let failure as SyncFailure where isTold && failure.code != .jobFinished {
            logger.warning("a job that is asked to stop does so, but not if the daemon crashes first: \(failure)")
        } catch let failure as SyncFailure where isTold {
            // It may have done so before the ledger was asked.
            guard try await ledger.job(job)?.state == .cancelled else { throw failure }
        }
        wakes.signal()
    }

    /// Puts a job into the queue, or returns the live one for the same integration, direction and entities.
    public func enqueue(
        _ integration: String,
        direction: Direction,
        entityIDs: [String]?,
        options: JobOptions = JobOptions(),
        trigger: Job.Trigger
    ) async throws -> Job {
        if let damage { throw damage }
        let job = try await queue(
            integration,
            direction: direction,
            entityIDs: entityIDs,
            options: options,
            trigger: trigger
        ).job
        wakes.signal()
        return job
    }

    func queue(
        _ integration: String,
        direction: Direction,
        entityIDs: [String]?,
        options: JobOptions,
        trigger: Job.Trigger
    ) async throws -> (job: Job, isNew: Bool) {
        let now = clock.now
        let asked = Job(
            id: newJobID(now),
            integration: integration,
            direction: direction,
            entityIDs: entityIDs,
            options: options,
            trigger: trigger,
            queuedAt: now
        )
        let job = try await ledger.enqueue(asked)
        return (job, job.id == asked.id)
    }
}
