import FerryCore

/// A service's limits with an integration's settings in place.
struct ServiceLimits: Sendable {
    /// How answers tell what is left.
    let headers: RateHeaders
    /// How long to wait after refusals in a row that do not say how long; empty where that is left to the gate.
    let waits: [Duration]
    private let unnamed: [RequestBudget]
    private let named: [String: [RequestBudget]]

    /// The limits; a budget whose number of requests is 0, or is no number, is none.
    init(_ description: LimitsDescription, scope: TemplateScope) {
        headers = RateHeaders(declared: description.headers)
        waits = description.waits
        var unnamed: [RequestBudget] = []
        var named: [String: [RequestBudget]] = [:]
        for declared in description.budgets {
            guard let requests = scope.integer(declared.requests), requests > 0 else { continue }
            let budget = RequestBudget(
                name: declared.name,
                period: declared.period,
                requests: requests,
                burst: declared.burst.flatMap { scope.integer($0) },
                maximumInFlight: declared.inFlight.flatMap { scope.integer($0) }
            )
            if budget.name.isEmpty { unnamed.append(budget) } else { named[budget.name, default: []].append(budget) }
        }
        self.unnamed = unnamed
        self.named = named
    }

    /// The budgets that a request draws from: those of all requests, and those it names.
    func drawn(by request: RequestTemplate) -> [RequestBudget] {
        request.budgets.isEmpty ? unnamed : unnamed + request.budgets.flatMap { named[$0] ?? [] }
    }
}
