import FerryCore
import FerryLedger
import FerrySQLite
import FoundationEssentials
import Testing

@Suite struct RetentionTests {
    @Test func jobsThatEndedBeforeTheDateAreForgotten() async throws {
        try await LedgerFixture.with { ledger in
            for number in 1...5 { try await ledger.finished("job_\(number)", at: Double(number)) }
            try await ledger.prune(before: start + 3, maximum: 100)
            let left = try await ledger.jobs(integration: nil, states: [], limit: 100, after: nil)
            #expect(left.map(\.id) == ["job_5", "job_4", "job_3"])
        }
    }

    @Test func lastJobOfAnIntegrationAndLiveJobsStay() async throws {
        try await LedgerFixture.with { ledger in
            try await ledger.finished("job_1", "blog", at: 1)
            try await ledger.finished("job_2", "shop", at: 2)
            try await ledger.finished("job_3", "shop", at: 3)
            _ = try await ledger.enqueue(.asked("job_4", "blog"))
            _ = try await ledger.running("job_5", "shop")
            try await ledger.prune(before: .distantFuture, maximum: 0)
            let left = try await ledger.jobs(integration: nil, states: [], limit: 100, after: nil)
            #expect(left.map(\.id) == ["job_5", "job_4", "job_3", "job_1"])
        }
    }

    @Test func lastRunOfEachDirectionStays() async throws {
        try await LedgerFixture.with { ledger in
            let ends: [(Direction, JobState, JobOptions)] = [
                (.pull, .succeeded, JobOptions()), (.pull, .failed, JobOptions()), (.push, .partial, JobOptions()),
                (.pull, .cancelled, JobOptions()), (.push, .succeeded, JobOptions(entityTypes: ["post"])),
            ]
            for (number, (direction, state, options)) in ends.enumerated() {
                var job = Job.asked("job_\(number)", "blog", direction)
                job.options = options
                _ = try await ledger.claim(ledger.enqueue(job).id, at: start)
                try await ledger.finish(
                    job.id,
                    as: state,
                    at: start + Double(number),
                    progress: JobProgress(),
                    failure: nil
                )
            }
            try await ledger.prune(before: .distantFuture, maximum: 0)
            let left = try await ledger.jobs(integration: nil, states: [], limit: 100, after: nil)
            #expect(left.map(\.id) == ["job_4", "job_2", "job_1"])
            let history = try #require(try await ledger.histories()["blog"])
            #expect(history.lastRuns[.pull]?.id == "job_1" && history.lastRuns[.push]?.id == "job_2")
            #expect(history.lastJob?.id == "job_4")
        }
    }

    @Test func aHundredThousandJobsStayWithinTheirBounds() async throws {
        try await LedgerFixture.withDirectory { fixture in
            let ledger = try Ledger(path: fixture.path)
            let maximum = 10_000
            var largest = 0
            for start in stride(from: 0, to: 100_000, by: 5000) {
                try await ledger.keep((start..<start + 5000).map(Self.ended))
                try await ledger.prune(before: .distantPast, maximum: maximum)
                largest = max(largest, try fixture.bytes(of: ["", "-wal"]))
            }
            let left = try await ledger.jobs(integration: nil, states: [], limit: maximum + 10, after: nil)
            #expect(left.count == maximum && left.first?.id == "job_099999" && left.last?.id == "job_090000")
            // 10,000 jobs of about 700 bytes, indexes included; the log is cut back to 32 MiB.
            #expect(largest < (16 + 40) << 20, "\(largest) bytes")
            #expect(try fixture.bytes(of: [""]) < 16 << 20)
            try await ledger.prune(before: Self.end(of: 99_000), maximum: maximum)
            #expect(try await ledger.jobs(integration: nil, states: [], limit: 9999, after: nil).count == 1000)
            _ = try await ledger.pragma("wal_checkpoint(TRUNCATE)")
            #expect(try fixture.bytes(of: ["", "-wal"]) < 4 << 20)
            #expect(try await ledger.integrityCheck() == [])
        }
    }

