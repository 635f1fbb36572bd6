import ArgumentParser
import FerryAPI
import FoundationEssentials

/// Shows how the daemon, its integrations and the running jobs are.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show how the daemon, the integrations and the running jobs are."
    )

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try await options.print({ try await $0.get(Status.self, ["status"]) }, show)
    }

    private func show(_ status: Status, on console: Console) {
        let uptime = RelativeTime.duration(UnixTime.milliseconds(Date()) - status.startedAt)
        console.line(
            "ferryd \(status.version), up \(uptime), \(status.workers) \(status.workers == 1 ? "worker" : "workers")"
        )
        if !status.configuration.ok {
            let isHidden = status.configuration.errors.isEmpty
            let sentence = "The configuration has errors" + (isHidden ? "; an administrator can see them." : ":")
            console.line(console.styled(sentence, .bad))
            for error in status.configuration.errors {
                for line in error.split(separator: "\n") { console.line("  \(line)") }
            }
        }
        if !status.ledger.ok { console.line(console.styled("The ledger cannot be used:", .bad)) }
        for problem in status.ledger.problems {
            console.line(status.ledger.ok ? console.styled(problem, .notable) : "  \(problem)")
        }
        console.line("")
        if status.integrations.isEmpty {
            console.line("No integrations yet: put a file into the daemon's integrations directory and reload.")
        } else {
            var table = Table("INTEGRATION", "TYPE", "STATUS", "LAST SYNC", "NEXT RUN")
            for integration in status.integrations {
                table.add(
                    .init(integration.id, .strong),
                    .init(integration.type),
                    .init(integration.status.rawValue, JobText.style(integration.status)),
                    .init(RelativeTime.text(integration.lastSyncAt)),
                    .init(RelativeTime.text(integration.nextRun))
                )
            }
            table.show(on: console)
        }
        for integration in status.integrations {
            for reason in integration.attention {
                console.line(console.styled("\(integration.id): \(reason)", .notable))
            }
        }
        if !status.running.isEmpty { console.line("") }
        for job in status.running { console.line(JobText.progressLine(job)) }
    }
}
