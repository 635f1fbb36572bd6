/// What all exchanges of a client share.
public struct HTTPClientOptions: Sendable {
    /// The most idle connections kept open for later requests.
    public var maximumIdleConnections: Int
    /// How long a connection may have been idle and still be used again.
    ///
    /// Servers close idle connections themselves; a request that meets such a close fails as interrupted, so this is
    /// shorter than the usual 60 s.
    public var idleConnectionLifetime: Duration

    /// Options.
    public init(maximumIdleConnections: Int = 32, idleConnectionLifetime: Duration = .seconds(45)) {
        self.maximumIdleConnections = maximumIdleConnections
        self.idleConnectionLifetime = idleConnectionLifetime
    }
}
