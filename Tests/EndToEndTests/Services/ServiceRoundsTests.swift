import FerryAPI
import FerryCore
import FerryJSON
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// Every service both ways, round after round, each through another fault: nothing is lost, and nothing is there twice.
@Suite struct ServiceRoundsTests {
    /// A service, and how what it has is told.
    private struct Scene: Sendable {
        /// The integration's `config`, with `BASE` for the sandbox's address.
        var config: String
        /// Its entities: `item` is pushed, `copy` pulled.
        var entities: String
        /// The keys of six rows of a round.
        var key: @Sendable (_ round: Int, _ number: Int) -> String = { "r\($0)-\($1)" }
        /// Whether a change of a row reaches the service.
        var takesChanges = true
        /// The requests that a push's fault is for: the second one of them goes wrong.
        var writes: (method: String, path: String)
        /// The requests that a pull's fault is for, and which of them goes wrong.
        var reads: (method: String, path: String, nth: Int)
        var prepare: @Sendable (Sandbox) -> Void
        /// What somebody else adds to what is pulled.
        var add: @Sendable (Sandbox, _ round: Int) -> Void = { _, _ in }
        /// What has arrived at the service: keys and names.
        var arrived: @Sendable (Sandbox) -> [String]
        /// What is there to be pulled.
        var present: @Sendable (Sandbox, _ round: Int) -> [String]
    }

    private static func both(_ resource: String, isMatched: Bool = true) -> String {
        let match = isMatched ? "match: { source: fields.code, target: code }" : ""
        return """
              - type: item
                resource: \(resource)
                \(match)
                field_mappings:
                  - { source: fields.code, target: code, direction: push }
                  - { source: fields.name, target: name, direction: push }
              - type: copy
                resource: \(resource)
                key: code
                \(match)
                field_mappings:
                  - { source: fields.code, target: code, direction: pull }
                  - { source: fields.name, target: name, direction: pull }
            """
    }

    private static let scenes = [
        "dynamic_table": dynamicTable, "wiserows": wiserows, "sanity": sanity, "posthog": posthog, "loops": loops,
        "google_search_console": searchConsole,
    ]

    private static var dynamicTable: Scene {
        let table = TableDefinition(
            collectionID: "items",
            primaryKeyColumn: "code",
            columns: [.init("code", isRequired: true), .init("name")],
            primarySecret: "items-primary",
            secondarySecret: "items-secondary"
        )
        let rows: @Sendable (Sandbox) -> [String] = { sandbox in
            sandbox.tables.rows(of: "items").map { "\(text($0["code"]))|\(text($0["name"]))" }
        }
        return Scene(
            config: "plugin_host: BASE\n  agent_id: \(table.agentID)\n  configuration_id: \(table.configurationID)\n"
                + "  collection_id: items\n  primary_key: code\n  key: items-primary\n  page_size: 4\n  batch_size: 4",
            entities: both("rows"),
            writes: ("POST", "/bulk"),
            reads: ("GET", "skip=", 2),
            prepare: { $0.tables.addTable(table) },
            arrived: rows,
            present: { sandbox, _ in rows(sandbox) }
        )
    }

    private static var wiserows: Scene {
        let entities: @Sendable (Sandbox) -> [String] = { sandbox in
            sandbox.wiserows.living.map { "\(text($0["code"]))|\(text($0["name"]))" }
        }
        return Scene(
            config: "base_url: BASE/wiserows/api/v1\n  key: ds_fault\n  entity_type_id: et_item\n  page_size: 4\n"
                + "  requests_per_minute: 100000\n  burst: 1000",
            entities: both("entities"),
            writes: ("POST", "/entities"),
            reads: ("GET", "/entities?", 2),
            prepare: { sandbox in
                sandbox.wiserows.key = "ds_fault"
                sandbox.wiserows.setLimit(requestsPerMinute: nil)
                sandbox.wiserows.add(WiserowsType(id: "et_item", fields: [("code", "text"), ("name", "text")]))
            },
            arrived: entities,
            present: { sandbox, _ in entities(sandbox) }
        )
    }

