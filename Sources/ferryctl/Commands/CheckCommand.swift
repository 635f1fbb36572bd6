import ArgumentParser
import FerryAPI
import FerryConfiguration
import FerryCore
import FerryServices
import FerryTransforms
import Glibc

/// Checks a configuration directory without a daemon.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check a configuration directory and print everything that is wrong with it.",
        discussion: "Needs no daemon. Ends with exit code 3 when there are errors; warnings alone are no error."
    )

    @Argument(help: "The directory.") var directory = "/etc/ferry"
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let loaded = ConfigurationLoader(
            directory: directory,
            builtInServices: BuiltInServices.all,
            transforms: BuiltInTransforms()
        ).load()
        let report = CheckReport(loaded)
        if options.json {
            try await options.perform { _, console in
                console.line(String(decoding: try WireFormat.encode(Envelope(data: report)), as: UTF8.self))
            }
        } else {
            for diagnostic in loaded.diagnostics { Console(descriptor: STDERR_FILENO).line(diagnostic.description) }
            Console().line(report.summary)
        }
        if !report.ok { throw ExitStatus.configuration }
    }
}

/// What a check has found.
private struct CheckReport: Encodable {
    let ok: Bool
    let integrations: [String]
    let diagnostics: [Finding]

    struct Finding: Encodable {
        let file: String
        let line: Int
        let column: Int
        let severity: String
        let code: String
        let message: String
        let hint: String?
    }

    init(_ loaded: LoadedConfiguration) {
        ok = !loaded.hasErrors
        integrations = loaded.integrations.map(\.id)
        diagnostics = loaded.diagnostics.map {
            Finding(
                file: $0.file,
                line: $0.line,
                column: $0.column,
                severity: $0.severity.rawValue,
                code: $0.code.rawValue,
                message: $0.message,
                hint: $0.hint
            )
        }
    }

    var summary: String {
        let errors = diagnostics.count { $0.severity == "error" }
        return [
            Self.count(integrations.count, "integration"), Self.count(errors, "error"),
            Self.count(diagnostics.count - errors, "warning"),
        ].joined(separator: ", ")
    }

    private static func count(_ number: Int, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? "" : "s")"
    }
}
