import FerryAPI
import FerryTesting
import Foundation
import Testing

/// What the Debian package is made of, as far as it can be looked at without being built and installed.
@Suite struct PackageTests {
    @Test(arguments: ["postinst", "prerm", "postrm"])
    func maintainerScriptsAreWellFormedAndStopAtTheFirstError(name: String) async throws {
        try await TemporaryDirectory.with { folder async throws in
            let path = try #require(Repository.path("etc/debian/\(name)"))
            let result = try await Program.run("/bin/sh", ["-n", path], in: folder)
            #expect(result.exitCode == 0, "\(result.errors)")
            let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
            #expect(lines.prefix(2) == ["#!/bin/sh", "set -e"])
            #expect(FileManager.default.isExecutableFile(atPath: path))
        }
    }

    @Test func theSocketStaysOpenOverAnUpgrade() throws {
        let path = try #require(Repository.path("etc/debian/postinst"))
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.contains("deb-systemd-invoke restart ferryd.service "))
        #expect(!text.contains("restart ferryd.socket"))
    }

    @Test(arguments: ["ferryd", "ferryctl"])
    func theProgramsSayWhichVersionTheyAre(program: String) async throws {
        try await TemporaryDirectory.with { folder async throws in
            let result = try await Program.run(program, ["--version"], in: folder)
            #expect(result.exitCode == 0)
            #expect(result.output == "\(FerryVersion.current)\n")
        }
    }
}
