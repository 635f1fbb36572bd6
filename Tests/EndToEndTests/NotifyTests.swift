import FerryAPI
import FerryCore
import FerryHTTP
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// What the daemon tells systemd.
@Suite struct NotifyTests {
    @Test func isReadyAfterTheFirstLoadAndSaysWhatItFound() async throws {
        try await FerryWorld.with { world async throws in
            try world.writeShop(Items.sql(1))
            try world.write(integration: "items", Items.integration(world))
            try world.write(integration: "broken", "type: dynamic_tabel\n")
            let systemd = try NotifySocket(in: world)
            let daemon = try await world.startDaemon(environment: ["NOTIFY_SOCKET": systemd.path])
            try await systemd.wait(for: "READY=1")
            #expect(systemd.lines.first == "READY=1")
            #expect(try await systemd.wait(for: "STATUS=").contains("2 integrations, 1 with errors"))
            try await world.stop(daemon)
        }
    }

    @Test func announcesAReloadWithTheMonotonicTimeAndThatItIsDone() async throws {
        try await FerryWorld.with { world async throws in
            let systemd = try NotifySocket(in: world)
            let daemon = try await world.startDaemon(environment: ["NOTIFY_SOCKET": systemd.path])
            try await systemd.wait(for: "READY=1")
            let before = Self.monotonicMicroseconds
            daemon.send(SIGHUP)
            try await systemd.wait(for: "RELOADING=1")
            let time = try #require(Int64(try await systemd.wait(for: "MONOTONIC_USEC=")))
            try await systemd.wait(for: "READY=1", count: 2)
            #expect(time >= before && time <= Self.monotonicMicroseconds)
            let order = systemd.lines.filter { $0 == "READY=1" || $0 == "RELOADING=1" }
            #expect(order == ["READY=1", "RELOADING=1", "READY=1"])
        }
    }

    @Test func saysThatItStopsAndEndsWithZero() async throws {
        try await FerryWorld.with { world async throws in
            let systemd = try NotifySocket(in: world)
            let daemon = try await world.startDaemon(environment: ["NOTIFY_SOCKET": systemd.path])
            try await systemd.wait(for: "READY=1")
            #expect(try await world.stop(daemon).exitCode == 0)
            #expect(systemd.lines.contains("STOPPING=1"))
        }
    }

    @Test func feedsTheWatchdogThatWatchesItsProcess() async throws {
        try await FerryWorld.with { world async throws in
            let systemd = try NotifySocket(in: world)
            // systemd names the process it watches; only the shell knows its number before ferryd takes its place.
            let daemon = try world.start(
                "/bin/sh",
                ["-c", "export WATCHDOG_PID=$$; exec \"$0\" \"$@\"", "\(Program.directory)/ferryd"]
                    + world.daemonArguments,
                environment: ["NOTIFY_SOCKET": systemd.path, "WATCHDOG_USEC": "200000"]
            )
            try await world.waitUntilItAnswers(daemon)
            try await systemd.wait(for: "WATCHDOG=1", count: 5)
        }
    }

    @Test func saysWhatRunsWhileItRunsAndWhenTheNextRunIs() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...3))
            world.sandbox.faults.add(FaultRule(.delay(milliseconds: 700), times: nil))
            try world.write(
                integration: "items",
                Items.integration(world, store: "main", rest: "schedule: { pull: { every: 1h } }")
            )
            let systemd = try NotifySocket(in: world)
            _ = try await world.startDaemon(environment: ["NOTIFY_SOCKET": systemd.path])
            try await eventually("the status names the job: \(systemd.lines)") {
                systemd.lines.contains {
                    $0.hasPrefix("STATUS=") && $0.hasSuffix("1 integration; running: items pull")
                        || $0.contains("; running: items pull; ")
                }
            }
            try await eventually("the status names the next run: \(systemd.lines)") {
                systemd.lines.last { $0.hasPrefix("STATUS=") }?.contains("1 integration; next run: items pull, ")
                    == true
            }
        }
    }

    private static var monotonicMicroseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }
}
