import FerryAPI
import FerryCore
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
    ]

    @Test(arguments: ["loops", "wiserows", "posthog", "sanity"])
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
            let file = try world.folder.write(Self.canary + "\n", to: "key")
            let other = try world.folder.write(Self.canary + "-other\n", to: "other")
            try world.writeShop(
                "CREATE TABLE person (id INTEGER PRIMARY KEY, email TEXT); INSERT INTO person VALUES (1, 'a@b.test');"
                    + "CREATE TABLE known (id TEXT PRIMARY KEY);"
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
            if pulls { #expect(try await world.sync("people", .pull).state == .succeeded) }

            let echo =
                #"{"success":false,"message":"\#(Self.canary) is unknown","error":{"message":"\#(Self.canary)"}}"#
            try world.writeShop("INSERT INTO person VALUES (2, 'c@d.test')")
            world.sandbox.faults.add(FaultRule(.status(400, body: echo), path: name, times: nil))
            let refused = try await world.sync("people", .push)
            #expect(refused.state != .succeeded, "\(refused)")
            world.sandbox.faults.clear()
            world.sandbox.faults.add(FaultRule(.status(401, body: echo), path: name, times: nil))
            try world.writeShop("INSERT INTO person VALUES (3, 'e@f.test')")
            #expect(try await world.sync("people", .push).error?.code == "auth.rejected")
            if pulls { #expect(try await world.sync("people", .pull).error?.code == "auth.rejected") }
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
            for text in said { #expect(!text.contains("canary-71ce"), "\(text)") }
            #expect(daemon.errors.contains("DEBUG"), "the most talkative log is looked at")
            for file in try FileManager.default.contentsOfDirectory(atPath: world.state) {
                let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(world.state)/\(file)"))
                #expect(bytes.range(of: Data("canary-71ce".utf8)) == nil, "\(file) has the key")
            }
        }
    }
}
