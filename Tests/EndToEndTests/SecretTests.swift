import FerryAPI
import FerryCore
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// A key is nowhere but in its own file and in the requests: not after success, refusal or a crash.
@Suite struct SecretTests {
    private static let canary = "canary-5f1e-primary"
    private static let other = "canary-5f1e-secondary"
    /// What both have in common.
    private static let secrets = ["canary-5f1e"]

    @Test func noKeyIsLeftAnywhereAfterSuccess() async throws {
        try await Self.withSecrets { world, watch, environment async throws in
            let daemon = try await world.startDaemon(environment: environment)
            #expect(try await world.sync("items", .push).state == .succeeded)
            try await watch.askEverything()
            try await world.stop(daemon)
            try watch.expectNone(of: Self.secrets, saidBy: [daemon])
        }
    }

    @Test func noKeyIsLeftAnywhereWhenTheServiceRefusesItAndSaysItAloud() async throws {
        try await Self.withSecrets { world, watch, environment async throws in
            let echo = #"{"message":"key \#(Self.canary) or \#(Self.other) is unknown","detail":"\#(Self.canary)"}"#
            world.sandbox.faults.add(FaultRule(.status(401, body: echo), times: nil))
            let daemon = try await world.startDaemon(environment: environment)
            #expect(try await world.sync("items", .push).error?.code == "auth.rejected")
            try await watch.askSocket()
            world.sandbox.faults.clear()
            world.sandbox.faults.add(FaultRule(.status(400, body: echo), method: "POST", times: nil))
            #expect(try await world.sync("items", .push).state == .partial)
            try await watch.askSocket()
            world.sandbox.faults.clear()
            world.sandbox.faults.add(FaultRule(.status(200, body: "<p>\(Self.canary)</p>"), times: nil))
            #expect(try await world.sync("items", .pull).state == .failed)
            try await watch.askEverything()
            try await world.stop(daemon)
            try watch.expectNone(of: Self.secrets, saidBy: [daemon])
        }
    }

    @Test func noKeyIsLeftAnywhereAfterAKillInTheMiddleOfAPush() async throws {
        try await Self.withSecrets { world, watch, environment async throws in
            world.sandbox.faults.add(FaultRule(.delay(milliseconds: 30_000), method: "POST", times: 1))
            let daemon = try await world.startDaemon(environment: environment)
            _ = try await world.enqueue("items", .push)
            try await eventually("the insert is under way") { world.sandbox.faults.fired == [1] }
            try await daemon.terminate()
            try watch.expectNone(of: Self.secrets, saidBy: [daemon])
        }
    }

    /// A world whose keys are a systemd credential and a file, and whose daemon logs all it can.
    private static func withSecrets(
        _ body: (FerryWorld, SecretWatch, _ environment: [String: String]) async throws -> Void
    ) async throws {
        try await FerryWorld.with { world async throws in
            var table = Items.definition
            table.primarySecret = canary
            table.secondarySecret = other
            world.sandbox.tables.addTable(table)
            try world.writeShop(Items.sql(5))
            try world.write(
                settings: "stores: { shop: { type: sqlite, path: \(world.shop) } }\nlog: { level: trace }\n"
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
            let watch = SecretWatch(world, integration: "items")
            try await body(world, watch, ["CREDENTIALS_DIRECTORY": "\(world.folder.path)/credentials"])
        }
    }
}
