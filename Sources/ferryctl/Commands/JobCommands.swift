import ArgumentParser
import FerryAPI
import FerryCore

/// Lists jobs.
struct JobsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "jobs", abstract: "List jobs, newest first.")

    @Option(help: "Only jobs of this integration.") var integration: String?
    @Option(help: "Only jobs in this state; may be given several times.") var state: [String] = []
    @Option(help: "The most jobs to list, up to 200.") var limit: Int?
    @OptionGroup var options: GlobalOptions

    func validate() throws {
        for word in state where JobState(rawValue: word) == nil {
            let states = JobState.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("'\(word)' is no state of a job; the states are \(states).")
        }
        if let limit, !(1...200).contains(limit) { throw ValidationError("--limit is from 1 to 200.") }
    }

    func run() async throws {
        var query: [(String, String)] = state.map { ("state", $0) }
        if let integration { query.append(("integration", integration)) }
        if let limit { query.append(("limit", "\(limit)")) }
        try await options.print({ try await $0.get(JobPage.self, ["jobs"], query: query) }) { page, console in
            var table = Table("JOB", "INTEGRATION", "DIRECTION", "STATE", "QUEUED", "TOOK", "RECORDS")
            for job in page.jobs {
                table.add(
                    .init(job.id),
                    .init(job.integrationId, .strong),
                    .init(job.direction.rawValue),
                    .init(job.state.rawValue, JobText.style(job.state)),
                    .init(RelativeTime.text(job.queuedAt)),
                    .init(JobText.duration(job)),
                    .init(job.error.map { "\($0.code)" } ?? JobText.summary(job))
                )
            }
            table.show(on: console)
        }
    }
}

/// Shows one job.
struct JobCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "job", abstract: "Show a job.")

    @Argument(help: "The job.") var id: String
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try await options.print({ try await $0.get(FerryAPI.Job.self, ["jobs", id]) }) { JobText.show($0, on: $1) }
    }
}

/// Stops a job.
struct CancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "cancel", abstract: "Stop a job.")

    @Argument(help: "The job.") var id: String
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try await options.print({ try await $0.post(Acknowledgement.self, ["jobs", id, "cancel"]) }) {
            $1.line("\($0.id) is being cancelled.")
        }
    }
}

/// Runs an ended job again.
struct RetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Run a job that ended again, with what it did not finish and what is set aside."
    )

    @Argument(help: "The job.") var id: String
    @Flag(help: "Only try again what was refused and set aside.") var quarantined = false
    @Option(help: "Only this entity type; may be given several times.") var type: [String] = []
    @Flag(help: "Let this job delete more than the integration's 'delete_guard' allows.") var allowDeletes = false
    @Flag(help: "Wait until the job ends and show how it goes.") var wait = false
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try await options.perform { daemon, console in
            let request = RetryRequest(
                entityTypes: type.isEmpty ? nil : type,
                allowDeletes: allowDeletes,
                quarantinedOnly: quarantined
            )
            let answer = try await daemon.post(SyncAccepted.self, ["jobs", id, "retry"], body: request)
            try await JobWatch(daemon: daemon, console: console, json: options.json).accepted(answer, waits: wait)
        }
    }
}
