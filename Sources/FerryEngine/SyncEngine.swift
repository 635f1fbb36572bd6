public import FerryCore
import FoundationEssentials
public import Logging

/// Makes the two ends of an integration.
public protocol EndpointProvider: Sendable {
    /// The remote service as the integration's settings describe it.
    ///
    /// - Parameter gate: what each of its requests passes.
    /// - Throws: ``SyncFailure``.
    func remote(for integration: Integration, gate: any RequestGate) throws -> any RemoteService

    /// The local store that the integration names.
    ///
    /// - Throws: ``SyncFailure``.
    func store(for integration: Integration) throws -> any LocalStore
}

/// Runs a job from its claim to its end, and keeps the guarantees of design §4.
public struct SyncEngine: Sendable {
    private let ledger: any JobLedger & SyncLedger
    private let endpoints: any EndpointProvider
    private let transforms: any TransformCatalog
    private let clock: any WallClock
    private let random: any RandomSource
    private let backoff: Backoff
    private let budgets: AccountBudgets
    private let threads: WorkThreads
    private let logger: Logger

    /// An engine over the given parts.
    ///
    /// - Parameters:
    ///   - budgets: the request budgets that all jobs share; by default some that end with the engine.
    ///   - threads: those that jobs run on.
    public init(
        ledger: any JobLedger & SyncLedger,
        endpoints: any EndpointProvider,
        transforms: any TransformCatalog,
        clock: any WallClock,
        random: any RandomSource = SystemRandom(),
        backoff: Backoff = Backoff(),
        budgets: AccountBudgets? = nil,
        threads: WorkThreads = .callers,
        logger: Logger
    ) {
        self.ledger = ledger
        self.endpoints = endpoints
        self.transforms = transforms
        self.clock = clock
        self.random = random
        self.backoff = backoff
        self.budgets = budgets ?? AccountBudgets(ledger: nil, clock: clock, logger: logger)
        self.threads = threads
        self.logger = logger
    }

    /// Runs a job that has been claimed, and records how it ended.
    ///
    /// - Returns: the job as it ended, or as it was put back into the queue because the daemon stops.
    /// - Throws: what the ledger throws; everything else becomes the job's failure.
    public func run(
        _ job: Job,
        of integration: Integration,
        control: JobControl,
        meter: ProgressMeter
    ) async throws -> Job {
        var logger = logger
        logger[metadataKey: LogField.integration] = "\(integration.id)"
        logger[metadataKey: LogField.job] = "\(job.id)"
        logger.debug("\(job.direction.rawValue) starts", metadata: ["attempt": "\(job.attempt)"])
        // However it ends: what was set to null or left out shows nowhere else.
        defer {
            for refusals in meter.progress.refusals {
                logger.warning("\(refusals)", metadata: [LogField.entityType: "\(refusals.entityType)"])
            }
        }
        if job.direction == .push, job.attempt > 1 { meter.beginPushAnew() }
        var outcome: (state: JobState, failure: JobFailure?)
        do {
            // It may have been asked to stop before it was there to be told, or before the daemon crashed.
            if try await ledger.job(job.id)?.isCancelling == true { control.request(.cancelled) }
            let wait = DiskWait(job: job, ledger: ledger, clock: clock, control: control, meter: meter, logger: logger)
            try await wait.whileFull {
                try await withTaskExecutorPreference(threads.jobs) {
                    try await sync(job, of: integration, control: control, meter: meter, logger: logger)
                }
            }
            outcome = try await self.outcome(of: job, progress: meter.progress)
        } catch let failure as SyncFailure {
            outcome = (.failed, JobFailure(failure))
        } catch JobControl.Stop.cancelled {
            outcome = (.cancelled, JobFailure(code: .jobCancelled, message: "the job was cancelled"))
        } catch is JobControl.Stop, is CancellationError {
            try await ledger.requeue(job.id, progress: meter.progress)
            logger.notice(
                "\(job.direction.rawValue) interrupted; it goes on after the next start",
                metadata: [LogField.event: "\(NotableEvent.jobInterrupted.rawValue)"]
            )
            return try await ledger.job(job.id) ?? job
        } catch {
            outcome = (.failed, JobFailure(code: .internalError, message: "\(error)"))
        }
        try await ledger.finish(
            job.id,
            as: outcome.state,
            at: clock.now,
            progress: meter.progress,
            failure: outcome.failure
        )
        let ended = try await ledger.job(job.id) ?? job
        Self.log(ended, to: logger)
        return ended
    }

