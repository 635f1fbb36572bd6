import ArgumentParser
import FerryAPI
import Glibc

/// Has the daemon read its configuration again.
struct ReloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Have the daemon read its configuration again."
    )

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try await options.perform { daemon, console in
            let answer = try await daemon.post(ReloadReport.self, ["reload"])
            let report = answer.payload
            if options.json {
                console.line(answer.text)
            } else {
                for error in report.errors { Console(descriptor: STDERR_FILENO).line(error) }
                console.line("\(report.loaded) \(report.loaded == 1 ? "integration" : "integrations") loaded.")
            }
            if !report.ok { throw ExitStatus.configuration }
        }
    }
}
