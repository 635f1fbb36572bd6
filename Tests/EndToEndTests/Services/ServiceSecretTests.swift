import FerryAPI
import FerryCore
import FerryJSON
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// The key of each service is nowhere but in its own file and in the requests: not after success, refusal or a kill, in no
/// log, answer, error, plan or file of the daemon's.
@Suite struct ServiceSecretTests {
    private static let canary = "canary-71ce-service-key"

    /// What an integration of a service says besides its keys: `person` is pushed, `known` pulled.
    private struct Scene: Sendable {
        /// The `config`: `KEY` and `OTHER` stand for where the keys are, `BASE` for the sandbox's address.
        var config: String
        /// The resource that is pushed to, and its mappings.
        var push: String
        /// The resource that is pulled from, and its mappings.
        var pull: String
        /// What the addresses of all of its requests have in common.
        var path: String
    }

    private static let scenes = [
        "dynamic_table": Scene(
            config: "key: KEY\n  secondary_key: OTHER\n  plugin_host: BASE\n  agent_id: agent-1\n"
                + "  configuration_id: config-1\n  collection_id: people\n  primary_key: email",
            push: "resource: rows\n    field_mappings: [{ source: fields.email, target: email, direction: push }]",
            pull: "resource: rows\n    field_mappings: [{ source: fields.id, target: email, direction: pull }]",
            path: "/dynamic-table/"
        ),
        "loops": Scene(
            config: "key: KEY\n  base_url: BASE/loops/api/v1\n  requests_per_second: 1000",
            push: "resource: contacts\n    field_mappings: [{ source: fields.email, target: email, direction: push }]",
            pull: "resource: mailing_lists\n    field_mappings: [{ source: fields.id, target: id, direction: pull }]",
            path: "/loops/"
        ),
        "wiserows": Scene(
            config: "key: KEY\n  base_url: BASE/wiserows/api/v1\n  entity_type_id: et_1\n"
                + "  requests_per_minute: 100000\n  burst: 1000",
            push: "resource: entities\n    match: { source: fields.email, target: email }\n"
                + "    field_mappings: [{ source: fields.email, target: email, direction: push }]",
            pull: "resource: integrations\n    field_mappings: [{ source: fields.id, target: id, direction: pull }]",
            path: "/wiserows/"
        ),
        "posthog": Scene(
            config: "project_api_key: KEY\n  personal_api_key: OTHER\n  project_id: \"42\"\n"
                + "  api_host: BASE/posthog/app\n  ingest_host: BASE/posthog/ingest",
            push: "resource: person_properties\n    field_mappings:\n"
                + "      - { source: fields.email, target: distinct_id, direction: push }\n"
                + "      - { source: fields.email, target: properties.email, direction: push }",
            pull: "resource: persons\n    field_mappings: [{ source: fields.id, target: id, direction: pull }]",
            path: "/posthog/"
        ),
        "sanity": Scene(
            config: "token: KEY\n  project_id: zp7mbokg\n  document_type: person\n  api_host: BASE/sanity",
            push: "resource: documents\n    field_mappings: [{ source: fields.email, target: email, direction: push }]",
            pull: "resource: documents\n    field_mappings: [{ source: fields.id, target: _id, direction: pull }]",
            path: "/sanity/"
        ),
        "google_search_console": Scene(
            config: "key_file: KEY\n  base_url: BASE/google_search_console\n  site_urls: [\"https://a.test/\"]\n"
                + "  site_url: https://a.test/\n  since: \"SINCE\"\n  requests_per_second: 1000",
            push: "resource: sitemaps\n    field_mappings: [{ source: fields.email, target: path, direction: push }]",
            pull: "resource: search_analytics\n"
                + "    field_mappings: [{ source: fields.word, target: query, direction: pull }]",
            path: "/google_search_console/"
        ),
    ]

    /// Gives the services of the sandbox their keys.
    private static func setKeys(in sandbox: Sandbox) {
        sandbox.tables.addTable(
            TableDefinition(
                agentID: "agent-1",
                configurationID: "config-1",
                collectionID: "people",
                primaryKeyColumn: "email",
                columns: [.init("email", isRequired: true)],
                primarySecret: canary,
                secondarySecret: canary + "-other"
            )
        )
        sandbox.loops.key = canary
        sandbox.wiserows.key = canary
        sandbox.wiserows.add(WiserowsType(id: "et_1", fields: [("email", "email")]))
        // Both of its keys begin alike, so that one look finds either.
        sandbox.posthog.projectKey = canary
        sandbox.posthog.personalKey = canary + "-other"
        sandbox.sanity.token = canary
        sandbox.searchConsole.addSite("https://a.test/")
    }

