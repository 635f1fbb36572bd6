/// Why something a job tried did not work, and what follows from it.
///
/// Endpoints throw it after one attempt; the engine alone decides whether to try again.
public struct SyncFailure: Error, Sendable, CustomStringConvertible {
    /// The class of a failure, which decides what the engine does next.
    public enum Kind: String, Sendable {
        /// May pass by itself: retried with backoff.
        case transient
        /// The service asks to wait: retried without spending an attempt.
        case rateLimited
        /// The credentials were refused: never retried hot.
        case auth
        /// The service refused the data: bisected until the bad records stand alone.
        case record
        /// The request was too large: halved.
        case batchTooLarge
        /// The record that was to be changed does not exist (any more) at the service.
        case gone
        /// The configuration is wrong: the job stops with a hint.
        case config
        /// The service refuses one part of the resource (a site, an account): a pull goes on with the others.
        case part
        /// The service has refused for its limits for so long that another job had better go on later.
        case deferred
        /// The service broke its documented contract: the job stops.
        case contract
        /// This machine failed (disk, store, ledger): the job stops before anything is lost.
        case local
    }

    /// Whether the request may have had an effect at the service.
    public enum Effect: String, Sendable {
        /// It surely had none.
        case none
        /// It may or may not have had one.
        case unknown
    }

    /// The class.
    public var kind: Kind
    /// The stable code for programs.
    public var code: ErrorCode
    /// One sentence for people, without secrets.
    public var message: String
    /// What to do next, for people.
    public var hint: String?
    /// How long the service asks to wait.
    public var retryAfter: Duration?
    /// Whether a write may have landed all the same.
    public var effect: Effect
    /// Which records of a batch were refused, by their position, with the service's words for each, where it says so.
    public var refusals: [Int: String]

    /// A failure.
    public init(
        _ kind: Kind,
        _ code: ErrorCode,
        _ message: String,
        hint: String? = nil,
        retryAfter: Duration? = nil,
        effect: Effect = .none,
        refusals: [Int: String] = [:]
    ) {
        self.kind = kind
        self.code = code
        self.message = message
        self.hint = hint
        self.retryAfter = retryAfter
        self.effect = effect
        self.refusals = refusals
    }

    /// The message with its code and hint.
    public var description: String {
        "\(message) [\(code.rawValue)]" + (hint.map { " (\($0))" } ?? "")
    }
}
