public import FerryCore

/// What every successful answer is wrapped in: `{"data": …}`.
public struct Envelope<Payload: Sendable>: Sendable {
    /// The answer itself.
    public var data: Payload

    /// Wraps an answer.
    public init(data: Payload) {
        self.data = data
    }
}

extension Envelope: Encodable where Payload: Encodable {}
extension Envelope: Decodable where Payload: Decodable {}

/// What every refusal is wrapped in: `{"error": {"code", "message", "hint"}}`.
public struct ErrorEnvelope: Codable, Sendable {
    /// The refusal itself.
    public var error: ErrorBody

    /// Wraps a refusal.
    public init(error: ErrorBody) {
        self.error = error
    }
}

/// Why something did not work: a code for programs, a sentence and a hint for people.
public struct ErrorBody: Codable, Sendable, Equatable {
    /// The stable code; a newer daemon may send one that this version does not know.
    public var code: String
    /// One sentence, without secrets.
    public var message: String
    /// What to do next, if there is something to do.
    public var hint: String?

    /// A refusal.
    public init(code: String, message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    /// The failure as the socket shows it.
    public init(_ failure: SyncFailure) {
        self.init(code: failure.code.rawValue, message: failure.message, hint: failure.hint)
    }

    /// The kept failure as the socket shows it.
    public init(_ failure: JobFailure) {
        self.init(code: failure.code.rawValue, message: failure.message, hint: failure.hint)
    }
}
