import FerryAPI
import FerryCore
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// What `ferryctl doctor` says of a daemon that is well, and of each thing that is not.
@Suite struct DoctorTests {
    @Test func aDaemonThatIsWellHasNothingFailed() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...3))
            try world.write(integration: "items", Items.integration(world, store: "main"))
            _ = try await world.startDaemon()
            let result = try await world.ferryctl("doctor")
            #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
            for line in [
                "ok       daemon: it answers on \(world.socket)", "ok       configuration: 1 integration, no errors",
                "ok       state directory: \(world.state) is this user's alone", "ok       ledger: ",
                "ok       service items: it answers in ", "  clock: ",
            ] {
                #expect(result.output.contains(line), "\(result.output)")
            }
            #expect(!result.output.contains("FAILED"))
            let json = try await world.ferryctl("doctor", "--json")
            let examination = try WireFormat.decode(Envelope<Examination>.self, from: Array(json.output.utf8)).data
            #expect(examination.findings.contains { $0.subject == "ledger" && $0.state == .ok })
        }
    }

    @Test func whatDoesNotWorkIsNamedWithWhatToDo() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...3))
            try world.write(integration: "items", Items.integration(world, store: "main"))
            let text = Items.integration(world, store: "main").replacing("- type: item\n", with: "- type: thing\n")
            let secret = "key: \(Items.definition.primarySecret)\n"
            let keyless = text.replacing(secret, with: "key: { env: NO_SUCH_KEY }\n")
            try world.write(integration: "keyless", keyless)
            let port = try #require(world.sandbox.port)
            try world.write(
                integration: "nowhere",
                text.replacing("- type: thing\n", with: "- type: other\n").replacing(":\(port)", with: ":1")
            )
            try world.write(integration: "off", "enabled: false\n" + keyless)
            try world.write(integration: "broken", "type: dynamic_tabel\n")
            _ = try await world.startDaemon()
            chmod(world.state, 0o755)
            let result = try await world.ferryctl("doctor")
            #expect(result.exitCode == 1)
            let output = result.output
            let broken = "\(world.configuration)/integrations/broken.yaml"
            #expect(output.contains("FAILED   configuration: 2 errors: \(broken):1: "), "\(output)")
            #expect(output.contains("warning  state directory: \(world.state) is open to other users\n"))
            #expect(output.contains("         hint: chmod 700 \(world.state)\n"))
            #expect(output.contains("FAILED   credential keyless.key: "))
            #expect(output.contains("NO_SUCH_KEY"))
            let refused = "No connection to 127.0.0.1:1 came about: Connection refused"
            #expect(output.contains("FAILED   service nowhere: \(refused)"), "\(output)")
            #expect(output.contains("ok       service items: "))
            #expect(!output.contains(" off"))
            #expect(!output.contains(Items.definition.primarySecret))
        }
    }

    @Test func aLedgerThatIsGoneIsSeen() async throws {
        try await FerryWorld.with { world async throws in
            _ = try await world.startDaemon()
            try FileManager.default.moveItem(atPath: "\(world.state)/ledger.db", toPath: "\(world.state)/old.db")
            let result = try await world.ferryctl("doctor")
            #expect(result.exitCode == 1)
            let sentence = "\(world.state)/ledger.db was moved or deleted while it is in use"
            #expect(result.output.contains("FAILED   ledger: \(sentence)"))
        }
    }

    @Test func withoutADaemonTheConfigurationIsLookedAt() async throws {
        try await FerryWorld.with { world async throws in
            try world.write(integration: "broken", "type: dynamic_tabel\n")
            let result = try await world.ferryctl("doctor", "--config", world.configuration)
            #expect(result.exitCode == 4)
            #expect(result.output.contains("FAILED   daemon: There is no socket at \(world.socket).\n"))
            #expect(result.output.contains("FAILED   configuration: 1 integration, 2 errors, 0 warnings\n"))
            #expect(result.output.contains("hint: 'ferryctl check \(world.configuration)' shows them"))
        }
    }
}
