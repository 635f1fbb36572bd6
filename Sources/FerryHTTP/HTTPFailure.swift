/// Why an exchange gave no complete response.
public struct HTTPFailure: Error, Sendable, CustomStringConvertible {
    /// What went wrong.
    public enum Kind: String, Sendable, CaseIterable {
        /// The host's name could not be resolved.
        case resolve
        /// No connection came about.
        case connect
        /// No trustworthy TLS session came about, or a certificate file could not be used.
        case tls
        /// The request would have gone to another machine unencrypted, and was not sent.
        case unencrypted
        /// The time was up.
        case timeout
        /// The connection was reset or closed early, or what came is not a whole, well-formed response.
        case interrupted
        /// The response is larger than the request allows.
        case tooLarge
        /// The request's receiver does not take the body.
        case notTaken
        /// The request itself is wrong and was not sent.
        case invalidRequest
        /// The task was cancelled after the request may have been sent.
        case cancelled
        /// The client was shut down.
        case shutDown
    }

    /// What went wrong.
    public var kind: Kind
    /// One sentence for people: names the host and port, never a header's value, nor the URL's user or query.
    public var message: String
    /// Why no TLS session came about, where the words of the TLS library tell.
    public var tlsCause: TLSCause?
    /// Whether any byte of the request may have reached the wire.
    ///
    /// `false` only when it is certain that none did: the request has had no effect and may be sent again.
    public var mayHaveBeenSent: Bool
    /// How long it took to fail.
    public var duration: Duration

    /// A failure.
    public init(
        kind: Kind,
        message: String,
        tlsCause: TLSCause? = nil,
        mayHaveBeenSent: Bool,
        duration: Duration = .zero
    ) {
        self.kind = kind
        self.message = message
        self.tlsCause = tlsCause
        self.mayHaveBeenSent = mayHaveBeenSent
        self.duration = duration
    }

    /// The message.
    public var description: String { message }
}
