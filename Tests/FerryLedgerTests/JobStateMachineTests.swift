import FerryCore
import FerryLedger
import FerrySQLite
import Testing

/// The state machine of a job, twice: as the schema enforces it, and as the ledger's methods do.
@Suite struct JobStateMachineTests {
    // MARK: What a row may look like

    /// What the columns of a job's row say about its state.
    struct Columns: Sendable {
        var state: JobState
        var isStarted: Bool
        var attempt: Int
        var isFinished: Bool
        var hasReason: Bool
        var hasDeadline: Bool
        var hasFailure: Bool
        var isCancelling: Bool

        /// What design §5 says of such a row.
        var isRight: Bool {
            let isWaiting = state == .waiting
            return isFinished == state.isFinal
                && isStarted == (attempt > 0)
                && (isStarted || [.queued, .failed, .cancelled].contains(state))
                && hasReason == isWaiting && hasDeadline == isWaiting
                && (!hasFailure || [.partial, .failed, .cancelled].contains(state))
                && (!isCancelling || attempt > 0)
        }

        func insert(_ id: String) -> String {
            func value(_ isThere: Bool, _ text: String) -> String { isThere ? text : "NULL" }
            return """
                INSERT INTO job (
                    id, integration_id, direction, entity_set, requested_by, state, attempt, queued_at, started_at,
                    finished_at, wait_reason, wait_until, failure_code, failure_message, cancel_asked_at,
                    records_read, created, updated, unchanged, deleted, skipped, quarantined, held, bytes_in,
                    bytes_out, requests, retries
                ) VALUES (
                    '\(id)', (SELECT id FROM integration), 'pull', '*', 'manual', '\(state.rawValue)', \(attempt), 1,
                    \(value(isStarted, "2")), \(value(isFinished, "3")), \(value(hasReason, "'backoff'")),
                    \(value(hasDeadline, "4")), \(value(hasFailure, "'disk.full'")), \(value(hasFailure, "'full'")),
                    \(value(isCancelling, "5")), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
                )
                """
        }
    }

    @Test(arguments: JobState.allCases)
    func schemaTakesRightRowsAndRefusesAllOthers(_ state: JobState) async throws {
        try await LedgerFixture.with { ledger in
            try await ledger.setPaused(false, integration: "blog")
            let raw = try rawConnection(ledger.path)
            var right = 0
            for bits in 0..<128 {
                let isSet = { (bit: Int) in bits & 1 << bit != 0 }
                let columns = Columns(
                    state: state,
                    isStarted: isSet(0),
                    attempt: isSet(1) ? 1 : 0,
                    isFinished: isSet(2),
                    hasReason: isSet(3),
                    hasDeadline: isSet(4),
                    hasFailure: isSet(5),
                    isCancelling: isSet(6)
                )
                do {
                    try raw.execute(columns.insert("job_\(bits)"))
                    #expect(columns.isRight, "\(columns) is wrong, and was taken")
                    right += 1
                    try raw.execute("DELETE FROM job")
                } catch let error as SQLiteError {
                    #expect(!columns.isRight, "\(columns) is right: \(error)")
                    #expect(error.isConstraint, "\(error)")
                }
            }
            #expect(right > 0)
        }
    }

    // MARK: How a row may change

    /// The states that each state may be left for.
    private static let next: [JobState: Set<JobState>] = [
        .queued: [.running, .failed, .cancelled],
        .running: [.queued, .waiting, .succeeded, .partial, .failed, .cancelled],
        .waiting: [.queued, .running, .succeeded, .partial, .failed, .cancelled],
        .succeeded: [], .partial: [], .failed: [], .cancelled: [],
    ]

    @Test(arguments: JobState.allCases)
    func schemaRefusesEveryOtherChangeOfState(_ from: JobState) async throws {
        for to in JobState.allCases where to != from {
            try await LedgerFixture.with { ledger in
                try await Self.reach(from, in: ledger)
                let raw = try rawConnection(ledger.path)
                // The columns as the new state wants them, so that only the step itself can be refused.
                let change = """
                    UPDATE job SET state = '\(to.rawValue)',
                        attempt = max(attempt, \(to == .queued ? 0 : 1)),
                        started_at = coalesce(started_at, \(to == .queued ? "NULL" : "2")),
                        finished_at = \(to.isFinal ? "3" : "NULL"),
                        wait_reason = \(to == .waiting ? "'backoff'" : "NULL"),
                        wait_until = \(to == .waiting ? "4" : "NULL"),
                        failure_code = NULL, failure_message = NULL
                    """
                if Self.next[from]?.contains(to) == true {
                    try raw.execute(change)
                } else {
                    let error = #expect(throws: SQLiteError.self, "\(from) to \(to)") { try raw.execute(change) }
                    #expect(error?.isConstraint == true)
                }
            }
        }
    }

