import ArgumentParser
import FerryAPI

/// Has the daemon copy what it remembers.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy the ledger and the embedded store, while the daemon works.",
        discussion: """
            The copies are in the directory 'backups' of the state directory. 'ferryd restore NAME' puts one in its place \
            while the daemon is stopped.
            """
    )

    @Option(help: "How many backups are kept, the new one included; older ones are removed.")
    var keep = BackupRequest.standardCount

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard (1...1000).contains(keep) else { throw ValidationError("--keep is from 1 to 1000.") }
    }

    func run() async throws {
        let request = BackupRequest(keep: keep)
        try await options.print(
            { try await $0.post(BackupReport.self, ["backup"], body: request, timeout: .seconds(3600)) }
        ) { report, console in
            for path in report.removed { console.line("removed \(path)") }
            console.line("\(report.path) (\(report.bytes) bytes)")
        }
    }
}
