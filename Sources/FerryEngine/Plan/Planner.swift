public import FerryCore
import FoundationEssentials
import Logging
import Synchronization

/// Finds out what a job would do, by running it on ends and a ledger that only take down what they are told.
///
/// The engine's own code runs to the last step: it reads both ends for real, and everything that it would write goes
/// nowhere (design §4.7). A plan is no job: it is in no list, and takes no turn of one.
public final class Planner: Sendable {
    private struct State {
        var plans: [String: JobControl] = [:]
        var isStopping = false
    }

    /// How many changes of each kind are listed unless somebody wants more or fewer.
    public static let standardLimit = 100
    /// The most changes of each kind that are listed.
    public static let maximumLimit = 10_000
    /// How many plans are made at once: each reads both ends as a job does.
    public static let maximumPlans = 2

    /// How long the reading of present values waits for a rate limit.
    private static let patience: Duration = .seconds(3)

    private let ledger: any DraftableLedger
    private let endpoints: any EndpointProvider
    private let transforms: any TransformCatalog
    private let clock: any WallClock
    private let backoff: Backoff
    private let budgets: AccountBudgets
    private let threads: WorkThreads
    private let state = Mutex(State())

    /// A planner for the integrations whose jobs work on the given ledger and ends.
    ///
    /// - Parameters:
    ///   - backoff: how failures that may pass are waited out; a person waits for a plan.
    ///   - budgets: the request budgets that all jobs share: what a plan reads are requests like theirs.
    public init(
        ledger: any DraftableLedger,
        endpoints: any EndpointProvider,
        transforms: any TransformCatalog,
        clock: any WallClock,
        backoff: Backoff = Backoff(base: .seconds(1), cap: .seconds(4), maximumAttempts: 3),
        budgets: AccountBudgets? = nil,
        threads: WorkThreads = .callers
    ) {
        self.ledger = ledger
        self.endpoints = endpoints
        self.transforms = transforms
        self.clock = clock
        self.backoff = backoff
        self.budgets = budgets ?? AccountBudgets(ledger: nil, clock: clock, logger: Self.silence)
        self.threads = threads
    }

    /// What the engine would say is in the plan; it is no job's.
    private static var silence: Logger { Logger(label: "ferry.plan") { _ in SwiftLogNoOpLogHandler() } }

    /// Finds out what a job would do now.
    ///
    /// A job that would fail gives a plan that says so.
    ///
    /// - Parameters:
    ///   - options: what else the job is asked to do.
    ///   - limit: the most changes of each kind and entity type that are listed.
    /// - Throws: ``SyncFailure`` with the code `daemon.busy` or `daemon.stopping`, or what is wrong with the ledger;
    ///   `CancellationError` when the task is cancelled.
    public func plan(
        _ integration: Integration,
        direction: Direction,
        entityIDs: [String]? = nil,
        options: JobOptions = JobOptions(),
        limit: Int = standardLimit
    ) async throws -> SyncPlan {
        let id = "plan_\(UUID().uuidString)"
        let control = try begin(id)
        defer { state.withLock { _ = $0.plans.removeValue(forKey: id) } }
        var unguarded = options
        // What the guard says is worth knowing, and so is what would come after it.
        unguarded.allowsDeletes = true
        let job = Job(
            id: id,
            integration: integration.id,
            direction: direction,
            entityIDs: entityIDs,
            options: unguarded,
            // As one in the foreground, it does not wait for room on a full disk.
            trigger: .once,
            queuedAt: clock.now
        )
        let limit = max(0, min(limit, Self.maximumLimit))
        return try await withTaskCancellationHandler {
            try await plan(
                job,
                of: integration,
                allowsDeletes: options.allowsDeletes,
                limit: limit,
                control: control
            )
        } onCancel: {
            control.request(.cancelled)
        }
    }

    /// Ends the plans that are being made, and makes no more: the daemon stops.
    public func shutDown() {
        let controls = state.withLock { state in
            state.isStopping = true
            return Array(state.plans.values)
        }
        for control in controls { control.request(.interrupted) }
    }

    private func begin(_ id: String) throws -> JobControl {
        let control = JobControl()
        try state.withLock { state in
            guard !state.isStopping else { throw Self.stopping }
            guard state.plans.count < Self.maximumPlans else {
                throw SyncFailure(
                    .transient,
                    .daemonBusy,
                    "\(state.plans.count) plans are being made already, and no more are made at once",
                    hint: "wait until one of them is done, or end it with Ctrl-C where it was asked for"
                )
            }
            state.plans[id] = control
        }
        return control
    }

    private static var stopping: SyncFailure {
        SyncFailure(.local, .daemonStopping, "the daemon is stopping", hint: "ask again when it is back")
    }

    // MARK: One plan

    private func plan(
        _ job: Job,
        of integration: Integration,
        allowsDeletes: Bool,
        limit: Int,
        control: JobControl
    ) async throws -> SyncPlan {
        let meter = ProgressMeter()
        let recorder = PlanRecorder(job: job.id, limit: limit, meter: meter)
        let draft = try await ledger.draft(of: integration.id, witness: recorder)
        recorder.use(draft.ledger)
        defer { recorder.use(nil) }
        let setAside = try await draft.ledger.quarantine(of: integration.id, limit: Self.maximumLimit)
        let conflicts = try await draft.ledger.conflicts(of: integration.id, limit: Self.maximumLimit)
        let planning = PlanningEndpoints(endpoints, recorder: recorder, scratchpad: draft.scratchpad)
        let engine = SyncEngine(
            ledger: draft.ledger,
            endpoints: planning,
            transforms: transforms,
            clock: clock,
            backoff: backoff,
            budgets: budgets,
            threads: threads,
            logger: Self.silence
        )
        // The job is one of the draft's, where nobody else looks for jobs.
        let claimed = try await draft.ledger.claim(draft.ledger.enqueue(job).id, at: clock.now) ?? job
        let ended = try await engine.run(claimed, of: integration, control: control, meter: meter)
        if ended.state == .cancelled || Task.isCancelled { throw CancellationError() }
        guard ended.state.isFinal else { throw Self.stopping }
        let report = PlanReport(
            job: ended,
            integration: integration,
            allowsDeletes: allowsDeletes,
            ledger: draft.ledger,
            service: planning.service,
            traffic: planning.traffic,
            // The job's own gate shows its waits in the job, which has ended by now.
            reader: { [endpoints, budgets] type in
                let entity = integration.entities.first { $0.type == type }
                let configured = entity.map(integration.configured) ?? integration
                return try endpoints.remote(for: configured, gate: budgets.briefGate(patience: Self.patience))
            },
            control: control,
            limit: limit,
            notes: recorder.notes,
            setAside: setAside,
            conflicts: conflicts
        )
        do {
            return try await report.plan(recorder.end())
        } catch let stop as JobControl.Stop {
            throw stop == .cancelled ? CancellationError() : Self.stopping
        }
    }
}
