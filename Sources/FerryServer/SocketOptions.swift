/// Who may open the socket, who may do what on it, and how much a client may ask for.
public struct SocketOptions: Sendable {
    /// The socket file's mode.
    public var mode: UInt32
    /// The group that may open the socket; `nil` leaves the daemon's own.
    public var groupName: String?
    /// The group whose members may do everything.
    public var adminGroup: String?
    /// The bounds for every client; only tests have a reason to change them.
    package var limits = ConnectionLimits()

    /// The options; by default the daemon's user and group may open the socket.
    public init(mode: UInt32 = 0o660, groupName: String? = nil, adminGroup: String? = nil) {
        self.mode = mode
        self.groupName = groupName
        self.adminGroup = adminGroup
    }
}

/// How much one client may ask for, so that none costs the daemon much memory or time.
package struct ConnectionLimits: Sendable {
    /// The most bytes in a request's body.
    package var bodyBytes = 1 << 20
    /// The most bytes in a request's target and headers.
    package var headerBytes = 16 << 10
    /// The most headers.
    package var headerCount = 100
    /// The most milliseconds to send a request or to take an answer.
    package var patienceMilliseconds: Int64 = 10_000
    /// The most milliseconds that a refused client's input is still read, so that it sees the answer.
    package var lingerMilliseconds: Int64 = 2_000
    /// The most milliseconds that requests in progress hold up a shutdown.
    package var drainMilliseconds: Int64 = 5_000
    /// The most milliseconds that a client which has just connected may take to ask when the server stops.
    package var firstRequestMilliseconds: Int64 = 1_000
    /// The most connections.
    package var connections = 256

    /// The bounds of a running daemon.
    package init() {}
}
