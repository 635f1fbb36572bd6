import FerryCore
import Synchronization

/// One account at a service: what it may still ask for, and the requests that wait for it in the order they came.
///
/// Times are those of a clock that nobody sets, which is looked at only while the state is locked: a thread that is held
/// up after it has looked would otherwise bring an earlier time than the one before it, and budgets would be exceeded.
final class Account: Sendable {
    /// A place in the account's line.
    final class Ticket: Sendable {
        /// Given when it is worth looking again.
        let wake = WakeSignal()
    }

    /// What the next step of a request is.
    enum Step: Equatable {
        /// It may be made: it has been counted.
        case made
        /// It could be made.
        case possible
        /// Tokens must be written down before they are spent.
        case reserve
        /// It must wait until then, or until its ticket is woken; `expected` is for people.
        case wait(until: Duration?, expected: Duration)
    }

    /// A budget's bucket, and the tokens of it that are written down as spent.
    struct Lane {
        var bucket: TokenBucket
        var budget: RequestBudget
        /// Tokens that are written down as spent, and are not.
        var reserve = 0
        /// Tokens that are just being written down.
        var promised = 0
        /// What the service said is left, for a budget with a name.
        var allowance: ServiceAllowance?
    }

    struct LaneKey: Hashable {
        var name: String
        var period: Duration

        init(_ budget: RequestBudget) {
            name = budget.name
            period = budget.period
        }
    }

    struct State {
        var lanes: [LaneKey: Lane] = [:]
        var line: [Ticket] = []
        /// Requests that have no answer yet.
        var inFlight = 0
        /// Until when the service wants no requests.
        var heldUntil: Duration?
        /// Whether one request goes ahead of the others, to see whether the service takes requests again.
        var isProbing = false
        /// Requests refused in a row without a word on how long to wait.
        var refusals = 0
        /// What the service said is left.
        var allowance: ServiceAllowance?
        var isSaving = false
        var mustSave = false
        /// The hold as it is written down.
        var savedHold: Duration = .zero
    }

    let key: AccountKey
    let state: Mutex<State>
    let clocks: AccountClocks

    /// Spans of which the tokens are written down at once: no more than this is lost when the program is killed.
    private static let reserveSpan: Duration = .milliseconds(250)
    /// The longest wait for a service that refuses requests and does not say how long it will.
    private static let longestPause: Duration = .seconds(60)

    init(_ key: AccountKey, _ clocks: AccountClocks, _ state: State = State()) {
        self.key = key
        self.clocks = clocks
        self.state = Mutex(state)
    }

    // MARK: The line

    /// Puts a request at the end of the line.
    func join() -> Ticket {
        let ticket = Ticket()
        state.withLock { $0.line.append(ticket) }
        return ticket
    }

    /// Takes a request out of the line, whether it was made or not.
    func leave(_ ticket: Ticket) {
        state.withLock { state in
            let wasFirst = state.line.first === ticket
            state.line.removeAll { $0 === ticket }
            if wasFirst { state.line.first?.wake.signal() }
        }
    }

    /// Takes what a request needs, if it is its turn and there is something left.
    ///
    /// - Parameters:
    ///   - ticket: its place in the line; `nil` for one that would rather not wait.
    ///   - isTaking: `false` only looks.
    func step(_ ticket: Ticket?, drawing budgets: [RequestBudget], isTaking: Bool = true) -> Step {
        state.withLock { state in
            let now = clocks.elapsed()
            let place = state.line.firstIndex { $0 === ticket } ?? state.line.count
            let delay = state.delay(of: budgets, at: now)
            guard place == 0, delay == nil else {
                var expected = state.expected(behind: place, drawing: budgets, at: now)
                guard place == 0, case .until(let date) = delay else { return .wait(until: nil, expected: expected) }
                expected = max(expected, date)
                return .wait(until: date, expected: expected)
            }
            guard isTaking else { return .possible }
            guard budgets.allSatisfy({ state.lane($0, at: now).reserve > 0 }) else {
                // Whoever writes wakes the first of the line.
                return state.isSaving ? .wait(until: nil, expected: now) : .reserve
            }
            for budget in budgets {
                state.lanes[LaneKey(budget)]?.reserve -= 1
                _ = state.lanes[LaneKey(budget)]?.bucket.take(under: budget, at: now)
                state.lanes[LaneKey(budget)]?.allowance?.take()
            }
            state.inFlight += 1
            state.allowance?.take()
            return .made
        }
    }

