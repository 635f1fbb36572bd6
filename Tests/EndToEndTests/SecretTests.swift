import FerryAPI
import FerryCore
import FerryHTTP
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// A key is nowhere but in its own file and in the requests: not after success, refusal or a crash.
@Suite struct SecretTests {
    private static let canary = "canary-5f1e-primary"
    private static let other = "canary-5f1e-secondary"

    @Test func noKeyIsLeftAnywhereAfterSuccess() async throws {
        try await Self.withSecrets { world, said async throws in
            let daemon = try await world.startDaemon(environment: said.environment)
            #expect(try await world.sync("items", .push).state == .succeeded)
            try await said.askEverything(world)
            try await world.stop(daemon)
            try said.expectNoKey(in: world, daemon)
        }
    }

    @Test func noKeyIsLeftAnywhereWhenTheServiceRefusesItAndSaysItAloud() async throws {
        try await Self.withSecrets { world, said async throws in
            let echo = #"{"message":"key \#(Self.canary) or \#(Self.other) is unknown","detail":"\#(Self.canary)"}"#
            world.sandbox.faults.add(FaultRule(.status(401, body: echo), times: nil))
            let daemon = try await world.startDaemon(environment: said.environment)
            #expect(try await world.sync("items", .push).error?.code == "auth.rejected")
            try await said.askEverything(world)
            world.sandbox.faults.clear()
            world.sandbox.faults.add(FaultRule(.status(400, body: echo), method: "POST", times: nil))
            #expect(try await world.sync("items", .push).state == .partial)
            try await said.askEverything(world)
            world.sandbox.faults.clear()
            world.sandbox.faults.add(FaultRule(.status(200, body: "<p>\(Self.canary)</p>"), times: nil))
            #expect(try await world.sync("items", .pull).state == .failed)
            try await said.askEverything(world)
            try await world.stop(daemon)
            try said.expectNoKey(in: world, daemon)
        }
    }

    @Test func noKeyIsLeftAnywhereAfterAKillInTheMiddleOfAPush() async throws {
        try await Self.withSecrets { world, said async throws in
            world.sandbox.faults.add(FaultRule(.delay(milliseconds: 30_000), method: "POST", times: 1))
            let daemon = try await world.startDaemon(environment: said.environment)
            _ = try await world.enqueue("items", .push)
            try await eventually("the insert is under way") { world.sandbox.faults.fired == [1] }
            try await daemon.terminate()
            try said.expectNoKey(in: world, daemon)
        }
    }

    /// What the programs and the socket have said.
    private final class Said {
        let environment: [String: String]
        private var texts: [String] = []

        init(environment: [String: String]) {
            self.environment = environment
        }

        func askEverything(_ world: FerryWorld) async throws {
            for path in ["integrations", "integrations/items", "jobs", "status"] {
                texts.append(String(decoding: try await world.get("/api/v1/\(path)").body, as: UTF8.self))
            }
            texts.append(
                String(decoding: try await world.request("POST", "/api/v1/integrations/items/test").body, as: UTF8.self)
            )
            for arguments in [["show", "items"], ["jobs"], ["status"], ["test", "items"], ["list", "--json"]] {
                let result = try await Program.run(
                    "ferryctl",
                    arguments + ["--socket", world.socket],
                    in: world.folder
                )
                texts += [result.output, result.errors]
            }
        }

        func expectNoKey(in world: FerryWorld, _ daemon: Program) throws {
            texts += [daemon.output, daemon.errors]
            for text in texts { #expect(!text.contains("canary-5f1e"), "\(text)") }
            #expect(daemon.errors.contains("DEBUG"), "the most talkative log is looked at")
            let files = try FileManager.default.contentsOfDirectory(atPath: world.state)
            #expect(files.contains("ledger.db"))
            for file in files {
                let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(world.state)/\(file)"))
                #expect(bytes.range(of: Data("canary-5f1e".utf8)) == nil, "\(file) has the key")
            }
        }
    }

    /// A world whose keys are a systemd credential and a file, and whose daemon logs all it can.
    private static func withSecrets(_ body: (FerryWorld, Said) async throws -> Void) async throws {
        try await FerryWorld.with { world async throws in
            var table = Items.definition
            table.primarySecret = canary
            table.secondarySecret = other
            world.sandbox.tables.addTable(table)
            try world.writeShop(Items.sql(5))
            try world.write(
                settings: "stores: { shop: { type: sqlite, path: \(world.shop) } }\nlog: { level: debug }\n"
            )
            try world.folder.write(canary, to: "credentials/primary")
            let file = try world.folder.write(other + "\n", to: "secondary")
            let text = Items.integration(world)
                .replacing("  key: \(Items.definition.primarySecret)", with: "  key: { credential: primary }")
                .replacing(
                    "secondary_key: \(Items.definition.secondarySecret)",
                    with: "secondary_key: { file: \(file) }"
                )
            try world.write(integration: "items", text)
            let said = Said(environment: ["CREDENTIALS_DIRECTORY": "\(world.folder.path)/credentials"])
            try await body(world, said)
        }
    }
}
