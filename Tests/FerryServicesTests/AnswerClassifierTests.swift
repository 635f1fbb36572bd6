import FerryCore
import FerryHTTP
import Testing

@testable import FerryServices

@Suite struct AnswerClassifierTests {
    private func read(_ status: Int, _ body: String = "", headers: [HTTPHeader] = []) async throws -> SyncFailure? {
        let service = try tableService(ScriptedClient(status, body, headers: headers))
        return await failure { try await service.check() }
    }

    private func write(_ status: Int, _ body: String = "", headers: [HTTPHeader] = []) async throws -> SyncFailure? {
        let service = try tableService(ScriptedClient(status, body, headers: headers))
        let sink = try service.sink("rows", fields: paths("sku"), match: sku)
        return await failure { try await sink.write(writes(.create, [["A"]])) }
    }

    // MARK: Statuses

    @Test(arguments: [408, 425, 500, 502, 503, 504, 520, 599])
    func takesAWriteThatTheServiceFailedAtForAnUnknownOutcome(status: Int) async throws {
        let read = try await read(status)
        #expect(read?.kind == .transient)
        #expect(read?.code == .serviceUnavailable)
        #expect(read?.effect == SyncFailure.Effect.none)
        #expect(try await write(status)?.effect == .unknown)
    }

    @Test(arguments: [400, 409, 412, 422, 418])
    func blamesTheDataOfAWriteAndTheSettingsOfARead(status: Int) async throws {
        let write = try await write(status, #"{"message":"price must be a number"}"#)
        #expect(write?.kind == .record)
        #expect(write?.code == .recordRefused)
        #expect(write?.message == "price must be a number")
        #expect(write?.effect == SyncFailure.Effect.none)
        let read = try await read(status, #"{"message":"no such column"}"#)
        #expect(read?.kind == .config)
        #expect(read?.code == .serviceRefused)
        #expect(read?.message == "Dynamic Table answered \(status): no such column")
        #expect(read?.hint != nil)
    }

    @Test(arguments: [402, 404, 405, 406, 407, 411, 415, 421, 426, 431, 451])
    func blamesTheConfigurationWhereNoOtherDataWouldHelp(status: Int) async throws {
        #expect(try await write(status)?.kind == .config)
        #expect(try await read(status)?.kind == .config)
        #expect(try await write(status)?.hint != nil)
    }

    @Test(arguments: [401, 403])
    func takesARefusalForTheCredentials(status: Int) async throws {
        #expect(try await read(status)?.code == .authRejected)
        #expect(try await write(status)?.kind == .auth)
    }

    @Test func halvesAWriteThatIsTooLargeButNotARead() async throws {
        #expect(try await write(413)?.kind == .batchTooLarge)
        #expect(try await write(413)?.code == .serviceBatchTooLarge)
        #expect(try await read(413)?.kind == .config)
    }

    @Test(arguments: [301, 302, 303, 307, 308])
    func followsNoRedirect(status: Int) async throws {
        let client = ScriptedClient(status, "", headers: [HTTPHeader(name: "Location", value: "https://evil.example/")])
        let service = try tableService(client)
        let failure = await failure { try await service.check() }
        #expect(failure?.kind == .config)
        #expect(failure?.code == .serviceRedirect)
        #expect(failure?.hint == "write the final address into 'config'")
        #expect(client.requests.count == 1)
    }

    @Test(arguments: [("30", 30), ("0", 1), ("100000", 86_400), ("99999999999999999999", 86_400)])
    func waitsForALimitAsLongAsTheServiceSays(value: String, seconds: Int) async throws {
        let failure = try await write(429, headers: [HTTPHeader(name: "retry-after", value: value)])
        #expect(failure?.kind == .rateLimited)
        #expect(failure?.code == .serviceRateLimited)
        #expect(failure?.retryAfter == .seconds(seconds))
        #expect(failure?.effect == SyncFailure.Effect.none)
    }

    @Test(arguments: [
        ("Sun, 06 Nov 1994 08:50:37 GMT", 60), ("Sunday, 06-Nov-94 08:50:37 GMT", 60), ("Sun Nov  6 08:50:37 1994", 60),
        ("Sun, 06 Nov 1994 08:00:00 GMT", 0),
    ])
    func waitsUntilTheDateThatTheServiceSays(value: String, seconds: Int) async throws {
        let failure = try await read(503, headers: [HTTPHeader(name: "Retry-After", value: value)])
        #expect(failure?.kind == .transient)
        #expect(failure?.retryAfter == .seconds(seconds))
    }

    @Test(arguments: ["", "soon", "-1", "+5", "1.5"])
    func ignoresAWaitThatCannotBeRead(value: String) async throws {
        let failure = try await read(429, headers: [HTTPHeader(name: "Retry-After", value: value)])
        #expect(failure?.kind == .rateLimited)
        #expect(failure?.retryAfter == nil)
    }

    @Test func letsTheDescriptionsRulesComeFirst() async throws {
        var description = try tableDescription()
        description.errorRules = [
            ErrorRule(statuses: [400], body: [(FieldPath(segments: [.name("code")]), "slow_down")], verdict: .rate),
            ErrorRule(statuses: [404], verdict: .done),
            ErrorRule(statuses: [200], has: [FieldPath(segments: [.name("errors")])], verdict: .record),
        ]
        let classifier = AnswerClassifier(
            title: "T",
            messagePaths: [],
            rules: description.errorRules
        )
        func kind(_ status: Int, _ body: String) -> SyncFailure.Kind? {
            classifier.failure(
                of: HTTPResponse(status: status, body: Array(body.utf8)),
                isWrite: true,
                now: StoppedClock().now,
                scrubber: { SecretScrubber([]) }
            )?.kind
        }
        #expect(kind(400, #"{"code":"slow_down"}"#) == .rateLimited)
        #expect(kind(400, #"{"code":"other"}"#) == .record)
        #expect(kind(404, "") == nil)
        #expect(kind(200, #"{"data":null,"errors":[{"message":"no"}]}"#) == .record)
        #expect(kind(200, #"{"data":{},"errors":null}"#) == nil && kind(200, "{}") == nil && kind(200, "") == nil)
    }

    // MARK: No answer

    @Test(arguments: HTTPFailure.Kind.allCases)
    func knowsWhetherAWriteMayHaveLanded(kind: HTTPFailure.Kind) async throws {
        for wasSent in [true, false] {
            let service = try tableService(
                ScriptedClient { _ in throw HTTPFailure(kind: kind, message: "it failed", mayHaveBeenSent: wasSent) }
            )
            let sink = try service.sink("rows", fields: paths("sku"), match: sku)
            let write = await failure { try await sink.write(writes(.create, [["A"]])) }
            let read = await failure { try await service.check() }
            #expect(write?.message == "it failed")
            #expect(read?.effect == SyncFailure.Effect.none)
            #expect(service.traffic.requests == 2)
            // A request that never left, or that no connection carried, has had no effect.
            let neverLeft: Set<HTTPFailure.Kind> = [.resolve, .connect, .tls, .unencrypted, .invalidRequest]
            #expect(write?.effect == (wasSent && !neverLeft.contains(kind) ? .unknown : SyncFailure.Effect.none))
        }
    }

    // MARK: Messages

    @Test(arguments: [
        (#"{"message":"m","title":"t"}"#, "m"), (#"{"title":"t","detail":"d"}"#, "t"),
        (#"{"error":{"message":"deep","code":7}}"#, "deep"), (#"{"error":"plain"}"#, "plain"),
        (
            #"{"errors":{"price":["is no number","is required"],"sku":["is taken"]}}"#,
            "price: is no number, is required; sku: is taken"
        ),
        (
            #"{"title":"Validation failed","errors":{"price":["is no number"]}}"#,
            "Validation failed: price: is no number"
        ),
        (#"{"message":null,"detail":"d"}"#, "d"), (#"{"message":"","detail":"d"}"#, "d"),
        (#"{"code":17}"#, #"{"code":17}"#), (#""only text""#, "only text"), ("plain\n  text", "plain text"),
        (#"{"message":"two\nlines \u001b[31mred"}"#, "two lines [31mred"),
    ])
    func tellsTheServicesWords(body: String, words: String) async throws {
        #expect(try await write(400, body)?.message == words)
    }

    @Test(arguments: ["", "{}", "[]", "null", "\n"])
    func tellsTheStatusWhereTheServiceSaysNothing(body: String) async throws {
        #expect(try await write(400, body)?.message == "Dynamic Table answered 400")
    }

    @Test func cutsLongWords() async throws {
        let long = String(repeating: "é", count: 5000)
        let json = try #require(try await write(400, #"{"message":"\#(long)"}"#)?.message)
        #expect(json.count == 501)
        #expect(try await write(400, long)?.message.count == 501)
    }

    @Test func tellsAWebPagesTitleInsteadOfItsCode() async throws {
        let page = "<!DOCTYPE html>\n<HTML><head><Title>\n502 Bad\nGateway</title></head><body><h1>Oh</h1></body>"
        #expect(try await read(502, page)?.message == "Dynamic Table answered 502: 502 Bad Gateway")
        #expect(
            try await read(502, "<html><body><h1>Oh</h1><p>no</p></body></html>")?.message
                == "Dynamic Table answered 502: Oh no"
        )
    }

    // MARK: Secrets

    @Test(arguments: [
        "your key SECRET is wrong", #"{"message":"key SECRET"}"#, #"{"errors":{"SECRET":["SECRET"]}}"#,
        #"{"other":"SECRET"}"#, "<html><title>SECRET</title>", "SECRET\u{301}", #"{"message":"xSECRETx"}"#,
    ])
    func keepsSecretsOutOfEveryText(body: String) async throws {
        let secrets = ["primary": "a/b+c d\"1", "secondary": "a/b"]
        for form in [
            "a/b+c d\"1", "a%2Fb%2Bc%20d%221", "a%2fb%2bc%20d%221", #"a\/b+c d\"1"#, #"a/b+c d\"1"#, "a/b", "a%2Fb",
        ] {
            let text = body.split(separator: "SECRET", omittingEmptySubsequences: false).joined(separator: form)
            let service = try tableService(ScriptedClient(400, text), vault: Vault(secrets))
            let failure = await failure { try await service.check() }
            let said = try #require(failure?.description)
            #expect(!said.contains("a/b") && !said.contains("c d"), "\(said)")
            #expect(!said.lowercased().contains("a%2fb") && !said.contains(#"a\/b"#), "\(said)")
        }
    }

    @Test func cutsNoSecretInTwo() async throws {
        let padding = String(repeating: "x", count: 495)
        let service = try tableService(ScriptedClient(400, "\(padding)p-key-0001"))
        let said = try #require(await failure { try await service.check() }?.message)
        #expect(!said.contains("p-k"))
    }

    @Test func keepsSecretsOutOfAnAnswerThatIsQuoted() async throws {
        let service = try tableService(ScriptedClient(200, "hello p-key-0001 and s-key-0002"))
        let said = try #require(await failure { try await service.check() }?.message)
        #expect(!said.contains("key-000"))
        #expect(said.contains("it begins with: hello ‹secret› and ‹secret›"))
    }

    @Test func keepsASecretOutThatWasRenewedMeanwhile() async throws {
        let vault = Vault()
        let client = ScriptedClient { _ in
            vault["primary"] = "p-key-0003"
            return HTTPResponse(status: 400, body: Array("p-key-0001".utf8))
        }
        let service = try tableService(client, vault: vault)
        #expect(await failure { try await service.check() }?.message == "Dynamic Table answered 400: ‹secret›")
    }
}