    @Test func aHundredThousandJobsAtOnceArePrunedAndTheFileShrinks() async throws {
        try await LedgerFixture.withDirectory { fixture in
            let ledger = try Ledger(path: fixture.path)
            for start in stride(from: 0, to: 100_000, by: 20_000) {
                try await ledger.keep((start..<start + 20_000).map(Self.ended))
            }
            let pages = try #require(Int(try await ledger.pragma("page_count") ?? ""))
            try await ledger.prune(before: .distantPast, maximum: 100)
            let left = try await ledger.jobs(integration: nil, states: [], limit: 1000, after: nil)
            #expect(left.count == 100)
            #expect(left.first?.id == "job_099999" && left.last?.id == "job_099900")
            #expect(try await ledger.pragma("freelist_count") == "0")
            let pagesLeft = try #require(Int(try await ledger.pragma("page_count") ?? ""))
            #expect(pagesLeft * 100 < pages)
            #expect(try fixture.bytes(of: ["-wal"]) <= 40 << 20)
            #expect(try await ledger.integrityCheck() == [])
        }
    }

    /// Not a matter of time, which depends on the machine: what each question makes SQLite do is counted.
    @Test func questionsCostNoMoreWithAHundredThousandJobsThanWithAThousand() async throws {
        try await LedgerFixture.withDirectory { fixture in
            let trace = StatementTrace()
            let ledger = try Ledger(path: fixture.path, trace: trace.note)
            let page = { @Sendable (integration: String?, states: [JobState], cursor: String?) async throws in
                _ = try await ledger.jobs(integration: integration, states: states, limit: 50, after: cursor)
            }
            let questions: [(String, @Sendable () async throws -> Void)] = [
                ("newest", { try await page(nil, [], nil) }),
                ("next page", { try await page(nil, [], "job_000500") }),
                ("of one", { try await page("shop2", [], nil) }),
                ("live", { try await page(nil, [.running, .waiting], nil) }),
                ("queued", { try await page(nil, [.queued], nil) }),
                ("failed", { try await page(nil, [.failed], nil) }),
                ("failed or partial, of one", { try await page("shop1", [.failed, .partial], nil) }),
                ("histories", { _ = try await ledger.histories() }),
                ("a job", { _ = try await ledger.job("job_000500") }),
                ("what is due", { _ = try await ledger.claim(at: start) }),
                ("the same again", { _ = try await ledger.enqueue(.asked("job_x", "shop0")) }),
            ]
            var before: [String: Int] = [:]
            // Each time, one job is at work and one waits to be.
            _ = try await ledger.running("job_x", "shop0")
            _ = try await ledger.enqueue(.asked("job_y", "shop1"))
            try await ledger.keep((0..<1000).map(Self.ended))
            for (name, question) in questions { before[name] = try await trace.operations(of: question, in: fixture) }
            for start in stride(from: 1000, to: 100_000, by: 33_000) {
                try await ledger.keep((start..<start + 33_000).map(Self.ended))
            }
            try await ledger.finish("job_y", as: .succeeded, at: start, progress: JobProgress(), failure: nil)
            _ = try await ledger.enqueue(.asked("job_z", "shop1"))
            for (name, question) in questions {
                let operations = try await trace.operations(of: question, in: fixture)
                let few = try #require(before[name])
                #expect(few > 0 && operations <= few * 3 / 2 + 50, "\(name): \(few), then \(operations)")
            }
        }
    }

    /// A job that has ended, one of many: four integrations, both directions, every tenth failed.
    private static func ended(_ number: Int) -> Job {
        let digits = String(number)
        var job = Job.asked(
            "job_" + String(repeating: "0", count: 6 - digits.count) + digits,
            "shop\(number % 4)",
            number % 8 < 4 ? .pull : .push,
            after: Double(number)
        )
        job.state = number % 10 == 3 ? .failed : .succeeded
        job.attempt = 1
        job.startedAt = job.queuedAt
        job.finishedAt = end(of: number)
        job.progress.read = number
        if job.state == .failed {
            job.failure = JobFailure(
                code: .serviceUnavailable,
                message: String(repeating: "The service answered 503 and nothing else. ", count: 5),
                hint: "look at its status page"
            )
        }
        return job
    }

    private static func end(of number: Int) -> Date { start + Double(number) + 0.5 }

    @Test func nothingIsForgottenWithinAgeAndNumber() async throws {
        try await LedgerFixture.with { ledger in
            for number in 1...5 { try await ledger.finished("job_\(number)", at: Double(number)) }
            try await ledger.prune(before: start, maximum: 5)
            #expect(try await ledger.jobs(integration: nil, states: [], limit: 100, after: nil).count == 5)
        }
    }
}
