public import FerryCore
import FerryLedger
import FerrySQLite
import Testing

@Suite struct ScopeTests {
    @Test func sameEndsGiveTheSameScope() async throws {
        try await LedgerFixture.with { ledger in
            let scope = try await ledger.products()
            #expect(scope.integration == "shop")
            #expect(scope.entityType == "product")
            #expect(try await ledger.products() == scope)
        }
    }

    @Test func entityTypesHaveScopesOfTheirOwn() async throws {
        try await LedgerFixture.with { ledger in
            let products = try await ledger.products()
            let others = try await ledger.scope(
                integration: "shop",
                entityType: "customer",
                resource: "rows",
                remoteIdentity: "https://a",
                localIdentity: "store"
            )
            #expect(products.id != others.id)
            let job = try await ledger.running("job_1", "shop", .push)
            try await ledger.link([("A", "x")], in: products, job: job.id)
            #expect(try await ledger.linkCount(in: others) == 0)
            #expect(try await ledger.links(in: others, localIDs: ["A"]) == [.none])
        }
    }

    @Test(arguments: [("https://b", "store"), ("https://a", "another")])
    func changedEndStartsAnewUnderANewNumber(remote: String, local: String) async throws {
        try await LedgerFixture.with { ledger in
            let job = try await ledger.running("job_1", "shop", .pull)
            let old = try await ledger.products()
            try await ledger.link([("A", "x")], in: old, job: job.id)
            let refused = QuarantinedRecord(id: "q", contentHash: hash(1), code: .recordRefused, message: "No.")
            try await ledger.commitPull(
                PullCommit(
                    job: job.id,
                    links: LinkChanges(),
                    checkpoint: Checkpoint(position: "2", isComplete: false),
                    quarantined: [refused],
                    progress: JobProgress()
                ),
                in: old
            )
            let batch = OutboxBatch(
                job: job.id,
                operation: .create,
                idempotencyKey: "k",
                records: [.init(localID: "B")]
            )
            _ = try await ledger.send(batch, in: old)
            let candidate = AdoptionCandidate(matchValue: "1", remoteID: "y", fieldHashes: [])
            try await ledger.keepCandidates([candidate], isFirst: false, in: old)
            try await ledger.finishAdoption(in: old)

            let new = try await ledger.products(remote: remote, local: local)
            #expect(new.id > old.id)
            let notes = try #require(try await ledger.job(job.id)).notes
            #expect(notes.count == 1)
            let end = remote == "https://b" ? "the service's end is now https://b and was https://a" : "the local table"
            #expect(notes.first?.hasPrefix(end) == true, "\(notes)")
            #expect(notes.first?.hasSuffix("start anew, 1 were forgotten and nothing was deleted") == true, "\(notes)")
            // Said once.
            _ = try await ledger.products(remote: remote, local: local)
            #expect(try await ledger.job(job.id)?.notes.count == 1)
            let raw = try rawConnection(ledger.path)
            for table in ["link", "checkpoint", "outbox_batch", "quarantine", "candidate"] {
                #expect(try raw.number("SELECT count(*) FROM \(table)") == 0, "\(table)")
            }
            #expect(try await ledger.checkpoint(of: job.id, in: new) == nil)
            #expect(try await !ledger.isAdopted(new))
        }
    }

    @Test func anotherResourceIsAnotherEnd() async throws {
        try await LedgerFixture.with { ledger in
            let old = try await ledger.products()
            let new = try await ledger.scope(
                integration: "shop",
                entityType: "product",
                resource: "other",
                remoteIdentity: "https://a",
                localIdentity: "store"
            )
            #expect(new.id != old.id)
        }
    }

    @Test func scopeThatStartedAnewTakesNoMoreWrites() async throws {
        try await LedgerFixture.with { ledger in
            let job = try await ledger.running("job_1", "shop", .push)
            let old = try await ledger.products()
            _ = try await ledger.products(remote: "https://b")
            await #expect(throws: SyncFailure.self) { try await ledger.link([("A", "x")], in: old, job: job.id) }
            let batch = OutboxBatch(job: job.id, operation: .create, idempotencyKey: "k", records: [])
            await #expect(throws: SyncFailure.self) { _ = try await ledger.send(batch, in: old) }
            #expect(try rawConnection(ledger.path).number("SELECT count(*) FROM link") == 0)
        }
    }
}

extension PackedStrings: ExpressibleByArrayLiteral {
    /// A list of the given strings.
    public init(arrayLiteral elements: String...) {
        self.init(elements)
    }
}
