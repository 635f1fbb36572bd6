import FerryAPI

/// What readers see of answers that may quote configuration or data (design §8): that something is wrong, and its
/// code, but not the sentences, which can hold a service's own words about a record.
enum ReaderView {
    /// What stands in the place of sentences.
    static let sentence = "administrators can see why"

    static func redacted(_ job: Job) -> Job {
        var job = job
        job.entityIds = nil
        for index in job.refusals.indices { job.refusals[index].examples = [] }
        job.entityTypes = nil
        if !job.notes.isEmpty { job.notes = [sentence] }
        if let error = job.error { job.error = ErrorBody(code: error.code, message: sentence, hint: nil) }
        return job
    }

    static func redacted(_ page: JobPage) -> JobPage {
        JobPage(jobs: page.jobs.map(redacted), nextCursor: page.nextCursor)
    }

    static func redacted(_ summary: IntegrationSummary) -> IntegrationSummary {
        var summary = summary
        if !summary.attention.isEmpty { summary.attention = [sentence] }
        return summary
    }

    static func redacted(_ status: Status) -> Status {
        var status = status
        status.configuration.errors = []
        if !status.ledger.problems.isEmpty { status.ledger.problems = [sentence] }
        status.running = status.running.map(redacted)
        for index in status.integrations.indices where !status.integrations[index].attention.isEmpty {
            status.integrations[index].attention = [sentence]
        }
        return status
    }
}
