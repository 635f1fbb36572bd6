import FerryAPI
import FerryCore
import FerryHTTP
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// The documented exit codes of `ferryctl`, each with the words that go with it.
@Suite struct ExitCodeTests {
    @Test func oneForWhatTheDaemonDoesNotKnowAndItNamesWhatItDoes() async throws {
        try await FerryctlTests.withPushedItems { world async throws in
            let result = try await world.ferryctl("show", "itmes")
            #expect(result.exitCode == 1)
            #expect(result.output.isEmpty)
            #expect(result.errors.contains("there is no integration 'itmes'"))
            #expect(result.errors.contains("there are: items"))
            #expect(try await world.ferryctl("job", "job_0").exitCode == 1)
        }
    }

    @Test func oneForAJobThatFails() async throws {
        try await FerryctlTests.withPushedItems { world async throws in
            try world.writeShop("UPDATE item SET price = 1")
            world.sandbox.faults.add(FaultRule(.status(401), times: nil))
            let result = try await world.ferryctl("sync", "items", "--push", "--wait")
            #expect(result.exitCode == 1)
            #expect(result.output.contains("items push failed in "))
            #expect(result.errors.contains("auth.rejected"))
        }
    }

    @Test(arguments: [
        ["sync", "items"], ["sync", "items", "--pull", "--push"], ["sync"], ["stauts"], ["jobs", "--state", "done"],
        ["jobs", "--limit", "1000"], ["show", "items", "--colour"],
    ])
    func twoForAWrongCommandLine(_ arguments: [String]) async throws {
        try await TemporaryDirectory.with { folder async throws in
            let result = try await Program.run("ferryctl", arguments, in: folder)
            #expect(result.exitCode == 2)
            #expect(result.output.isEmpty)
            #expect(result.errors.contains("Error: "))
            #expect(result.errors.contains("Usage: ferryctl"))
        }
    }

    @Test func zeroForHelp() async throws {
        try await TemporaryDirectory.with { folder async throws in
            let result = try await Program.run("ferryctl", ["--help"], in: folder)
            #expect(result.exitCode == 0)
            #expect(result.output.contains("Exit codes: 0 done, 1 failed, 2 wrong usage, 3 configuration errors"))
        }
    }

    @Test func fourWhenNoDaemonRunsWithWhatToDoAboutIt() async throws {
        try await FerryWorld.with { world async throws in
            let result = try await world.ferryctl("status")
            #expect(result.exitCode == 4)
            #expect(result.errors.contains("There is no socket at \(world.socket)."))
            #expect(result.errors.contains("Is ferryd running ('systemctl status ferryd')?"))

            let daemon = try await world.startDaemon()
            try await daemon.terminate()
            let stale = try await world.ferryctl("status")
            #expect(stale.exitCode == 4)
            #expect(stale.errors.contains("Nobody listens on \(world.socket)."))
        }
    }

    @Test(.enabled("needs root, setpriv and programs that others may run") { try await Self.canDropPrivileges() })
    func fiveForSomebodyWhoMayNot() async throws {
        try await FerryWorld.with { world async throws in
            let daemon = try await world.startDaemon()
            let stranger = try await Self.asNobody(["status", "--socket", world.socket], in: world.folder)
            #expect(stranger.exitCode == 5)
            #expect(stranger.errors.contains("You may not open the socket \(world.socket)."))
            try await world.stop(daemon)

            // Whoever may open the socket may read the status, and nothing else.
            try world.write(settings: "socket: { group: nogroup }\n")
            try world.write(integration: "broken", "type: nonsense\n")
            _ = try await world.startDaemon()
            let reader = try await Self.asNobody(["status", "--socket", world.socket], in: world.folder)
            #expect(reader.exitCode == 0)
            #expect(reader.output.contains("The configuration has errors; an administrator can see them."))
            #expect(!reader.output.contains("nonsense"))
            let writer = try await Self.asNobody(["reload", "--socket", world.socket], in: world.folder)
            #expect(writer.exitCode == 5)
            #expect(writer.errors.contains("Only administrators may POST this path."))
        }
    }

    @Test func sixWhenSomeRecordsWereRefused() async throws {
        try await FerryctlTests.withPushedItems { world async throws in
            try world.writeShop("INSERT INTO item VALUES ('S-0004', 'Bad', 'expensive', 0), ('S-0005', 'Good', 1, 0)")
            let result = try await world.ferryctl("sync", "items", "--push", "--wait")
            #expect(result.exitCode == 6)
            #expect(result.output.contains("items push partial in "))
            #expect(result.output.contains("5 read, 1 created, 3 unchanged, 1 quarantined"))
        }
    }

    private static func asNobody(_ arguments: [String], in folder: TemporaryDirectory) async throws -> Program.Result {
        try await Program.run(
            "/usr/bin/setpriv",
            ["--reuid=65534", "--regid=65534", "--clear-groups", "\(Program.directory)/ferryctl"] + arguments,
            in: folder
        )
    }

    private static func canDropPrivileges() async throws -> Bool {
        guard geteuid() == 0, FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv") else { return false }
        return try await TemporaryDirectory.with { folder async throws in
            try await asNobody(["--help"], in: folder).exitCode == 0
        }
    }
}
