import CryptoExtras
import FerrySandbox
import Foundation
import Testing

/// The sandbox's Search Console does what the vendor's documentation says.
@Suite struct SearchConsoleTests {
    private static let site = "https://www.example.com/"
    private static let path = "/webmasters/v3/sites/https%3A%2F%2Fwww.example.com%2F"

    private func with(_ body: (SearchConsole, Caller) async throws -> Void) async throws {
        try await withSandbox(rows: []) { sandbox, client async throws in
            var client = client
            client.path = "/google_search_console"
            client.key = nil
            sandbox.searchConsole.addSite(Self.site)
            try await body(sandbox.searchConsole, Caller(client: client, service: sandbox.searchConsole))
        }
    }

    /// Signs and asks, without a line of what it is tested with.
    private struct Caller {
        let client: LoopbackClient
        let service: SearchConsole

        func assertion(_ changes: [String: Any] = [:], keyName: String? = nil) throws -> String {
            let file = try JSONSerialization.jsonObject(with: Data(service.keyFile(at: "http://sandbox").utf8))
            let members = try #require(file as? [String: String])
            let now = Int(Date().timeIntervalSince1970)
            var claims: [String: Any] = [
                "iss": try #require(members["client_email"]), "scope": "https://www.googleapis.com/auth/webmasters",
                "aud": "https://oauth2.googleapis.com/token", "iat": now, "exp": now + 3600,
            ]
            claims.merge(changes) { $1 }
            let name = try keyName ?? #require(members["private_key_id"])
            let parts = try [["alg": "RS256", "typ": "JWT", "kid": name], claims].map { part in
                Self.encoded(try JSONSerialization.data(withJSONObject: part))
            }
            let signed = parts.joined(separator: ".")
            let key = try _RSA.Signing.PrivateKey(pemRepresentation: try #require(members["private_key"]))
            let signature = try key.signature(for: Data(signed.utf8), padding: .insecurePKCS1v1_5)
            return "\(signed).\(Self.encoded(signature.rawRepresentation))"
        }

        private static func encoded(_ data: Data) -> String {
            data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        }

        func ask(_ assertion: String) throws -> LoopbackClient.Answer {
            try client.send(
                "POST",
                "/token",
                "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=\(assertion)",
                contentType: "application/x-www-form-urlencoded"
            )
        }

        func token(scope: String = "https://www.googleapis.com/auth/webmasters") throws -> String {
            let body = try ask(assertion(["scope": scope])).body
            let document = try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]
            return try #require(document?["access_token"] as? String, "\(body)")
        }

        func send(_ method: String, _ path: String, _ body: String? = nil, token: String) throws
            -> LoopbackClient.Answer
        {
            try client.send(method, path, body, extraHeaders: "Authorization: Bearer \(token)\r\n")
        }

        func query(_ body: String, token: String) throws -> LoopbackClient.Answer {
            try send("POST", "\(SearchConsoleTests.path)/searchAnalytics/query", body, token: token)
        }
    }

    @Test func tokensAreGivenForWhatTheKeyHasSignedAndNothingElse() async throws {
        try await with { console, caller async throws in
            #expect(try caller.ask(caller.assertion()).status == 200)
            let now = Int(Date().timeIntervalSince1970)
            let wrong: [[String: Any]] = [
                ["iss": "somebody@else"], ["aud": "https://other.example.com"], ["exp": now + 3700],
                ["iat": now - 7200, "exp": now - 3600], ["iat": now + 3600, "exp": now + 7200],
            ]
            for claims in wrong {
                let answer = try caller.ask(caller.assertion(claims))
                #expect(answer.status == 400 && answer.body.contains(#""error":"invalid_grant""#), "\(answer.body)")
            }
            let good = try caller.assertion()
            let end = good.hasSuffix("A") ? "B" : "A"
            #expect(try caller.ask(String(good.dropLast(4)) + end + "AAA").body.contains("Invalid JWT Signature."))
            #expect(try caller.ask(caller.assertion(keyName: "other")).status == 400)
            #expect(try caller.ask("abc").body.contains("invalid_request"))
            #expect(console.tokenCount == 1 && console.publicKey.hasPrefix("-----BEGIN PUBLIC KEY-----"))
            #expect(try caller.send("GET", "/webmasters/v3/sites", token: "ya29.made-up").status == 401)
        }
    }

