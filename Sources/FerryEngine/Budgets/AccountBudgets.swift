public import FerryCore
import FoundationEssentials
public import Logging
import Synchronization

/// The request budgets of all accounts: every job's requests pass here, and so does what the services say of limits.
///
/// An account is a host and a credential: integrations that have both in common share its budgets. What is granted is
/// written down before it is spent, some of it ahead, so that a program that is killed comes back with no more than
/// it had.
public final class AccountBudgets: Sendable {
    private let ledger: (any BudgetLedger)?
    private let clock: any WallClock
    private let clocks: AccountClocks
    private let logger: Logger
    private let accounts: Mutex<[AccountKey: Account]>

    /// The budgets as they were left.
    ///
    /// - Parameters:
    ///   - ledger: where they are kept; `nil` forgets them at the end of the process.
    ///   - records: what it has kept.
    ///   - elapsed: a clock that nobody sets, counted from any instant.
    ///   - machineTime: the moment by the clocks that outlive the process.
    public init(
        ledger: (any BudgetLedger)?,
        records: [AccountRecord] = [],
        clock: any WallClock,
        elapsed: @escaping @Sendable () -> Duration = AccountBudgets.sinceStart,
        machineTime: (@Sendable () -> MachineTime)? = nil,
        logger: Logger
    ) {
        self.ledger = ledger
        self.clock = clock
        let machineTime = machineTime ?? { MachineTime(wall: Int64(clock.now.timeIntervalSince1970 * 1000)) }
        clocks = AccountClocks(elapsed: elapsed, machineTime: machineTime)
        self.logger = logger
        var accounts: [AccountKey: Account] = [:]
        for record in records {
            let account = Account(restoring: record, clocks)
            accounts[account.key] = account
        }
        self.accounts = Mutex(accounts)
    }

    /// The time since the process first asked, by a clock that nobody sets.
    public static let sinceStart: @Sendable () -> Duration = {
        let clock = ContinuousClock()
        let start = clock.now
        return { start.duration(to: clock.now) }
    }()

    /// A gate for what cannot wait for long, such as the test of a connection.
    ///
    /// - Parameter patience: the longest wait; a longer one is a failure that says how long.
    public func briefGate(patience: Duration) -> any RequestGate {
        BriefGate(budgets: self, patience: patience)
    }

    /// What is left of every account's budgets, sorted by account and budget.
    public var figures: [BudgetFigure] {
        accounts.withLock { Array($0.values) }.flatMap(\.figures).sorted {
            ($0.account, $0.budget.name, $0.budget.period) < ($1.account, $1.budget.name, $1.budget.period)
        }
    }

    /// How many requests of an account wait: a seam for tests.
    package func waiting(of key: AccountKey) -> Int { account(key).state.withLock { $0.line.count } }

    // MARK: For the gates

    /// Now, by the clock that nobody sets.
    var now: Duration { clocks.elapsed() }

    /// Makes a request count at once, if nobody waits and there is something left.
    func admitAtOnce(_ key: AccountKey, drawing budgets: [RequestBudget]) -> RequestPermit? {
        guard account(key).step(nil, drawing: budgets) == .made else { return nil }
        return RequestPermit(account: key, budgets: budgets)
    }

    /// A place in an account's line, to be left in any case.
    func line(_ key: AccountKey, drawing budgets: [RequestBudget]) -> AccountLine {
        let account = account(key)
        return AccountLine(budgets: self, account: account, drawn: budgets, ticket: account.join())
    }

    /// Whether the service wants no requests of the account now.
    func isHeld(_ key: AccountKey) -> Bool { account(key).isHeld }

    /// Takes over what became of a request.
    func settle(_ permit: RequestPermit, _ signal: RateSignal) async {
        let account = account(permit.account)
        guard account.settle(permit.budgets, signal) else { return }
        do {
            try await save(account)
        } catch {
            // What is written down already says that more is spent than is.
            logger.warning("a rate limit cannot be written down: \(error)", metadata: ["account": "\(account.key)"])
        }
    }

    fileprivate func step(_ line: AccountLine, isTaking: Bool) async throws -> Account.Step {
        while true {
            let step = line.account.step(line.ticket, drawing: line.drawn, isTaking: isTaking)
            guard step == .reserve else { return step }
            try await save(line.account, reserving: line.drawn)
        }
    }

