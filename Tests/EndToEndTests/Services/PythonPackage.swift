import FerryCore
import FerryJSON
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

    /// The interpreter that has it; `nil` where it cannot be installed.
    let interpreter: String?

    private init(_ name: String, of packages: [String], importing modules: String) {
        interpreter = Self.interpreter(name, packages, modules)
    }

    private static func interpreter(_ name: String, _ packages: [String], _ modules: String) -> String? {
        guard let build = Repository.path(".build") else { return nil }
        let place = "\(build)/\(name)"
        let python = "\(place)/bin/python"
        if (try? run(python, ["-c", "import \(modules)"]).status) == 0 { return python }
        try? FileManager.default.removeItem(atPath: place)
        // Where PyPI does not answer, nobody waits for it.
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--timeout=10", "--retries=1"]
        guard (try? run("/usr/bin/env", ["python3", "-m", "venv", place]).status) == 0,
            (try? run(python, install + packages).status) == 0
        else { return nil }
        return python
    }

    /// Runs a script of this folder, which reads a JSON document from its standard input.
    func run(_ script: String, on document: JSONValue) throws -> (status: Int32, output: String, errors: String) {
        let path = try #require(Repository.path("Tests/EndToEndTests/Services/\(script)"))
        return try Self.run(try #require(interpreter), [path], input: Data(document.serialized.utf8))
    }

    private static func run(
        _ program: String,
        _ arguments: [String],
        input: Data = Data()
    ) throws -> (status: Int32, output: String, errors: String) {
        let files = try (0..<2).map { _ in
            let file = FileManager.default.temporaryDirectory.appendingPathComponent("ferry-\(UUID().uuidString)")
            try Data().write(to: file)
            return file
        }
        defer { for file in files { try? FileManager.default.removeItem(at: file) } }
        try input.write(to: files[0])
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardInput = try FileHandle(forReadingFrom: files[0])
        let output = Pipe()
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: files[1])
        try process.run()
        let said = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (
            process.terminationStatus, String(decoding: said, as: UTF8.self),
            String(decoding: try Data(contentsOf: files[1]), as: UTF8.self)
        )
    }
}
