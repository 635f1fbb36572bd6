import FerryCore
import FerryLedger
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
            #expect(try await ledger.intent(in: scope) == nil)
            try await ledger.intend(PullIntent(paths: ["other"]), in: scope)
            try await ledger.intend(intent, in: scope)
            #expect(try await ledger.intent(in: scope) == intent)
            try await ledger.commitPull(commit(job), in: scope)
            #expect(try await ledger.intent(in: scope) == nil)
        }
    }

    @Test func whatTurnsOutToBeWrittenIsLinkedAndForgotten() async throws {
        try await withPull { ledger, scope, _ in
            try await ledger.intend(intent, in: scope)
            var links = LinkChanges()
            links.append(localID: "a", remoteID: "1", fieldHashes: [3, 4])
            try await ledger.settleIntent(links, unlinked: [], in: scope)
            #expect(try await ledger.intent(in: scope) == nil)
            let link = try await ledger.links(in: scope, remoteIDs: PackedStrings(["1"]))[0]
            #expect(link.exists && link.remoteHash == .unknown)
            #expect(try await ledger.fieldHashes(of: [link.id]) == [[3, 4]])
            var deletes = PullIntent(paths: [])
            deletes.append(deletedID: "a", remoteID: "1")
            try await ledger.intend(deletes, in: scope)
            #expect(try await ledger.intent(in: scope) == deletes && deletes.isDelete(0) && !intent.isDelete(0))
            try await ledger.settleIntent(LinkChanges(), unlinked: [link.id], in: scope)
            #expect(try await ledger.intent(in: scope) == nil)
            #expect(try await ledger.linkCount(in: scope) == 0)
        }
    }
}
