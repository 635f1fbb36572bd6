import FerryAPI
import FerryCore
import FerryTesting
import Foundation
import Testing

/// The manual pages and completions, as `make manual` makes them.
@Suite struct ManualTests {
    @Test(arguments: [("ferryctl", 1), ("ferryd", 8)])
    func aProgramsPageHasEveryCommandAndOption(name: String, section: Int) async throws {
        try await TemporaryDirectory.with { folder async throws in
            let description = try await Program.run(name, ["--experimental-dump-help"], in: folder).output
            let page = try await Program.run("ferryctl", ["manual", name], input: description, in: folder)
            #expect(page.exitCode == 0, "\(page.errors)")
            let text = page.output
            #expect(text.contains(".Dt \(name.uppercased()) \(section)\n"))
            let help = try await Program.run(name, ["--help"], in: folder).output
            let commands = help.split(separator: "\n").compactMap { line in
                line.prefixMatch(of: #/  ([a-z]+) /#).map { String($0.1) }
            }
            #expect(commands.count >= 3)
            if name == "ferryctl" {
                for nested in ["services show", "state export"] { #expect(text.contains(".Ss \"\(nested)\"\n")) }
                #expect(text.contains("ferryctl state reset <id> [\\-\\-type <type> ...]"), "\(text)")
            }
            for command in commands {
                #expect(text.contains(".Ss \(command)\n"), "there is no '\(command)'")
                let own = try await Program.run(name, [command, "--help"], in: folder).output
                for line in own.split(separator: "\n") {
                    guard let option = line.prefixMatch(of: #/  (--[a-z-]+)/#)?.1, option != "--version" else {
                        continue
                    }
                    #expect(text.contains(option.replacing("-", with: "\\-")), "\(command) has \(option)")
                }
            }
            // Nobody has to call what makes the pages.
            #expect(!text.contains(".Ss manual\n"))
            try await Self.format(text, in: folder)
        }
    }

    @Test func theSandboxsPageHasEveryOption() async throws {
        try await TemporaryDirectory.with { folder async throws in
            let description = try await Program.run("ferry-sandbox", ["--experimental-dump-help"], in: folder).output
            let page = try await Program.run("ferryctl", ["manual", "ferry-sandbox"], input: description, in: folder)
            #expect(page.exitCode == 0, "\(page.errors)")
            #expect(page.output.contains(".Dt FERRY\\-SANDBOX 1\n"))
            let help = try await Program.run("ferry-sandbox", ["--help"], in: folder).output
            let options = help.split(separator: "\n").compactMap { $0.prefixMatch(of: #/  (--[a-z-]+)/#)?.1 }
            #expect(options.count > 5)
            for option in options where option != "--version" {
                #expect(page.output.contains(option.replacing("-", with: "\\-")), "\(option)")
            }
            try await Self.format(page.output, in: folder)
        }
    }

    @Test(arguments: [("ferry.yaml", ["ferry", "integration"]), ("ferry-service", ["service"])])
    func aFilesPageHasEveryKey(name: String, kinds: [String]) async throws {
        try await TemporaryDirectory.with { folder async throws in
            let page = try await Program.run("ferryctl", ["manual", name], in: folder)
            #expect(page.exitCode == 0, "\(page.errors)")
            for kind in kinds {
                let schema = try await Program.run("ferryctl", ["schema", kind], in: folder).output
                let value = try WireFormat.decode(JSONValue.self, from: Array(schema.utf8))
                let keys = Self.keys(of: value)
                #expect(keys.count > 5)
                for key in keys {
                    #expect(page.output.contains(key.replacing("-", with: "\\-")), "there is no '\(key)'")
                }
            }
            try await Self.format(page.output, in: folder)
        }
    }

    @Test(arguments: ["ferryd", "ferryctl"], ["bash", "zsh", "fish"])
    func completionsKnowTheCommands(program: String, shell: String) async throws {
        try await TemporaryDirectory.with { folder async throws in
            let result = try await Program.run(program, ["--generate-completion-script", shell], in: folder)
            #expect(result.exitCode == 0)
            #expect(result.output.contains(program == "ferryd" ? "once" : "quarantine"))
            guard shell == "bash" else { return }
            let file = try folder.write(result.output, to: "completion")
            let read = try await Program.run("/bin/bash", ["-n", file], in: folder)
            #expect(read.exitCode == 0, "\(read.errors)")
        }
    }

    /// Lets the formatter read a page, if there is one: it has nothing to complain about.
    private static func format(_ text: String, in folder: TemporaryDirectory) async throws {
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/groff") else { return }
        let result = try await Program.run(
            "/usr/bin/groff",
            ["-Kutf8", "-mdoc", "-Tutf8", "-ww", "-z"],
            input: text,
            in: folder
        )
        #expect(result.exitCode == 0 && result.errors == "", "\(result.errors)")
    }

    private static func keys(of schema: JSONValue) -> Set<String> {
        var keys: Set<String> = []
        if case .object(let members) = schema {
            for member in members {
                if member.key == "properties", case .object(let properties) = member.value {
                    keys.formUnion(properties.map(\.key))
                }
                keys.formUnion(Self.keys(of: member.value))
            }
        }
        if case .array(let elements) = schema {
            for element in elements { keys.formUnion(Self.keys(of: element)) }
        }
        return keys
    }
}
