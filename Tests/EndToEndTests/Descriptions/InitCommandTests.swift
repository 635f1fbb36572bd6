import FerryCore
import FerryHTTP
import FerryTesting
import Foundation
import Testing

/// `ferryctl init`: a file that `ferryctl check` accepts, with what was answered in it.
@Suite struct InitCommandTests {
    private static let services = [
        "dynamic_table", "google_search_console", "loops", "wiserows", "posthog", "sanity",
    ]

    private func initialize(_ directory: TemporaryDirectory, _ arguments: String...) async throws -> Program.Result {
        try await Program.run("ferryctl", ["init"] + arguments, in: directory)
    }

    /// What `ferryctl check` says of a file as the only integration there is.
    private func check(_ text: String, in directory: TemporaryDirectory) async throws -> Program.Result {
        let folder = directory.path + "/integrations"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try text.write(toFile: folder + "/a.yaml", atomically: true, encoding: .utf8)
        return try await Program.run("ferryctl", ["check", directory.path], in: directory)
    }

    @Test func everyServiceHasAnExampleThatIsPrintedAsItIsInstalled() async throws {
        let folder = try #require(Repository.path("etc/ferry/integrations"))
        let examples = try FileManager.default.contentsOfDirectory(atPath: folder).map {
            try String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8)
        }
        try await TemporaryDirectory.with { directory async throws in
            let listed = try await Program.run("ferryctl", ["services", "--json"], in: directory).output
            for name in Self.services {
                #expect(listed.contains("\"\(name)\""))
                let result = try await initialize(directory, name)
                #expect(result.exitCode == 0, "\(name): \(result.errors)")
                #expect(examples.contains(result.output), "\(name): \(result.output)")
            }
        }
    }

    @Test func answersStandWhereTheExampleHasThemAndCommentsStay() async throws {
        try await TemporaryDirectory.with { directory async throws in
            let file = directory.path + "/mine.yaml"
            let arguments = [
                "init", "loops", "--id", "crm", "--set", "requests_per_second=5", "--set",
                "base_url=https://l.example/v1",
                "--set", "create_properties=false", "--secret", "key=file:/etc/ferry/loops #1.key", "--output", file,
            ]
            let result = try await Program.run("ferryctl", arguments, in: directory)
            #expect(result.exitCode == 0 && result.output.contains("ferryctl check"), "\(result.errors)")
            let text = try String(contentsOfFile: file, encoding: .utf8)
            let lines = text.split(separator: "\n").map(String.init)
            #expect(lines.contains { $0.hasPrefix("id: crm") })
            #expect(
                lines.contains {
                    $0.hasPrefix("  requests_per_second: 5 ") && $0.contains("# Loops takes 10 from a team")
                }
            )
            #expect(
                lines.contains { $0.hasPrefix(#"  key: { file: "/etc/ferry/loops #1.key" } # an API key"#) },
                "\(text)"
            )
            #expect(lines.contains("  base_url: https://l.example/v1"))
            #expect(lines.contains { $0.hasPrefix("  create_properties: false  ") && $0.contains("# make") })
            let checked = try await check(text, in: directory)
            #expect(checked.exitCode == 0, "\(checked.output)\(checked.errors)")

            let again = try await Program.run("ferryctl", arguments, in: directory)
            #expect(again.exitCode != 0 && again.errors.contains("exists already"))
            #expect(try String(contentsOfFile: file, encoding: .utf8) == text)
        }
    }

    @Test(arguments: [
        (
            "dynamic_table",
            [
                "plugin_host": "https://p.example", "agent_id": "a b", "configuration_id": "c", "collection_id": "d",
                "primary_key": "code", "page_size": "7", "requests_per_second": "5",
            ],
            ["key": "env:KEY", "secondary_key": "file:/k"]
        ),
        (
            "wiserows",
            ["base_url": "https://w.example/api", "project_id": "p 1", "entity_type_id": "et_9", "burst": "50"],
            ["key": "credential:w"]
        ),
        (
            "sanity",
            ["project_id": "abc123", "dataset": "staging", "document_type": "page", "perspective": "raw"],
            ["token": "file:/run/t"]
        ),
        (
            "google_search_console",
            [
                "site_urls": "sc-domain:x.example,https://x.example/", "site_url": "https://x.example/",
                "types": "web,news", "dimensions": "date,country", "since": "2026-02-01", "provisional": "true",
            ],
            ["key_file": "credential:console"]
        ),
        (
            "posthog",
            [
                "project_id": "77", "api_host": "https://eu.posthog.com", "since": "2026-02-01", "historical": "true",
            ],
            ["personal_api_key": "env:PERSONAL", "project_api_key": "env:PROJECT"]
        ),
        ("loops", ["requests_per_second": "5", "create_properties": "false"], ["key": "env:LOOPS"]),
    ])
    func theExampleOfEachServiceTakesAnswersForAllThatItAsks(
        service: String,
        settings: [String: String],
        secrets: [String: String]
    ) async throws {
        try await FerryWorld.with { world async throws in
            var arguments = ["init", service, "--id", "mine"]
            for (name, value) in settings { arguments += ["--set", "\(name)=\(value)"] }
            for (name, place) in secrets { arguments += ["--secret", "\(name)=\(place)"] }
            let result = try await Program.run("ferryctl", arguments, in: world.folder)
            #expect(result.exitCode == 0, "\(result.errors)")
            let checked = try await check(result.output, in: world.folder)
            #expect(
                checked.exitCode == 0 && checked.output.contains("0 errors, 0 warnings"),
                "\(checked.output)\(checked.errors)\(result.output)"
            )
            try world.write(integration: "mine", result.output)
            let daemon = try await world.startDaemon()
            let shown = try await world.json("GET", "/api/v1/integrations/mine").body["data"]?["config"]
            for (name, value) in settings {
                let said = shown?[name]
                let list = said?.elements.compactMap(\.string).joined(separator: ",") ?? ""
                let text = said?.string ?? (list.isEmpty ? said?.compactText : list)
                #expect(text == value, "\(name): \(result.output)")
            }
            // Where the secrets are stands in the file, what they are nowhere.
            for place in secrets.values {
                let name = place.split(separator: ":", maxSplits: 1)[1]
                #expect(result.output.contains("\(name)"))
            }
            try await world.stop(daemon)
        }
    }

    @Test func whatIsCommentedOutIsPutInForceAndOddTextsComeBackAsTheyWere() async throws {
        let odd = ["a b", "yes", "1.50", "x: y", "# no", "\"q\" \\", "ø", "-", "null", "{x}", "it's", "a: b # c"]
        try await FerryWorld.with { world async throws in
            for (index, text) in odd.enumerated() {
                let result = try await world.ferryctl(
                    "init",
                    "dynamic_table",
                    "--id",
                    "o\(index)",
                    "--set",
                    "agent_id=\(text)",
                    "--set",
                    "requests_per_second=7",
                    "--set",
                    "primary_key=\(text)"
                )
                #expect(result.exitCode == 0 && !result.output.contains("# requests_per_second"), "\(result.errors)")
                try world.write(integration: "o\(index)", result.output)
            }
            let daemon = try await world.startDaemon()
            for (index, text) in odd.enumerated() {
                let shown = try await world.get("/api/v1/integrations/o\(index)")
                struct Answer: Decodable { var data: Detail }
                struct Detail: Decodable { var config: Config }
                struct Config: Decodable { var agent_id, primary_key: String; var requests_per_second: Int }
                let config = try JSONDecoder().decode(Answer.self, from: Data(shown.body)).data.config
                #expect(config.agent_id == text && config.primary_key == text && config.requests_per_second == 7)
            }
            try await world.stop(daemon)
        }
    }

    @Test(arguments: [
        (["--set", "page_sise=3"], "did you mean 'page_size'?"), (["--set", "page_size=many"], "'page_size'"),
        (["--set", "key=canary-5d1e"], "--secret key=env:NAME"), (["--secret", "key=canary-5d1e"], "not what it is"),
        (["--id", "No Id"], "lower-case"), (["--output", "/proc/none/x"], "cannot be written"),
    ])
    func whatIsWrongIsSaidAndNothingIsWritten(arguments: [String], message: String) async throws {
        try await TemporaryDirectory.with { directory async throws in
            let result = try await Program.run("ferryctl", ["init", "dynamic_table"] + arguments, in: directory)
            #expect(result.exitCode != 0 && result.errors.contains(message), "\(result.errors)")
            #expect(result.output.isEmpty && !result.errors.contains("canary"))
        }
    }

    @Test func aServiceOfOnesOwnGetsASketchThatCheckAccepts() async throws {
        try await TemporaryDirectory.with { directory async throws in
            let service = """
                service: shelf
                title: "A shelf: books"
                settings:
                  host: { required: true, description: Where it is }
                  token: { secret: true, required: true }
                  size: { type: integer, default: 50 }
                base: "${settings.host}/api"
                auth: { bearer: { token: "${settings.token}" } }
                check: { request: { method: GET, path: /ping } }
                streams:
                  books:
                    request: { method: GET, path: /books, query: { limit: "${settings.size}" } }
                    id: isbn
                """
            let folder = directory.path + "/services"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try service.write(toFile: folder + "/shelf.yaml", atomically: true, encoding: .utf8)
            let result = try await initialize(
                directory,
                "shelf",
                "--config",
                directory.path,
                "--set",
                "host=https://s.example"
            )
            #expect(result.exitCode == 0, "\(result.errors)")
            #expect(result.output.contains("  host: https://s.example"), "\(result.output)")
            let checked = try await check(result.output, in: directory)
            #expect(checked.exitCode == 0, "\(checked.output)\(checked.errors)")
        }
    }
}
