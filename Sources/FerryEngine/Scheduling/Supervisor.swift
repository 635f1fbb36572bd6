public import FerryCore
public import FoundationEssentials
public import Logging
import Synchronization

/// Decides what runs when: enqueues what the timetable says, and keeps the workers busy with what is queued.
public final class Supervisor: Sendable {
    private struct Running {
        var control: JobControl
        var meter: ProgressMeter
        var integration: String
        var direction: Direction
    }

    private struct State {
        var running: [String: Running] = [:]
        var nextRuns: [ScheduleKey: Date] = [:]
        var mustPlan = true
        /// Jobs that ended without the ledger being able to take it down.
        var unrecorded: Set<String> = []
        var mustRecover = true
        /// Why no job is started: the ledger has not been looked at yet, or is damaged.
        var hold: Hold?
        var isStopping = false
    }

    /// Why no job is started.
    private enum Hold {
        case untilReleased
        case damaged(SyncFailure)
    }

    let ledger: any JobLedger
    private let engine: SyncEngine
    private let registry: IntegrationRegistry
    let clock: any WallClock
    private let hostZone: @Sendable () -> TimeZoneRules
    let newJobID: @Sendable (Date) -> String
    let logger: Logger
    private let heartbeat: @Sendable () -> Void
    private let heartbeatInterval: Duration?
    private let onTurn: @Sendable (Supervisor) -> Void
    private let onEnd: @Sendable (Job, ProgressMeter) -> Void
    let wakes: WakeSignal
    private let slots: WorkerSlots
    private let state = Mutex(State())

    /// How long running requests may take to finish when the daemon stops: four seconds less than it has itself, for
    /// a machine under load.
    private static let grace: TimeInterval = 6
    /// How long a change of the host's time zone may go unnoticed.
    ///
    /// The system's clock wakes up as often anyway, see ``SystemClock``.
    private static let zoneInterval: TimeInterval = 60

    /// A supervisor.
    ///
    /// - Parameters:
    ///   - hostZone: the host's time zone as it is at that moment; asked when the schedules are planned, and once a
    ///     minute while one of them depends on it.
    ///   - isHeld: whether no job is started before ``release()``.
    ///   - heartbeat: called by the loop itself, at least once per `heartbeatInterval`: what feeds the watchdog.
    ///   - onTurn: called by the loop after each turn: what runs and what runs next may have changed.
    ///   - onEnd: called with each job that was run, as it was recorded then: it has ended, or goes on later.
    public init(
        ledger: any JobLedger,
        engine: SyncEngine,
        registry: IntegrationRegistry,
        clock: any WallClock,
        hostZone: @escaping @Sendable () -> TimeZoneRules,
        workers: Int,
        newJobID: @escaping @Sendable (Date) -> String,
        logger: Logger,
        isHeld: Bool = false,
        heartbeatInterval: Duration? = nil,
        heartbeat: @escaping @Sendable () -> Void = {},
        onTurn: @escaping @Sendable (Supervisor) -> Void = { _ in },
        onEnd: @escaping @Sendable (Job, ProgressMeter) -> Void = { _, _ in }
    ) {
        self.ledger = ledger
        self.engine = engine
        self.registry = registry
        self.clock = clock
        self.hostZone = hostZone
        let wakes = WakeSignal()
        self.wakes = wakes
        slots = WorkerSlots(workers) { wakes.signal() }
        self.newJobID = newJobID
        self.logger = logger
        self.heartbeat = heartbeat
        self.heartbeatInterval = heartbeatInterval
        self.onTurn = onTurn
        self.onEnd = onEnd
        if isHeld { state.withLock { $0.hold = .untilReleased } }
    }

    // MARK: From outside

    /// When each schedule runs next.
    public var nextRuns: [ScheduleKey: Date] { state.withLock { $0.nextRuns } }

    /// The jobs that run now, with what they have done so far.
    public var progress: [String: JobProgress] {
        state.withLock { $0.running }.mapValues(\.meter.progress)
    }

    /// What runs now, by integration.
    public var activity: [ScheduleKey] {
        state.withLock { $0.running.values.map { ScheduleKey(integration: $0.integration, direction: $0.direction) } }
            .sorted { $0.integration < $1.integration }
    }

    /// Looks at the queue now rather than at the next deadline.
    public func wake() { wakes.signal() }

    /// Plans the schedules anew, because the configuration has changed or an integration was paused.
    public func replan() {
        state.withLock { $0.mustPlan = true }
        wakes.signal()
    }

    /// Why running jobs wait, where the ledger could not be told.
    public var waits: [String: Job.Wait] { state.withLock { $0.running }.compactMapValues(\.meter.wait) }