    fileprivate func sleep(_ line: AccountLine, until deadline: Duration?) async throws {
        await line.ticket.wake.wait(until: deadline.map(date), clock: clock)
        try Task.checkCancellation()
    }

    /// The clock's time at an instant of the clock that nobody sets.
    ///
    /// To the next microsecond, about which a `Date` can tell: a sleep that ends a moment early would be for nothing.
    fileprivate func date(of instant: Duration) -> Date {
        let microseconds = ((instant - now) / .microseconds(1)).rounded(.up)
        return clock.now.addingTimeInterval(microseconds / 1_000_000)
    }

    private func account(_ key: AccountKey) -> Account {
        accounts.withLock { accounts in
            if let account = accounts[key] { return account }
            let account = Account(key, clocks)
            accounts[key] = account
            return account
        }
    }

    private func save(_ account: Account, reserving budgets: [RequestBudget] = []) async throws {
        var budgets = budgets
        while let record = account.beginSaving(reserving: budgets) {
            do {
                try await ledger?.keep(record)
            } catch {
                _ = account.endSaving(isWritten: false)
                throw error
            }
            guard account.endSaving(isWritten: true) else { return }
            budgets = []
        }
    }
}

/// A request's place in the line of its account.
struct AccountLine {
    fileprivate let budgets: AccountBudgets
    fileprivate let account: Account
    fileprivate let drawn: [RequestBudget]
    fileprivate let ticket: Account.Ticket

    /// The next step; what it needs is taken unless it is only to look.
    ///
    /// - Throws: what the ledger throws when it cannot write down what would be spent.
    func step(isTaking: Bool) async throws -> Account.Step { try await budgets.step(self, isTaking: isTaking) }

    /// Returns at `deadline`, or when it is worth looking again.
    ///
    /// - Throws: `CancellationError`.
    func sleep(until deadline: Duration?) async throws { try await budgets.sleep(self, until: deadline) }

    /// How long it is until then, and when that is by the clock.
    func date(of instant: Duration) -> Date { budgets.date(of: instant) }

    /// Leaves the line.
    func leave() { account.leave(ticket) }

    /// The permit of a request that was counted.
    var permit: RequestPermit { RequestPermit(account: account.key, budgets: drawn, hasWaited: true) }
}

extension Account {
    /// How long a request may be on its way to a service when the program that made it is killed.
    private static let longestWay: Duration = .seconds(1)

    /// By how much the time between two moments may be less than it seems, in ms: each is cut to a whole millisecond.
    private static let machineTimeGrain: Int64 = 1

    /// An account as it was left: what may have been spent since counts as spent when the last of it has arrived.
    fileprivate convenience init(restoring record: AccountRecord, _ clocks: AccountClocks) {
        // Before `now`: what is still to come must not be over earlier than it is.
        let passed = clocks.machineTime().milliseconds(since: record.madeAt)
        let now = clocks.elapsed()
        func instant(_ delay: Int64) -> Duration { now + .milliseconds(delay > passed ? delay - passed : 0) }
        var state = State()
        if record.hold > passed {
            state.heldUntil = instant(record.hold)
            state.isProbing = true
        }
        for kept in record.budgets {
            let budget = RequestBudget(
                name: kept.name,
                period: .milliseconds(max(kept.period, 1)),
                requests: kept.requests
            )
            var lane = Lane(
                bucket: TokenBucket(
                    returns: kept.returns.compactMap { tokens in
                        let delay = tokens.delay + Self.machineTimeGrain
                        return delay >= passed ? TokenBucket.Return(at: instant(delay), count: tokens.count) : nil
                    },
                    evenUntil: instant(kept.even),
                    spent: min(max(kept.outstanding, 0), 2 * budget.requests),
                    arrival: now + Self.longestWay,
                    under: budget,
                    at: now
                ),
                budget: budget
            )
            if kept.hold > passed {
                lane.allowance = ServiceAllowance(remaining: 0, inFlight: 0, until: instant(kept.hold))
            }
            state.lanes[LaneKey(budget)] = lane
        }
        self.init(AccountKey(rawValue: record.account), clocks, state)
    }
}
