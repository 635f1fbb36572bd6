import FerryCore
import FoundationEssentials
import Synchronization

/// A job's gate: it waits for the account's budgets, which shows as the job's state, and can be stopped at any time.
final class JobGate: RequestGate {
    private let job: String
    private let budgets: AccountBudgets
    private let ledger: any JobLedger
    private let control: JobControl
    private let meter: ProgressMeter
    /// The account whose last answer asked to wait.
    private let held = Mutex<AccountKey?>(nil)

    /// A wait of this length is a state of the job, during which another job has the worker's place; a shorter one is
    /// the pace at which it runs.
    static let visibleWait: Duration = .milliseconds(250)

    init(job: String, budgets: AccountBudgets, ledger: any JobLedger, control: JobControl, meter: ProgressMeter) {
        self.job = job
        self.budgets = budgets
        self.ledger = ledger
        self.control = control
        self.meter = meter
    }

    /// Whether the service of the request that was made last wants no more of them for now: the next one waits here.
    var isHeld: Bool { held.withLock { $0 }.map { budgets.isHeld($0) } ?? false }

    func admit(_ account: AccountKey, drawing drawn: [RequestBudget]) async throws -> RequestPermit {
        if let permit = budgets.admitAtOnce(account, drawing: drawn) { return permit }
        return try await control.interruptible { [self] in
            let line = budgets.line(account, drawing: drawn)
            defer { line.leave() }
            return try await wait(in: line)
        }
    }

    func settle(_ permit: RequestPermit, _ signal: RateSignal) async {
        let asksToWait = signal.isRefusal || signal.pause != nil
        held.withLock { $0 = asksToWait ? permit.account : nil }
        await budgets.settle(permit, signal)
    }

    private func wait(in line: AccountLine) async throws -> RequestPermit {
        var shown: Date?
        // What only an answer can end has no date: it becomes visible once it has lasted.
        let visibleFrom = budgets.now + Self.visibleWait
        while true {
            switch try await line.step(isTaking: shown == nil) {
            case .made: return line.permit
            case .reserve: continue
            case .possible:
                // First back to work, then take: what is taken is not kept from others while a worker is waited for.
                try await control.resume()
                try await ledger.note(job, progress: nil, wait: nil)
                shown = nil
            case .wait(let until, let expected):
                let date = line.date(of: max(expected, budgets.now))
                let isVisible = shown != nil || max(expected, budgets.now) >= visibleFrom
                if isVisible {
                    if shown == nil {
                        meter.count(wait: "rate limit")
                        control.park()
                    }
                    if abs(shown?.timeIntervalSince(date) ?? .infinity) > 1 {
                        let wait = Job.Wait(reason: "rate limit", until: date)
                        try await ledger.note(job, progress: nil, wait: wait)
                        shown = date
                    }
                }
                try await line.sleep(until: isVisible ? until : min(until ?? visibleFrom, visibleFrom))
            }
        }
    }
}