    /// Whether the service wants no requests now.
    var isHeld: Bool {
        state.withLock { state in
            let now = clocks.elapsed()
            return state.hold(at: now) > now
        }
    }

    // MARK: Answers

    /// Takes over what became of a request.
    ///
    /// - Returns: whether it must be written down.
    func settle(_ budgets: [RequestBudget], _ signal: RateSignal) -> Bool {
        state.withLock { state in
            let now = clocks.elapsed()
            state.inFlight = max(state.inFlight - 1, 0)
            for budget in budgets { state.lanes[LaneKey(budget)]?.bucket.answer(under: budget, at: now) }
            state.takeOver(signal, longestPause: Self.longestPause, at: now)
            // Who does not say when the count begins anew means the budget's own period.
            let reset = signal.reset ?? budgets.map(\.period).min()
            if let remaining = signal.remaining, let reset, reset > .zero {
                let named = budgets.filter { !$0.name.isEmpty }
                for budget in named {
                    let inFlight = state.lanes[LaneKey(budget)]?.bucket.unanswered ?? 0
                    state.lanes[LaneKey(budget)]?.allowance =
                        ServiceAllowance(remaining: remaining, inFlight: inFlight, until: now + reset)
                }
                if named.isEmpty {
                    state.allowance =
                        ServiceAllowance(remaining: remaining, inFlight: state.inFlight, until: now + reset)
                }
            }
            state.line.first?.wake.signal()
            // A hold that is over soon is not worth a write; nor is one that is written down already.
            let hold = state.hold(at: now)
            if hold > now + .seconds(1), hold > state.savedHold + .milliseconds(500) { return true }
            // A slow budget's token, written down as spent at any time, would be lost for a period after a restart.
            return budgets.contains { budget in
                guard Self.block(of: budget) == 1, let lane = state.lanes[LaneKey(budget)] else { return false }
                return lane.reserve == 0 && lane.promised == 0 && lane.bucket.unanswered == 0
            }
        }
    }

    // MARK: Writing down

    /// What is to be written down now, with tokens for requests that draw from `budgets`.
    ///
    /// - Returns: `nil` when somebody is writing already, who then does it again.
    func beginSaving(reserving budgets: [RequestBudget]) -> AccountRecord? {
        state.withLock { state in
            let now = clocks.elapsed()
            guard !state.isSaving else {
                state.mustSave = true
                return nil
            }
            state.isSaving = true
            state.mustSave = false
            for budget in budgets where state.lane(budget, at: now).reserve == 0 {
                state.lanes[LaneKey(budget)]?.promised = Self.block(of: budget)
            }
            state.savedHold = state.hold(at: now)
            return record(of: state, at: now)
        }
    }

    /// Takes over that the record was written, or was not.
    ///
    /// - Returns: whether there is more to be written by now.
    func endSaving(isWritten: Bool) -> Bool {
        state.withLock { state in
            state.isSaving = false
            for (key, lane) in state.lanes {
                if isWritten { state.lanes[key]?.reserve += lane.promised }
                state.lanes[key]?.promised = 0
            }
            if !isWritten { state.savedHold = .zero }
            state.line.first?.wake.signal()
            return state.mustSave && isWritten
        }
    }

    private func record(of state: State, at now: Duration) -> AccountRecord {
        AccountRecord(
            account: key,
            hold: (state.hold(at: now) - now).wholeMilliseconds,
            budgets: state.lanes.map { key, lane in
                let allowance = lane.allowance.map { $0.remaining == 0 ? $0.until : now } ?? now
                return AccountRecord.Budget(
                    name: key.name,
                    period: key.period.wholeMilliseconds,
                    requests: lane.budget.requests,
                    returns: lane.bucket.returns.map { tokens in
                        AccountRecord.Tokens(delay: (tokens.at - now).wholeMilliseconds, count: tokens.count)
                    },
                    outstanding: lane.bucket.unanswered + lane.reserve + lane.promised,
                    even: (lane.bucket.evenUntil - now).wholeMilliseconds,
                    hold: (allowance - now).wholeMilliseconds
                )
            },
            // Not before `now`: what the record says is still to come is over no earlier than it is.
            madeAt: clocks.machineTime()
        )
    }

