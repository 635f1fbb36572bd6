import FerryCore
import FerryLedger
import FerrySQLite
import FoundationEssentials
import Testing

@Suite struct DurabilityTests {
    @Test func everythingCommittedIsThereAfterACrash() async throws {
        try await LedgerFixture.withDirectory { fixture in
            let ledger = try Ledger(path: fixture.path)
            let job = try await ledger.running("job_1", "shop", .push)
            let scope = try await ledger.products()
            try await ledger.link([("A", "x")], in: scope, job: job.id)
            let record = OutboxRecord(localID: "B", matchValue: "1", payloadHash: hash(5))
            let batch = OutboxBatch(job: job.id, operation: .create, idempotencyKey: "k", records: [record])
            let number = try await ledger.send(batch, in: scope)

            // What a process that is killed leaves: the file and its log, nothing tidied up.
            let copy = fixture.directory + "/after-the-crash.db"
            for suffix in ["", "-wal"] {
                try FileManager.default.copyItem(atPath: fixture.path + suffix, toPath: copy + suffix)
            }
            let reopened = try Ledger(path: copy)
            #expect(try await reopened.integrityCheck() == [])
            #expect(try await reopened.requeueInterrupted() == ["job_1"])
            #expect(try await reopened.products() == scope)
            #expect(try await reopened.allPairs(in: scope) == ["A": "x"])
            let outbox = try await reopened.outbox(in: scope)
            #expect(outbox.map(\.id) == [number])
            #expect(outbox.map(\.records) == [[record]])
            #expect(try await reopened.claim(at: start)?.attempt == 2)
        }
    }

    @Test func transactionThatWasNotCommittedIsGoneAfterACrash() async throws {
        try await LedgerFixture.withDirectory { fixture in
            let ledger = try Ledger(path: fixture.path)
            _ = try await ledger.enqueue(.asked("job_1"))
            let raw = try rawConnection(fixture.path)
            // A cache of one page makes SQLite write uncommitted pages to the log.
            try raw.execute("PRAGMA cache_size = 1; BEGIN IMMEDIATE; DELETE FROM job; DELETE FROM integration")
            let copy = fixture.directory + "/after-the-crash.db"
            for suffix in ["", "-wal"] {
                try FileManager.default.copyItem(atPath: fixture.path + suffix, toPath: copy + suffix)
            }
            try raw.execute("ROLLBACK")
            #expect(try await Ledger(path: copy).job("job_1")?.state == .queued)
        }
    }

    @Test func readersDoNotWaitForAnOpenWriteAndWritersWaitTheirTurn() async throws {
        try await LedgerFixture.with { ledger in
            _ = try await ledger.enqueue(.asked("job_1"))
            let raw = try rawConnection(ledger.path)
            try raw.execute("BEGIN IMMEDIATE; UPDATE integration SET is_paused = 1")
            async let waiting: Void = ledger.setNextRun(
                start,
                for: ScheduleKey(integration: "blog", direction: .pull)
            )
            #expect(try await ledger.histories()["blog"]?.isPaused == false)
            #expect(try await ledger.nextRuns().isEmpty)
            try raw.execute("COMMIT")
            try await waiting
            #expect(try await ledger.histories()["blog"]?.isPaused == true)
            #expect(try await ledger.nextRuns().count == 1)
        }
    }

    @Test func concurrentClaimsNeverTakeAJobTwice() async throws {
        try await LedgerFixture.with { ledger in
            for number in 0..<40 { _ = try await ledger.enqueue(.asked("job_\(number)", "integration-\(number)")) }
            let claimed = try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<60 { group.addTask { try await ledger.claim(at: start)?.id } }
                return try await group.reduce(into: [String]()) { all, id in if let id { all.append(id) } }
            }
            #expect(claimed.count == 40)
            #expect(Set(claimed).count == 40)
        }
    }
}
