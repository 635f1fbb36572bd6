import ArgumentParser
import FerryAPI
import FerryCore

/// Lists what is set aside.
struct QuarantineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quarantine",
        abstract: "List the records that were refused and set aside, and why.",
        discussion: """
            Each is tried again when it or its mapping changes. 'ferryctl retry JOB --quarantined' tries all those of \
            a job's direction again.
            """
    )

    @Argument(help: "Only those of this integration, or of what this job moves.") var id: String?
    @Option(help: "The most records to list, up to 200.") var limit: Int?
    @OptionGroup var options: GlobalOptions

    func validate() throws {
        if let limit, !(1...200).contains(limit) { throw ValidationError("--limit is from 1 to 200.") }
    }

    func run() async throws {
        let query = limit.map { [("limit", "\($0)")] } ?? []
        try await options.print({ try await $0.get(QuarantinePage.self, path, query: query) }, show)
    }

    private var path: [String] {
        guard let id else { return ["quarantine"] }
        // An integration may be called like a job, but then it is known by its jobs.
        return [id.hasPrefix("job_") ? "jobs" : "integrations", id, "quarantine"]
    }

    private func show(_ page: QuarantinePage, on console: Console) {
        guard !page.records.isEmpty else { return console.line("Nothing is set aside.") }
        var table = Table("INTEGRATION", "DIRECTION", "TYPE", "RECORD", "REASON")
        for record in page.records {
            table.add(
                .init(record.integrationId, .strong),
                .init(record.direction.rawValue),
                .init(record.entityType),
                .init(record.id),
                .init("\(record.message) [\(record.code)]", .notable)
            )
        }
        table.show(on: console)
        let more = page.total - page.records.count
        if more > 0 { console.line("\(JobText.grouped(more)) more.") }
    }
}
