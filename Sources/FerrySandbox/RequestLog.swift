import Synchronization

/// One request that the sandbox received, for assertions.
public struct LoggedRequest: Sendable {
    /// What it was for: the collection id for a Dynamic Table, else the service; `nil` when none knows the path.
    public let name: String?
    /// The method, such as `GET`.
    public let method: String
    /// The path as sent, still percent-encoded.
    public let path: String
    /// The query as sent, without the question mark.
    public let query: String
    /// The names of the headers as sent; the values are not kept, since keys are among them.
    public let headerNames: [String]
    /// The length of the body.
    public let bodyBytes: Int
    /// The body; empty once the log holds more bodies than it keeps.
    public let body: String
    /// The status that was answered, `nil` when a fault left the request without an answer.
    public let status: Int?
}

/// The requests received, oldest first; the newest 20,000 at most.
final class RequestLog: Sendable {
    private struct State {
        var requests: [LoggedRequest] = []
        var keptBytes = 0
    }

    private static let maximumCount = 20_000
    private static let maximumKeptBytes = 256 << 20

    private let state = Mutex(State())

    var requests: [LoggedRequest] { state.withLock { $0.requests } }

    func add(_ request: SandboxRequest, name: String?, status: Int?) {
        state.withLock { state in
            let keepsBody = state.keptBytes + request.body.count <= Self.maximumKeptBytes
            if keepsBody { state.keptBytes += request.body.count }
            // Half at a time: dropping one by one would move the whole list for every request.
            if state.requests.count >= Self.maximumCount {
                state.requests.removeFirst(Self.maximumCount / 2)
                state.keptBytes = state.requests.reduce(0) { $0 + $1.body.utf8.count }
            }
            state.requests.append(
                LoggedRequest(
                    name: name,
                    method: request.method,
                    path: request.path,
                    query: request.query,
                    headerNames: request.headers.map(\.name),
                    bodyBytes: request.body.count,
                    body: keepsBody ? String(decoding: request.body, as: UTF8.self) : "",
                    status: status
                )
            )
        }
    }

    func clear() {
        state.withLock { $0 = State() }
    }
}
