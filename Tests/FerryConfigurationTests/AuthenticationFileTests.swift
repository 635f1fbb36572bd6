import FerryConfiguration
import FerryCore
import Testing

/// The kinds of authentication in a description's file.
struct AuthenticationFileTests {
    private static func wrong(_ description: String, _ auth: String, _ reports: String) -> WrongFile {
        WrongFile(description, replacing: "bearer: { token: \"${settings.token}\" }", with: auth, reports: reports)
    }

    static let files = [
        wrong(
            "a name and a password that are nobody's secret",
            "basic: { user: \"${settings.host}\", password: x }",
            """
            services/shelf.yaml:8:18: error: 'host' is not declared as a secret: everybody who may see the settings would see it [config.unsafe_service]
              hint: add 'secret: true' to the setting
            """
        ),
        wrong(
            "a client's secret that is written out",
            "client_credentials: { token_url: \"https://login.example.com\", client_id: me, client_secret: abc }",
            """
            services/shelf.yaml:8:95: error: 'auth' holds the credential itself, the same for everybody who uses the description [config.literal_secret]
              hint: declare a setting with 'secret: true', and write ${settings.NAME} here
            """
        ),
        wrong(
            "tokens from nowhere",
            "refresh_token: { token_url: login.example.com/token, refresh_token: \"${settings.token}\" }",
            """
            services/shelf.yaml:8:31: error: the address 'login.example.com/token' does not begin with 'https://' [config.invalid_value]
              hint: did you mean 'https://login.example.com/token'?
            """
        ),
        wrong(
            "a client without an identifier",
            "client_credentials: { token_url: \"https://login.example.com\", client_secret: \"${settings.token}\" }",
            """
            services/shelf.yaml:8:23: error: 'client_id' is missing [config.missing_key]
              hint: The client's identifier.
            """
        ),
        wrong(
            "alternates of what has none",
            "basic: { user: me, password: \"${settings.token}\" }\n  alternates: [\"${settings.token}\"]",
            """
            services/shelf.yaml:9:16: error: 'basic' has no alternates [config.invalid_value]
              hint: remove 'alternates'
            """
        ),
        wrong(
            "a key that is nobody's secret, and claims of nothing",
            "jwt_grant: { token_url: \"https://login.example.com\", key: \"${settings.host}\", claims: { iss: \"${settings.nobody}\" } }",
            """
            services/shelf.yaml:8:61: error: 'host' is not declared as a secret: everybody who may see the settings would see it [config.unsafe_service]
              hint: add 'secret: true' to the setting
            services/shelf.yaml:8:96: error: 'settings' has no 'nobody' [config.invalid_template]
              hint: it has: host, token, size
            """
        ),
        wrong(
            "a member of a secret that has none",
            "jwt_grant: { token_url: \"https://login.example.com\", key: \"${settings.token.key}\", claims: { iss: me } }",
            """
            services/shelf.yaml:8:61: error: 'settings.token' has nothing below it [config.invalid_template]
              hint: write ${settings.token}
            """
        ),
        wrong(
            "a signature that is good for too short a time",
            "jwt_grant: { token_url: \"https://login.example.com\", key: \"${settings.token}\", claims: { iss: me }, lifetime: 5s }",
            """
            services/shelf.yaml:8:113: error: 'lifetime' must be between 1m and 1d [config.invalid_value]
            """
        ),
    ]

    @Test("each mistake is reported where it stands", arguments: files)
    func isReported(_ file: WrongFile) throws {
        #expect(try file.diagnostics(in: .services) == file.reports)
    }

    private func authentication(_ auth: String) throws -> Authentication {
        let world = try World()
        let text = BaseFile.service.replacing("bearer: { token: \"${settings.token}\" }", with: auth)
        try world.write("services/shelf.yaml", text)
        let loaded = try world.load()
        #expect(loaded.diagnostics == [])
        return try #require(loaded.services["shelf"]).authentication
    }

    @Test("a key may be the name, without a password")
    func readsBasic() throws {
        guard case .basic(let user, let password) = try authentication("basic: { user: \"${settings.token}\" }") else {
            Issue.record("it is not basic")
            return
        }
        #expect(user.references.map(\.path) == [["token"]])
        #expect(password.pieces.isEmpty)
    }

    @Test("grants say where tokens come from, and for what")
    func readsGrants() throws {
        let auth = """
            client_credentials:
                token_url: https://login.example.com/token
                client_id: me
                client_secret: "${settings.token}"
                client: body
            """
        guard case .grant(let grant) = try authentication(auth) else {
            Issue.record("it is no grant")
            return
        }
        #expect(grant.kind == .clientCredentials && grant.clientPlace == .body && grant.scope == nil)
        #expect(grant.clientSecret?.references.map(\.path) == [["token"]])
    }
}