    @Test func anAddressInAnAddressIsOneSegmentWithAllOfItEncoded() async throws {
        try await with { _, caller async throws in
            let token = try caller.token()
            #expect(try caller.send("GET", Self.path, token: token).status == 200)
            for path in [
                "https%3A%2F%2Fwww.example.com", "https:%2F%2Fwww.example.com%2F", "https%3A//www.example.com/",
            ] {
                #expect(try caller.send("GET", "/webmasters/v3/sites/\(path)", token: token).status == 404, "\(path)")
            }
            let feed = "https%3A%2F%2Fwww.example.com%2Fa.xml%3Fx%3D1"
            #expect(try caller.send("PUT", "\(Self.path)/sitemaps/\(feed)", token: token).status == 204)
            #expect(try caller.send("PUT", "\(Self.path)/sitemaps/\(feed)", "{}", token: token).status == 400)
            let list = try caller.send("GET", "\(Self.path)/sitemaps", token: token).body
            #expect(list.contains(#""path":"https://www.example.com/a.xml?x=1""#) && list.contains(#""errors":"0""#))
            let reader = try caller.token(scope: "https://www.googleapis.com/auth/webmasters.readonly")
            #expect(try caller.send("DELETE", "\(Self.path)/sitemaps/\(feed)", token: reader).status == 403)
            #expect(try caller.send("DELETE", "\(Self.path)/sitemaps/\(feed)", token: token).status == 204)
            #expect(try caller.send("DELETE", "\(Self.path)/sitemaps/\(feed)", token: token).status == 404)
            #expect(try caller.send("GET", "\(Self.path)/sitemaps", token: token).body == "{}")
        }
    }