    /// What is wrong with the ledger, since when no job is started.
    public var damage: SyncFailure? {
        guard case .damaged(let failure) = state.withLock({ $0.hold }) else { return nil }
        return failure
    }

    /// Starts no more jobs, because the ledger is damaged: what it has forgotten might be sent twice.
    public func hold(_ damage: SyncFailure) {
        let isNew = state.withLock { state in
            if case .damaged = state.hold { return false }
            state.hold = .damaged(damage)
            return true
        }
        guard isNew else { return }
        logger.critical(
            "no more jobs are started: \(damage)",
            metadata: [
                LogField.event: "\(NotableEvent.ledgerDamaged.rawValue)", LogField.errorCode: "\(damage.code.rawValue)",
            ]
        )
    }

    /// Lets jobs be started that were held back since the start.
    public func release() {
        state.withLock { state in
            if case .untilReleased = state.hold { state.hold = nil }
        }
        wakes.signal()
    }

    /// Asks a running job to stop.
    ///
    /// - Returns: whether it runs here.
    func tell(_ job: String, _ stop: JobControl.Stop) -> Bool {
        guard let running = state.withLock({ $0.running[job] }) else { return false }
        running.control.request(stop)
        return true
    }

    /// Ends ``run()``: no new jobs, and running ones stop after the request in flight.
    public func shutDown() {
        state.withLock { $0.isStopping = true }
        wakes.signal()
    }

    // MARK: The loop

    /// Runs until ``shutDown()``.
    public func run() async {
        var timetable = Timetable(host: hostZone())
        var lastTurn = clock.now
        var lastLook = clock.now
        await withDiscardingTaskGroup { group in
            while !state.withLock({ $0.isStopping }) {
                heartbeat()
                let now = clock.now
                // What was planned by a clock that has been set back since would not run for as long as it was wrong.
                if now < lastTurn { state.withLock { $0.mustPlan = true } }
                lastTurn = now
                if now < lastLook || now >= lastLook + Self.zoneInterval || state.withLock({ $0.mustPlan }) {
                    lastLook = now
                    lookAtTheZone(&timetable)
                }
                var deadline: Date?
                do {
                    deadline = damage == nil ? try await turn(&timetable, group: &group) : nil
                } catch let failure as SyncFailure where failure.code == .ledgerDamaged {
                    hold(failure)
                } catch {
                    // A full disk, say: nothing is lost by trying again later, and status still answers.
                    logger.error("the job queue cannot be read or written: \(error)")
                    deadline = clock.now.addingTimeInterval(5)
                }
                if timetable.followsHost {
                    let look = lastLook + Self.zoneInterval
                    deadline = min(deadline ?? look, look)
                }
                onTurn(self)
                // Set back during the turn: its deadline is a time of the clock as it was.
                if clock.now >= lastTurn { await sleep(until: deadline) }
            }
            await drain(&group)
        }
    }

    private func lookAtTheZone(_ timetable: inout Timetable) {
        let zone = hostZone()
        guard zone != timetable.host else { return }
        logger.notice(
            "the host's time zone has changed: schedules that name none are planned anew",
            metadata: ["from": "\(timetable.host.name)", "to": "\(zone.name)"]
        )
        timetable.move(to: zone)
        state.withLock { $0.mustPlan = true }
    }

    private func turn(_ timetable: inout Timetable, group: inout DiscardingTaskGroup) async throws -> Date? {
        let now = clock.now
        if state.withLock({ $0.mustRecover }) {
            for job in try await ledger.requeueInterrupted() {
                logger.notice(
                    "job goes on where it was interrupted",
                    metadata: [LogField.job: "\(job)", LogField.event: "\(NotableEvent.jobResumed.rawValue)"]
                )
            }
            state.withLock { $0.mustRecover = false }
        }
        if state.withLock({ $0.mustPlan }) {
            // Taken back first: a reload that comes while this goes on is planned in the next turn.
            state.withLock { $0.mustPlan = false }
            do {
                let kept = try await ledger.nextRuns()
                timetable.plan(registry.all.compactMap(\.integration), kept: kept, now: now)
                for (key, date) in timetable.runs where kept[key] != date {
                    try await ledger.setNextRun(date, for: key)
                }
                // A schedule that comes back later begins anew; one whose file is broken goes on when that is mended.
                for key in kept.keys where timetable.runs[key] == nil && !isBroken(key.integration) {
                    try await ledger.setNextRun(nil, for: key)
                }
            } catch {
                state.withLock { $0.mustPlan = true }
                throw error
            }
        }
        try await requeueUnrecorded()
        let isHeldBack = try await enqueueDue(&timetable, now: now)
        state.withLock { $0.nextRuns = timetable.runs }
        while state.withLock({ !$0.isStopping && $0.hold == nil }), let slot = slots.begin() {
            var isStarted = false
            defer { if !isStarted { slot.abandon() } }
            guard let job = try await ledger.claim(at: clock.now) else { break }
            guard let integration = registry[job.integration]?.integration else {
                try await finishOrphan(job)
                continue
            }
            start(job, of: integration, on: slot, group: &group)
            isStarted = true
        }
        // A run that waits for the one before it needs no deadline: the end of that one wakes the loop.
        return isHeldBack ? timetable.runs.values.filter { $0 > now }.min() : timetable.earliest
    }

