import ArgumentParser
import FerryAPI
import FerryCore

/// Lists the integrations.
struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the integrations.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try await options.print({ try await $0.get([IntegrationSummary].self, ["integrations"]) }) { list, console in
            var table = Table("INTEGRATION", "TYPE", "STATUS", "LAST SYNC", "NAME")
            for integration in list {
                table.add(
                    .init(integration.id, .strong),
                    .init(integration.type),
                    .init(integration.status.rawValue, JobText.style(integration.status)),
                    .init(RelativeTime.text(integration.lastSyncAt)),
                    .init(integration.name)
                )
            }
            table.show(on: console)
        }
    }
}

/// Shows one integration in full.
struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show an integration's settings, field mappings and schedules."
    )

    @Argument(help: "The integration.") var id: String
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try await options.print({ try await $0.get(IntegrationDetails.self, ["integrations", id]) }, show)
    }

    private func show(_ details: IntegrationDetails, on console: Console) {
        console.line("\(console.styled(details.id, .strong)): \(details.name)")
        console.line(
            "\(details.type), \(console.styled(details.status.rawValue, JobText.style(details.status))), "
                + "last sync \(RelativeTime.text(details.lastSyncAt)), store \(details.store)"
        )
        for reason in details.attention { console.line(console.styled(reason, .notable)) }
        for schedule in details.schedules {
            let times =
                schedule.cron.map { "cron \($0)" }
                ?? schedule.calendar.map { "calendar \($0)" }
                ?? "every \(RelativeTime.duration(Int64((schedule.everySeconds ?? 0) * 1000)))"
            console.line("\(schedule.direction.rawValue): \(times), next \(RelativeTime.text(schedule.nextRun))")
        }
        console.line("\nsettings")
        if case .object(let members) = details.config {
            for member in members.sorted(by: { $0.key < $1.key }) {
                console.line("  \(member.key): \(WireFormat.text(member.value))")
            }
        }
        for entity in details.entities {
            console.line("\n\(entity.type) ↔ \(entity.resource)")
            var table = Table("LOCAL", "REMOTE", "TRANSFORM")
            for mapping in details.fieldMappings where mapping.entity == entity.type {
                let transform = mapping.transforms.map { WireFormat.text($0) } ?? mapping.transform ?? ""
                table.add(.init(mapping.source), .init(mapping.target), .init(transform))
            }
            for line in table.lines(for: console) { console.line("  " + line) }
        }
    }
}

/// Tries an integration's connection.
struct TestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Try whether an integration can connect to its service."
    )

    @Argument(help: "The integration.") var id: String
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try await options.perform { daemon, console in
            let answer = try await daemon.post(
                ConnectionTest.self,
                ["integrations", id, "test"],
                timeout: .seconds(120)
            )
            let test = answer.payload
            if options.json {
                console.line(answer.text)
                if !test.connected { throw ExitStatus.failed }
                return
            }
            if test.connected {
                console.line(console.styled("connected", .good) + " in \(test.latencyMs) ms")
                return
            }
            var failure = CommandFailure(
                test.error ?? ErrorBody(code: "service.unavailable", message: "The service could not be reached.")
            )
            failure.status = .failed
            throw failure
        }
    }
}

/// Stops an integration's schedules.
struct PauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Stop an integration's schedules until it is resumed."
    )

    @Argument(help: "The integration.") var id: String
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try await options.print({ try await $0.post(Acknowledgement.self, ["integrations", id, "pause"]) }) {
            $1.line("\($0.id) is paused; 'ferryctl resume \($0.id)' starts its schedules again.")
        }
    }
}

/// Starts a paused integration's schedules again.
struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Start a paused integration's schedules again."
    )

    @Argument(help: "The integration.") var id: String
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try await options.print({ try await $0.post(Acknowledgement.self, ["integrations", id, "resume"]) }) {
            $1.line("\($0.id) runs again.")
        }
    }
}
