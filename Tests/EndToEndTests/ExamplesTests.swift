import FerryAPI
import FerryTesting
import Foundation
import Testing

/// The files and commands that people are shown: every one of them works.
@Suite struct ExamplesTests {
    @Test(arguments: ["etc/ferry", "etc/demo"])
    func theDirectoryHasNothingThatCheckComplainsAbout(_ directory: String) async throws {
        let path = try #require(Repository.path(directory))
        try await TemporaryDirectory.with { folder async throws in
            let result = try await Program.run("ferryctl", ["check", path], in: folder)
            #expect(result.exitCode == 0)
            #expect(result.errors.isEmpty)
            #expect(result.output.contains(", 0 errors, 0 warnings"))
            #expect(!result.output.hasPrefix("0 integrations"))
        }
    }

    @Test(.enabled("there is no README yet") { Repository.path("README.md") != nil })
    func everyCommandOfTheREADMEIsOneThatExists() async throws {
        let commands = try Repository.codeBlocks(of: "README.md", in: ["sh", "console", "bash", ""])
            .flatMap { $0.split(separator: "\n") }
            .compactMap { Command(String($0)) }
        #expect(!commands.isEmpty)
        try await TemporaryDirectory.with { folder async throws in
            for command in commands {
                let help = try await Program.run(command.program, command.subcommand + ["--help"], in: folder)
                #expect(help.exitCode == 0, "\(command)")
                for option in command.options {
                    #expect(help.output.contains(option), "\(command.program) \(command.subcommand) has no \(option)")
                }
            }
        }
    }

    @Test(.enabled("there is no README yet") { Repository.path("README.md") != nil })
    func everyConfigurationOfTheREADMEIsOneThatCheckAccepts() async throws {
        for block in try Repository.codeBlocks(of: "README.md", in: ["yaml", "yml"]) {
            try await FerryWorld.with { world async throws in
                let isIntegration = block.contains("entities:")
                if isIntegration {
                    try world.write(integration: "example", block)
                    if let store = block.split(separator: "\n").first(where: { $0.hasPrefix("store: ") }) {
                        let name = store.dropFirst(7).prefix { $0 != " " }
                        if name != "main" {
                            try world.write(settings: "stores: { \(name): { type: sqlite, path: /srv/x.db } }\n")
                        }
                    }
                } else if block.hasPrefix("connection:") {
                    // One key of an integration, shown alone.
                    try world.write(integration: "example", Items.integration(world, store: "main", rest: block))
                } else {
                    try world.write(settings: block)
                }
                let result = try await Program.run("ferryctl", ["check", world.configuration], in: world.folder)
                #expect(result.exitCode == 0, "\(block)\n\(result.errors)")
            }
        }
    }
}

/// What the sources must not have.
@Suite struct SourcesTests {
    @Test func noSwiftFileNamesAServiceOutsideTheSandbox() throws {
        let root = try #require(Repository.path("Sources"))
        let files = try #require(FileManager.default.enumerator(atPath: root)?.allObjects as? [String])
        // The list of the embedded descriptions names their files.
        let exempt = ["FerrySandbox/", "ferry-sandbox/"]
        let swift = files.filter { file in file.hasSuffix(".swift") && !exempt.contains { file.hasPrefix($0) } }
        #expect(swift.count > 100)
        for file in swift {
            let text = try String(contentsOfFile: "\(root)/\(file)", encoding: .utf8).lowercased()
            for name in [
                "dynamic_table", "dynamic table", "dynamictable", "dynamic-table", "wiserows", "search console",
                "search_console", "searchconsole", "googleapis", "webmasters",
            ] {
                #expect(!text.contains(name), "\(file) names \(name)")
            }
            // Others have names that are words of English, and of Swift.
            for name in ["\"loops\"", "loops.so", "loopsteam", "posthog", "hogql", "\"sanity\"", "groq"] {
                #expect(!text.contains(name), "\(file) names \(name)")
            }
        }
    }
}

extension Repository {
    /// The fenced blocks of a Markdown file in one of the given languages.
    static func codeBlocks(of name: String, in languages: [String]) throws -> [String] {
        let text = try String(contentsOfFile: try #require(path(name)), encoding: .utf8)
        var blocks: [String] = []
        var open: (isWanted: Bool, indent: Int, lines: [Substring])?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let content = line.drop { $0 == " " }
            guard content.hasPrefix("```") else {
                if let block = open { open?.lines.append(line.dropFirst(min(block.indent, line.count))) }
                continue
            }
            if let block = open {
                if block.isWanted { blocks.append(block.lines.joined(separator: "\n") + "\n") }
                open = nil
            } else {
                open = (languages.contains(String(content.dropFirst(3))), line.count - content.count, [])
            }
        }
        return blocks
    }
}

/// A line of a shell session that runs one of Ferry's programs.
private struct Command: CustomStringConvertible {
    let program: String
    let subcommand: [String]
    let options: [String]
    let description: String

    init?(_ line: String) {
        description = line
        var words = line.split(separator: "#").first.map { $0.split(separator: " ").map(String.init) } ?? []
        while let first = words.first, first == "$" || first == "sudo" || first.contains("=") { words.removeFirst() }
        guard let first = words.first, let name = first.split(separator: "/").last.map(String.init),
            ["ferryd", "ferryctl", "ferry-sandbox"].contains(name)
        else { return nil }
        program = name
        words.removeFirst()
        switch name {
        case "ferryctl":
            // Those of 'services' and 'state' are called by two words.
            let isNested = ["services", "state"].contains(words.first)
            subcommand = Array(words.prefix(isNested ? 2 : 1).prefix { !$0.hasPrefix("-") })
        case "ferryd":
            let known = ["check", "once", "restore"]
            subcommand = [words.first.flatMap { known.contains($0) ? $0 : nil } ?? "run"]
        default: subcommand = []
        }
        options = words.filter { $0.hasPrefix("--") }.map { String($0.split(separator: "=")[0]) }
    }
}
