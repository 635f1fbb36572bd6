import FerryCore
import FerryJSON
import FerryTesting
import Foundation
import Testing

/// A client that a service's vendor publishes on PyPI, in a virtual environment of its own, which is kept in the build
/// directory.
struct PythonPackage: Sendable {
    /// Google's, with what its tokens are signed and verified by.
    static let google = PythonPackage(
        "google-client-2.202.0",
        of: ["google-api-python-client==2.202.0", "google-auth==2.62.2"],
        importing: "googleapiclient, google.auth"
    )
    /// PostHog's.
    static let posthog = PythonPackage("posthog-7.91.1", of: ["posthog==7.91.1"], importing: "posthog")

    private let installation: Task<String?, Never>

    private init(_ name: String, of packages: [String], importing modules: String) {
        installation = Task { await Self.interpreter(name, packages, modules) }
    }

    /// The interpreter that has it; `nil` where it cannot be installed.
    var interpreter: String? {
        get async { await installation.value }
    }

    private static func interpreter(_ name: String, _ packages: [String], _ modules: String) async -> String? {
        guard let build = Repository.path(".build") else { return nil }
        let place = "\(build)/\(name)"
        let python = "\(place)/bin/python"
        if await succeeds(python, ["-c", "import \(modules)"]) { return python }
        try? FileManager.default.removeItem(atPath: place)
        // Where PyPI does not answer, nobody waits for it.
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--timeout=10", "--retries=1"]
        guard await succeeds("/usr/bin/env", ["python3", "-m", "venv", place]),
            await succeeds(python, install + packages)
        else { return nil }
        return python
    }

    private static func succeeds(_ program: String, _ arguments: [String]) async -> Bool {
        let result = try? await TemporaryDirectory.with { try await Program.run(program, arguments, in: $0) }
        return result?.exitCode == 0
    }

    /// Runs a script of this folder, which reads a JSON document from its standard input.
    func run(_ script: String, on document: JSONValue) async throws -> Program.Result {
        let path = try #require(Repository.path("Tests/EndToEndTests/Services/\(script)"))
        let python = try #require(await interpreter)
        return try await TemporaryDirectory.with { folder in
            try await Program.run(python, [path], input: document.serialized, in: folder)
        }
    }
}
