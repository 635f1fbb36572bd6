import FerryCore
import FerryHTTP
import Testing

@testable import FerryServices

@Suite struct CredentialsTests {
    /// A service that takes one of the given keys.
    private func client(accepting keys: String..., status: Int = 401) -> ScriptedClient {
        ScriptedClient { request in
            keys.contains(request.header("X-Secret-Key") ?? "")
                ? .ok("[]") : HTTPResponse(status: status, body: Array("no".utf8))
        }
    }

    private func keys(_ client: ScriptedClient) -> [String?] {
        client.requests.map { $0.header("X-Secret-Key") }
    }

    @Test func readsTheSecretForEachRequest() async throws {
        let vault = Vault()
        let client = client(accepting: "p-key-0001", "p-key-0003")
        let service = try tableService(client, vault: vault)
        try await service.check()
        vault["primary"] = "p-key-0003"
        try await service.check()
        #expect(keys(client) == ["p-key-0001", "p-key-0003"])
        #expect(service.attention.isEmpty)
    }

    @Test(arguments: [401, 403])
    func turnsToTheSecondaryAndStaysWithIt(status: Int) async throws {
        let client = client(accepting: "s-key-0002", status: status)
        let service = try tableService(client)
        try await service.check()
        try await service.check()
        #expect(keys(client) == ["p-key-0001", "s-key-0002", "s-key-0002"])
        #expect(
            service.attention == ["the service refuses 'key'; 'secondary_key' is in use instead: renew 'key'"]
        )
        #expect(service.traffic.requests == 3)
    }

    @Test func goesBackToThePrimaryOnceItIsRenewed() async throws {
        let vault = Vault()
        let client = client(accepting: "s-key-0002", "p-key-0003")
        let service = try tableService(client, vault: vault)
        try await service.check()
        vault["primary"] = "p-key-0003"
        try await service.check()
        #expect(keys(client) == ["p-key-0001", "s-key-0002", "p-key-0003"])
        #expect(service.attention.isEmpty)
    }

    @Test func readsARefusedSecretAgainBeforeItGivesUp() async throws {
        let vault = Vault(["primary": "p-key-0001"])
        let client = ScriptedClient { request in
            if request.header("X-Secret-Key") == "p-key-0003" { return .ok("[]") }
            vault["primary"] = "p-key-0003"
            return HTTPResponse(status: 401)
        }
        try await tableService(client, secrets: ["key": .credential("primary")], vault: vault).check()
        #expect(keys(client) == ["p-key-0001", "p-key-0003"])
    }

    @Test func namesBothWhenBothAreRefused() async throws {
        let client = client(accepting: "another")
        let service = try tableService(client)
        let failure = await failure { try await service.check() }
        #expect(keys(client) == ["p-key-0001", "s-key-0002"])
        #expect(failure?.kind == .auth)
        #expect(failure?.code == .authRejected)
        #expect(failure?.hint?.contains("'key' and 'secondary_key'") == true)
        #expect(failure?.effect == SyncFailure.Effect.none)
    }

    @Test func triesBothAnewAfterBothWereRefused() async throws {
        let client = client(accepting: "another")
        let service = try tableService(client)
        _ = await failure { try await service.check() }
        _ = await failure { try await service.check() }
        #expect(keys(client) == ["p-key-0001", "s-key-0002", "p-key-0001", "s-key-0002"])
    }

    @Test func needsNoSecondary() async throws {
        let client = client(accepting: "another")
        let service = try tableService(client, secrets: ["key": .credential("primary")])
        let failure = await failure { try await service.check() }
        #expect(keys(client) == ["p-key-0001"])
        #expect(failure?.hint == "the service refused 'key': check where it is configured, then run 'ferryctl test'")
    }

    @Test func blamesTheServiceRatherThanAnAlternateThatCannotBeRead() async throws {
        let client = client(accepting: "another")
        let service = try tableService(client, vault: Vault(["primary": "p-key-0001"]))
        #expect(await failure { try await service.check() }?.code == .authRejected)
        #expect(keys(client) == ["p-key-0001"])
    }

    @Test func saysThatThePrimaryCannotBeRead() async throws {
        let client = client(accepting: "s-key-0002")
        let service = try tableService(client, vault: Vault(["secondary": "s-key-0002"]))
        #expect(await failure { try await service.check() }?.code == .secretUnavailable)
        #expect(client.requests.isEmpty)
    }

    @Test func endsWhenASecretChangesWithEveryReading() async throws {
        let vault = Vault()
        let client = ScriptedClient { _ in
            vault["primary"] = (vault["primary"] ?? "") + "x"
            return HTTPResponse(status: 401)
        }
        let service = try tableService(client, vault: vault)
        #expect(await failure { try await service.check() }?.kind == .auth)
        #expect(client.requests.count < 10)
    }

    @Test func triesTheAlternateForAWriteToo() async throws {
        let client = ScriptedClient { request in
            request.header("X-Secret-Key") == "s-key-0002"
                ? .ok(#"[{"id":"1","data":{"sku":"A"}}]"#) : HTTPResponse(status: 401)
        }
        let sink = try tableService(client).sink("rows", fields: paths("sku"), match: sku)
        #expect(try await sink.write(writes(.create, [["A"]])) == [.accepted(remoteID: "1")])
        #expect(client.requests.count == 2)
    }

    @Test func showsNoSecretWhenItIsDumped() async throws {
        let client = client(accepting: "s-key-0002")
        let service = try tableService(
            client,
            secrets: ["key": .literal(Secret("l-key-0009")), "secondary_key": .credential("secondary")],
            vault: Vault(["secondary": "s-key-0002"])
        )
        _ = await failure { try await service.check() }
        var text = ""
        dump(service, to: &text)
        text += String(describing: service) + String(reflecting: service)
        #expect(!text.contains("l-key-0009") && !text.contains("s-key-0002"))
        #expect(!service.identity.contains("key-"))
    }

    @Test func sendsABearerToken() async throws {
        var description = try tableDescription()
        description.authentication = .bearer(token: try Template(parsing: "${settings.key}"), alternates: [])
        let client = ScriptedClient(200, "[]")
        let service = try HTTPService(
            description,
            settings: [
                "plugin_host": "https://a.example", "agent_id": "a", "configuration_id": "b", "collection_id": "c",
            ],
            secrets: ["key": .credential("primary")],
            resolver: Vault(),
            client: client,
            clock: StoppedClock()
        )
        try await service.check()
        #expect(client.requests.first?.header("Authorization") == "Bearer p-key-0001")
    }
}
