import FerryAPI
import FerryCore

/// One HTTP request, read whole.
struct ServerRequest: Sendable {
    /// The method, such as `GET`.
    var method: String
    /// The request target: path and query.
    var target: String
    /// The body; empty for none.
    var body: [UInt8]
    /// Whether the connection ends with the answer.
    var isLast: Bool
}

/// What a client has sent: a request, or something that cannot become one.
enum Arrival: Sendable {
    case request(ServerRequest)
    case refusal(Refusal)
}

/// One HTTP answer.
struct ServerResponse: Sendable {
    /// The status code.
    var status: Int
    /// The text.
    var body: [UInt8]
    /// What kind of text it is.
    var contentType = "application/json"
    /// The methods that the path takes, for a 405.
    var allow: String?
    /// Whether the body is left out, as after a HEAD.
    var omitsBody = false
    /// Whether the connection ends with it.
    var isLast = false

    /// A success.
    init(_ body: [UInt8], contentType: String) {
        status = 200
        self.body = body
        self.contentType = contentType
    }

    /// A refusal.
    init(_ refusal: Refusal) {
        status = refusal.status
        allow = refusal.allow
        // Encoding three strings cannot fail; an empty body still has the right status.
        body = (try? WireFormat.encode(ErrorEnvelope(error: refusal.error))) ?? []
    }
}

/// Why a request gets no answer of its own.
struct Refusal: Error, Sendable {
    /// The status code.
    var status: Int
    /// What the client is told.
    var error: ErrorBody
    /// The methods that the path takes, for a 405.
    var allow: String?

    /// A refusal with the status of its code, unless HTTP has a closer one.
    init(_ code: ErrorCode, _ message: String, hint: String? = nil, status: Int? = nil, allow: String? = nil) {
        self.status = status ?? Self.status(for: code)
        error = ErrorBody(code: code.rawValue, message: message, hint: hint)
        self.allow = allow
    }

    /// The failure as a refusal.
    init(_ failure: SyncFailure) {
        status = Self.status(for: failure.code)
        error = ErrorBody(failure)
    }

    /// The HTTP status of a code.
    static func status(for code: ErrorCode) -> Int {
        switch code {
        case .requestInvalid, .syncEntityTypeUnknown, .stateInvalid: 400
        case .permissionDenied: 403
        case .integrationNotFound, .jobNotFound, .conflictNotFound, .requestNotFound: 404
        case .requestMethod: 405
        case .jobFinished, .integrationDisabled, .integrationBroken, .integrationBusy, .syncDirectionUnsupported,
            .statePresent, .stateChanged, .stateUnsettled:
            409
        case .requestTooLarge: 413
        case .daemonStopping, .daemonBusy: 503
        default: 500
        }
    }
}
