/// What an answer says of its service's limits.
public struct RateSignal: Sendable, Equatable {
    /// Whether the request was refused because there were too many.
    public var isRefusal: Bool
    /// How long the service asks everybody to wait.
    public var pause: Duration?
    /// How many more requests the service takes until ``reset``.
    public var remaining: Int?
    /// How long it takes until the service's count begins anew.
    public var reset: Duration?

    /// What an answer says; by default nothing.
    public init(isRefusal: Bool = false, pause: Duration? = nil, remaining: Int? = nil, reset: Duration? = nil) {
        self.isRefusal = isRefusal
        self.pause = pause
        self.remaining = remaining
        self.reset = reset
    }

    /// An answer that says nothing.
    public static let silent = RateSignal()
}
