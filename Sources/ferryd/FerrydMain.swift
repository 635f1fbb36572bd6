import ArgumentParser
import CAllocator
import CSQLite
import FerryAPI
import FerryCore
import FerryDaemon
import Glibc
import Logging

/// The program: parses the arguments, runs the command and ends with one of the documented exit codes.
@main
enum FerrydMain {
    static func main() async {
        ferry_keep_memory_small()
        _ = ferry_sqlite_without_counts()
        do {
            let command = try Ferryd.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                var command = command
                try command.run()
            }
        } catch let code as ExitCode {
            exit(code.rawValue)
        } catch {
            // Help and the version arrive here, too, as errors that are none.
            let isUsage = Ferryd.exitCode(for: error) != .success
            let text = Ferryd.fullMessage(for: error) + "\n"
            _ = Array(text.utf8).withUnsafeBytes {
                write(isUsage ? STDERR_FILENO : STDOUT_FILENO, $0.baseAddress, $0.count)
            }
            exit(isUsage ? 2 : 0)
        }
    }
}

struct Ferryd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ferryd",
        abstract: "Keeps local tables and outside services in step.",
        discussion: "Without a subcommand it runs as a service until SIGTERM; SIGHUP reloads the configuration.",
        version: FerryVersion.current,
        subcommands: [Run.self, Once.self, Check.self, RestoreCommand.self],
        defaultSubcommand: Run.self
    )
}

/// Where the files are, for every subcommand.
struct Directories: ParsableArguments {
    @Option(name: .long, help: "The directory with ferry.yaml and integrations/ (default: /etc/ferry).")
    var config: String?

    @Option(name: .long, help: "The directory of the ledger and the embedded store (default: $STATE_DIRECTORY).")
    var state: String?

    @Option(name: .long, help: "The socket (default: $RUNTIME_DIRECTORY/ferry.sock).")
    var socket: String?

    @Option(name: .long, help: "The least important level to log: debug, info, notice, warning or error.")
    var logLevel: String?

    var options: DaemonOptions { DaemonOptions(configuration: config, state: state, socket: socket) }

    func logger(default level: Logger.Level) throws -> Logger {
        guard let logLevel else { return Logger(label: "ferry") { _ in DaemonLog(level: level) } }
        guard let level = Logger.Level(rawValue: logLevel) else {
            throw ValidationError("There is no log level '\(logLevel)'.")
        }
        return Logger(label: "ferry") { _ in DaemonLog(level: level) }
    }
}

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run as a service.",
        discussion: "Exit codes: 0 stopped by SIGTERM, 1 failed and may be started again, 3 a person has to mend it."
    )

    @OptionGroup var directories: Directories

    func run() async throws {
        let daemon = Daemon(
            directories.options,
            logger: try directories.logger(default: directories.options.configuredLogLevel())
        )
        try await reportingFailures {
            do {
                try await daemon.run()
            } catch let failure as SyncFailure where failure.code == .ledgerDamaged {
                // systemd starts a service again that ends with 1, which would not mend the file.
                report(failure)
                throw ExitCode(3)
            }
        }
    }
}

struct Once: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run one job in the foreground, without a daemon.",
        discussion: """
            Exit codes: 0 succeeded, 1 failed, 3 wrong configuration, 6 some records were refused or held.
            With --plan nothing is written on either side, and the exit code is 0 unless the job would fail.
            """
    )

    @OptionGroup var directories: Directories

    @Argument(help: "The integration's id.")
    var integration: String

    @Flag(help: "The direction.")
    var direction: DirectionFlag

    @Flag(name: .long, help: "Read everything, not only what tells that it has changed.")
    var full = false

    @Option(help: "Sync only this entity; may be given several times.")
    var entity: [String] = []

    @Option(help: "Sync only this entity type; may be given several times.")
    var type: [String] = []

    @Flag(help: "Let this job delete more than the integration's 'delete_guard' allows.")
    var allowDeletes = false

    @Flag(help: "Only try again what was refused and set aside.")
    var quarantined = false

    @Flag(name: .long, help: "Print the job, or the plan, as JSON.")
    var json = false

    @Flag(name: .long, help: "Show what the job would do, without doing it.")
    var plan = false

    @Option(name: .long, help: "With --plan: the most changes of each kind to list (default: 100).")
    var limit: Int?

    func validate() throws {
        guard let limit else { return }
        guard plan else { throw ValidationError("--limit goes with --plan.") }
        guard (0...10_000).contains(limit) else { throw ValidationError("--limit is from 0 to 10000.") }
    }

    func run() async throws {
        let run = SingleRun(
            directories.options,
            integration: integration,
            direction: direction.direction,
            entityIDs: entity.isEmpty ? nil : entity,
            jobOptions: JobOptions(
                isFull: full,
                entityTypes: type.isEmpty ? nil : type,
                allowsDeletes: allowDeletes,
                setAside: quarantined ? .retryOnly : .leave
            ),
            printsJSON: json,
            // The run says itself how it ended.
            logger: try directories.logger(default: .critical)
        )
        try await reportingFailures {
            let code = plan ? try await run.plan(limit: limit) : try await run.run()
            if code != 0 { throw ExitCode(code) }
        }
    }
}

/// `--pull` or `--push`.
enum DirectionFlag: String, EnumerableFlag {
    case pull
    case push

    var direction: Direction { self == .pull ? .pull : .push }
}

/// Prints a failure as people should see it, and exits with the code for it.
func reportingFailures(_ body: () async throws -> Void) async throws {
    do {
        try await body()
    } catch let failure as SyncFailure {
        report(failure)
        throw ExitCode(failure.kind == .config && failure.code != .daemonRunning ? 3 : 1)
    }
}

private func report(_ failure: SyncFailure) {
    var text = "ferryd: error: \(failure.message) [\(failure.code.rawValue)]\n"
    if let hint = failure.hint { text += "hint: \(hint)\n" }
    _ = Array(text.utf8).withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
}