    private func sync(
        _ job: Job,
        of integration: Integration,
        control: JobControl,
        meter: ProgressMeter,
        logger: Logger
    ) async throws {
        guard job.entityIDs?.isEmpty != true else { return }
        let gate = JobGate(job: job.id, budgets: budgets, ledger: ledger, control: control, meter: meter)
        // Entity types with settings of their own have connections of their own.
        let isShared = integration.entities.allSatisfy(\.settings.isEmpty)
        var connection: (any RemoteService)?
        var isAnythingSynced = false
        for entity in try chosen(integration.entities, by: job) {
            try control.check()
            if connection == nil || !isShared {
                meter.beginConnection()
                connection = try endpoints.remote(for: integration.configured(for: entity), gate: gate)
            }
            guard let remote = connection else { continue }
            defer { meter.note(remote.traffic) }
            let context = JobContext(
                job: job,
                integration: integration,
                remote: remote,
                store: try endpoints.store(for: integration),
                ledger: ledger,
                transforms: transforms,
                clock: clock,
                random: random,
                control: control,
                meter: meter,
                gate: gate,
                backoff: backoff,
                threads: threads,
                logger: logger
            )
            guard remote.directions(of: entity.resource).contains(job.direction) else { continue }
            if let action = remote.action(entity.resource) {
                // A job for single entities moves these, and nothing else.
                guard job.entityIDs == nil else { continue }
                isAnythingSynced = true
                try await ActionRun(action, of: entity, context: context).run()
                continue
            }
            let plan = try EntityPlan(entity, context: context)
            guard !(job.direction == .pull ? plan.pull : plan.push).outputs.isEmpty else { continue }
            isAnythingSynced = true
            switch job.direction {
            case .pull: try await PullRun(plan, context: context).run()
            case .push: try await PushRun(plan, context: context).run()
            }
        }
        guard isAnythingSynced else {
            throw SyncFailure(
                .config,
                .syncDirectionUnsupported,
                "nothing in '\(integration.id)' flows in a \(job.direction.rawValue)",
                hint: "see the mappings' 'direction' and what the service can do with 'ferryctl check'"
            )
        }
    }

    /// The entity types that the job moves.
    private func chosen(_ entities: [EntityMapping], by job: Job) throws -> [EntityMapping] {
        guard let types = job.options.entityTypes else { return entities }
        if let unknown = types.first(where: { type in !entities.contains { $0.type == type } }) {
            throw SyncFailure(
                .config,
                .syncEntityTypeUnknown,
                "'\(job.integration)' has no entity type '\(unknown)'",
                hint: "its file has: \(entities.map(\.type).joined(separator: ", "))"
            )
        }
        return entities.filter { types.contains($0.type) }
    }

    /// How a job that came to its end stands: partial when records were refused or held, or could not be read.
    private func outcome(
        of job: Job,
        progress: JobProgress
    ) async throws -> (state: JobState, failure: JobFailure?) {
        guard progress.quarantined > 0 || progress.held > 0 || !progress.shortfalls.isEmpty else {
            return (.succeeded, nil)
        }
        var parts: [String] = []
        if let first = progress.shortfalls.first {
            let others = progress.shortfalls.count - 1
            let more = others == 0 ? "" : "; nor could \(others) more"
            parts.append("'\(first.part)' could not be read: \(first.message)\(more)")
        }
        if progress.quarantined > 0 {
            let count = progress.quarantined == 1 ? "1 record was" : "\(progress.quarantined) records were"
            parts.append("\(count) refused and set aside" + (try await newestRefusal(of: job)))
        }
        if progress.held > 0 {
            let count = progress.held == 1 ? "1 record" : "\(progress.held) records"
            parts.append("\(count) changed on both sides and held")
        }
        let refused = progress.quarantined > 0 ? ErrorCode.recordRefused : .recordConflict
        let failure = JobFailure(
            code: progress.shortfalls.first?.code ?? refused,
            message: parts.joined(separator: "; "),
            hint: progress.shortfalls.first.map { $0.hint ?? "everything else is in place" }
                ?? "everything else is in place; what was refused is tried again when it changes"
        )
        return (.partial, failure)
    }

    /// The reason that a person needs first, in the service's own words.
    private func newestRefusal(of job: Job) async throws -> String {
        let entries = try await ledger.quarantine(of: job.integration, limit: 100)
        guard let record = entries.first(where: { $0.direction == job.direction })?.record else { return "" }
        return ", '\(record.id)' for one: \(record.message)"
    }

    /// One line per job: what it did, or why it failed.
    private static func log(_ job: Job, to logger: Logger) {
        let progress = job.progress
        let counts =
            "read \(progress.read), created \(progress.created), updated \(progress.updated), "
            + "unchanged \(progress.unchanged), deleted \(progress.deleted)"
        let refused = progress.refusals.reduce(0) { $0 + $1.count }
        let summary =
            "\(job.direction.rawValue) \(job.state.rawValue): \(counts)"
            + (refused == 0 ? "" : ", values refused \(refused)")
        for note in job.notes { logger.warning("\(note)") }
        var metadata: Logger.Metadata = [:]
        if let event = NotableEvent(rawValue: "job.\(job.state.rawValue)") {
            metadata[LogField.event] = "\(event.rawValue)"
        }
        guard let failure = job.failure else {
            logger.info("\(summary)", metadata: metadata)
            return
        }
        metadata[LogField.errorCode] = "\(failure.code.rawValue)"
        let hint = failure.hint.map { " (\($0))" } ?? ""
        logger.log(
            level: job.state == .failed ? .error : .warning,
            "\(summary): \(failure.message) [\(failure.code.rawValue)]\(hint)",
            metadata: metadata
        )
    }
}
