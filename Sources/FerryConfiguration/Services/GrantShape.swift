import FerryCore

/// How tokens are asked for (OAuth 2.0).
enum GrantShape {
    struct Draft {
        var url: Positioned<Template>?
        var clientID: Positioned<Template>?
        var clientSecret: Positioned<Template>?
        var refreshToken: Positioned<Template>?
        var scope: Positioned<Template>?
        var clientPlace: TokenGrant.ClientPlace?

        /// The grant; `nil` when it lacks something that was reported.
        func grant(of kind: TokenGrant.Kind) -> TokenGrant? {
            guard let url, (kind == .clientCredentials ? clientSecret : refreshToken) != nil else { return nil }
            return TokenGrant(
                kind: kind,
                url: url.value,
                clientID: clientID?.value,
                clientSecret: clientSecret?.value,
                refreshToken: refreshToken?.value,
                scope: scope?.value,
                clientPlace: clientPlace ?? .header
            )
        }
    }

    static func shape(of kind: TokenGrant.Kind) -> ValueShape<Draft> {
        let template = ValueShape<Template>.template.positioned
        let isClient = kind == .clientCredentials
        var shape = MappingShape { _ in Draft() }
            .key("token_url", template, \.url, required: true, "The address that gives tokens.")
        if !isClient {
            shape = shape.key(
                "refresh_token",
                template,
                \.refreshToken,
                required: true,
                "The refresh token to begin with; one that the service gives instead is kept in the state directory."
            )
        }
        return
            shape
            .key("client_id", template, \.clientID, required: isClient, "The client's identifier.")
            .key("client_secret", template, \.clientSecret, required: isClient, "The client's secret.")
            .key("scope", template, \.scope, "What the token is to permit.")
            .key(
                "client",
                .choice,
                \.clientPlace,
                default: "header",
                "Where the client's identifier and secret stand: in the header Authorization, or in the body."
            )
            .value
    }
}
