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

    @Test func tenThousandJobsArePrunedToTheMaximumAndTheFileShrinks() async throws {
        try await LedgerFixture.with { ledger in
            try await ledger.finished("job_0", "blog")
            try rawConnection(ledger.path).execute(
                """
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
                INSERT INTO job SELECT NULL, printf('job_%05d', i), integration_id, direction, entity_ids, entity_set,
                    requested_by, state, attempt, queued_at + i, started_at + i, finished_at + i, wait_reason,
                    wait_until, records_read, created, updated, unchanged, deleted, skipped, quarantined, held,
                    bytes_in, bytes_out, requests, retries, total, failure_code, failure_message, failure_hint, refusals,
                    is_full
                FROM job, n
                """
            )
            let pages = try #require(Int(try await ledger.pragma("page_count") ?? ""))
            try await ledger.prune(before: start - 1, maximum: 100)
            let left = try await ledger.jobs(integration: nil, states: [], limit: 1000, after: nil)
            #expect(left.count == 100)
            #expect(left.first?.id == "job_10000")
            #expect(left.last?.id == "job_09901")
            #expect(try await ledger.pragma("freelist_count") == "0")
            let pagesLeft = try #require(Int(try await ledger.pragma("page_count") ?? ""))
            #expect(pagesLeft * 4 < pages)
            #expect(try await ledger.integrityCheck() == [])
        }
    }

    @Test func nothingIsForgottenWithinAgeAndNumber() async throws {
        try await LedgerFixture.with { ledger in
            for number in 1...5 { try await ledger.finished("job_\(number)", at: Double(number)) }
            try await ledger.prune(before: start, maximum: 5)
            #expect(try await ledger.jobs(integration: nil, states: [], limit: 100, after: nil).count == 5)
        }
    }
}
