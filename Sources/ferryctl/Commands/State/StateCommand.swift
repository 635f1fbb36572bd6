import ArgumentParser
import FerryAPI
import FerryCore
import Glibc

/// Looks at what the daemon keeps of an integration between jobs, and moves or forgets it.
struct StateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "state",
        abstract: "Show, export, import or reset what Ferry keeps of an integration.",
        discussion: """
            What is kept are links (which record belongs to which row, and what both held when they were last in step) \
            and cursors (how far jobs have come). Exports, imports and resets are noted with the user who asked for them, \
            and no row or record is changed by any of them. 'ferryctl backup' copies everything.
            """,
        subcommands: [
            ShowStateCommand.self, ExportStateCommand.self, ImportStateCommand.self, ResetStateCommand.self,
        ]
    )

    // Before the subcommand, too: 'ferryctl --socket PATH state show ID'.
    @OptionGroup var options: GlobalOptions
}

/// Shows what is kept.
struct ShowStateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show what is kept of an integration, and who exported, imported or reset it."
    )

    @Argument(help: "The integration.") var id: String
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try await options.print({ try await $0.get(StateDetails.self, ["integrations", id, "state"]) }, show)
    }

    private func show(_ state: StateDetails, on console: Console) {
        if state.entities.isEmpty {
            console.line("Nothing is kept of '\(id)' yet.")
        } else {
            showEntities(of: state, on: console)
        }
        guard !state.changes.isEmpty else { return }
        console.line("")
        var table = Table("WHEN", "WHO", "WHAT", "TYPES", "LINKS")
        for change in state.changes {
            table.add(
                .init(RelativeTime.text(change.at)),
                .init(UserName.of(change.user)),
                .init(change.cursorsOnly ? "\(change.action) of cursors" : change.action),
                .init(change.entityTypes.joined(separator: ", ")),
                .init(change.cursorsOnly ? "" : JobText.grouped(change.links))
            )
        }
        table.show(on: console)
    }

    private func showEntities(of state: StateDetails, on console: Console) {
        var table = Table(
            ["TYPE", "LINKS", "DELETED", "SET ASIDE", "CONFLICTS", "UNSETTLED", "PULLED UNTIL", "PUSHED UNTIL"]
        )
        for entity in state.entities {
            table.add(
                .init(entity.entityType, .strong),
                .init(JobText.grouped(entity.links)),
                .init(JobText.grouped(entity.tombstones)),
                .init(JobText.grouped(entity.quarantined), entity.quarantined > 0 ? .notable : nil),
                .init(JobText.grouped(entity.conflicts), entity.conflicts > 0 ? .notable : nil),
                .init(JobText.grouped(entity.unsettled), entity.unsettled > 0 ? .notable : nil),
                .init(entity.pullCursor ?? "–"),
                .init(RelativeTime.text(entity.pushedUntil))
            )
        }
        table.show(on: console)
        if state.isBusy { console.line("A job is running: these figures change.") }
    }
}

/// Forgets what is kept.
struct ResetStateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "Forget what is kept of an integration; no row and no record is deleted.",
        discussion: """
            With --cursors the next jobs read and compare everything again, which doubles nothing. Without it, which \
            records belong together is forgotten as well: the next job finds them by an identifier that both sides share \
            or by 'match', and where an integration has neither, a push creates its records once more. Conflicts and what \
            is set aside are forgotten, too. 'ferryctl state export' makes a copy first.
            """
    )

    @Argument(help: "The integration.") var id: String
    @Option(name: .customLong("type"), help: "Only this entity type; may be repeated.") var types: [String] = []
    @Flag(help: "Forget only how far jobs have come, and keep the links.") var cursors = false
    @Flag(help: "Do not ask.") var yes = false
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try await options.perform { daemon, console in
            if !cursors, !yes { try await confirm(daemon) }
            let request = StateResetRequest(entityTypes: types.isEmpty ? nil : types, cursorsOnly: cursors)
            let answer = try await daemon.post(
                StateChangeDetails.self,
                ["integrations", id, "state", "reset"],
                body: request,
                timeout: .seconds(600)
            )
            if options.json { return console.line(answer.text) }
            let change = answer.payload
            let names = change.entityTypes.isEmpty ? "nothing" : change.entityTypes.joined(separator: ", ")
            console.line(
                cursors
                    ? "The next jobs read and compare everything of: \(names)."
                    : "Forgotten: \(names), with \(JobText.grouped(change.links)) links."
            )
        }
    }

    private func confirm(_ daemon: DaemonClient) async throws {
        let state = try await daemon.get(StateDetails.self, ["integrations", id, "state"]).payload
        let links = state.entities.filter { types.isEmpty || types.contains($0.entityType) }.map(\.links).reduce(0, +)
        let question = "Forget \(JobText.grouped(links)) links of '\(id)'? The next job has to find all records again."
        guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else {
            var refusal = CommandFailure(
                ErrorBody(
                    code: ErrorCode.requestInvalid.rawValue,
                    message: question,
                    hint: "Say --yes, or --cursors to keep the links."
                )
            )
            refusal.status = .usage
            throw refusal
        }
        Console.write("\(question) [y/N] ", to: STDERR_FILENO)
        guard let answer = readLine(), ["y", "yes"].contains(answer.lowercased()) else {
            Console.write("Nothing was changed.\n", to: STDERR_FILENO)
            throw ExitStatus.failed
        }
    }
}

/// What a user's number is called.
enum UserName {
    /// The name, or the number where nobody has it.
    static func of(_ number: UInt32) -> String {
        var record = passwd()
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16 << 10) { buffer in
            var found: UnsafeMutablePointer<passwd>?
            guard let scratch = buffer.baseAddress,
                getpwuid_r(number, &record, scratch, buffer.count, &found) == 0, let name = found?.pointee.pw_name
            else { return "\(number)" }
            return String(cString: name)
        }
    }
}
