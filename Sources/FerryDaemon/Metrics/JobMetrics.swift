import FerryCore
import FerryEngine
import FoundationEssentials
import Synchronization

/// What jobs have done since the daemon was started, counted when they end.
///
/// Grows with the number of integrations, not with that of jobs.
final class JobMetrics: Sendable {
    /// What the jobs of one integration and direction have done.
    struct Totals {
        var ended: [JobState: Int] = [:]
        var progress = JobProgress()
        var waits: [String: Int] = [:]
        var durations = Histogram()
    }

    /// How long jobs took.
    struct Histogram {
        /// The upper bounds of the buckets, in seconds.
        static let bounds: [Double] = [0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600, 14400]

        /// How many jobs took no longer than each bound, those before it included.
        private(set) var counts = [Int](repeating: 0, count: bounds.count)
        private(set) var count = 0
        private(set) var sum = 0.0

        mutating func observe(_ seconds: Double) {
            count += 1
            sum += seconds
            for (index, bound) in Self.bounds.enumerated() where seconds <= bound { counts[index] += 1 }
        }
    }

    private let totals = Mutex<[ScheduleKey: Totals]>([:])

    /// Counts a job that has ended; one that was interrupted goes on, and is counted later.
    func add(_ job: Job, waits: [String: Int]) {
        guard job.state.isFinal else { return }
        totals.withLock { totals in
            var total = totals[ScheduleKey(job), default: Totals()]
            total.ended[job.state, default: 0] += 1
            total.progress.add(job.progress)
            total.waits.merge(waits, uniquingKeysWith: +)
            if let start = job.startedAt, let end = job.finishedAt {
                // A clock that was set back meanwhile says nothing about how long it took.
                total.durations.observe(max(end.timeIntervalSince(start), 0))
            }
            totals[ScheduleKey(job)] = total
        }
    }

    /// What there is, sorted by integration and direction.
    var all: [(key: ScheduleKey, totals: Totals)] {
        totals.withLock { $0 }.sorted {
            ($0.key.integration, $0.key.direction.rawValue) < ($1.key.integration, $1.key.direction.rawValue)
        }.map { ($0.key, $0.value) }
    }
}

extension ScheduleKey {
    fileprivate init(_ job: Job) {
        self.init(integration: job.integration, direction: job.direction)
    }
}

extension JobProgress {
    fileprivate mutating func add(_ other: JobProgress) {
        read += other.read
        created += other.created
        updated += other.updated
        unchanged += other.unchanged
        deleted += other.deleted
        skipped += other.skipped
        quarantined += other.quarantined
        held += other.held
        bytesIn += other.bytesIn
        bytesOut += other.bytesOut
        requests += other.requests
        retries += other.retries
    }
}
