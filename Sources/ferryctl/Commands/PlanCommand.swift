import ArgumentParser
import FerryAPI
import FerryCore
import FerryJSON

/// Shows what a sync would do.
struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show what a sync would do, without doing it.",
        discussion: """
            Both sides are read, nothing is written. Ctrl-C ends it. The exit code is 0 also when there is nothing to \
            do, and 1 when the sync would fail.
            """
    )

    @Argument(help: "The integration.") var id: String
    @Flag(help: "Plan an import from the service.") var pull = false
    @Flag(help: "Plan an export to the service.") var push = false
    @Option(help: "Plan for this entity only; may be given several times.") var entity: [String] = []
    @Flag(help: "Plan to read everything, not only what tells that it has changed.") var full = false
    @Option(help: "Plan for this entity type only; may be given several times.") var type: [String] = []
    @Flag(help: "Plan what '--allow-deletes' would let the sync do.") var allowDeletes = false
    @Flag(help: "Plan for what is set aside only.") var quarantined = false
    @Option(help: "The most changes of each kind to list, up to 10000 (default: 100).") var limit: Int?
    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard pull != push else { throw ValidationError("Say either --pull or --push.") }
        if let limit, !(0...10_000).contains(limit) { throw ValidationError("--limit is from 0 to 10000.") }
    }

    func run() async throws {
        try await options.perform { daemon, console in
            let request = PlanRequest(
                SyncRequest(
                    direction: pull ? .pull : .push,
                    entityIds: entity.isEmpty ? nil : entity,
                    full: full,
                    entityTypes: type.isEmpty ? nil : type,
                    allowDeletes: allowDeletes,
                    quarantinedOnly: quarantined
                ),
                limit: limit
            )
            let isShown = console.isTerminal && !options.json
            if isShown { console.rewrite("planning …") }
            defer { if isShown { console.rewrite("") } }
            // As long as it takes: both sides are read as a whole.
            let answer = try await daemon.post(
                JSONValue.self,
                ["integrations", id, "plan"],
                body: request,
                timeout: .seconds(24 * 3600)
            )
            // Parsed anew, since the payload's numbers have lost digits by now.
            let plan = (try? JSONValue(parsing: answer.text))?["data"] ?? answer.payload
            if isShown { console.rewrite("") }
            if options.json {
                console.line(answer.text)
            } else {
                for line in PlanText(plan, styled: { console.styled($0, .init($1)) }).lines { console.line(line) }
            }
            guard plan["state"]?.string == JobState.failed.rawValue else { return }
            throw ExitStatus(code: plan["error"]?["code"]?.string ?? "")
        }
    }
}

extension Console.Style {
    fileprivate init(_ style: PlanText.Style) {
        self =
            switch style {
            case .good: .good
            case .bad: .bad
            case .notable: .notable
            case .faint: .faint
            case .strong: .strong
            }
    }
}
