/// What a service's description says of the service's limits.
public struct LimitsDescription: Sendable {
    /// The budgets that an account has.
    public var budgets: [BudgetDescription]
    /// The headers that tell what is left, where they are not the usual ones.
    public var headers: LimitHeaders?
    /// How long to wait after each refusal in a row that does not say how long.
    ///
    /// After the last the job ends. Empty for waits that grow, for as long as it takes.
    public var waits: [Duration]

    /// Limits; none by default.
    public init(budgets: [BudgetDescription] = [], headers: LimitHeaders? = nil, waits: [Duration] = []) {
        self.budgets = budgets
        self.headers = headers
        self.waits = waits
    }
}

/// A budget with its variable parts.
public struct BudgetDescription: Sendable {
    /// The name that requests draw from it by; empty for a budget of all requests.
    public var name: String
    /// The length of the window.
    public var period: Duration
    /// The most requests in any window; less than 1 stands for no limit.
    public var requests: Template
    /// The most requests at once; `nil` for all of them.
    public var burst: Template?
    /// The most requests that wait for their answers at the same time.
    public var inFlight: Template?

    /// A budget.
    public init(
        name: String = "",
        period: Duration,
        requests: Template,
        burst: Template? = nil,
        inFlight: Template? = nil
    ) {
        self.name = name
        self.period = period
        self.requests = requests
        self.burst = burst
        self.inFlight = inFlight
    }
}

/// The headers by which a service tells how many requests are left.
public struct LimitHeaders: Sendable {
    /// How a reset is written.
    public enum ResetForm: String, Sendable, CaseIterable {
        /// Seconds from now.
        case seconds
        /// Unix time in seconds.
        case epoch
        /// Unix time in milliseconds.
        case epochMilliseconds = "epoch_ms"
        /// A date as HTTP writes them, or RFC 3339.
        case httpDate = "http_date"
    }

    /// The header with the number of requests that are left.
    public var remaining: String
    /// The header with the limit itself, whose 0 says that there is none.
    public var limit: String?
    /// The header that tells when the count begins anew.
    public var reset: String
    /// How it is written.
    public var resetForm: ResetForm

    /// Headers.
    public init(remaining: String, limit: String? = nil, reset: String, resetForm: ResetForm) {
        self.remaining = remaining
        self.limit = limit
        self.reset = reset
        self.resetForm = resetForm
    }
}