    @Test func figuresAreGroupedSortedCappedAndLeftOutWhereThereAreNone() async throws {
        try await with { console, caller async throws in
            let token = try caller.token()
            console.setFirstIncompleteDate("2026-01-03")
            console.setRows(
                [
                    SearchRow(query: "a", page: "/1", clicks: 1, impressions: 10),
                    SearchRow(query: "b", page: "/1", clicks: 5, impressions: 10, position: 2),
                    SearchRow(query: "b", page: "/2", clicks: 1, impressions: 30, position: 6),
                ],
                of: Self.site,
                on: "2026-01-02"
            )
            console.setRows([SearchRow(query: "c", page: "/1")], of: Self.site, on: "2026-01-03")
            let range = #""startDate":"2026-01-01","endDate":"2026-01-04""#
            let answer = try caller.query("{\(range),\"dimensions\":[\"query\"]}", token: token).body
            #expect(
                answer == #"{"rows":[{"keys":["b"],"clicks":6,"impressions":40,"ctr":0.15,"position":5.0},"#
                    + #"{"keys":["a"],"clicks":1,"impressions":10,"ctr":0.1,"position":4.25}],"#
                    + #""responseAggregationType":"byProperty"}"#
            )
            let all = try caller.query("{\(range),\"dimensions\":[\"date\"],\"dataState\":\"all\"}", token: token).body
            #expect(all.contains(#""metadata":{"firstIncompleteDate":"2026-01-03"}"#) && all.contains("2026-01-03"))
            let none = try caller.query("{\(range),\"dimensions\":[\"page\"],\"startRow\":9}", token: token).body
            #expect(none == #"{"responseAggregationType":"byPage"}"#)
            console.setMaximumRows(1)
            let capped = try caller.query("{\(range),\"dimensions\":[\"query\"],\"startRow\":1}", token: token).body
            #expect(!capped.contains("rows"))
            for wrong in [
                #"{"startDate":"2026-01-05","endDate":"2026-01-04"}"#, #"{"startDate":"today","endDate":"2026-01-04"}"#,
                "{\(range),\"dimensions\":[\"city\"]}", "{\(range),\"rowLimit\":25001}", "{\(range),\"limit\":1}",
                "{\(range),\"dimensions\":[\"page\"],\"aggregationType\":\"byProperty\"}", "[]",
            ] {
                #expect(try caller.query(wrong, token: token).status == 400, "\(wrong)")
            }
        }
    }

    @Test func refusalsOfAllKindsHaveTheirShape() async throws {
        try await with { console, caller async throws in
            let token = try caller.token()
            console.addForeignSite("sc-domain:other.test")
            let foreign = try caller.send("GET", "/webmasters/v3/sites/sc-domain%3Aother.test", token: token)
            #expect(foreign.status == 403 && foreign.body.contains(#""domain":"global","reason":"forbidden""#))
            #expect(try caller.send("GET", "/webmasters/v3/sites/sc-domain%3Anobody.test", token: token).status == 404)
            #expect(try !caller.send("GET", "/webmasters/v3/sites", token: token).body.contains("other.test"))
            console.setQuota(perMinute: 1)
            #expect(try caller.send("GET", "/webmasters/v3/sites", token: token).status == 200)
            let spent = try caller.send("GET", "/webmasters/v3/sites", token: token)
            #expect(spent.status == 403 && spent.body.contains(#""domain":"usageLimits","reason":"quotaExceeded""#))
            console.setTokenLifetime(0)
            let late = try caller.send("GET", "/webmasters/v3/sites", token: caller.token())
            #expect(late.status == 401 && late.body.contains(#""status":"UNAUTHENTICATED""#))
        }
    }

    @Test func aTokenThatHasExpiredStaysSoAndADeletedKeyGetsNone() async throws {
        try await with { _, caller async throws in
            let token = try caller.token()
            let edit = #"{"service":"google_search_console","revokeTokens":true}"#
            let rule = #"{"match":{"path":"/sites"},"action":{"type":"expired_key"}}"#
            #expect(try caller.client.send("POST", "/_sandbox/faults", rule).status == 204)
            let refused = try caller.send("GET", "/webmasters/v3/sites", token: token)
            #expect(refused.status == 401 && refused.body.contains(#""status":"UNAUTHENTICATED""#))
            #expect(try caller.send("GET", "/webmasters/v3/sites", token: token).status == 401)
            let next = try caller.token()
            #expect(try caller.send("GET", "/webmasters/v3/sites", token: next).status == 200)
            #expect(try caller.client.send("POST", "/_sandbox/edit", edit).status == 204)
            #expect(try caller.send("GET", "/webmasters/v3/sites", token: next).status == 401)
            let second = rule.replacing("/sites", with: "/token")
            #expect(try caller.client.send("POST", "/_sandbox/faults", second).status == 204)
            let denied = try caller.ask(caller.assertion())
            #expect(denied.status == 400 && denied.body.contains(#""error":"invalid_grant""#))
        }
    }

    /// Five minutes are forgiven, as the vendor's endpoint does.
    @Test(arguments: [(-600, 400), (600, 400), (-200, 200), (200, 200)])
    func whatIsSignedMustBeOfTheServicesTime(seconds: Int, status: Int) async throws {
        try await with { _, caller async throws in
            let rule = #"{"action":{"type":"clock_skew","seconds":\#(seconds)}}"#
            #expect(try caller.client.send("POST", "/_sandbox/faults", rule).status == 204)
            let answer = try caller.ask(caller.assertion())
            #expect(answer.status == status, "\(answer.body)")
            #expect(status == 200 || answer.body.contains("reasonable timeframe"))
            #expect(try caller.client.send("DELETE", "/_sandbox/faults").status == 204)
            #expect(try caller.ask(caller.assertion()).status == 200)
        }
    }

    @Test func propertiesAreAddedUnverifiedAndRemoved() async throws {
        try await with { console, caller async throws in
            let token = try caller.token()
            let path = "/webmasters/v3/sites/sc-domain%3Anew.test"
            #expect(try caller.send("PUT", path, token: token).status == 204)
            #expect(console.level(of: "sc-domain:new.test") == "siteUnverifiedUser")
            #expect(try caller.send("GET", path, token: token).status == 403)
            let reader = try caller.token(scope: "https://www.googleapis.com/auth/webmasters.readonly")
            #expect(try caller.send("DELETE", path, token: reader).status == 403)
            #expect(try caller.send("DELETE", path, token: token).status == 204)
            #expect(try caller.send("DELETE", path, token: token).status == 404)
            #expect(try caller.send("PUT", "/webmasters/v3/sites/new.test", token: token).status == 400)
        }
    }

    @Test func addressesAreInspectedOneByOne() async throws {
        try await with { console, caller async throws in
            console.setRows([SearchRow(query: "a", page: "\(Self.site)a")], of: Self.site, on: "2026-01-01")
            let token = try caller.token()
            let inspect = { (address: String) in
                try caller.send(
                    "POST",
                    "/v1/urlInspection/index:inspect",
                    #"{"inspectionUrl":"\#(address)","siteUrl":"\#(Self.site)"}"#,
                    token: token
                )
            }
            #expect(try inspect("\(Self.site)a").body.contains(#""indexStatusResult":{"verdict":"PASS","#))
            let unknown = try inspect("\(Self.site)b").body
            #expect(unknown.contains("URL is unknown to Google") && !unknown.contains("lastCrawlTime"))
            #expect(try inspect("https://other.test/").status == 400)
        }
    }

    @Test func enumerationsHaveTwoSpellingsAndFiltersMayBeExpressions() async throws {
        try await with { console, caller async throws in
            let rows = ["red shoes", "blue shoes", "hats"].enumerated().map { index, query in
                SearchRow(query: query, page: "\(Self.site)\(index)", clicks: 9 - index)
            }
            console.setRows(rows, of: Self.site, on: "2026-01-01")
            let token = try caller.token()
            let ask = { (more: String) in
                try caller.query(#"{"startDate":"2026-01-01","endDate":"2026-01-01",\#(more)}"#, token: token)
            }
            let upper = #""dimensions":["QUERY"],"type":"WEB","aggregationType":"BY_PAGE","dataState":"FINAL""#
            let spelled = try ask(upper)
            #expect(spelled.status == 200 && spelled.body.contains(#""responseAggregationType":"byPage""#))
            let filter = { (operation: String, expression: String) in
                #""dimensions":["query"],"dimensionFilterGroups":[{"filters":[{"dimension":"query","operator":"\#(operation)","expression":"\#(expression)"}]}]"#
            }
            let with = try ask(filter("includingRegex", "^(red|blue) ")).body
            #expect(with.contains("red shoes") && with.contains("blue shoes") && !with.contains("hats"))
            let without = try ask(filter("EXCLUDING_REGEX", "shoes$")).body
            #expect(!without.contains("shoes") && without.contains("hats"))
            #expect(try ask(filter("includingRegex", "(")).status == 400)
            #expect(try ask(filter("like", "x")).status == 400)
        }
    }

    @Test func quotasAreWhatTheDocumentationSays() async throws {
        try await with { _, caller async throws in
            let token = try caller.token()
            let statuses = try (1...30).map { _ in try caller.send("GET", "/webmasters/v3/sites", token: token).status }
            // Twenty a second; how many of these are in one second is this machine's affair.
            #expect(statuses.prefix(20).allSatisfy { $0 == 200 } && statuses.allSatisfy { [200, 403].contains($0) })
            let query = #"{"startDate":"2026-01-01","endDate":"2026-01-01"}"#
            let other = try (1...30).map { _ in try caller.query(query, token: token).status }
            #expect(other.allSatisfy { $0 == 200 })
        }
    }
}
