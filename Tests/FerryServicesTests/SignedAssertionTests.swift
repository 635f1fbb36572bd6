import CryptoExtras
import FerryCore
import FerryHTTP
import FerryJSON
import Foundation
import Synchronization
import Testing

@testable import FerryServices

/// Tokens that are given for what a key file signs.
@Suite struct SignedAssertionTests {
    private static let key = try? _RSA.Signing.PrivateKey(keySize: .bits2048)

    private static func keyFile(_ changes: [String: JSONValue?] = [:]) throws -> String {
        var members: [(String, JSONValue)] = [
            ("private_key_id", "key-1"), ("private_key", .string(try #require(key).pkcs8PEMRepresentation)),
            ("client_email", "ferry@p.iam.gserviceaccount.com"), ("token_uri", "https://login.example.com/token"),
        ]
        for (name, value) in changes {
            members.removeAll { $0.0 == name }
            if let value { members.append((name, value)) }
        }
        return JSONValue.object(members.map { .init(key: $0.0, value: $0.1) }).serialized
    }

    /// The service, whose token endpoint and API are one scripted client.
    private static func service(
        _ client: ScriptedClient,
        keyFile: String,
        clock: any WallClock = StoppedClock()
    ) throws -> HTTPService {
        let member = { (name: String) in try Template(parsing: "${settings.key_file.\(name)}") }
        let description = ServiceDescription(
            name: "console",
            title: "Console",
            settings: [SettingDeclaration(name: "key_file", type: .json, isSecret: true)],
            base: Template(literal: "https://api.example.com"),
            authentication: .grant(
                TokenGrant(
                    kind: .jwtBearer,
                    url: try member("token_uri"),
                    assertion: TokenGrant.Assertion(
                        key: try member("private_key"),
                        keyID: try member("private_key_id"),
                        claims: [
                            ("iss", try member("client_email")), ("sub", try Template(parsing: "${settings.subject}")),
                            ("scope", Template(literal: "read")),
                            ("aud", Template(literal: "https://audience.example.com")),
                        ]
                    )
                )
            ),
            messagePaths: [FieldPath(segments: [.name("message")])],
            errorRules: [],
            checks: [
                CheckDescription(request: RequestTemplate(method: .get, path: Template(literal: "/")), shape: .any)
            ],
            streams: [:],
            sinks: [:]
        )
        return try HTTPService(
            description,
            settings: [:],
            secrets: ["key_file": .credential("key")],
            resolver: Vault(["key": keyFile]),
            client: client,
            clock: clock
        )
    }

    private static func isToken(_ request: HTTPRequest) -> Bool { request.url == "https://login.example.com/token" }

    /// Tokens, numbered; the API takes those that `isGood` takes.
    private static func client(isGood: @escaping @Sendable (Int) -> Bool = { _ in true }) -> ScriptedClient {
        let given = Mutex(0)
        return ScriptedClient { request in
            guard isToken(request) else {
                let number = given.withLock { $0 }
                return isGood(number) ? .ok("{}") : HTTPResponse(status: 401, body: Array("{}".utf8))
            }
            let number = given.withLock { count in
                count += 1
                return count
            }
            return .ok(#"{"access_token":"token-\#(number)","expires_in":3599,"token_type":"Bearer"}"#)
        }
    }

    private static func decoded(_ part: Substring) throws -> Data {
        var text = String(part).replacing("-", with: "+").replacing("_", with: "/")
        while text.count % 4 != 0 { text += "=" }
        return try #require(Data(base64Encoded: text))
    }

    @Test func aTokenIsAskedForWithClaimsThatTheKeyHasSigned() async throws {
        let client = Self.client()
        try await Self.service(client, keyFile: Self.keyFile()).check()
        let request = try #require(client.requests.first)
        #expect(request.method == "POST" && request.header("Content-Type") == "application/x-www-form-urlencoded")
        let body = try #require(request.text)
        let opening = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion="
        try #require(body.hasPrefix(opening))
        let parts = body.dropFirst(opening.count).split(separator: ".")
        try #require(parts.count == 3)
        #expect(
            String(decoding: try Self.decoded(parts[0]), as: UTF8.self) == #"{"alg":"RS256","typ":"JWT","kid":"key-1"}"#
        )
        #expect(
            String(decoding: try Self.decoded(parts[1]), as: UTF8.self)
                == #"{"iss":"ferry@p.iam.gserviceaccount.com","scope":"read","aud":"https://audience.example.com","#
                + #""iat":784111777,"exp":784115377}"#
        )
        let signature = _RSA.Signing.RSASignature(rawRepresentation: try Self.decoded(parts[2]))
        let signed = Data("\(parts[0]).\(parts[1])".utf8)
        let isGenuine = try #require(Self.key).publicKey.isValidSignature(
            signature,
            for: signed,
            padding: .insecurePKCS1v1_5
        )
        #expect(isGenuine)
        #expect(client.requests.last?.header("Authorization") == "Bearer token-1")
    }

