import FerryAPI
import FerryCore
import FerryEngine

/// How an integration is, out of its file and its past.
struct IntegrationHealth {
    /// Whether it runs and works.
    let status: IntegrationStatus
    /// Reasons for a person to look at it, one sentence each.
    let attention: [String]

    init(_ entry: IntegrationRegistry.Entry, history: IntegrationHistory?) {
        let jobs = Self.tellingJobs(of: entry, history)
        let isBroken = !entry.problems.isEmpty
        var attention: [String] = isBroken ? ["its file has errors; run 'ferryctl check'"] : []
        for job in jobs {
            let name = "last \(job.direction.rawValue)"
            if let failure = job.failure { attention.append("\(name): \(failure.message)") }
            attention += job.notes.map { "\(name): \($0)" }
            if job.state != .failed, let least = entry.integration?.expectations[job.direction],
                !Self.isRestricted(job), !job.progress.isIncremental, job.progress.read < least
            {
                attention.append("\(name) read \(job.progress.read) records, \(least) are expected")
            }
        }
        if let count = history?.quarantined, count > 0 {
            attention.append(
                count == 1 ? "1 record is set aside" : "\(count) records are set aside"
            )
        }
        self.attention = attention
        status =
            if isBroken || jobs.contains(where: { $0.state == .failed }) {
                .error
            } else if entry.integration?.isEnabled == false || history?.isPaused == true {
                .inactive
            } else {
                history?.lastSyncAt == nil ? .pending : .active
            }
    }

    /// The jobs that tell how the integration is: the last run of each direction that matters, and the job that ended
    /// last if that was another one.
    ///
    /// A direction matters that is scheduled or expected to bring something: the failure of one that somebody tried by
    /// hand is forgotten with the next job.
    private static func tellingJobs(of entry: IntegrationRegistry.Entry, _ history: IntegrationHistory?) -> [FerryCore
        .Job]
    {
        guard let history else { return [] }
        var directions = Set(entry.integration?.schedules.keys.map { $0 } ?? [])
        if let expected = entry.integration?.expectations.keys { directions.formUnion(expected) }
        var jobs = Direction.allCases
            .filter { directions.isEmpty || directions.contains($0) }
            .compactMap { history.lastRuns[$0] }
        if let last = history.lastJob, last.state != .cancelled, !jobs.contains(where: { $0.id == last.id }) {
            jobs.append(last)
        }
        return jobs
    }

    private static func isRestricted(_ job: FerryCore.Job) -> Bool {
        job.isRestrictedToRecords || job.options.entityTypes != nil
    }
}
