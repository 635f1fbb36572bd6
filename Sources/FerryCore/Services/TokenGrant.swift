/// How tokens are asked for that requests prove themselves with (OAuth 2.0, RFC 6749).
public struct TokenGrant: Sendable {
    /// What tokens are given for.
    public enum Kind: String, Sendable {
        /// A client's identifier and secret (§4.4).
        case clientCredentials = "client_credentials"
        /// A refresh token (§6), which the service may replace by another with every answer.
        case refreshToken = "refresh_token"
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

    /// A grant.
    public init(
        kind: Kind,
        url: Template,
        clientID: Template? = nil,
        clientSecret: Template? = nil,
        refreshToken: Template? = nil,
        scope: Template? = nil,
        clientPlace: ClientPlace = .header
    ) {
        self.kind = kind
        self.url = url
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.refreshToken = refreshToken
        self.scope = scope
        self.clientPlace = clientPlace
    }

    /// The templates that secrets stand in.
    public var credentials: [Template] { [clientSecret, refreshToken].compactMap(\.self) }
}
