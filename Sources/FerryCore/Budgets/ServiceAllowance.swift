/// How many more requests a service says it takes (`x-ratelimit-remaining`), and until when that holds.
public struct ServiceAllowance: Sendable, Equatable {
    /// Requests that may still be made.
    public private(set) var remaining: Int
    /// When the service counts anew.
    public private(set) var until: Duration

    /// What the newest answer said.
    ///
    /// - Parameter inFlight: the requests that are under way: the service may not have counted them yet.
    public init(remaining: Int, inFlight: Int, until: Duration) {
        self.remaining = max(remaining - inFlight, 0)
        self.until = until
    }

    /// Counts a request that is made now.
    public mutating func take() {
        remaining = max(remaining - 1, 0)
    }
}
