import FerryAPI
import FerryCore
import FerryHTTP
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// The daemon's life: start, stop, and what is in its way.
@Suite struct DaemonTests {
    @Test func endsWithinTenSecondsOfSIGTERMAndTheJobGoesOnAsItsSecondAttempt() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...60))
            world.sandbox.faults.add(FaultRule(.delay(milliseconds: 1200), path: "skip=", nth: 2, times: nil))
            try world.write(
                integration: "items",
                Items.integration(world, store: "main", settings: "page_size: 10")
            )
            let daemon = try await world.startDaemon()
            let id = try await world.enqueue("items", .pull)
            try await eventually("the second page is asked for") {
                let state = try await world.jobNow(id)["state"]?.string
                return state == "running" && world.sandbox.faults.fired == [1]
            }
            let start = ContinuousClock.now
            let ended = try await world.stop(daemon)
            #expect(ended.exitCode == 0)
            #expect(ContinuousClock.now - start < .seconds(10))

            world.sandbox.faults.clear()
            _ = try await world.startDaemon()
            let job = try await world.job(id)
            #expect(job.state == .succeeded)
            #expect(job.attempt == 2)
            #expect(job.progress.read == 60)
            #expect(try world.rows(world.store, "SELECT count(*), count(DISTINCT sku) FROM item") == ["60|60"])
        }
    }

    @Test func whatJobsDoRunsBehindWhatAnswersTheSocket() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...60))
            try world.write(integration: "items", Items.integration(world, store: "main"))
            let daemon = try await world.startDaemon()
            let ordinary = try #require(daemon.niceness.first)
            try #require(ordinary < 5, "the tests themselves run with less than a job's priority")
            let id = try await world.enqueue("items", .pull)
            // A thread stays for some seconds after its last work.
            try await eventually("what is done ahead is put back, and what a job does") {
                Set(daemon.niceness).isSuperset(of: [5, 10])
            }
            #expect(try await world.job(id).state == .succeeded)
            // Dispatch puts some others before the rest, where it may.
            let niceness = daemon.niceness
            #expect(niceness.first == ordinary && niceness.allSatisfy { $0 <= ordinary || $0 == 5 || $0 == 10 })
        }
    }

    @Test func cutsOffARequestThatTakesLongerThanTenSecondsAndTheJobGoesOnAfterTheNextStart() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...5))
            world.sandbox.faults.add(FaultRule(.delay(milliseconds: 25_000), times: 1))
            try world.write(integration: "items", Items.integration(world, store: "main"))
            let daemon = try await world.startDaemon()
            let id = try await world.enqueue("items", .pull)
            try await eventually("the request hangs") { world.sandbox.faults.fired == [1] }
            let start = ContinuousClock.now
            #expect(try await world.stop(daemon).exitCode == 0)
            #expect(ContinuousClock.now - start < .seconds(10))

            _ = try await world.startDaemon()
            let job = try await world.job(id)
            #expect(job.state == .succeeded)
            #expect(job.attempt == 2)
        }
    }

    @Test func anIdleDaemonEndsAtOnceAndRemovesItsSocket() async throws {
        try await FerryWorld.with { world async throws in
            let daemon = try await world.startDaemon()
            daemon.send(SIGINT)
            let ended = try await daemon.end(within: .seconds(5))
            #expect(ended.exitCode == 0)
            #expect(!FileManager.default.fileExists(atPath: world.socket))
        }
    }

    @Test(.disabled(if: isSanitized, "a sanitizer keeps what it was given"))
    func givesMemoryBackWhenNothingIsLeftToDo() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...60))
            try world.write(integration: "items", Items.integration(world, store: "main"))
            let daemon = try await world.startDaemon()
            #expect(try await world.job(world.enqueue("items", .pull)).state == .succeeded)
            try await eventually("it takes much less memory than at its busiest") {
                let status = try String(contentsOfFile: "/proc/\(daemon.identifier)/status", encoding: .utf8)
                let now = try #require(Self.memory("VmRSS", in: status))
                return try now * 3 < #require(Self.memory("VmHWM", in: status)) * 2
            }
            #expect(try await world.job(world.enqueue("items", .pull)).progress.unchanged == 60)
        }
    }

    /// A figure of `/proc/PID/status`, in KiB.
    private static func memory(_ name: String, in status: String) -> Int? {
        status.split(separator: "\n").first { $0.hasPrefix("\(name):") }
            .flatMap { $0.split(whereSeparator: \.isWhitespace).dropFirst().first }
            .flatMap { Int($0) }
    }

    @Test func startsWithoutAConfigurationDirectory() async throws {
        try await FerryWorld.with { world async throws in
            try world.folder.remove("etc")
            let daemon = try await world.startDaemon()
            let status = try await world.json("GET", "/api/v1/status").body["data"]
            #expect(status?["integrations"]?.elements.isEmpty == true)
            let errors = status?["configuration"]?["errors"]?.elements.compactMap(\.string) ?? []
            #expect(errors.contains { $0.contains(world.configuration) })
            #expect(daemon.errors.contains(world.configuration))
        }
    }

    @Test func refusesAStateDirectoryThatAnotherDaemonUses() async throws {
        try await FerryWorld.with { world async throws in
            _ = try await world.startDaemon()
            let other = ["--config", world.configuration, "--state", world.state, "--socket", "\(world.socket)2"]
            let ended = try await world.start("ferryd", other).end()
            #expect(ended.exitCode == 1)
            #expect(ended.errors.contains("another process of Ferry is using the state directory '\(world.state)'"))
            #expect(ended.errors.contains("[daemon.already_running]"))
            #expect(ended.errors.contains("hint: "))
            #expect(try await world.get("/healthz").status == 200)
        }
    }

    @Test func refusesASocketThatAnotherProcessListensOn() async throws {
        try await FerryWorld.with { world async throws in
            _ = try await world.startDaemon()
            let other = [
                "--config", world.configuration, "--state", "\(world.folder.path)/state2", "--socket", world.socket,
            ]
            let ended = try await world.start("ferryd", other).end()
            #expect(ended.exitCode == 1)
            #expect(ended.errors.contains("Another process listens on \(world.socket)"))
            #expect(try await world.get("/healthz").status == 200)
        }
    }

    @Test func replacesTheSocketOfADaemonThatWasKilled() async throws {
        try await FerryWorld.with { world async throws in
            let first = try await world.startDaemon()
            try await first.terminate()
            #expect(FileManager.default.fileExists(atPath: world.socket))
            _ = try await world.startDaemon()
            #expect(try await world.get("/healthz").status == 200)
        }
    }

    @Test func leavesAFileInTheSocketsPlaceAlone() async throws {
        try await FerryWorld.with { world async throws in
            try world.folder.write("mine", to: "ferry.sock")
            let ended = try await world.start("ferryd", world.daemonArguments).end()
            #expect(ended.exitCode == 3)
            #expect(ended.errors.contains("The socket path exists but is not a socket: \(world.socket)"))
            #expect(try String(contentsOfFile: world.socket, encoding: .utf8) == "mine")
        }
    }

    @Test func takesItsPlacesFromSystemdsEnvironment() async throws {
        try await FerryWorld.with { world async throws in
            let run = "\(world.folder.path)/run"
            try FileManager.default.createDirectory(atPath: run, withIntermediateDirectories: true)
            _ = try world.start(
                "ferryd",
                ["--config", world.configuration],
                environment: ["STATE_DIRECTORY": world.state, "RUNTIME_DIRECTORY": run]
            )
            try await eventually("socket and ledger are there") {
                world.folder.has("run/ferry.sock") && world.folder.has("state/ledger.db")
            }
            let status = try await Program.run(
                "ferryctl",
                ["status"],
                environment: ["FERRY_SOCKET": "\(run)/ferry.sock"],
                in: world.folder
            )
            #expect(status.exitCode == 0)
        }
    }

    @Test(.enabled("needs root") { geteuid() == 0 })
    func theSocketBelongsToTheGroupThatTheSettingsName() async throws {
        try await FerryWorld.with { world async throws in
            try world.write(settings: "socket: { group: nogroup }\n")
            _ = try await world.startDaemon()
            let attributes = try FileManager.default.attributesOfItem(atPath: world.socket)
            #expect(attributes[.groupOwnerAccountName] as? String == "nogroup")
            #expect(attributes[.posixPermissions] as? Int == 0o660)
        }
    }

    @Test func theStateIsClosedToAllAndTheSocketToStrangers() async throws {
        try await FerryWorld.with { world async throws in
            _ = try await world.startDaemon()
            let files = [world.socket, world.state, "\(world.state)/ledger.db"]
            for file in files {
                let attributes = try FileManager.default.attributesOfItem(atPath: file)
                let mode = try #require(attributes[.posixPermissions] as? Int)
                #expect(
                    mode & (file == world.socket ? 0o007 : 0o077) == 0,
                    "\(file) has mode \(String(mode, radix: 8))"
                )
            }
        }
    }
}
