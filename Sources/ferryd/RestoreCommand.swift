import ArgumentParser
import FerryDaemon
import Glibc

/// Puts a backup in the place of the ledger and the embedded store.
struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Put a backup in the place of the ledger and the embedded store, while no daemon runs.",
        discussion: """
            What was there before is kept in a directory beside it. The next push looks the service's records up before it \
            creates any, since the ledger knows less than it did.
            """
    )

    @Argument(help: "The backup: a name in the directory 'backups' of the state directory, or a path.")
    var backup: String

    @Option(name: .long, help: "The directory of the ledger and the embedded store (default: $STATE_DIRECTORY).")
    var state: String?

    func run() async throws {
        try await reportingFailures {
            for line in try Restore(DaemonOptions(configuration: nil, state: state, socket: nil)).run(backup) {
                _ = Array("\(line)\n".utf8).withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            }
        }
    }
}
