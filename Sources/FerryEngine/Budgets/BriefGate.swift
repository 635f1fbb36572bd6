import FerryCore

/// The gate of what cannot wait for long: its requests count like all others, but are not made rather than late.
struct BriefGate: RequestGate {
    let budgets: AccountBudgets
    let patience: Duration

    func admit(_ account: AccountKey, drawing drawn: [RequestBudget]) async throws -> RequestPermit {
        if let permit = budgets.admitAtOnce(account, drawing: drawn) { return permit }
        let line = budgets.line(account, drawing: drawn)
        defer { line.leave() }
        let deadline = budgets.now + patience
        while true {
            switch try await line.step(isTaking: true) {
            case .made: return line.permit
            case .possible, .reserve: continue
            case .wait(let until, let expected):
                let now = budgets.now
                guard expected <= deadline, now < deadline else { throw Self.failure(waiting: expected - now) }
                try await line.sleep(until: min(until ?? deadline, deadline))
            }
        }
    }

    func settle(_ permit: RequestPermit, _ signal: RateSignal) async {
        await budgets.settle(permit, signal)
    }

    private static func failure(waiting: Duration) -> SyncFailure {
        let seconds = max(1, Int((waiting / .seconds(1)).rounded(.up)))
        return SyncFailure(
            .rateLimited,
            .serviceRateLimited,
            "the account may make no request now: its rate limit is reached for about \(seconds) s",
            hint: "try again later; jobs wait by themselves",
            retryAfter: .seconds(seconds)
        )
    }
}
