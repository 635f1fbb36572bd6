import FerryCore
import Foundation
import Testing

@testable import FerryDaemon

/// The format that Prometheus reads.
@Suite struct MetricsTextTests {
    @Test func familiesAndSamplesAreLines() {
        var text = MetricsText()
        text.family("ferry_jobs", .gauge, "Jobs \\ now.\nAll.")
        text.sample("ferry_jobs", [("state", "queued"), ("name", "a\"b\\c\nd")], 3)
        text.sample("ferry_jobs", [], 0.25)
        text.sample("ferry_jobs", [("le", "+Inf")], .infinity)
        #expect(
            text.text == """
                # HELP ferry_jobs Jobs \\\\ now.\\nAll.
                # TYPE ferry_jobs gauge
                ferry_jobs{state="queued",name="a\\"b\\\\c\\nd"} 3
                ferry_jobs 0.25
                ferry_jobs{le="+Inf"} +Inf

                """
        )
    }

    @Test func jobsAreCountedWhenTheyEndAndTheirDurationsByBuckets() {
        let metrics = JobMetrics()
        for (seconds, state) in [(0.05, JobState.succeeded), (7, .succeeded), (100_000, .failed)] {
            metrics.add(Self.job(state, seconds), waits: ["backoff": 1])
        }
        // Goes on after the next start.
        metrics.add(Self.job(.queued, 3), waits: ["backoff": 5])
        let totals = metrics.all
        #expect(totals.count == 1)
        #expect(totals[0].totals.ended == [.succeeded: 2, .failed: 1])
        #expect(totals[0].totals.progress.read == 30)
        #expect(totals[0].totals.waits == ["backoff": 3])
        #expect(totals[0].totals.durations.counts == [1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2])
        #expect(totals[0].totals.durations.count == 3)
        #expect(abs(totals[0].totals.durations.sum - 100_007.05) < 0.001)
    }

    private static func job(_ state: JobState, _ seconds: Double) -> Job {
        let start = Date(timeIntervalSince1970: 1_700_000_000)
        var job = Job(id: "job_1", integration: "items", direction: .pull, trigger: .manual, queuedAt: start)
        job.state = state
        job.startedAt = start
        job.finishedAt = start.addingTimeInterval(seconds)
        job.progress.read = 10
        return job
    }
}
