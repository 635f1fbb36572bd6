import FerryCore
import FerryHTTP
import Synchronization

/// Keeps what is asked and answered; once it is closed it only keeps what would be asked.
final class TrialRecorder: HTTPExchanging {
    private struct State {
        var exchanges: [(request: HTTPRequest, response: HTTPResponse?, duration: Duration)] = []
        var unsent: HTTPRequest?
        var isClosed = false
    }

    /// How much of a body is kept.
    private static let maximumBody = 64 << 10

    private let client: any HTTPExchanging
    private let state = Mutex(State())

    init(_ client: any HTTPExchanging) {
        self.client = client
    }

    /// Sends nothing from now on.
    func close() { state.withLock { $0.isClosed = true } }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let isClosed = state.withLock { state in
            if state.isClosed, state.unsent == nil { state.unsent = request }
            return state.isClosed
        }
        if isClosed {
            throw HTTPFailure(kind: .invalidRequest, message: "This request is not sent.", mayHaveBeenSent: false)
        }
        let clock = ContinuousClock()
        let start = clock.now
        do {
            // All of the answer is shown.
            var request = request
            request.bodyReceiver = nil
            let response = try await client.send(request)
            state.withLock { $0.exchanges.append((request, response, start.duration(to: clock.now))) }
            return response
        } catch {
            state.withLock { $0.exchanges.append((request, nil, start.duration(to: clock.now))) }
            throw error
        }
    }

    /// What was asked and answered so far.
    func exchanges(_ scrubber: SecretScrubber) -> [TrialExchange] {
        state.withLock { $0.exchanges }.map { request, response, duration in
            var exchange = TrialExchange(request, scrubber)
            exchange.answer = response.map { response in
                TrialExchange.Answer(
                    status: response.status,
                    headers: response.headers.map { scrubber.scrubbed($0) },
                    bytes: response.body.count,
                    duration: duration,
                    start: Self.holdsToken(response)
                        ? "" : String(decoding: scrubber.scrub(response.body.prefix(Self.maximumBody)), as: UTF8.self)
                )
            }
            return exchange
        }
    }

    /// Whether an answer may hold a token that nobody knows yet (RFC 6749, §5.1).
    private static func holdsToken(_ response: HTTPResponse) -> Bool {
        let text = String(decoding: response.body.prefix(maximumBody), as: UTF8.self)
        return ["access_token", "refresh_token", "id_token"].contains { text.contains("\"\($0)\"") }
    }

    /// What would have been asked first after ``close()``.
    func unsent(_ scrubber: SecretScrubber) -> TrialExchange? {
        state.withLock { $0.unsent }.map { TrialExchange($0, scrubber) }
    }
}

extension TrialExchange {
    fileprivate init(_ request: HTTPRequest, _ scrubber: SecretScrubber) {
        method = request.method
        url = scrubber.scrubbed(request.url)
        headers = request.headers.map { scrubber.scrubbed($0) }
        body = request.body.map { String(decoding: scrubber.scrub($0[...]), as: UTF8.self) }
    }
}

extension SecretScrubber {
    /// The text without the secrets.
    func scrubbed(_ text: String) -> String {
        String(decoding: scrub(Array(text.utf8)[...]), as: UTF8.self)
    }

    fileprivate func scrubbed(_ header: HTTPHeader) -> HTTPHeader {
        HTTPHeader(name: header.name, value: scrubbed(header.value))
    }
}
