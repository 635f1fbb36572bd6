import ArgumentParser
import FerryConfiguration
import FerryCore
import FerryServices
import Glibc

/// Checks service descriptions before they are put into a configuration directory.
struct CheckServicesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check descriptions of services and print everything that is wrong with them.",
        discussion: """
            Needs no daemon, no configuration directory and no network: what is found is what the files alone reveal. \
            Ends with exit code 3 when there are errors; warnings alone are no error.
            """
    )

    @Argument(help: "The files.") var files: [String]
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let readings = ServiceFiles(builtIn: BuiltInServices.all).read(files)
        let findings = Findings(readings.flatMap(\.diagnostics))
        let services = readings.compactMap(\.description?.name)
        if options.json {
            struct Report: Encodable {
                let ok: Bool
                let services: [String]
                let diagnostics: [Findings.Finding]
            }
            try await options.perform { _, console in
                try console.json(Report(ok: findings.isOK, services: services, diagnostics: findings.all))
            }
        } else {
            findings.show(on: Console(descriptor: STDERR_FILENO))
            Console().line(findings.summary(of: readings.count, "description"))
        }
        if !findings.isOK { throw ExitStatus.configuration }
    }
}
