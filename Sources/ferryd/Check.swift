import ArgumentParser
import FerryDaemon
import Glibc

/// What the service unit runs before each start, so that the journal says what is wrong.
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check the configuration and print everything that is wrong with it.",
        discussion: "Exit codes: 0 no errors, 3 errors. The daemon starts with broken files all the same."
    )

    @Option(name: .long, help: "The directory with ferry.yaml and integrations/ (default: /etc/ferry).")
    var config: String?

    func run() throws {
        let report = DaemonOptions(configuration: config, state: nil, socket: nil).checkConfiguration()
        for finding in report.findings { write(finding, to: STDERR_FILENO) }
        write(report.summary, to: STDOUT_FILENO)
        if !report.isOK { throw ExitCode(3) }
    }

    private func write(_ line: String, to descriptor: Int32) {
        _ = Array("\(line)\n".utf8).withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    }
}
