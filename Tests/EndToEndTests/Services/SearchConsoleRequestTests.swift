import FerryAPI
import FerryCore
import FerryJSON
import FerrySandbox
import FerryTesting
import Foundation
import Synchronization
import Testing

/// What is sent to Search Console, compared with what Google's own client was recorded to send, by the real program over
/// real HTTP.
@Suite struct SearchConsoleRequestTests {
    private static func with(
        config: String,
        _ entities: String,
        answer: @escaping @Sendable (LoopbackService.Request) -> LoopbackService.Answer,
        _ body: (FerryWorld, LoopbackService) async throws -> Void
    ) async throws {
        let answered: @Sendable (LoopbackService.Request) -> LoopbackService.Answer = { request in
            guard request.path != "/token" else {
                return LoopbackService.Answer(
                    #"{"access_token":"ya29.recorded","expires_in":3599,"token_type":"Bearer"}"#
                )
            }
            return answer(request)
        }
        try await LoopbackService.with(answered) { api async throws in
            try await FerryWorld.with { world async throws in
                // The account of the sandbox, whose token endpoint is another one here.
                let text = world.sandbox.searchConsole.keyFile(at: "http://sandbox.invalid")
                    .replacing("http://sandbox.invalid/google_search_console/token", with: "\(api.url)/token")
                let key = try world.folder.write(text, to: "key.json")
                try world.write(
                    integration: "search",
                    """
                    type: google_search_console
                    config:
                      base_url: "\(api.url)/"
                      key_file: { file: \(key) }
                      requests_per_second: 1000
                    \(config)
                    entities:
                    \(entities)
                    """
                )
                try await body(world, api)
                for request in api.requests where request.path != "/token" {
                    #expect(request.headers["authorization"] == "Bearer ya29.recorded")
                }
            }
        }
    }

