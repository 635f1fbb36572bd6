import FerryTesting
import Foundation
import Testing

private let analyzePath = "/usr/bin/systemd-analyze"
private let canSeeBoot = FileManager.default.isReadableFile(atPath: "/proc/sys/kernel/random/boot_id")

/// The service unit, judged by systemd itself.
@Suite(.enabled("needs systemd-analyze") { FileManager.default.isExecutableFile(atPath: analyzePath) })
struct SystemdTests {
    @Test(.enabled(if: canSeeBoot, "systemd-analyze has to know the boot identifier, which a sandbox hides"))
    func theUnitHasNothingThatVerifyComplainsAbout() async throws {
        try await TemporaryDirectory.with { folder async throws in
            let unit = try Self.copyUnit(to: folder)
            let result = try await Program.run(analyzePath, ["verify", "--man=no", unit], in: folder)
            #expect(result.exitCode == 0)
            #expect(result.output + result.errors == "")
        }
    }

    @Test(.enabled(if: canSeeBoot, "systemd-analyze has to know the boot identifier, which a sandbox hides"))
    func theSocketUnitHasNothingThatVerifyComplainsAbout() async throws {
        try await TemporaryDirectory.with { folder async throws in
            // The service that it starts is looked at, too.
            _ = try Self.copyUnit(to: folder)
            let text = try String(
                contentsOfFile: try #require(Repository.path("systemd/ferryd.socket")),
                encoding: .utf8
            )
            let unit = try folder.write(text, to: "ferryd.socket", mode: 0o644)
            let result = try await Program.run(analyzePath, ["verify", "--man=no", unit], in: folder)
            #expect(result.exitCode == 0)
            #expect(result.output + result.errors == "")
        }
    }

    @Test func theUnitIsHardened() async throws {
        try await TemporaryDirectory.with { folder async throws in
            let unit = try Self.copyUnit(to: folder)
            let arguments = ["security", "--offline=true", "--threshold=15", "--no-pager", unit]
            let result = try await Program.run(analyzePath, arguments, in: folder)
            #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
        }
    }

    @Test func theUnitNotifiesIsWatchedAndKeepsItsStateAndItsSocketApart() throws {
        let text = try Self.unit()
        let lines = Set(text.split(separator: "\n").map(String.init))
        for line in [
            "Type=notify", "StateDirectory=ferry", "RuntimeDirectory=ferry", "WatchdogSec=30",
            "ExecReload=/usr/bin/ferryctl reload", "ExecStartPre=-/usr/bin/ferryd check --config /etc/ferry",
            "RuntimeDirectoryPreserve=yes", "StartLimitBurst=10", "MemoryMax=512M", "LimitCORE=0",
        ] {
            #expect(lines.contains(line))
        }
        #expect(text.contains("LoadCredential="))
    }

    private static func unit() throws -> String {
        try String(contentsOfFile: try #require(Repository.path("systemd/ferryd.service")), encoding: .utf8)
    }

    /// The unit with the program that was just built in the place of the installed one.
    private static func copyUnit(to folder: TemporaryDirectory) throws -> String {
        let program = "\(Program.directory)/ferryd"
        #expect(FileManager.default.isExecutableFile(atPath: program))
        return try folder.write(
            try unit().replacing("/usr/bin/ferry", with: "\(Program.directory)/ferry"),
            to: "ferryd.service",
            mode: 0o644
        )
    }
}