    private func isBroken(_ integration: String) -> Bool {
        registry[integration].map { $0.integration == nil } ?? false
    }

    private func enqueueDue(_ timetable: inout Timetable, now: Date) async throws -> Bool {
        let due = timetable.due(at: now)
        guard !due.isEmpty else { return false }
        let histories = try await ledger.histories()
        var isHeldBack = false
        for (key, schedule, date) in due {
            let isPaused = histories[key.integration]?.isPaused ?? false
            let isMissed = timetable.isMissed(key, date, now: now)
            if !isPaused, !(isMissed && schedule.catchUp == .none) {
                let (live, isNew) = try await queue(
                    key.integration,
                    direction: key.direction,
                    entityIDs: nil,
                    options: JobOptions(),
                    trigger: .schedule
                )
                // A run that comes while the one before it is at work, or is one of several to be made up for, waits.
                let mustWait =
                    schedule.overlap == .queue && live.state != .queued || schedule.catchUp == .all && isMissed
                if !isNew, mustWait {
                    if !isMissed { timetable.wait(key) }
                    isHeldBack = true
                    continue
                }
            }
            timetable.advance(key, now: now)
            try await ledger.setNextRun(timetable.runs[key], for: key)
        }
        return isHeldBack
    }

    private func start(
        _ job: Job,
        of integration: Integration,
        on slot: WorkerSlot,
        group: inout DiscardingTaskGroup
    ) {
        let control = JobControl(slot: slot)
        let meter = ProgressMeter(from: job.progress)
        state.withLock {
            $0.running[job.id] = Running(
                control: control,
                meter: meter,
                integration: integration.id,
                direction: job.direction
            )
        }
        group.addTask { [self] in
            do {
                let ended = try await engine.run(job, of: integration, control: control, meter: meter)
                onEnd(ended, meter)
                if let failure = ended.failure, failure.code == .ledgerDamaged {
                    hold(SyncFailure(.local, failure.code, failure.message, hint: failure.hint))
                }
            } catch {
                logger.error("a job's end could not be recorded; it is run again as soon as it can: \(error)")
                if let failure = error as? SyncFailure, failure.code == .ledgerDamaged { hold(failure) }
                state.withLock { _ = $0.unrecorded.insert(job.id) }
            }
            state.withLock { _ = $0.running.removeValue(forKey: job.id) }
            slot.end()
        }
    }

    /// Puts jobs back into the queue that the ledger still takes for running: they would block their integration.
    private func requeueUnrecorded() async throws {
        for job in state.withLock({ $0.unrecorded }) {
            do {
                // With the progress that was recorded: what came after it is done, and counted, again.
                try await ledger.requeue(job, progress: nil)
            } catch let failure as SyncFailure
                where [.jobFinished, .jobNotFound, .internalError].contains(failure.code)
            {
                // It had ended, or is queued, after all.
                logger.debug("a job need not be run again: \(failure)", metadata: [LogField.job: "\(job)"])
            }
            state.withLock { _ = $0.unrecorded.remove(job) }
        }
    }

    private func finishOrphan(_ job: Job) async throws {
        let failure = JobFailure(
            code: .integrationNotFound,
            message: "there is no working integration '\(job.integration)' any more",
            hint: "mend or restore its file, reload, and sync it again"
        )
        try await ledger.finish(job.id, as: .failed, at: clock.now, progress: job.progress, failure: failure)
    }

    /// Lets running jobs finish the request in flight, then cuts them off: the outbox knows what was under way.
    private func drain(_ group: inout DiscardingTaskGroup) async {
        for running in state.withLock({ Array($0.running.values) }) { running.control.request(.interrupted) }
        let deadline = clock.now.addingTimeInterval(Self.grace)
        while state.withLock({ !$0.running.isEmpty }), clock.now < deadline {
            heartbeat()
            await wakes.wait(until: deadline, clock: clock)
        }
        group.cancelAll()
    }

    private func sleep(until deadline: Date?) async {
        var deadline = deadline
        if let heartbeatInterval {
            let beat = clock.now.addingTimeInterval(heartbeatInterval / .seconds(1))
            deadline = min(deadline ?? beat, beat)
        }
        await wakes.wait(until: deadline, clock: clock)
    }
}
