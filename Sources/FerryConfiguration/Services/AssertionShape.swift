import FerryCore

/// How tokens are asked for with claims that are signed (RFC 7523).
enum AssertionShape {
    struct Draft {
        var url: Positioned<Template>?
        var key: Positioned<Template>?
        var keyID: Positioned<Template>?
        var claims: [(name: Positioned<String>, value: Positioned<Template>)]?
        var lifetime: Duration?

        /// The grant; `nil` when it lacks something that was reported.
        var grant: TokenGrant? {
            guard let url, let key else { return nil }
            return TokenGrant(
                kind: .jwtBearer,
                url: url.value,
                assertion: TokenGrant.Assertion(
                    key: key.value,
                    keyID: keyID?.value,
                    claims: (claims ?? []).map { ($0.name.value, $0.value.value) },
                    lifetime: lifetime ?? .seconds(3600)
                )
            )
        }

        /// All templates.
        var templates: [Positioned<Template>] { [url, key, keyID].compactMap(\.self) + (claims ?? []).map(\.value) }
    }

    static var shape: ValueShape<Draft> {
        let template = ValueShape<Template>.template.positioned
        let lifetime = ValueShape<Duration>.timeSpan.checked { span, subject in
            span >= .seconds(60) && span <= .seconds(86_400) ? nil : ("\(subject) must be between 1m and 1d", nil)
        }
        return MappingShape { _ in Draft() }
            .key("token_url", template, \.url, required: true, "The address that gives tokens.")
            .key(
                "key",
                template,
                \.key,
                required: true,
                "The private key that signs, as PEM: a secret, or a member of one that is JSON."
            )
            .key("key_id", template, \.keyID, "The key's name, by which the service finds the public one.")
            .key(
                "claims",
                NamedShape(value: template).shape,
                \.claims,
                required: true,
                "What is claimed, such as iss, scope and aud; iat and exp are added. One whose value is absent is left out."
            )
            .key("lifetime", lifetime, \.lifetime, default: "1h", "How long what is signed is good for.")
            .value
    }
}
