/// Sends one HTTP request and gives its response: the port behind which tests put a scripted client.
public protocol HTTPExchanging: Sendable {
    /// Makes one exchange: one attempt, no redirect followed, any status is a response.
    ///
    /// A request that writes never reaches the server twice. One that only reads may, when a kept connection turns out
    /// to be closed.
    ///
    /// - Throws: ``HTTPFailure``, or `CancellationError` when the task was cancelled before anything was sent.
    func send(_ request: HTTPRequest) async throws -> HTTPResponse
}