    // MARK: What the methods do

    /// What becomes of a job in a state, by the method that is tried on it.
    enum Outcome: Sendable, Equatable {
        case becomes(JobState)
        case refused(ErrorCode)
        /// The method looks for another job.
        case passedBy
    }

    struct Step: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var run: @Sendable (Ledger) async throws -> Bool
        var outcome: @Sendable (JobState) -> Outcome
    }

    private static let broken = ErrorCode.internalError
    private static let steps: [Step] = [
        Step(testDescription: "claim") {
            try await $0.claim("job_1", at: start) != nil
        } outcome: {
            $0 == .queued ? .becomes(.running) : .passedBy
        },
        Step(testDescription: "claim any") {
            try await $0.claim(at: start) != nil
        } outcome: {
            $0 == .queued ? .becomes(.running) : .passedBy
        },
        Step(testDescription: "note work") { ledger in
            try await ledger.note("job_1", progress: JobProgress(), wait: nil)
            return true
        } outcome: {
            moving($0, .running)
        },
        Step(testDescription: "note a wait") { ledger in
            try await ledger.note("job_1", progress: JobProgress(), wait: Job.Wait(reason: "backoff", until: start))
            return true
        } outcome: {
            moving($0, .waiting)
        },
        Step(testDescription: "put back") { ledger in
            try await ledger.requeue("job_1", progress: JobProgress())
            return true
        } outcome: {
            moving($0, .queued)
        },
        Step(testDescription: "put all back") {
            try await $0.requeueInterrupted() == ["job_1"]
        } outcome: {
            [.running, .waiting].contains($0) ? .becomes(.queued) : .passedBy
        },
        Step(testDescription: "cancel") { ledger in
            try await ledger.cancel("job_1", at: start) == .cancelled
        } outcome: {
            $0.isFinal ? .refused(.jobFinished) : $0 == .queued ? .becomes(.cancelled) : .passedBy
        },
        finish(.succeeded), finish(.partial), finish(.failed), finish(.cancelled),
        finish(.queued), finish(.running), finish(.waiting),
    ]

    private static func moving(_ state: JobState, _ next: JobState) -> Outcome {
        state.isFinal ? .refused(.jobFinished) : state == .queued ? .refused(broken) : .becomes(next)
    }

    private static func finish(_ end: JobState) -> Step {
        Step(testDescription: "finish as \(end)") { ledger in
            try await ledger.finish("job_1", as: end, at: start, progress: JobProgress(), failure: nil)
            return true
        } outcome: { state in
            guard end.isFinal else { return .refused(broken) }
            guard !state.isFinal else { return .refused(.jobFinished) }
            return state == .queued && [.succeeded, .partial].contains(end) ? .refused(broken) : .becomes(end)
        }
    }

    @Test(arguments: JobState.allCases, steps)
    func methodsMoveAJobAsTheyShouldOrSayWhyNot(_ state: JobState, _ step: Step) async throws {
        try await LedgerFixture.with { ledger in
            try await Self.reach(state, in: ledger)
            var outcome: Outcome
            do {
                let hasMoved = try await step.run(ledger)
                let now = try #require(try await ledger.job("job_1")).state
                outcome = hasMoved ? .becomes(now) : .passedBy
                if !hasMoved { #expect(now == state) }
            } catch let failure as SyncFailure {
                outcome = .refused(failure.code)
                #expect(try await ledger.job("job_1")?.state == state)
            }
            #expect(outcome == step.outcome(state))
        }
    }

    /// Brings the job `job_1` into a state by the ledger's own methods.
    private static func reach(_ state: JobState, in ledger: Ledger) async throws {
        _ = try await ledger.enqueue(.asked("job_1"))
        if state == .queued { return }
        _ = try await ledger.claim(at: start)
        switch state {
        case .queued, .running: return
        case .waiting:
            try await ledger.note("job_1", progress: JobProgress(), wait: Job.Wait(reason: "backoff", until: start))
        case .succeeded, .partial, .failed, .cancelled:
            try await ledger.finish("job_1", as: state, at: start, progress: JobProgress(), failure: nil)
        }
    }
}
