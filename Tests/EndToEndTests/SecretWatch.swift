import FerryAPI
import FerryCore
import FerryHTTP
import FerryTesting
import Foundation
import Testing

/// All that can be seen of a daemon and one of its integrations, searched for what must not be there.
final class SecretWatch {
    private let world: FerryWorld
    private let integration: String
    private var texts: [String] = []

    init(_ world: FerryWorld, integration: String) {
        self.world = world
        self.integration = integration
    }

    /// Asks the socket and ferryctl for everything that they say.
    func askEverything() async throws {
        try await askSocket()
        let jobs = try await world.jobs().prefix(3).map(\.id)
        var commands = [
            ["status"], ["list"], ["show", integration], ["jobs"], ["conflicts", integration], ["test", integration],
            ["plan", integration, "--push"], ["plan", integration, "--pull"], ["reload"],
            ["check", world.configuration], ["services", "--config", world.configuration, "--json"],
        ]
        for job in jobs { commands += [["job", job], ["quarantine", job]] }
        for command in commands { try await run(command) }
    }

    /// Asks the socket for everything that it says.
    func askSocket() async throws {
        let jobs = try await world.jobs().prefix(3).map(\.id)
        let own = "/api/v1/integrations/\(integration)"
        var paths = [
            "/healthz", "/metrics", "/api/v1/status", "/api/v1/integrations", own, "\(own)/conflicts",
            "\(own)/quarantine", "/api/v1/quarantine", "/api/v1/jobs",
        ]
        for job in jobs { paths += ["/api/v1/jobs/\(job)", "/api/v1/jobs/\(job)/quarantine"] }
        for path in paths { texts.append(String(decoding: try await world.get(path).body, as: UTF8.self)) }
        let posts: [(path: String, body: String?)] = [
            ("\(own)/test", nil), ("\(own)/plan", #"{"direction":"push"}"#), ("\(own)/plan", #"{"direction":"pull"}"#),
            ("\(own)/pause", nil), ("\(own)/resume", nil), ("\(own)/sync", #"{"direction":"sideways"}"#),
            ("/api/v1/jobs/\(jobs.first ?? "none")/cancel", nil), ("/api/v1/jobs/none/retry", nil),
            ("/api/v1/conflicts/0/resolve", #"{"side":"local"}"#), ("/api/v1/reload", nil),
        ]
        for (path, body) in posts {
            texts.append(String(decoding: try await world.request("POST", path, body: body).body, as: UTF8.self))
        }
    }

    /// Has `ferryctl services try` read a page of a stream as the integration would.
    func tryStream(_ stream: String, of service: String) async throws {
        try await run([
            "services", "try", service, "--stream", stream, "--config", world.configuration, "--integration",
            integration,
        ])
    }

    private func run(_ command: [String]) async throws {
        let result = try await Program.run("ferryctl", command + ["--socket", world.socket], in: world.folder)
        texts += [result.output, result.errors]
    }

    /// Checks that nothing of what was said, logged or written has any of the secrets in it.
    ///
    /// - Parameter secrets: what to look for; those of `kept` may stand in the files that keep refresh tokens.
    func expectNone(of secrets: [String], kept: [String] = [], saidBy programs: [Program]) throws {
        let said = texts + programs.flatMap { [$0.output, $0.errors] }
        #expect(programs.contains { $0.errors.contains("DEBUG") }, "the most talkative log is looked at")
        for secret in secrets + kept {
            try #require(secret.utf8.count > 3)
            for text in said { #expect(!text.contains(secret), "\(text)") }
        }
        let files = try FileManager.default.subpathsOfDirectory(atPath: world.state)
        #expect(files.contains("ledger.db"))
        for file in files {
            // Directories have no contents.
            guard let bytes = FileManager.default.contents(atPath: "\(world.state)/\(file)") else { continue }
            for secret in secrets + (file.hasPrefix("tokens/") ? [] : kept) {
                #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(file) has a secret")
            }
        }
    }
}
