import FerryCore
import FerryLedger
import FerrySQLite
import FoundationEssentials
import Testing

@Suite struct PullStateTests {
    private func withPull(_ body: (Ledger, LinkScope, String) async throws -> Void) async throws {
        try await LedgerFixture.with { ledger in
            let job = try await ledger.running("job_1", "shop", .pull)
            try await body(ledger, try await ledger.products(), job.id)
        }
    }

    private func commit(
        _ job: String,
        links: [(String, String)] = [],
        cursor: PullCursor? = nil,
        tombstones: PackedStrings = PackedStrings()
    ) -> PullCommit {
        var changes = LinkChanges()
        for (local, remote) in links { changes.append(localID: local, remoteID: remote) }
        return PullCommit(
            job: job,
            links: changes,
            checkpoint: Checkpoint(position: "2", isComplete: false),
            cursor: cursor,
            tombstones: tombstones,
            progress: JobProgress()
        )
    }

    @Test func cursorOutlivesItsJob() async throws {
        try await withPull { ledger, scope, job in
            #expect(try await ledger.cursor(in: scope, fingerprint: 7) == nil)
            try await ledger.commitPull(commit(job, cursor: PullCursor(value: "a", fingerprint: 7)), in: scope)
            try await ledger.commitPull(commit(job), in: scope)
            try await ledger.finish(job, as: .succeeded, at: start, progress: JobProgress(), failure: nil)
            #expect(try await ledger.cursor(in: scope, fingerprint: 7) == "a")
            let next = try await ledger.running("job_2", "shop", .pull)
            try await ledger.commitPull(commit(next.id, cursor: PullCursor(value: "b", fingerprint: .max)), in: scope)
            #expect(try await ledger.cursor(in: scope, fingerprint: .max) == "b")
            // That of another mapping.
            #expect(try await ledger.cursor(in: scope, fingerprint: 7) == nil)
        }
    }

    @Test func cursorMovesWithItsPageOrNotAtAll() async throws {
        try await withPull { ledger, scope, job in
            try await ledger.finish(job, as: .cancelled, at: start, progress: JobProgress(), failure: nil)
            await #expect(throws: SyncFailure.self) {
                try await ledger.commitPull(commit(job, cursor: PullCursor(value: "a", fingerprint: 7)), in: scope)
            }
            #expect(try await ledger.cursor(in: scope, fingerprint: 7) == nil)
        }
    }

    @Test func scopeThatStartsAnewForgetsHowFarItWas() async throws {
        try await withPull { ledger, scope, job in
            try await ledger.commitPull(commit(job, cursor: PullCursor(value: "a", fingerprint: 7)), in: scope)
            try await ledger.noteSweep(at: start, in: scope)
            let other = try await ledger.products(remote: "https://b")
            #expect(try await ledger.cursor(in: other, fingerprint: 7) == nil)
            #expect(try await ledger.lastSweep(in: other) == nil)
            await #expect(throws: SyncFailure.self) { try await ledger.noteSweep(at: start, in: scope) }
        }
    }

    @Test func sweepIsRememberedBesideTheCursor() async throws {
        try await withPull { ledger, scope, job in
            #expect(try await ledger.lastSweep(in: scope) == nil)
            try await ledger.noteSweep(at: start, in: scope)
            #expect(try await ledger.cursor(in: scope, fingerprint: 7) == nil)
            try await ledger.commitPull(commit(job, cursor: PullCursor(value: "a", fingerprint: 7)), in: scope)
            #expect(try await ledger.lastSweep(in: scope) == start)
            try await ledger.noteSweep(at: start + 60, in: scope)
            #expect(try await ledger.lastSweep(in: scope) == start + 60)
            #expect(try await ledger.cursor(in: scope, fingerprint: 7) == "a")
        }
    }

    @Test func linksOfDeletedRecordsAreMarkedUntilTheyAreSeenAgain() async throws {
        try await withPull { ledger, scope, job in
            let links = (1...5).map { ("local-\($0)", "remote-\($0)") }
            try await ledger.commitPull(commit(job, links: links), in: scope)
            let bad = QuarantinedRecord(id: "remote-9", contentHash: hash(1), code: .recordInvalid, message: "No.")
            try await ledger.quarantine([bad], direction: .pull, in: scope)
            try await ledger.commitPull(
                commit(job, tombstones: ["remote-2", "remote-4", "remote-5", "remote-9"]),
                in: scope
            )
            let marked = try await ledger.tombstones(in: scope, after: 0, limit: 2)
            #expect(marked.map(\.localID) == ["local-2", "local-4"] && marked.allSatisfy(\.isTombstone))
            let rest = try await ledger.tombstones(in: scope, after: #require(marked.last?.id), limit: 2)
            #expect(rest.map(\.localID) == ["local-5"])
            // What is gone need not be mended.
            #expect(try await ledger.quarantine(of: "shop", limit: 9).isEmpty)

            // Written again, or merely seen.
            try await ledger.commitPull(commit(job, links: [links[1]]), in: scope)
            try await ledger.noteMissing([], seenAgain: [marked[1].id], in: scope)
            #expect(try await ledger.tombstones(in: scope, after: 0, limit: 9).map(\.localID) == ["local-5"])
            // Missing from a scan as well does not make it less gone.
            try await ledger.noteMissing(rest.map(\.id), seenAgain: [], in: scope)
            #expect(try await ledger.tombstones(in: scope, after: 0, limit: 9).map(\.localID) == ["local-5"])
        }
    }

    @Test func jobThatReadsEverythingIsAnotherOne() async throws {
        try await LedgerFixture.with { ledger in
            func asked(_ id: String, isFull: Bool) -> Job {
                var job = Job.asked(id)
                job.options.isFull = isFull
                return job
            }
            let some = try await ledger.enqueue(asked("job_1", isFull: false))
            let all = try await ledger.enqueue(asked("job_2", isFull: true))
            #expect(!some.options.isFull && all.id == "job_2" && all.options.isFull)
            #expect(try await ledger.enqueue(asked("job_3", isFull: true)).id == "job_2")
            #expect(try await ledger.enqueue(asked("job_4", isFull: false)).id == "job_1")
            _ = try await ledger.cancel("job_1", at: start)
            // One that reads everything does what any other would.
            #expect(try await ledger.enqueue(asked("job_5", isFull: false)).id == "job_2")
            #expect(try await ledger.claim("job_2", at: start)?.options.isFull == true)
        }
    }

    @Test func ledgerOfAnOlderVersionIsBroughtUpToDate() async throws {
        try await LedgerFixture.withDirectory { fixture in
            let ledger = try Ledger(path: fixture.path)
            _ = try await ledger.running("job_1", "shop", .pull)
            try ledger.close()
            let raw = try rawConnection(fixture.path)
            try raw.execute(
                """
                DROP TABLE pull_state; DROP INDEX link_tombstone; DROP INDEX job_one_live;
                ALTER TABLE job DROP COLUMN is_full;
                CREATE UNIQUE INDEX job_one_live ON job (integration_id, direction, entity_set)
                    WHERE state IN ('queued', 'running', 'waiting');
                DELETE FROM grdb_migrations WHERE identifier = '5-pull-cursors';
                """
            )
            let again = try Ledger(path: fixture.path)
            #expect(try await again.job("job_1")?.options.isFull == false)
            let scope = try await again.products()
            try await again.commitPull(commit("job_1", cursor: PullCursor(value: "a", fingerprint: 1)), in: scope)
            #expect(try await again.cursor(in: scope, fingerprint: 1) == "a")
            #expect(try await again.integrityCheck() == [])
        }
    }
}
