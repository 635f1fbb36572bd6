/// How requests prove who sends them.
public enum Authentication: Sendable {
    /// Not at all.
    case none
    /// A header with a secret value; `alternates` are tried, once each, when the value before is refused.
    case header(name: String, value: Template, alternates: [Template])
    /// `Authorization: Bearer …` (RFC 6750, §2.1), with alternates alike.
    case bearer(token: Template, alternates: [Template])
    /// A user's name and password (RFC 7617).
    case basic(user: Template, password: Template)
    /// Tokens that are asked for, and sent as bearer tokens (RFC 6749).
    case grant(TokenGrant)
    /// A member of the JSON object that is the request's body, with alternates alike.
    case body(member: String, value: Template, alternates: [Template])

    /// The values in the order in which they are tried.
    public var values: [Template] {
        switch self {
        case .none: []
        case .header(_, let value, let alternates), .bearer(let value, let alternates),
            .body(_, let value, let alternates):
            [value] + alternates
        case .basic(_, let password): [password]
        case .grant(let grant): Array(grant.credentials.prefix(1))
        }
    }
}

/// A host of a service besides the one of `base`.
public struct HostDescription: Sendable {
    /// The address that requests to it begin with.
    public var base: Template
    /// How requests to it prove who sends them: no other host's credentials are sent there.
    public var authentication: Authentication

    /// A host.
    public init(base: Template, authentication: Authentication) {
        self.base = base
        self.authentication = authentication
    }
}
