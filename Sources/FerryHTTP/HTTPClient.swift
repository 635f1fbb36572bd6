/// Makes HTTP exchanges through libcurl, on one thread of its own.
///
/// Connections are kept and used again. A client may be used by any number of tasks at once; waiting for a response
/// blocks no thread of the cooperative pool. Make one and share it.
public final class HTTPClient: HTTPExchanging {
    private let loop: TransferLoop

    /// A client, ready for use.
    public init(options: HTTPClientOptions = .init()) {
        loop = TransferLoop(options: options)
    }

    deinit {
        loop.shutdown()
    }

    /// Makes one exchange: one attempt, no redirect followed, any status is a response.
    ///
    /// Cancelling the task aborts the exchange at once.
    ///
    /// - Throws: ``HTTPFailure``, or `CancellationError` when the task was cancelled before anything was sent.
    public func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        try Task.checkCancellation()
        let transfer = Transfer(request, to: try request.checkedEndpoint())
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                loop.submit(transfer, resuming: continuation)
            }
        } onCancel: {
            loop.cancel(transfer)
        }
    }

    /// Stops the client: pending requests and all later ones fail with ``HTTPFailure/Kind/shutDown``.
    ///
    /// Returns at once and may be called more than once.
    public func shutdown() {
        loop.shutdown()
    }
}
