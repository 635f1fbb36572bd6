import FerryAPI
import FerryCore
import FerryJSON
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// The key of each service is nowhere but in its own file and in the requests: not after success, refusal or a kill.
@Suite struct ServiceSecretTests {
    private static let canary = "canary-71ce-service-key"

    /// What an integration of each service says besides its key, and what may be pushed to it.
    private static let services: [String: (config: String, entity: String)] = [
        "loops": (
            "key: KEY\n  base_url: BASE/loops/api/v1\n  requests_per_second: 1000",
            "resource: contacts\n    field_mappings: [{ source: fields.email, target: email }]"
        ),
        "wiserows": (
            "key: KEY\n  base_url: BASE/wiserows/api/v1\n  entity_type_id: et_1\n  requests_per_minute: 100000\n  burst: 1000",
            "resource: entities\n    match: { source: fields.email, target: email }\n"
                + "    field_mappings: [{ source: fields.email, target: email }]"
        ),
        "posthog": (
            "project_api_key: KEY\n  personal_api_key: OTHER\n  project_id: \"42\"\n"
                + "  api_host: BASE/posthog/app\n  ingest_host: BASE/posthog/ingest",
            "resource: person_properties\n    field_mappings:\n"
                + "      - { source: fields.email, target: distinct_id }\n"
                + "      - { source: fields.email, target: properties.email }\n"
                + "  - type: known\n    resource: persons\n    key: id\n"
                + "    field_mappings: [{ source: fields.id, target: id, direction: pull }]"
        ),
        "sanity": (
            "token: KEY\n  project_id: zp7mbokg\n  document_type: person\n  api_host: BASE/sanity",
            "resource: documents\n    field_mappings: [{ source: fields.email, target: email, direction: push }]\n"
                + "  - type: known\n    resource: documents\n    key: id\n"
                + "    field_mappings: [{ source: fields.id, target: _id, direction: pull }]"
        ),
        "google_search_console": (
            "key_file: KEY\n  base_url: BASE/google_search_console\n  site_urls: [\"https://a.test/\"]\n"
                + "  site_url: https://a.test/\n  since: \"SINCE\"\n  requests_per_second: 1000",
            "resource: sitemaps\n    field_mappings: [{ source: fields.email, target: path, direction: push }]\n"
                + "  - type: known\n    resource: search_analytics\n    key: id\n"
                + "    field_mappings: [{ source: fields.word, target: query, direction: pull }]"
        ),
    ]

    @Test(arguments: ["loops", "wiserows", "posthog", "sanity", "google_search_console"])
    func noKeyIsLeftAnywhere(_ name: String) async throws {
        let service = try #require(Self.services[name])
        try await FerryWorld.with { world async throws in
            world.sandbox.loops.key = Self.canary
            world.sandbox.wiserows.key = Self.canary
            world.sandbox.wiserows.add(WiserowsType(id: "et_1", fields: [("email", "email")]))
            // Both of its keys begin alike, so that one look finds either.
            world.sandbox.posthog.projectKey = Self.canary
            world.sandbox.posthog.personalKey = Self.canary + "-other"
            world.sandbox.sanity.token = Self.canary
            // Of a key file, the key's name is what one look finds; the key itself is looked for below.
            let isKeyFile = name == "google_search_console"
            let console = world.sandbox.searchConsole
            console.addSite("https://a.test/")
            let keyFile = console.keyFile(at: world.sandbox.baseURL)
            let file = try world.folder.write(isKeyFile ? keyFile : Self.canary + "\n", to: "key")
            let other = try world.folder.write(Self.canary + "-other\n", to: "other")
            try world.writeShop(
                "CREATE TABLE person (id INTEGER PRIMARY KEY, email TEXT); INSERT INTO person VALUES (1, '\(isKeyFile ? "https://a.test/1" : "a@b.test")');"
                    + "CREATE TABLE known (id TEXT PRIMARY KEY, word TEXT);"
            )
            try world.write(
                settings: "stores: { shop: { type: sqlite, path: \(world.shop) } }\nlog: { level: debug }\n"
            )
            try world.write(
                integration: "people",
                """
                type: \(name)
                store: shop
                config:
                  \(service.config.replacing("BASE", with: world.sandbox.baseURL)
                    .replacing("SINCE", with: SeededSearchConsole.day(5, before: Int(Date().timeIntervalSince1970)))
                    .replacing("KEY", with: "{ file: \(file) }").replacing("OTHER", with: "{ file: \(other) }"))
                entities:
                  - type: person
                    \(service.entity)
                """
            )
            let daemon = try await world.startDaemon()
            var said: [String] = []
            let pulls = ["posthog", "sanity"].contains(name)
            #expect(try await world.sync("people", .push).state == .succeeded)
            // Where something else can be pulled.
            if pulls || isKeyFile { #expect(try await world.sync("people", .pull).state == .succeeded) }

            let (canary, looks) = isKeyFile ? try Self.secrets(in: keyFile) : (Self.canary, ["canary-71ce"])
            let echo = #"{"success":false,"message":"\#(canary) is unknown","error":{"message":"\#(canary)"}}"#
            try world.writeShop("INSERT INTO person VALUES (2, 'c@d.test')")
            world.sandbox.faults.add(FaultRule(.status(400, body: echo), path: name, times: nil))
            let refused = try await world.sync("people", .push)
            #expect(refused.state != .succeeded, "\(refused)")
            world.sandbox.faults.clear()
            world.sandbox.faults.add(FaultRule(.status(401, body: echo), path: name, times: nil))
            try world.writeShop("INSERT INTO person VALUES (3, 'e@f.test')")
            #expect(try await world.sync("people", .push).error?.code == "auth.rejected")
            if pulls || isKeyFile { #expect(try await world.sync("people", .pull).error?.code == "auth.rejected") }
            for arguments in [
                ["show", "people"], ["jobs"], ["status"], ["test", "people"], ["quarantine", refused.id],
                ["job", refused.id], ["plan", "people", "--push"],
            ] {
                let result = try await Program.run(
                    "ferryctl",
                    arguments + ["--socket", world.socket],
                    in: world.folder
                )
                said += [result.output, result.errors]
            }
            world.sandbox.faults.clear()
            world.sandbox.faults.add(FaultRule(.delay(milliseconds: 30_000), path: name, times: nil))
            _ = try await world.enqueue("people", .push)
            try await eventually("a request is under way") { world.sandbox.faults.fired != [0] }
            try await daemon.terminate()

            said += [daemon.output, daemon.errors]
            for text in said { for look in looks { #expect(!text.contains(look), "\(text)") } }
            #expect(daemon.errors.contains("DEBUG"), "the most talkative log is looked at")
            for file in try FileManager.default.contentsOfDirectory(atPath: world.state) {
                let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(world.state)/\(file)"))
                for look in looks { #expect(bytes.range(of: Data(look.utf8)) == nil, "\(file) has the key") }
            }
        }
    }

    /// What must not be seen of a key file: the key's name and the key, as a service would echo them and line by line.
    private static func secrets(in keyFile: String) throws -> (echo: String, looks: [String]) {
        let file = try JSONValue(parsing: keyFile)
        let key = try #require(file["private_key"]?.string)
        let name = try #require(file["private_key_id"]?.string)
        let lines = key.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("-----") }
        return ("\(name) \(key.replacing("\n", with: "\\n"))", [name] + lines)
    }
}
