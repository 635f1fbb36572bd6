import FerryCore
import FerryLedger
import FerrySQLite
import FoundationEssentials
import Testing

@Suite struct JobQueryTests {
    @Test func jobsComeNewestFirstPageByPage() async throws {
        try await LedgerFixture.with { ledger in
            for number in 10..<17 { try await ledger.finished("job_\(number)") }
            let first = try await ledger.jobs(integration: nil, states: [], limit: 3, after: nil)
            #expect(first.map(\.id) == ["job_16", "job_15", "job_14"])
            let second = try await ledger.jobs(integration: nil, states: [], limit: 3, after: "job_14")
            #expect(second.map(\.id) == ["job_13", "job_12", "job_11"])
            let last = try await ledger.jobs(integration: nil, states: [], limit: 3, after: "job_11")
            #expect(last.map(\.id) == ["job_10"])
        }
    }

    @Test func jobsAreChosenByIntegrationAndState() async throws {
        try await LedgerFixture.with { ledger in
            try await ledger.finished("job_1", "blog", as: .failed)
            try await ledger.finished("job_2", "shop", as: .failed)
            try await ledger.finished("job_3", "blog")
            let failed = try await ledger.jobs(integration: "blog", states: [.failed], limit: 9, after: nil)
            #expect(failed.map(\.id) == ["job_1"])
            let both = try await ledger.jobs(integration: "blog", states: [.failed, .succeeded], limit: 9, after: nil)
            #expect(both.map(\.id) == ["job_3", "job_1"])
            #expect(try await ledger.jobs(integration: "none", states: [], limit: 9, after: nil).isEmpty)
        }
    }

    @Test func pageGoesOnAfterAJobThatIsForgotten() async throws {
        try await LedgerFixture.with { ledger in
            for number in 1...4 { try await ledger.finished("job_\(number)", at: Double(number)) }
            let raw = try rawConnection(ledger.path)
            try raw.execute("DELETE FROM job WHERE id = 'job_3'")
            let page = try await ledger.jobs(integration: nil, states: [], limit: 9, after: "job_3")
            #expect(page.map(\.id) == ["job_2", "job_1"])
        }
    }

    @Test func historyTellsTheLastAndTheLiveJob() async throws {
        try await LedgerFixture.with { ledger in
            try await ledger.finished("job_1", as: .succeeded, at: 1)
            try await ledger.finished("job_2", as: .partial, at: 2)
            try await ledger.finished("job_3", as: .failed, at: 3)
            _ = try await ledger.enqueue(.asked("job_4", "blog", .push))
            _ = try await ledger.running("job_5", "blog", .pull)
            let history = try #require(try await ledger.histories()["blog"])
            #expect(history.lastSyncAt == start + 2)
            #expect(history.lastJob?.id == "job_3")
            #expect(history.liveJob?.id == "job_5")
            #expect(!history.isPaused)
        }
    }

    @Test func lastSyncIsRememberedWhenItsJobIsForgotten() async throws {
        try await LedgerFixture.with { ledger in
            try await ledger.finished("job_1", as: .succeeded, at: 1)
            try await ledger.finished("job_2", as: .failed, at: 2)
            try await ledger.prune(before: start + 100, maximum: 0)
            #expect(try await ledger.job("job_1") == nil)
            #expect(try await ledger.histories()["blog"]?.lastSyncAt == start + 1)
            #expect(try await ledger.histories()["blog"]?.lastJob?.id == "job_2")
        }
    }

    @Test func historyCountsWhatIsSetAside() async throws {
        try await LedgerFixture.with { ledger in
            let scope = try await ledger.products()
            let records = ["a", "b"].map {
                QuarantinedRecord(id: $0, contentHash: hash(1), code: .recordRefused, message: "No.")
            }
            try await ledger.quarantine(records, direction: .push, in: scope)
            try await ledger.quarantine([records[0]], direction: .pull, in: scope)
            #expect(try await ledger.histories()["shop"]?.quarantined == 3)
        }
    }

    @Test func pauseIsKept() async throws {
        try await LedgerFixture.with { ledger in
            try await ledger.setPaused(true, integration: "blog")
            #expect(try await ledger.histories()["blog"]?.isPaused == true)
            try await ledger.setPaused(false, integration: "blog")
            #expect(try await ledger.histories()["blog"]?.isPaused == false)
        }
    }

    @Test func nextRunsAreKeptPerDirectionAndForgotten() async throws {
        try await LedgerFixture.with { ledger in
            let pull = ScheduleKey(integration: "blog", direction: .pull)
            let push = ScheduleKey(integration: "blog", direction: .push)
            try await ledger.setNextRun(start, for: pull)
            try await ledger.setNextRun(start + 1, for: push)
            try await ledger.setNextRun(start + 2, for: pull)
            #expect(try await ledger.nextRuns() == [pull: start + 2, push: start + 1])
            try await ledger.setNextRun(nil, for: pull)
            #expect(try await ledger.nextRuns() == [push: start + 1])
        }
    }
}
