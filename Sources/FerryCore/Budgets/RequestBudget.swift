/// A budget of requests, as a service's description declares it: at most `requests` in any `period`.
public struct RequestBudget: Sendable, Hashable {
    /// The name that requests draw from it by; empty for the budget of all requests.
    public var name: String
    /// The length of the window.
    public var period: Duration
    /// The most requests in any window of that length; at least 1.
    public var requests: Int
    /// The most requests at once, the rest following evenly; at least 1.
    public var burst: Int
    /// The most requests that wait for their answers at the same time; `nil` for no limit.
    public var maximumInFlight: Int?

    /// A budget; without `burst` all of it may be spent at once.
    public init(
        name: String = "",
        period: Duration,
        requests: Int,
        burst: Int? = nil,
        maximumInFlight: Int? = nil
    ) {
        self.name = name
        self.period = period
        self.requests = max(requests, 1)
        self.burst = min(max(burst ?? requests, 1), self.requests)
        self.maximumInFlight = maximumInFlight.map { max($0, 1) }
    }

    /// The time between two requests when they are spread evenly.
    public var spacing: Duration { period / requests }
}
