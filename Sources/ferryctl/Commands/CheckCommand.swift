import ArgumentParser
import FerryConfiguration
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
        let findings = Findings(loaded.diagnostics)
        let integrations = loaded.integrations.map(\.id)
        if options.json {
            struct Report: Encodable {
                let ok: Bool
                let integrations: [String]
                let diagnostics: [Findings.Finding]
            }
            try await options.perform { _, console in
                try console.json(Report(ok: findings.isOK, integrations: integrations, diagnostics: findings.all))
            }
        } else {
            findings.show(on: Console(descriptor: STDERR_FILENO))
            Console().line(findings.summary(of: integrations.count, "integration"))
        }
        if !findings.isOK { throw ExitStatus.configuration }
    }
}