    @Test func searchesAreAskedForAsTheyWereRecorded() async throws {
        let zone = try TimeZoneRules(named: "America/Los_Angeles")
        let today = CalendarDay(at: Date(), in: zone)
        let day = today.adding(days: -3).text
        let config = """
              site_urls: ["sc-domain:example.com", "https://www.example.com/"]
              since: "\(day)"
              filter_groups: [{ groupType: and, filters: [{ dimension: country, operator: equals, expression: nor }] }]
            """
        let entities = """
              - type: search
                resource: search_analytics
                field_mappings:
                  - { source: fields.site, target: siteUrl, direction: pull }
                  - { source: fields.page, target: page, direction: pull }
                  - { source: fields.query, target: query, direction: pull }
                  - { source: fields.clicks, target: clicks, direction: pull }
                  - { source: fields.position, target: position, direction: pull }
            """
        try await Self.with(config: config, entities) { request in
            // A recorded answer, and what comes where there are no rows.
            guard request.body.contains(#""startRow":0"#) else {
                return LoopbackService.Answer(
                    #"{"responseAggregationType":"byPage","metadata":{"firstIncompleteDate":"\#(today.adding(days: -2).text)"}}"#
                )
            }
            return LoopbackService.Answer(
                #"{"rows":[{"keys":["\#(day)","https://www.example.com/a","shoes"],"clicks":3,"impressions":40,"#
                    + #""ctr":0.075,"position":4.25}],"responseAggregationType":"byPage"}"#
            )
        } _: { world, api async throws in
            let job = try await world.once("search", .pull).job
            #expect(job.state == .succeeded && job.progress.created == 2, "\(job)")
            #expect(
                try world.rows(world.store, "SELECT site, page, query, clicks, position FROM search ORDER BY site") == [
                    "https://www.example.com/|https://www.example.com/a|shoes|3|4.25",
                    "sc-domain:example.com|https://www.example.com/a|shoes|3|4.25",
                ]
            )
            let path = { (site: String) in "POST /webmasters/v3/sites/\(site)/searchAnalytics/query" }
            #expect(
                api.requests.map { "\($0.method) \($0.target)" } == ["POST /token"]
                    + Array(repeating: path("sc-domain%3Aexample.com"), count: 3)
                    + Array(repeating: path("https%3A%2F%2Fwww.example.com%2F"), count: 3)
            )
            let probe =
                #"{"startDate":"\#(today.adding(days: -9).text)","endDate":"\#(today.text)","dimensions":["date"],"#
                + #""type":"web","dataState":"all"}"#
            let query = { (row: Int) in
                #"{"startDate":"\#(day)","endDate":"\#(day)","dimensions":["date","page","query"],"type":"web","#
                    + #""aggregationType":"auto","dataState":"final","rowLimit":25000,"startRow":\#(row),"#
                    + #""dimensionFilterGroups":[{"groupType":"and","filters":[{"dimension":"country","operator":"equals","#
                    + #""expression":"nor"}]}]}"#
            }
            // A page that is not full is followed by what comes after its last row: then none is passed over.
            let bodies = [probe, query(0), query(1)]
            #expect(api.requests.dropFirst().map(\.body) == bodies + bodies)
            #expect(
                api.requests.allSatisfy {
                    $0.headers["content-type"]
                        == ($0.path == "/token" ? "application/x-www-form-urlencoded" : "application/json")
                }
            )
        }
    }

    @Test func aTokenIsAskedForAsItWasRecorded() async throws {
        let entities = """
              - type: property
                resource: sites
                key: url
                field_mappings:
                  - { source: fields.url, target: siteUrl, direction: pull }
                  - { source: fields.level, target: permissionLevel, direction: pull }
            """
        try await Self.with(config: "  site_urls: [\"sc-domain:example.com\"]", entities) { _ in
            LoopbackService.Answer(
                #"{"siteEntry":[{"siteUrl":"sc-domain:example.com","permissionLevel":"siteOwner"}]}"#
            )
        } _: { world, api async throws in
            let before = Int(Date().timeIntervalSince1970)
            #expect(try await world.once("search", .pull).job.progress.created == 1)
            #expect(api.requests.map { "\($0.method) \($0.target)" } == ["POST /token", "GET /webmasters/v3/sites"])
            let token = api.requests[0]
            #expect(token.headers["authorization"] == nil)
            let form = token.body.split(separator: "&").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
            #expect(form.map { $0[0] } == ["grant_type", "assertion"])
            #expect(form[0][1].removingPercentEncoding == "urn:ietf:params:oauth:grant-type:jwt-bearer")
            let parts = try form[1][1].split(separator: ".").prefix(2).map { part in
                var text = String(part).replacing("-", with: "+").replacing("_", with: "/")
                while text.count % 4 != 0 { text += "=" }
                return String(decoding: try #require(Data(base64Encoded: text)), as: UTF8.self)
            }
            #expect(parts[0].hasPrefix(#"{"alg":"RS256","typ":"JWT","kid":""#))
            let claims = try JSONValue(parsing: parts[1])
            #expect(claims.keys == ["iss", "scope", "aud", "iat", "exp"])
            #expect(claims["iss"]?.string == "ferry@sandbox.iam.gserviceaccount.com")
            #expect(claims["scope"]?.string == "https://www.googleapis.com/auth/webmasters")
            // Not where it is posted to, but what Google's own client signs.
            #expect(claims["aud"]?.string == "https://oauth2.googleapis.com/token")
            let issued = try #require(claims["iat"]?.integer)
            #expect(issued >= before && claims["exp"]?.integer == issued + 3600)
        }
    }

    @Test func sitemapsAreSubmittedAndWithdrawnAsTheyWereRecorded() async throws {
        let entities = """
              - type: sitemap
                resource: sitemaps
                key: url
                deletes: propagate
                field_mappings:
                  - { source: fields.url, target: path, direction: push }
            """
        let config = "  site_urls: [\"https://www.example.com/\"]\n  site_url: https://www.example.com/\nstore: shop"
        try await Self.with(config: config, entities) { _ in
            LoopbackService.Answer("", status: 204)
        } _: { world, api async throws in
            try world.writeShop(
                "CREATE TABLE sitemap (url TEXT PRIMARY KEY); INSERT INTO sitemap VALUES ('https://www.example.com/sitemap.xml'), ('https://z.test/')"
            )
            #expect(try await world.once("search", .push).job.progress.created == 2)
            try world.writeShop("DELETE FROM sitemap WHERE url LIKE '%sitemap.xml'")
            #expect(try await world.once("search", .push).job.progress.deleted == 1)
            let path =
                "/webmasters/v3/sites/https%3A%2F%2Fwww.example.com%2F/sitemaps/https%3A%2F%2Fwww.example.com%2Fsitemap.xml"
            #expect(
                api.requests.filter { $0.path != "/token" }.map { "\($0.method) \($0.target)" } == [
                    "PUT \(path)", "PUT \(path.replacing("www.example.com%2Fsitemap.xml", with: "z.test%2F"))",
                    "DELETE \(path)",
                ]
            )
            for request in api.requests where request.path != "/token" {
                #expect(request.body.isEmpty && request.headers["content-type"] == nil)
            }
        }
    }

    @Test func sitemapsAreListedForEachPropertyAndTheConnectionIsTestedByTheProperties() async throws {
        let entities = """
              - type: feed
                resource: sitemaps
                field_mappings:
                  - { source: fields.site, target: siteUrl, direction: pull }
                  - { source: fields.path, target: path, direction: pull }
                  - { source: fields.errors, target: errors, transform: to_number, direction: pull }
            """
        let config = "  site_urls: [\"sc-domain:example.com\", \"https://www.example.com/\"]"
        try await Self.with(config: config, entities) { request in
            // Recorded answers; where there is nothing, there is not even an empty list.
            guard request.target.hasSuffix("/sitemaps") else {
                return LoopbackService.Answer(
                    #"{"siteEntry":[{"siteUrl":"sc-domain:example.com","permissionLevel":"siteOwner"},"#
                        + #"{"siteUrl":"https://www.example.com/","permissionLevel":"SITE_FULL_USER"}]}"#
                )
            }
            guard request.target.contains("sc-domain") else { return LoopbackService.Answer("{}") }
            return LoopbackService.Answer(
                #"{"sitemap":[{"path":"https://www.example.com/sitemap.xml","lastSubmitted":"2026-01-01T00:00:00.000Z","#
                    + #""isPending":false,"isSitemapsIndex":false,"type":"sitemap","warnings":"0","errors":"2","#
                    + #""contents":[{"type":"web","submitted":"10","indexed":"0"}]}]}"#
            )
        } _: { world, api async throws in
            let job = try await world.once("search", .pull).job
            #expect(job.state == .succeeded && job.progress.created == 1, "\(job)")
            #expect(
                try world.rows(world.store, "SELECT site, path, errors FROM feed") == [
                    "sc-domain:example.com|https://www.example.com/sitemap.xml|2"
                ]
            )
            let daemon = try await world.startDaemon()
            let test = try await world.ferryctl("test", "search")
            #expect(test.exitCode == 0, "\(test.errors)")
            try await world.stop(daemon)
            let sites = "GET /webmasters/v3/sites"
            #expect(
                api.requests.filter { $0.path != "/token" }.map { "\($0.method) \($0.target) \($0.body)" } == [
                    "\(sites)/sc-domain%3Aexample.com/sitemaps ",
                    "\(sites)/https%3A%2F%2Fwww.example.com%2F/sitemaps ", "\(sites) ",
                ]
            )
        }
    }

    @Test(arguments: [
        (
            403,
            #"{"error":{"code":403,"message":"User does not have sufficient permission for site 'sc-domain:example.com'.","status":"PERMISSION_DENIED","errors":[{"message":"User does not","domain":"global","reason":"forbidden"}]}}"#,
            "service.refused", "User does not have sufficient permission for site 'sc-domain:example.com'."
        ),
        (
            400, #"{"error":{"code":400,"message":"Invalid aggregationType","errors":[{"domain":"global"}]}}"#,
            "service.refused", "Invalid aggregationType"
        ),
        (404, #"{"error":{"code":404,"message":"Requested entity was not found."}}"#, "service.not_found", "not found"),
        (
            401, #"{"error":{"code":401,"message":"Request had invalid authentication credentials."}}"#,
            "auth.rejected", "Request had invalid authentication credentials."
        ),
    ])
    func aRefusalIsToldInGooglesWords(status: Int, body: String, code: String, words: String) async throws {
        let entities =
            "  - { type: property, resource: sitemaps, field_mappings: [{ source: fields.p, target: path, direction: pull }] }"
        try await Self.with(config: "  site_urls: [\"sc-domain:example.com\"]", entities) { _ in
            LoopbackService.Answer(body, status: status)
        } _: { world, api async throws in
            let job = try await world.once("search", .pull).job
            #expect(job.error?.code == code && job.error?.message.contains(words) == true, "\(job)")
            // A token that is refused is renewed once.
            #expect(api.requests.count { $0.path == "/token" } == (status == 401 ? 2 : 1))
        }
    }
}
