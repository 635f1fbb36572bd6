/// How tokens are asked for that requests prove themselves with (OAuth 2.0, RFC 6749 and RFC 7523).
public struct TokenGrant: Sendable {
    /// What tokens are given for.
    public enum Kind: String, Sendable {
        /// A client's identifier and secret (§4.4).
        case clientCredentials = "client_credentials"
        /// A refresh token (§6), which the service may replace by another with every answer.
        case refreshToken = "refresh_token"
        /// Claims that are signed with a private key (RFC 7523, §2.1).
        case jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    }

    /// What is claimed, and signed by RS256 (RFC 7518, §3.3), for a token to be given.
    public struct Assertion: Sendable {
        /// The private key, as PEM.
        public var key: Template
        /// The key's name, by which the service finds the public one.
        public var keyID: Template?
        /// The claims, but for the times; one whose value is absent is left out.
        public var claims: [(name: String, value: Template)]
        /// How long an assertion is good for.
        public var lifetime: Duration

        /// An assertion.
        public init(
            key: Template,
            keyID: Template? = nil,
            claims: [(name: String, value: Template)],
            lifetime: Duration = .seconds(3600)
        ) {
            self.key = key
            self.keyID = keyID
            self.claims = claims
            self.lifetime = lifetime
        }

        /// All of its templates.
        public var templates: [Template] { [key] + [keyID].compactMap(\.self) + claims.map(\.value) }
    }

    /// Where a client's identifier and secret stand in a request for a token (§2.3.1).
    public enum ClientPlace: String, Sendable, CaseIterable {
        /// In the header `Authorization`.
        case header
        /// Among the members of the body.
        case body
    }

    /// What tokens are given for.
    public var kind: Kind
    /// The address that gives tokens.
    public var url: Template
    /// The client's identifier.
    public var clientID: Template?
    /// The client's secret.
    public var clientSecret: Template?
    /// The refresh token that somebody has been given; of use for one grant only.
    public var refreshToken: Template?
    /// What the token is to permit.
    public var scope: Template?
    /// Where the client's identifier and secret stand.
    public var clientPlace: ClientPlace
    /// What is signed, where tokens are given for that.
    public var assertion: Assertion?

    /// A grant.
    public init(
        kind: Kind,
        url: Template,
        clientID: Template? = nil,
        clientSecret: Template? = nil,
        refreshToken: Template? = nil,
        scope: Template? = nil,
        clientPlace: ClientPlace = .header,
        assertion: Assertion? = nil
    ) {
        self.kind = kind
        self.url = url
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.refreshToken = refreshToken
        self.scope = scope
        self.clientPlace = clientPlace
        self.assertion = assertion
    }

    /// The templates that secrets stand in.
    public var credentials: [Template] { [clientSecret, refreshToken, assertion?.key].compactMap(\.self) }
}