    private static var sanity: Scene {
        let documents: @Sendable (Sandbox) -> [String] = { sandbox in
            sandbox.sanity.documents.map { "\(text($0["code"]))|\(text($0["name"]))" }
        }
        return Scene(
            config: "api_host: BASE/sanity\n  project_id: zp7mbokg\n  document_type: item\n  token: sk_fault\n"
                + "  perspective: raw\n  page_size: 4\n  batch_size: 4\n  mutations_per_second: 1000",
            entities: both("documents", isMatched: false),
            writes: ("POST", "/data/mutate/"),
            reads: ("POST", "/data/query/", 2),
            prepare: { sandbox in
                sandbox.sanity.token = "sk_fault"
                sandbox.sanity.setLimit(mutationsPerSecond: nil)
            },
            arrived: documents,
            present: { sandbox, _ in documents(sandbox) }
        )
    }

    private static var posthog: Scene {
        Scene(
            config: "api_host: BASE/posthog/app\n  ingest_host: BASE/posthog/ingest\n  project_id: \"42\"\n"
                + "  personal_api_key: phx_fault\n  project_api_key: phc_fault\n  page_size: 4\n  batch_size: 4\n"
                + "  queries_per_minute: 100000\n  queries_per_hour: 1000000",
            entities: """
                  - type: item
                    resource: events
                    field_mappings:
                      - { constant: bought, target: event, direction: push }
                      - { source: fields.code, target: distinct_id, direction: push }
                      - { source: fields.at, target: timestamp, direction: push }
                      - { source: fields.name, target: properties.name, direction: push }
                  - type: copy
                    resource: events
                    key: code
                    field_mappings:
                      - { source: fields.code, target: uuid, direction: pull }
                      - { source: fields.name, target: properties.name, direction: pull }
                """,
            takesChanges: false,
            writes: ("POST", "/batch/"),
            reads: ("POST", "/query/", 2),
            prepare: { sandbox in
                sandbox.posthog.personalKey = "phx_fault"
                sandbox.posthog.projectKey = "phc_fault"
                sandbox.posthog.setLimit(queriesPerMinute: nil)
            },
            arrived: { $0.posthog.events.map { "\($0.distinctID)|\(text(ofName: $0.properties))" } },
            present: { sandbox, _ in sandbox.posthog.events.map { "\($0.uuid)|\(text(ofName: $0.properties))" } }
        )
    }

    private static var loops: Scene {
        Scene(
            config: "base_url: BASE/loops/api/v1\n  key: loops_fault\n  requests_per_second: 1000",
            entities: """
                  - type: item
                    resource: contacts
                    field_mappings:
                      - { source: fields.code, target: email, direction: push }
                      - { source: fields.name, target: firstName, direction: push }
                  - type: copy
                    resource: mailing_lists
                    key: code
                    field_mappings:
                      - { source: fields.code, target: id, direction: pull }
                      - { source: fields.name, target: name, direction: pull }
                """,
            key: { "r\($0)-\($1)@shop.test" },
            writes: ("PUT", "/contacts/update"),
            reads: ("GET", "/lists", 1),
            prepare: { sandbox in
                sandbox.loops.key = "loops_fault"
                sandbox.loops.setLimit(requestsPerSecond: nil)
            },
            add: { $0.loops.add(LoopsList(id: "list-\($1)", name: "List \($1)")) },
            arrived: { $0.loops.contacts.map { "\(text($0["email"]))|\(text($0["firstName"]))" } },
            present: { _, round in (0...round).map { "list-\($0)|List \($0)" } }
        )
    }

    private static var searchConsole: Scene {
        let sitemaps: @Sendable (Sandbox) -> [String] = { sandbox in
            sandbox.searchConsole.sitemaps(of: "https://a.test/").map { "\($0)|none" }
        }
        return Scene(
            config: "base_url: BASE/google_search_console\n  key_file: { file: KEY }\n  requests_per_second: 1000\n"
                + "  site_urls: [\"https://a.test/\"]\n  site_url: https://a.test/",
            entities: """
                  - type: item
                    resource: sitemaps
                    field_mappings: [{ source: fields.code, target: path, direction: push }]
                  - type: copy
                    resource: sitemaps
                    key: code
                    field_mappings: [{ source: fields.code, target: path, direction: pull }]
                """,
            key: { "https://a.test/r\($0)-\($1).xml" },
            takesChanges: false,
            writes: ("PUT", "/sitemaps/"),
            reads: ("GET", "/sitemaps", 1),
            prepare: { $0.searchConsole.addSite("https://a.test/") },
            arrived: sitemaps,
            present: { sandbox, _ in sitemaps(sandbox) }
        )
    }