    @Test func aTokenIsUsedUntilTwoMinutesBeforeItsEnd() async throws {
        let client = Self.client()
        let clock = MovedClock()
        let service = try Self.service(client, keyFile: Self.keyFile(), clock: clock)
        for second in [0.0, 3478, 3480, 3599] {
            clock.move(to: second)
            try await service.check()
        }
        #expect(
            client.requests.map { Self.isToken($0) ? "token" : $0.header("Authorization") ?? "" } == [
                "token", "Bearer token-1", "Bearer token-1", "token", "Bearer token-2", "Bearer token-2",
            ]
        )
    }

    @Test func aTokenThatIsRefusedIsRenewedOnce() async throws {
        let renewed = Self.client { $0 > 1 }
        try await Self.service(renewed, keyFile: Self.keyFile()).check()
        #expect(renewed.requests.filter(Self.isToken).count == 2 && renewed.requests.count == 4)
        let refused = Self.client { _ in false }
        let failure = await failure { try await Self.service(refused, keyFile: Self.keyFile()).check() }
        #expect(failure?.kind == .auth && refused.requests.count == 4)
    }

    @Test func aGrantThatIsRefusedIsNotAskedForAgainAndShowsNoSecret() async throws {
        let client = ScriptedClient { request in
            let assertion = request.text?.split(separator: "=").last ?? ""
            return HTTPResponse(
                status: 400,
                body: Array(#"{"error":"invalid_grant","error_description":"Invalid JWT: \#(assertion) key-1"}"#.utf8)
            )
        }
        let failure = try #require(await failure { try await Self.service(client, keyFile: Self.keyFile()).check() })
        #expect(failure.kind == .auth && failure.code == .authRejected && client.requests.count == 1)
        #expect(failure.message == "Console's token endpoint answered 400: Invalid JWT: ‹secret› ‹secret›")
        #expect(failure.hint?.contains("'key_file'") == true)
    }

    @Test(arguments: [
        ("not JSON canary-71ce", "is no JSON object"), ("[\"canary-71ce\"]", "is no JSON object"),
        (#"{"private_key":"canary-71ce""#, "is no JSON object"),
    ])
    func aFileThatIsNoKeyFileIsSaidToBeNone(_ text: String, _ words: String) async throws {
        let client = Self.client()
        let failure = try #require(await failure { try await Self.service(client, keyFile: text).check() })
        #expect(failure.kind == .auth && failure.code == .secretUnavailable && failure.message.contains(words))
        #expect(!failure.description.contains("canary") && client.requests.isEmpty)
    }

    @Test(arguments: ["private_key", "private_key_id", "client_email", "token_uri"])
    func aKeyFileThatLacksSomethingSaysWhat(_ name: String) async throws {
        for value: JSONValue? in [nil, "", 5] {
            let file = try Self.keyFile([name: value])
            let failure = try #require(await failure { try await Self.service(Self.client(), keyFile: file).check() })
            #expect(failure.code == .secretUnavailable && failure.message.contains("has no text at '\(name)'"))
        }
    }

    @Test(arguments: [
        "canary-71ce", "-----BEGIN PRIVATE KEY-----\ncanary-71ce\n-----END PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\nY2FuYXJ5LTcxY2U=\n-----END PRIVATE KEY-----\n",
    ])
    func aKeyThatIsNoneIsNotQuoted(_ key: String) async throws {
        let client = Self.client()
        let file = try Self.keyFile(["private_key": .string(key)])
        let failure = try #require(await failure { try await Self.service(client, keyFile: file).check() })
        #expect(failure.code == .secretUnavailable && failure.message.contains("the private key cannot be used"))
        #expect(!failure.description.contains("canary") && !failure.description.contains("Y2Fu"))
        #expect(client.requests.isEmpty)
    }
}

/// A clock that a test sets.
final class MovedClock: WallClock {
    private let seconds = Mutex(0.0)

    var now: Date { Date(timeIntervalSince1970: seconds.withLock { $0 }) }

    func move(to second: Double) { seconds.withLock { $0 = second } }

    func sleep(until deadline: Date) async throws {}
}
