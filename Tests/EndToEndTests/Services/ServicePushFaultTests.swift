import FerryAPI
import FerryCore
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// Each service, pushed to while its key expires or its clock is wrong: every record arrives, and arrives once.
@Suite struct ServicePushFaultTests {
    /// Something to push: six rows, each with a word of its own.
    private struct Scene: Sendable {
        let config: String
        let resource: String
        /// What else the entity says.
        let entity: String
        /// What is in the addresses of the requests that write, and their method.
        let write: (method: String, path: String)
        var word: @Sendable (Int) -> String = { "w\($0)" }
        let fill: @Sendable (Sandbox) -> Void
        /// The words that have arrived.
        let arrived: @Sendable (Sandbox) -> [String]
    }

    private static let site = "https://www.example.com/"

    private static func plain(_ literal: String?) -> String { String((literal ?? "").dropFirst().dropLast()) }

    private static let scenes: [String: Scene] = [
        "dynamic_table": Scene(
            config: "plugin_host: BASE\n  agent_id: agent-demo\n  configuration_id: config-demo\n"
                + "  collection_id: items\n"
                + "  primary_key: sku\n  key: items-primary-3f9a77\n  secondary_key: items-secondary-7c1d52\n  batch_size: 2",
            resource: "rows",
            entity: "field_mappings: [{ source: fields.word, target: sku }]",
            write: ("POST", "/bulk"),
            fill: { $0.tables.addTable(Items.definition) },
            arrived: { $0.tables.rows(of: "items").map { plain($0["sku"]) } }
        ),
        "wiserows": Scene(
            config: "base_url: BASE/wiserows/api/v1\n  key: ds_demo_key\n  entity_type_id: et_post\n"
                + "  requests_per_minute: 100000\n  burst: 1000",
            resource: "entities",
            entity: "match: { source: fields.word, target: title }\n"
                + "    field_mappings: [{ source: fields.word, target: title }]",
            write: ("POST", "/entities"),
            fill: { sandbox in
                sandbox.wiserows.setLimit(requestsPerMinute: nil)
                SeededProject.fill(sandbox.wiserows, posts: 0)
            },
            arrived: { $0.wiserows.entities.map { plain($0["title"]) } }
        ),
        "sanity": Scene(
            config: "api_host: BASE/sanity\n  project_id: zp7mbokg\n  document_type: post\n  token: skDemoToken\n"
                + "  batch_size: 2",
            resource: "documents",
            entity: "field_mappings: [{ source: fields.word, target: title, direction: push }]",
            write: ("POST", "/data/mutate/"),
            fill: { _ in },
            arrived: { $0.sanity.documents.map { plain($0["title"]) } }
        ),
        "posthog": Scene(
            config: "api_host: BASE/posthog/app\n  ingest_host: BASE/posthog/ingest\n"
                + "  project_api_key: phc_demo_project_key\n  batch_size: 2",
            resource: "events",
            entity: "field_mappings:\n      - { constant: bought, target: event, direction: push }\n"
                + "      - { source: fields.word, target: distinct_id, direction: push }\n"
                + "      - { constant: \"2026-01-02T03:04:05Z\", target: timestamp, direction: push }",
            write: ("POST", "/batch/"),
            fill: { _ in },
            // None has moved.
            arrived: { $0.posthog.events.filter { $0.timestamp == "2026-01-02T03:04:05.000000Z" }.map(\.distinctID) }
        ),
        "loops": Scene(
            config: "key: demo-loops-key\n  base_url: BASE/loops/api/v1\n  requests_per_second: 1000",
            resource: "contacts",
            entity: "field_mappings: [{ source: fields.word, target: email }]",
            write: ("PUT", "/contacts/update"),
            word: { "w\($0)@shop.test" },
            fill: { $0.loops.setLimit(requestsPerSecond: nil) },
            arrived: { $0.loops.contacts.map { plain($0["email"]) } }
        ),
        "google_search_console": Scene(
            config: "base_url: BASE/google_search_console\n  key_file: KEYFILE\n  site_urls: [\"\(site)\"]\n"
                + "  site_url: \"\(site)\"\n  requests_per_second: 1000",
            resource: "sitemaps",
            entity: "field_mappings: [{ source: fields.word, target: path, direction: push }]",
            write: ("PUT", "/sitemaps/"),
            word: { "\(site)w\($0).xml" },
            fill: { $0.searchConsole.addSite(site) },
            arrived: { $0.searchConsole.sitemaps(of: site) }
        ),
    ]

    private static let names = scenes.keys.sorted()

    private func with(
        _ name: String,
        _ body: (FerryWorld, Scene, [String]) async throws -> Void
    ) async throws {
        let scene = try #require(Self.scenes[name])
        try await FerryWorld.with { world async throws in
            scene.fill(world.sandbox)
            let words = (1...6).map(scene.word)
            try world.writeShop(
                "CREATE TABLE record (id INTEGER PRIMARY KEY, word TEXT);"
                    + words.map { "INSERT INTO record (word) VALUES ('\($0)');" }.joined()
            )
            let console = world.sandbox.searchConsole
            let key = name == "google_search_console" ? console.keyFile(at: world.sandbox.baseURL) : ""
            let file = try world.folder.write(key, to: "key.json")
            try world.write(
                integration: "all",
                """
                type: \(name)
                store: shop
                config:
                  \(scene.config.replacing("BASE", with: world.sandbox.baseURL)
                    .replacing("KEYFILE", with: "{ file: \(file) }"))
                entities:
                  - type: record
                    resource: \(scene.resource)
                    \(scene.entity)
                """
            )
            try await body(world, scene, words)
        }
    }

    @Test(arguments: names)
    func aKeyThatExpiresOnTheWayEndsTheJobAndTheNextSendsTheRest(_ name: String) async throws {
        try await with(name) { world, scene, words async throws in
            let match = #"{"method":"\#(scene.write.method)","path":"\#(scene.write.path)","nth":2}"#
            try await world.steer("faults", #"{"match":\#(match),"times":null,"action":{"type":"expired_key"}}"#)
            let (job, exitCode) = try await world.once("all", .push)
            #expect(job.state == .failed && job.error?.code == "auth.rejected" && exitCode == 1, "\(job)")
            #expect(job.progress.quarantined == 0 && scene.arrived(world.sandbox).count == job.progress.created)
            #expect(job.progress.created < words.count)
            world.sandbox.faults.clear()
            let next = try await world.once("all", .push).job
            #expect(next.state == .succeeded && next.progress.created + job.progress.created == words.count, "\(next)")
            #expect(scene.arrived(world.sandbox).sorted() == words)
            #expect(try await world.once("all", .push).job.progress.unchanged == words.count)
        }
    }

    /// A month, in both directions; of Search Console, what its token endpoint forgives.
    @Test(arguments: names, [-1, 1])
    func aServiceWhoseClockIsWrongTakesEverythingOnce(_ name: String, _ sign: Int) async throws {
        try await with(name) { world, scene, words async throws in
            let seconds = sign * (name == "google_search_console" ? 200 : 2_600_000)
            try await world.steer("faults", #"{"action":{"type":"clock_skew","seconds":\#(seconds)}}"#)
            let job = try await world.once("all", .push).job
            #expect(job.state == .succeeded && job.progress.created == words.count, "\(job)")
            #expect(scene.arrived(world.sandbox).sorted() == words)
            #expect(try await world.once("all", .push).job.progress.unchanged == words.count)
            #expect(scene.arrived(world.sandbox).sorted() == words)
        }
    }
}
