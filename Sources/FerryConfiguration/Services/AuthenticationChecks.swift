import FerryCore

extension ServiceShape.AuthenticationDraft {
    /// The kinds that are given, with the keys they stand at; one is right.
    private var kinds: [(key: String, authentication: Authentication?)] {
        let alternates = (alternates ?? []).map(\.value)
        var kinds: [(String, Authentication?)] = []
        if let header {
            kinds.append(
                (
                    "header",
                    header.name.flatMap { name in
                        header.value.map { .header(name: name.value, value: $0.value, alternates: alternates) }
                    }
                )
            )
        }
        if let bearer {
            kinds.append(("bearer", bearer.token.map { .bearer(token: $0.value, alternates: alternates) }))
        }
        if let body {
            kinds.append(
                (
                    "body",
                    body.member.flatMap { member in
                        body.value.map { .body(member: member, value: $0.value, alternates: alternates) }
                    }
                )
            )
        }
        if let basic {
            kinds.append(
                (
                    "basic",
                    basic.user.flatMap { user in
                        basic.password.map { .basic(user: user.value, password: $0.value) }
                    }
                )
            )
        }
        if let clientCredentials {
            kinds.append(("client_credentials", clientCredentials.grant(of: .clientCredentials).map { .grant($0) }))
        }
        if let refreshToken {
            kinds.append(("refresh_token", refreshToken.grant(of: .refreshToken).map { .grant($0) }))
        }
        if let assertion { kinds.append(("jwt_grant", assertion.grant.map { .grant($0) })) }
        return kinds
    }

    /// How requests prove who sends them; not at all where that is not clear, which is reported.
    func checked(_ report: inout Report) -> Authentication {
        let kinds = kinds
        guard let kind = kinds.first else {
            report.error(
                .configMissingKey,
                at: position,
                "'auth' does not say how",
                hint:
                    "add one of header, bearer, body, basic, client_credentials, refresh_token and jwt_grant, or leave "
                    + "'auth' out"
            )
            return .none
        }
        guard kinds.count == 1 else {
            report.error(
                .configInvalidValue,
                at: position,
                "'auth' is one of \(kinds.map { "'\($0.key)'" }.joined(separator: ", ")), not all of them"
            )
            return .none
        }
        if let alternate = alternates?.first, !["header", "bearer", "body"].contains(kind.key) {
            report.error(
                .configInvalidValue,
                at: alternate.position,
                "'\(kind.key)' has no alternates",
                hint: "remove 'alternates'"
            )
        }
        return kind.authentication ?? .none
    }

    /// All templates.
    var templates: [Positioned<Template>] {
        let grants = [clientCredentials, refreshToken].compactMap(\.self)
        return [header?.value, bearer?.token, body?.value, basic?.user, basic?.password].compactMap(\.self)
            + (alternates ?? [])
            + grants.flatMap { [$0.url, $0.clientID, $0.clientSecret, $0.refreshToken, $0.scope].compactMap(\.self) }
            + (assertion?.templates ?? [])
    }

    /// What makes each of the credentials: of the templates of one, at least one is secret.
    var credentials: [[Positioned<Template>]] {
        let single =
            [
                header?.value, bearer?.token, body?.value, clientCredentials?.clientSecret,
                refreshToken?.refreshToken, refreshToken?.clientSecret, assertion?.key,
            ].compactMap(\.self) + (alternates ?? [])
        let pair = [basic?.user, basic?.password].compactMap(\.self)
        return single.map { [$0] } + (pair.isEmpty ? [] : [pair])
    }
}
