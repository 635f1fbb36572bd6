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
            "base_url: BASE/loops/api/v1\n  requests_per_second: 1000",
            "resource: contacts\n    field_mappings: [{ source: fields.email, target: email }]"
        ),
        "wiserows": (
            "base_url: BASE/wiserows/api/v1\n  entity_type_id: et_1\n  requests_per_minute: 100000\n  burst: 1000",
            "resource: entities\n    match: { source: fields.email, target: email }\n"
                + "    field_mappings: [{ source: fields.email, target: email }]"
        ),
    ]

    @Test(arguments: ["loops", "wiserows"])
    func noKeyIsLeftAnywhere(_ name: String) async throws {
        let service = try #require(Self.services[name])
        try await FerryWorld.with { world async throws in
            world.sandbox.loops.key = Self.canary
            world.sandbox.wiserows.key = Self.canary
            world.sandbox.wiserows.add(WiserowsType(id: "et_1", fields: [("email", "email")]))
            let file = try world.folder.write(Self.canary + "\n", to: "key")
            try world.writeShop(
                "CREATE TABLE person (id INTEGER PRIMARY KEY, email TEXT); INSERT INTO person VALUES (1, 'a@b.test');"
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
                  key: { file: \(file) }
                  \(service.config.replacing("BASE", with: world.sandbox.baseURL))
                entities:
                  - type: person
                    \(service.entity)
                """
            )
            let daemon = try await world.startDaemon()
            var said: [String] = []
            #expect(try await world.sync("people", .push).state == .succeeded)

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