    private static let faults: [(name: String, action: FaultAction)] = [
        ("a limit", .status(429, retryAfter: "1")), ("a failure", .status(500)), ("a reset", .reset()),
        ("a lost answer", .reset(afterEffect: true)), ("half an answer", .truncatedJSON),
    ]

    @Test(arguments: scenes.keys.sorted())
    func nothingIsLostOrDoubledInRoundsThroughFaults(_ service: String) async throws {
        let scene = try #require(Self.scenes[service])
        try await FerryWorld.with { world async throws in
            scene.prepare(world.sandbox)
            let key = try world.folder.write(
                world.sandbox.searchConsole.keyFile(at: world.sandbox.baseURL),
                to: "key.json"
            )
            try world.writeShop(
                """
                CREATE TABLE item (code TEXT PRIMARY KEY, name TEXT, at TEXT);
                CREATE TABLE copy (code TEXT PRIMARY KEY, name TEXT);
                """
            )
            try world.write(
                integration: "items",
                """
                type: \(service)
                store: shop
                config:
                  \(scene.config.replacing("BASE", with: world.sandbox.baseURL).replacing("KEY", with: key))
                entities:
                \(scene.entities)
                """
            )
            for (round, fault) in Self.faults.enumerated() {
                let rows = (1...6).map { number in
                    "('\(scene.key(round, number))', 'Item \(number)', '2026-01-0\(round + 1) 10:00:0\(number)')"
                }
                var sql = "INSERT INTO item VALUES \(rows.joined(separator: ","));"
                if round > 0, scene.takesChanges {
                    sql += "UPDATE item SET name = 'Changed' WHERE code = '\(scene.key(round - 1, 1))';"
                }
                try world.writeShop(sql)
                let (method, path) = scene.writes
                try await run(.push, through: FaultRule(fault.action, method: method, path: path, nth: 2), in: world)
                let name = scene.arrived(world.sandbox).contains { $0.hasSuffix("|none") } ? "'none'" : "name"
                let local = try world.rows(world.shop, "SELECT code || '|' || \(name) FROM item")
                #expect(scene.arrived(world.sandbox).sorted() == local.sorted(), "\(fault.name)")

                scene.add(world.sandbox, round)
                let read = scene.reads
                let rule = FaultRule(fault.action, method: read.method, path: read.path, nth: read.nth)
                try await run(.pull, through: rule, in: world)
                let copies = try world.rows(world.shop, "SELECT code || '|' || ifnull(name, 'none') FROM copy")
                #expect(copies.sorted() == scene.present(world.sandbox, round).sorted(), "\(fault.name)")
            }
            // What is known is known on both sides.
            let push = try await world.once("items", .push).job
            #expect(push.state == .succeeded && push.progress.created + push.progress.updated == 0, "\(push)")
            let pull = try await world.once("items", .pull).job
            #expect(pull.state == .succeeded && pull.progress.created + pull.progress.updated == 0, "\(pull)")
        }
    }

    /// Runs jobs until one succeeds: half an answer is none that Ferry waits for, and the next job goes on.
    private func run(_ direction: Direction, through rule: FaultRule, in world: FerryWorld) async throws {
        world.sandbox.faults.clear()
        world.sandbox.faults.add(rule)
        var job = try await world.once("items", direction).job
        if job.state == .failed, job.error?.code == "contract.unexpected_answer" {
            job = try await world.once("items", direction).job
        }
        #expect(job.state == .succeeded, "\(rule.action): \(job)")
        #expect(world.sandbox.faults.fired == [1], "\(rule.action)")
    }
}

/// What a JSON literal says.
private func text(_ literal: String?) -> String {
    literal.flatMap { try? JSONValue(parsing: $0) }?.string ?? "none"
}

/// What a JSON object calls itself.
private func text(ofName object: String) -> String {
    (try? JSONValue(parsing: object))?["name"]?.string ?? "none"
}
