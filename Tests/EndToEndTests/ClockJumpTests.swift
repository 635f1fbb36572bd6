import FerryAPI
import FerryCore
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// The real daemon with a clock that is set while it runs.
@Suite struct ClockJumpTests {
    /// libfaketime, which stands between a program and its clock.
    static let library = ["x86_64", "aarch64"].lazy
        .map { "/usr/lib/\($0)-linux-gnu/faketime/libfaketimeMT.so.1" }
        .first { FileManager.default.fileExists(atPath: $0) }

    @Test(
        .enabled(if: library != nil, "libfaketime is not on this machine: install the package faketime"),
        .disabled(if: isSanitized, "a program with a sanitizer does not start behind libfaketime")
    )
    func aClockSetForwardMakesOneRunAndOneSetBackStopsNone() async throws {
        let library = try #require(Self.library)
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...3))
            try world.write(
                integration: "items",
                Items.integration(world, store: "main", rest: "schedule: { pull: { every: 5s } }")
            )
            try set("+0", world)
            let daemon = try start(world, library)
            try await world.waitUntilItAnswers(daemon)
            try await eventually("a run") { try await starts(world).isEmpty == false }
            let hour: Int64 = 3_600_000
            let before = try #require(try await starts(world).max())

            try set("+5h", world)
            try await eventually("three runs after the jump") {
                try await starts(world).count { $0 > before + 4 * hour } >= 3
            }
            // 3,600 runs were missed. One makes up for them, and the two after it are at least an interval apart.
            let after = try await starts(world).filter { $0 > before + 4 * hour }.sorted()
            #expect(after[2] - after[0] >= 4000)

            let count = try await starts(world).count { $0 < before + hour }
            try set("+0", world)
            try await eventually("two runs after it was set back") {
                try await starts(world).count { $0 < before + hour } >= count + 2
            }
            let next = try #require(try await world.statusLine("items")?["nextRun"]?.integer)
            #expect(next < before + hour)
        }
    }

    /// Starts the daemon with a clock that can be set.
    private func start(_ world: FerryWorld, _ library: String) throws -> Program {
        // Through env: at the start of the first program the library changes the environment, next to which Swift looks
        // for the arguments; the second one finds it changed.
        try world.start(
            "/usr/bin/env",
            ["\(Program.directory)/ferryd"] + world.daemonArguments,
            environment: [
                "LD_PRELOAD": library,
                "FAKETIME_TIMESTAMP_FILE": file(world),
                "FAKETIME_NO_CACHE": "1",
                // Only the wall clock is set; what measures spans goes on as on a real machine.
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                "DONT_FAKE_MONOTONIC": "1",
            ]
        )
    }

    /// When the runs started, by the daemon's clock.
    private func starts(_ world: FerryWorld) async throws -> [Int64] {
        try await world.jobs().filter { $0.trigger == "schedule" }.compactMap(\.startedAt)
    }

    /// Sets the clock off by a span.
    private func set(_ offset: String, _ world: FerryWorld) throws {
        // At once: the library reads the file at every look at the clock.
        try Data("\(offset)\n".utf8).write(to: URL(fileURLWithPath: file(world)), options: .atomic)
    }

    private func file(_ world: FerryWorld) -> String { "\(world.folder.path)/clock" }
}
