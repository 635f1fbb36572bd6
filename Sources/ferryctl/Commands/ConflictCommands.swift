import ArgumentParser
import FerryAPI
import FerryCore

/// Lists records that both sides changed.
struct ConflictsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conflicts",
        abstract: "List records that both sides changed and that wait for a decision."
    )

    @Argument(help: "The integration; all of them by default.") var id: String?
    @Option(help: "The most conflicts to list for an integration, up to 1000.") var limit = 100
    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard (1...1000).contains(limit) else { throw ValidationError("--limit is from 1 to 1000.") }
    }

    func run() async throws {
        try await options.perform { daemon, console in
            var ids = id.map { [$0] } ?? []
            if id == nil {
                ids = try await daemon.get([IntegrationSummary].self, ["integrations"]).payload.map(\.id)
            }
            var conflicts: [ConflictDetails] = []
            for id in ids {
                let answer = try await daemon.get(
                    [ConflictDetails].self,
                    ["integrations", id, "conflicts"],
                    query: [("limit", "\(limit)")]
                )
                conflicts += answer.payload
            }
            if options.json {
                console.line(String(decoding: try WireFormat.encode(Envelope(data: conflicts)), as: UTF8.self))
            } else {
                show(conflicts, on: console)
            }
        }
    }

    private func show(_ conflicts: [ConflictDetails], on console: Console) {
        guard !conflicts.isEmpty else {
            console.line("No conflicts.")
            return
        }
        for conflict in conflicts {
            let decided = conflict.resolution.map { ", resolved: \($0.rawValue)" } ?? ""
            console.line(
                console.styled("\(conflict.id)", .strong)
                    + "  \(conflict.integrationId) \(conflict.entityType) '\(conflict.localId)': \(Self.what(conflict))"
                    + " (since \(RelativeTime.text(conflict.openedAt))\(decided))"
            )
            var table = Table("    FIELD", "LOCAL", "REMOTE")
            for field in Self.fields(of: conflict) {
                table.add(.init("    \(field.name)"), .init(field.local), .init(field.remote))
            }
            table.show(on: console)
        }
        console.line("")
        console.line("'ferryctl resolve ID --local' or '--remote' takes one version of a record.")
    }

    private static func what(_ conflict: ConflictDetails) -> String {
        switch conflict.kind {
        case .changed: "changed on both sides"
        case .localDeleted: "deleted here, changed at the service"
        case .remoteDeleted: "deleted at the service, changed here"
        }
    }

    /// The fields of either version; those of both with different names stand in lines of their own.
    private static func fields(
        of conflict: ConflictDetails
    ) -> [(name: String, local: String, remote: String)] {
        let (local, remote) = (members(of: conflict.local), members(of: conflict.remote))
        var names = local.map(\.key)
        for member in remote where !names.contains(member.key) { names.append(member.key) }
        return names.compactMap { name in
            let here = local.first { $0.key == name }?.value
            let there = remote.first { $0.key == name }?.value
            if let here, let there, here == there { return nil }
            return (name, text(here), text(there))
        }
    }

    private static func members(of version: JSONValue?) -> [JSONValue.Member] {
        guard case .object(let members) = version else { return [] }
        return members
    }

    private static func text(_ value: JSONValue?) -> String {
        guard let value else { return "-" }
        let text = value.compactText
        return text.count > 60 ? text.prefix(59) + "…" : text
    }
}

/// Decides about a conflict.
struct ResolveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resolve",
        abstract: "Take one side's version of a record that both sides changed.",
        discussion: """
            The decision counts for the versions that 'ferryctl conflicts' shows. If a side has changed again since, \
            the conflict stays open and shows the new version.
            """
    )

    @Argument(help: "The conflict's number.") var id: Int64
    @Flag(help: "Take the local version.") var local = false
    @Flag(help: "Take the service's version.") var remote = false
    @Flag(help: "Wait until the job that carries it out ends.") var wait = false
    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard local != remote else { throw ValidationError("Say either --local or --remote.") }
    }

    func run() async throws {
        try await options.perform { daemon, console in
            let request = ResolveRequest(side: local ? .local : .remote)
            let answer = try await daemon.post(SyncAccepted.self, ["conflicts", "\(id)", "resolve"], body: request)
            guard wait else {
                console.line(options.json ? answer.text : "Queued as \(answer.payload.jobId).")
                return
            }
            try await JobWatch(daemon: daemon, console: console, json: options.json).follow(answer.payload.jobId)
        }
    }
}