    private static func with(
        _ name: String,
        _ body: (FerryWorld, SecretWatch, _ echo: String, _ looks: [String]) async throws -> Void
    ) async throws {
        let scene = try #require(scenes[name])
        try await FerryWorld.with { world async throws in
            setKeys(in: world.sandbox)
            // Of a key file, the key's name and the key itself are looked for, and the tokens that it is good for.
            let isKeyFile = name == "google_search_console"
            let keyFile = world.sandbox.searchConsole.keyFile(at: world.sandbox.baseURL)
            let file = try world.folder.write(isKeyFile ? keyFile : canary + "\n", to: "key")
            let other = try world.folder.write(canary + "-other\n", to: "other")
            try world.writeShop(
                """
                CREATE TABLE person (id INTEGER PRIMARY KEY, email TEXT);
                INSERT INTO person VALUES (1, '\(address(1, in: name))');
                CREATE TABLE known (id TEXT PRIMARY KEY, word TEXT);
                """
            )
            try world.write(
                settings: "stores: { shop: { type: sqlite, path: \(world.shop) } }\nlog: { level: trace }\n"
            )
            try world.write(
                integration: "people",
                """
                type: \(name)
                store: shop
                config:
                  \(scene.config.replacing("BASE", with: world.sandbox.baseURL)
                    .replacing("SINCE", with: SeededSearchConsole.day(5, before: Int(Date().timeIntervalSince1970)))
                    .replacing("KEY", with: "{ file: \(file) }").replacing("OTHER", with: "{ file: \(other) }"))
                entities:
                  - type: person
                    \(scene.push)
                  - type: known
                    key: id
                    \(scene.pull)
                """
            )
            let (echo, looks) = isKeyFile ? try secrets(in: keyFile) : (canary, ["canary-71ce"])
            try await body(world, SecretWatch(world, integration: "people"), echo, looks)
        }
    }

    /// What a service takes for a key of a record.
    private static func address(_ number: Int, in service: String) -> String {
        service == "google_search_console" ? "https://a.test/\(number)" : "p\(number)@a.test"
    }

    /// What must not be seen of a key file: the key's name and the key, as a service would echo them and line by line.
    private static func secrets(in keyFile: String) throws -> (echo: String, looks: [String]) {
        let file = try JSONValue(parsing: keyFile)
        let key = try #require(file["private_key"]?.string)
        let name = try #require(file["private_key_id"]?.string)
        let lines = key.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("-----") }
        return ("\(name) \(key.replacing("\n", with: "\\n"))", [name, "ya29."] + lines)
    }

    @Test(arguments: scenes.keys.sorted())
    func noKeyIsLeftAnywhere(_ name: String) async throws {
        let path = try #require(Self.scenes[name]).path
        try await Self.with(name) { world, watch, echo, looks async throws in
            let insert = { (number: Int) in
                try world.changeShop("INSERT INTO person VALUES (\(number), '\(Self.address(number, in: name))')")
            }
            let said = #"{"success":false,"message":"\#(echo) is unknown","error":{"message":"\#(echo)"}}"#
            let daemon = try await world.startDaemon()
            #expect(try await world.sync("people", .push).state == .succeeded)
            #expect(try await world.sync("people", .pull).state == .succeeded)
            try await watch.askSocket()

            try insert(2)
            world.sandbox.faults.add(FaultRule(.status(400, body: said), path: path, times: nil))
            #expect(try await world.sync("people", .push).state != .succeeded)
            #expect(try await world.sync("people", .pull).state == .failed)
            try await watch.askEverything()

            try insert(3)
            world.sandbox.faults.clear()
            world.sandbox.faults.add(FaultRule(.status(401, body: said), path: path, times: nil))
            #expect(try await world.sync("people", .push).error?.code == "auth.rejected")
            #expect(try await world.sync("people", .pull).error?.code == "auth.rejected")

            world.sandbox.faults.clear()
            world.sandbox.faults.add(FaultRule(.status(200, body: "<p>\(echo)</p>"), path: path, times: nil))
            #expect(try await world.sync("people", .pull).state == .failed)
            try await watch.askSocket()

            world.sandbox.faults.clear()
            world.sandbox.faults.add(FaultRule(.delay(milliseconds: 30_000), path: path, times: nil))
            _ = try await world.enqueue("people", .push)
            try await eventually("a request is under way") { world.sandbox.faults.fired != [0] }
            try await daemon.terminate()
            try watch.expectNone(of: looks, saidBy: [daemon])

            // What it comes back to is another chance to say too much.
            world.sandbox.faults.clear()
            let second = try await world.startDaemon()
            let job = try #require(try await world.jobs().first)
            #expect(try await world.job(job.id).state != .cancelled)
            try await watch.askSocket()
            try await world.stop(second)
            try watch.expectNone(of: looks, saidBy: [daemon, second])
        }
    }
}
