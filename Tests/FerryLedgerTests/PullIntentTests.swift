import FerryCore
import FerryLedger
import FerrySQLite
import FoundationEssentials
import Testing

@Suite struct PullIntentTests {
    private func withPull(_ body: (Ledger, LinkScope, String) async throws -> Void) async throws {
        try await LedgerFixture.with { ledger in
            let job = try await ledger.running("job_1", "shop", .pull)
            try await body(ledger, try await ledger.products(), job.id)
        }
    }

    private var intent: PullIntent {
        var intent = PullIntent(paths: ["title", "price['net']"])
        intent.append(localID: "a", remoteID: "1", fields: [7, .max])
        intent.append(localID: "", remoteID: "ü\"\0", fields: [], kept: [1, 2, .max, 0])
        return intent
    }

    private func commit(_ job: String) -> PullCommit {
        PullCommit(
            job: job,
            links: LinkChanges(),
            checkpoint: Checkpoint(position: "2", isComplete: false),
            progress: JobProgress()
        )
    }

    @Test func whatIsAboutToBeWrittenIsKnownUntilItIsCommitted() async throws {
        try await withPull { ledger, scope, job in
            #expect(try await ledger.intents(in: scope) == [])
            try await ledger.intend(PullIntent(paths: ["other"]), in: scope)
            try await ledger.intend(intent, in: scope)
            #expect(try await ledger.intents(in: scope) == [intent])
            try await ledger.commitPull(commit(job), in: scope)
            #expect(try await ledger.intents(in: scope) == [])
        }
    }

    @Test func theNextBatchsIntentOutlivesTheCommitOfTheOneBefore() async throws {
        try await withPull { ledger, scope, job in
            var next = PullIntent(paths: ["title"], number: 1)
            next.append(localID: "b", remoteID: "2", fields: [3])
            try await ledger.intend(intent, in: scope)
            try await ledger.intend(next, in: scope)
            #expect(try await ledger.intents(in: scope) == [intent, next])
            try await ledger.commitPull(commit(job), in: scope)
            #expect(try await ledger.intents(in: scope) == [next])
            try await ledger.intend(intent, in: scope)
            try await ledger.settleIntent(1, links: LinkChanges(), unlinked: [], in: scope)
            #expect(try await ledger.intents(in: scope) == [intent])
        }
    }

    @Test func whatAnOlderVersionWasAboutToWriteIsStillKnown() async throws {
        try await LedgerFixture.with { ledger in
            let scope = try await ledger.products()
            try await ledger.intend(intent, in: scope)
            try ledger.close()
            try rawConnection(ledger.path).execute(
                """
                CREATE TABLE old (
                    scope_id INTEGER PRIMARY KEY REFERENCES scope ON DELETE CASCADE,
                    paths TEXT NOT NULL CHECK (json_valid(paths)),
                    rows BLOB NOT NULL
                ) STRICT;
                INSERT INTO old SELECT scope_id, paths, rows FROM pull_intent;
                DROP TABLE pull_intent;
                ALTER TABLE old RENAME TO pull_intent;
                DELETE FROM grdb_migrations WHERE identifier = '15-intents-ahead';
                """
            )
            let again = try Ledger(path: ledger.path)
            #expect(try await again.intents(in: scope) == [intent])
        }
    }

    @Test func whatTurnsOutToBeWrittenIsLinkedAndForgotten() async throws {
        try await withPull { ledger, scope, _ in
            try await ledger.intend(intent, in: scope)
            var links = LinkChanges()
            links.append(localID: "a", remoteID: "1", fieldHashes: [3, 4])
            try await ledger.settleIntent(0, links: links, unlinked: [], in: scope)
            #expect(try await ledger.intents(in: scope) == [])
            let link = try await ledger.links(in: scope, remoteIDs: PackedStrings(["1"]))[0]
            #expect(link.exists && link.remoteHash == .unknown)
            #expect(try await ledger.fieldHashes(of: [link.id]) == [[3, 4]])
            var deletes = PullIntent(paths: [])
            deletes.append(deletedID: "a", remoteID: "1")
            try await ledger.intend(deletes, in: scope)
            #expect(try await ledger.intents(in: scope) == [deletes] && deletes.isDelete(0) && !intent.isDelete(0))
            try await ledger.settleIntent(0, links: LinkChanges(), unlinked: [link.id], in: scope)
            #expect(try await ledger.intents(in: scope) == [])
            #expect(try await ledger.linkCount(in: scope) == 0)
        }
    }
}
