import FerryCore
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// The real daemon on a host whose time zone changes.
@Suite struct HostZoneTests {
    /// Whether a program can be given an `/etc` of its own: needs root, and a container that lets it.
    static func isPossible() async -> Bool {
        let trial = try? await TemporaryDirectory.with { folder in
            try await Program.run("/usr/bin/unshare", ["-m", "mount", "--bind", "/etc", "/etc"], in: folder)
        }
        return trial?.exitCode == 0
    }

    @Test(.enabled("a mount namespace of its own is for root only, and not in every container", isPossible))
    func schedulesWithoutAZoneMoveWithTheHostWhileTheDaemonRuns() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...3))
            // Half an hour from now at the least, in every zone of whole hours.
            let minute = (Int(Date().timeIntervalSince1970) / 60 + 30) % 60
            let time = "09:" + (minute < 10 ? "0" : "") + String(minute)
            try world.write(
                integration: "items",
                Items.integration(world, store: "main", rest: "schedule: { pull: { calendar: \"\(time)\" } }")
            )
            let etc = try etc(of: world)
            try relink("\(etc)/localtime", to: "/usr/share/zoneinfo/Asia/Tokyo")
            let daemon = try start(world, etc)
            try await world.waitUntilItAnswers(daemon)
            try await eventually("it is planned in Tokyo's time") {
                try await nextRun(world) == due(time, "Asia/Tokyo")
            }

            // To the west, so that no time is left out.
            try relink("\(etc)/localtime", to: "/usr/share/zoneinfo/America/New_York")
            try await eventually("within a minute it is planned in New York's time") {
                try await nextRun(world) == due(time, "America/New_York")
            }

            // A file in place of the link, and no waiting for the minute.
            let honolulu = try Data(contentsOf: URL(fileURLWithPath: "/usr/share/zoneinfo/Pacific/Honolulu"))
            try honolulu.write(to: URL(fileURLWithPath: "\(etc)/localtime"), options: .atomic)
            daemon.send(SIGHUP)
            try await eventually("it is planned in Honolulu's time") {
                try await nextRun(world) == due(time, "Pacific/Honolulu")
            }
            #expect(try await world.jobs().isEmpty)
            #expect(daemon.errors.contains("the host's time zone has changed"))
        }
    }

    /// A copy of what a program needs of `/etc`.
    private func etc(of world: FerryWorld) throws -> String {
        let copy = "\(world.folder.path)/private-etc"
        try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
        for name in ["ld.so.cache", "ld.so.conf", "passwd", "group", "nsswitch.conf", "hosts"]
        where FileManager.default.fileExists(atPath: "/etc/\(name)") {
            try FileManager.default.copyItem(atPath: "/etc/\(name)", toPath: "\(copy)/\(name)")
        }
        return copy
    }

    private func start(_ world: FerryWorld, _ etc: String) throws -> Program {
        let script = "mount --bind \"$0\" /etc && exec env -u TZ \"$@\""
        return try world.start(
            "/usr/bin/unshare",
            ["-m", "/bin/sh", "-c", script, etc, "\(Program.directory)/ferryd"] + world.daemonArguments
        )
    }

    /// Points a link elsewhere at once, as timedatectl does.
    private func relink(_ path: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: path + ".new", withDestinationPath: target)
        try #require(rename(path + ".new", path) == 0)
    }

    private func nextRun(_ world: FerryWorld) async throws -> Date? {
        try await world.statusLine("items")?["nextRun"]?.integer.map { Date(timeIntervalSince1970: Double($0) / 1000) }
    }

    private func due(_ time: String, _ zone: String) throws -> Date? {
        try CalendarExpression(parsing: time).next(after: Date(), in: TimeZoneRules(named: zone))
    }
}
