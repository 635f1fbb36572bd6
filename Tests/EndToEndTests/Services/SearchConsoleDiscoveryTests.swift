import FerryAPI
import FerryCore
import FerryJSON
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// Ferry's requests compared with Google's discovery document, its tokens verified by Google's own library, and the
/// sandbox used by Google's own client: all three from PyPI, in a directory of their own.
@Suite struct SearchConsoleDiscoveryTests {
    @Test(
        .enabled("Google's client cannot be installed here: python3 with venv, and PyPI, are needed") {
            await PythonPackage.google.interpreter != nil
        }
    )
    func requestsTokensAndTheSandboxAreAsGoogleSays() async throws {
        try await FerryWorld.with { world async throws in
            let console = world.sandbox.searchConsole
            SeededSearchConsole.fill(console)
            let keyFile = console.keyFile(at: world.sandbox.baseURL)
            let key = try world.folder.write(keyFile, to: "key.json")
            let zone = try TimeZoneRules(named: "America/Los_Angeles")
            try world.writeShop(
                "CREATE TABLE sitemap (url TEXT PRIMARY KEY); INSERT INTO sitemap VALUES ('https://www.example.com/a.xml'), ('https://b.test/');"
            )
            try world.write(
                integration: "search",
                """
                type: google_search_console
                config:
                  base_url: "\(world.sandbox.baseURL)/google_search_console"
                  key_file: { file: \(key) }
                  site_urls: ["sc-domain:example.com", "https://www.example.com/"]
                  types: [web, googleNews]
                  since: "\(CalendarDay(at: Date(), in: zone).adding(days: -4).text)"
                  filter_groups: [{ groupType: and, filters: [{ dimension: query, operator: notContains, expression: x }] }]
                  provisional: true
                entities:
                  - type: search
                    resource: search_analytics
                    field_mappings: [{ source: fields.query, target: query, direction: pull }]
                  - type: property
                    resource: sites
                    field_mappings: [{ source: fields.url, target: siteUrl, direction: pull }]
                  - type: feed
                    resource: sitemaps
                    field_mappings: [{ source: fields.url, target: path, direction: pull }]
                """
            )
            try world.write(
                integration: "feeds",
                """
                type: google_search_console
                store: shop
                config:
                  base_url: "\(world.sandbox.baseURL)/google_search_console"
                  key_file: { file: \(key) }
                  site_urls: ["https://www.example.com/"]
                  site_url: https://www.example.com/
                entities:
                  - type: sitemap
                    resource: sitemaps
                    key: url
                    deletes: propagate
                    field_mappings: [{ source: fields.url, target: path, direction: push }]
                """
            )
            #expect(try await world.once("search", .pull).job.state == .succeeded)
            #expect(try await world.once("feeds", .push).job.state == .succeeded)
            try world.writeShop("DELETE FROM sitemap WHERE url LIKE '%a.xml'")
            #expect(try await world.once("feeds", .push).job.progress.deleted == 1)
            let requests = console.requests.filter { !$0.path.hasSuffix("/token") }
            #expect(Set(requests.map(\.method)) == ["GET", "POST", "PUT", "DELETE"])
            let exchanged: JSONValue = [
                "sandbox": .string(world.sandbox.baseURL), "key_file": try JSONValue(parsing: keyFile),
                "public_key": .string(console.publicKey), "assertion": .string(try #require(console.lastAssertion)),
                "requests": .array(
                    requests.map { request in
                        [
                            "method": .string(request.method), "body": .string(request.body),
                            "path": .string(String(request.path.dropFirst("/google_search_console/".count))),
                        ]
                    }
                ),
            ]
            let python = try await PythonPackage.google.run("check-search-console.py", on: exchanged)
            // It says so last: how the interpreter ends after that is nothing of Ferry's.
            #expect(
                python.errors.contains("\(requests.count) requests were compared"),
                "status \(python.exitCode): \(python.errors)"
            )
            #expect(
                python.output.trimmingCharacters(in: .whitespacesAndNewlines).isEmpty,
                "\(python.output)\(python.errors)"
            )
        }
    }
}