    /// How many tokens are written down as spent at a time.
    static func block(of budget: RequestBudget) -> Int {
        max(1, min(budget.requests / 4, Int(reserveSpan / budget.spacing)))
    }
}

/// The clocks that an account goes by.
struct AccountClocks: Sendable {
    /// A clock that nobody sets, counted from any instant.
    var elapsed: @Sendable () -> Duration
    /// The moment by the clocks that outlive the process.
    var machineTime: @Sendable () -> MachineTime
}

extension Account.State {
    /// The budget's bucket, a full one if there was none.
    mutating func lane(_ budget: RequestBudget, at now: Duration) -> Account.Lane {
        let key = Account.LaneKey(budget)
        if lanes[key] == nil { lanes[key] = Account.Lane(bucket: TokenBucket(at: now), budget: budget) }
        lanes[key]?.budget = budget
        return lanes[key] ?? Account.Lane(bucket: TokenBucket(at: now), budget: budget)
    }

    /// What keeps the next request from being made; `nil` when nothing does.
    mutating func delay(of budgets: [RequestBudget], at now: Duration) -> TokenBucket.Delay? {
        if let held = heldUntil {
            guard held <= now else { return .until(held) }
            heldUntil = nil
        }
        if let delay = Self.delay(of: &allowance, inFlight: inFlight, isProbing: &isProbing, at: now) { return delay }
        // After a pause one request goes first: if it is refused again, the others are spared that.
        if isProbing, inFlight > 0 { return .untilAnswer }
        var latest: Duration?
        for budget in budgets {
            var lane = lane(budget, at: now)
            let inFlight = lane.bucket.unanswered
            let delay =
                Self.delay(of: &lane.allowance, inFlight: inFlight, isProbing: &isProbing, at: now)
                ?? lane.bucket.delay(under: budget, at: now)
            lanes[Account.LaneKey(budget)] = lane
            switch delay {
            case nil: continue
            case .untilAnswer: return .untilAnswer
            case .until(let date): latest = max(latest ?? date, date)
            }
        }
        return latest.map { .until($0) }
    }

    private static func delay(
        of allowance: inout ServiceAllowance?,
        inFlight: Int,
        isProbing: inout Bool,
        at now: Duration
    ) -> TokenBucket.Delay? {
        guard let known = allowance else { return nil }
        guard known.until > now else {
            if known.remaining == 0 { isProbing = true }
            allowance = nil
            return nil
        }
        guard known.remaining == 0 else { return nil }
        // The answers that are still to come tell what is left.
        return inFlight > 0 ? .untilAnswer : .until(known.until)
    }

    /// About when a request is made that `place` others go before.
    mutating func expected(behind place: Int, drawing budgets: [RequestBudget], at now: Duration) -> Duration {
        var expected = hold(at: now)
        for budget in budgets {
            expected = max(expected, lane(budget, at: now).bucket.expected(behind: place, under: budget, at: now))
        }
        return expected
    }

    /// Until when the service surely wants no requests.
    func hold(at now: Duration) -> Duration {
        let exhausted = allowance.map { $0.remaining == 0 && inFlight == 0 ? $0.until : now } ?? now
        return max(heldUntil ?? now, exhausted)
    }

    /// Takes over that the service asks everybody to wait, or has refused a request without saying for how long.
    mutating func takeOver(_ signal: RateSignal, longestPause: Duration, at now: Duration) {
        var pause = signal.pause
        if signal.isRefusal, pause == nil {
            // Those that were under way together are refused together, which is one refusal.
            if heldUntil ?? now <= now { refusals += 1 }
            pause = min(.seconds(1) * (1 << min(refusals - 1, 10)), longestPause)
        } else if !signal.isRefusal {
            refusals = 0
        }
        if let pause, pause > .zero {
            heldUntil = max(heldUntil ?? now, now + pause)
            isProbing = true
        } else if heldUntil == nil {
            isProbing = false
        }
    }
}

extension Duration {
    /// The duration in milliseconds, rounded up; 0 when it is negative.
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, isTooLong) = seconds.multipliedReportingOverflow(by: 1000)
        guard !isTooLong else { return seconds < 0 ? 0 : .max }
        return max(whole + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000, 0)
    }
}
