import FerryCore
import FerryLedger
import FerrySQLite
import FoundationEssentials
import Synchronization
import Testing

/// A ledger to try things out on: begins as the real one is, and leaves that alone.
@Suite struct DraftTests {
    @Test func seesTheLinksOfTheRealLedger() async throws {
        try await LedgerFixture.with { ledger in
            let scope = try await linked(100, in: ledger)
            let draft = try await self.draft(of: ledger)
            #expect(try await draft.products() == scope)
            #expect(try await draft.linkCount(in: scope) == 100)
            #expect(try await draft.highestLink() == ledger.highestLink())
            let ids = PackedStrings(["r7", "nobody", "r3"])
            #expect(try await draft.links(in: scope, remoteIDs: ids) == ledger.links(in: scope, remoteIDs: ids))
            let known = try await ledger.links(in: scope, after: 0, limit: 1000)
            #expect(try await draft.links(in: scope, after: 0, limit: 1000) == known)
            #expect(try await draft.links(in: scope, after: known[40].id, limit: 10) == Array(known[41...50]))
            let numbers = known.map(\.id)
            #expect(try await draft.pairs(of: numbers) == ledger.pairs(of: numbers))
            #expect(try await draft.fieldHashes(of: numbers) == ledger.fieldHashes(of: numbers))
        }
    }

    @Test func whatItChangesIsItsOwn() async throws {
        try await LedgerFixture.withDirectory { fixture in
            let ledger = try Ledger(path: fixture.path)
            let scope = try await linked(10, in: ledger)
            let before = fixture.files
            let draft = try await self.draft(of: ledger)
            let job = try await draft.running("plan", "shop", .push)
            let known = try await draft.links(in: scope, after: 0, limit: 10)
            // One is changed, one goes, one gets another partner, one is new, one was missing from a scan.
            var changes = LinkChanges()
            changes.append(localID: "l1", remoteID: "r1", payloadHash: hash(77))
            changes.append(localID: "l2", remoteID: "r3", payloadHash: hash(78))
            changes.append(localID: "new", remoteID: "rnew")
            try await draft.settle(
                PushSettlement(
                    batch: 0,
                    job: job.id,
                    links: changes,
                    unlinkedLocalIDs: PackedStrings(["l5"]),
                    progress: JobProgress()
                ),
                in: scope
            )
            try await draft.noteMissing([known[6].id], seenAgain: [], in: scope)
            try await draft.commitPull(
                PullCommit(
                    job: job.id,
                    links: LinkChanges(),
                    unlinked: [known[7].id],
                    checkpoint: Checkpoint(position: nil, isComplete: true),
                    progress: JobProgress()
                ),
                in: scope
            )
            var expected = Dictionary(uniqueKeysWithValues: (1...10).map { ("l\($0)", "r\($0)") })
            for gone in ["l3", "l5", "l8"] { expected[gone] = nil }
            expected["l2"] = "r3"
            expected["new"] = "rnew"
            #expect(try await draft.allPairs(in: scope) == expected)
            #expect(try await draft.linkCount(in: scope) == expected.count)
            let links = try await draft.links(in: scope, localIDs: PackedStrings(["l1", "l3", "l5", "l7", "new"]))
            #expect(links[0].id == known[0].id && links[0].payloadHash == hash(77))
            #expect(links[1] == .none && links[2] == .none && links[3].missingScans == 1)
            #expect(links[4].id > known[9].id)
            #expect(try await draft.links(in: scope, remoteIDs: PackedStrings(["r2", "r8"])) == [.none, .none])
            #expect(try await draft.pairs(of: [known[2].id, known[4].id, known[7].id]).isEmpty)

            #expect(try await ledger.allPairs(in: scope).count == 10)
            #expect(fixture.files == before)
        }
    }

    @Test func keepsNobodyFromWritingToTheRealLedger() async throws {
        try await LedgerFixture.withDirectory { fixture in
            let ledger = try Ledger(path: fixture.path)
            let scope = try await linked(3, in: ledger)
            let draft = try await self.draft(of: ledger)
            let job = try await draft.running("plan", "shop", .push)
            let other = try rawConnection(fixture.path)
            try other.execute("PRAGMA busy_timeout = 0")
            try await draft.link([("l1", "elsewhere")], in: scope, job: job.id)
            try other.execute("BEGIN EXCLUSIVE; UPDATE link SET missing_scans = 5 WHERE local_id = 'l2'")
            // Nor does a writer keep the draft from its own.
            try await draft.link([("l3", "there")], in: scope, job: job.id)
            try other.execute("COMMIT")
            #expect(try await draft.allPairs(in: scope) == ["l1": "elsewhere", "l2": "r2", "l3": "there"])
        }
    }

    @Test func linksThatAJobMakesMeanwhileAreNotItsOwn() async throws {
        try await LedgerFixture.with { ledger in
            let scope = try await linked(2, in: ledger)
            let draft = try await self.draft(of: ledger)
            let job = try await draft.running("plan", "shop", .push)
            try await draft.link([("l8", "r8")], in: scope, job: job.id)
            try await ledger.link([("l9", "r9")], in: scope, job: "second")
            #expect(try await draft.allPairs(in: scope) == ["l1": "r1", "l2": "r2", "l8": "r8"])
            #expect(try await ledger.allPairs(in: scope) == ["l1": "r1", "l2": "r2", "l9": "r9"])
        }
    }

    @Test func startsAnewByItselfWhenAnEndIsAnotherOne() async throws {
        try await LedgerFixture.with { ledger in
            let scope = try await linked(5, in: ledger)
            let witness = Witness()
            let draft = try await self.draft(of: ledger, witness)
            let fresh = try await draft.products(remote: "https://b")
            #expect(fresh.id != scope.id && witness.events == ["product starts anew"])
            #expect(try await draft.linkCount(in: fresh) == 0)
            #expect(try await draft.links(in: fresh, remoteIDs: PackedStrings(["r1"])) == [.none])
            #expect(try await ledger.products() == scope)
            #expect(try await ledger.linkCount(in: scope) == 5)
        }
    }

    @Test func hasTheQuarantineTheOutboxAndTheCandidatesButNoJobs() async throws {
        try await LedgerFixture.with { ledger in
            let scope = try await linked(1, in: ledger)
            let record = QuarantinedRecord(id: "l9", contentHash: hash(9), code: .recordRefused, message: "no")
            try await ledger.quarantine([record], direction: .push, in: scope)
            try await ledger.keepCandidates(
                [AdoptionCandidate(matchValue: "\"a\"", remoteID: "r1", fieldHashes: [1, 2])],
                isFirst: true,
                in: scope
            )
            let batch = OutboxBatch(
                job: "job",
                operation: .create,
                idempotencyKey: "k",
                records: [OutboxRecord(localID: "l2", matchValue: "\"b\"", payloadHash: hash(2), fieldHashes: [3])]
            )
            _ = try await ledger.send(batch, in: scope)
            let draft = try await self.draft(of: ledger)
            #expect(try await draft.quarantine(of: "shop", limit: 10).map(\.record) == [record])
            #expect(try await draft.candidates(in: scope, matchValues: PackedStrings(["\"a\""]))[0]?.remoteID == "r1")
            let kept = try await draft.outbox(in: scope)
            #expect(kept.map(\.records) == [batch.records])
            #expect(try await draft.jobs(integration: nil, states: [], limit: 10, after: nil).isEmpty)

            try await draft.release(ids: PackedStrings(["l9"]), direction: .push, in: scope)
            _ = try await draft.replace(kept[0].id, by: [], in: scope)
            try await draft.finishAdoption(in: scope)
            #expect(try await ledger.quarantine(of: "shop", limit: 10).count == 1)
            #expect(try await ledger.outbox(in: scope).count == 1)
            #expect(try await !ledger.isAdopted(scope))
        }
    }

    @Test func knowsNothingOfOtherIntegrations() async throws {
        try await LedgerFixture.with { ledger in
            _ = try await linked(3, in: ledger)
            _ = try await ledger.running("other", "blog")
            let draft = try await ledger.draft(of: "blog", witness: Witness()).ledger
            #expect(try await draft.quarantine(of: "shop", limit: 10).isEmpty)
            #expect(try await draft.job("other") == nil)
        }
    }

    @Test func tellsItsWitnessBeforeItWrites() async throws {
        try await LedgerFixture.with { ledger in
            let scope = try await linked(1, in: ledger)
            let witness = Witness()
            let draft = try await self.draft(of: ledger, witness)
            let job = try await draft.running("plan", "shop", .push)
            let batch = OutboxBatch(job: job.id, operation: .create, idempotencyKey: "k", records: [])
            let number = try await draft.send(batch, in: scope)
            let settlement = PushSettlement(batch: number, job: job.id, links: LinkChanges(), progress: JobProgress())
            try await draft.settle(settlement, in: scope)
            let record = QuarantinedRecord(id: "l9", contentHash: hash(9), code: .recordRefused, message: "no")
            try await draft.quarantine([record], direction: .pull, in: scope)
            try await draft.commitPull(
                PullCommit(
                    job: job.id,
                    links: LinkChanges(),
                    checkpoint: Checkpoint(position: nil, isComplete: true),
                    progress: JobProgress()
                ),
                in: scope
            )
            #expect(witness.events == ["create sent", "\(number) settled", "pull sets l9 aside", "committed"])
        }
    }

    @Test func keepsWhatItIsGivenByDrawerAndKey() async throws {
        try await LedgerFixture.with { ledger in
            let pad = try await ledger.draft(of: "shop", witness: Witness()).scratchpad
            try await pad.keep([[1], [], [3, 3]], for: PackedStrings(["a", "b", "é"]), in: "one")
            try await pad.keep([[9]], for: PackedStrings(["a"]), in: "one")
            try await pad.keep([[7]], for: PackedStrings(["a"]), in: "two")
            let keys = PackedStrings(["b", "a", "e\u{301}", "é"])
            #expect(try await pad.values(of: keys, in: "one") == [[], [9], nil, [3, 3]])
            #expect(try await pad.values(of: keys, in: "two") == [nil, [7], nil, nil])
        }
    }

    @Test(arguments: ["/with space", "/100%", "/a?b#c", "/'quoted'"])
    func isMadeWhateverTheLedgersFileIsCalled(name: String) async throws {
        try await LedgerFixture.withDirectory { fixture in
            let ledger = try Ledger(path: fixture.directory + name)
            let scope = try await linked(3, in: ledger)
            #expect(try await draft(of: ledger).linkCount(in: scope) == 3)
        }
    }

    private func draft(of ledger: Ledger, _ witness: Witness = Witness()) async throws -> Ledger {
        try #require(try await ledger.draft(of: "shop", witness: witness).ledger as? Ledger)
    }

    /// A scope with the links of `l1` and `r1` and on.
    private func linked(_ count: Int, in ledger: Ledger) async throws -> LinkScope {
        let scope = try await ledger.products()
        try await ledger.finished("first", "shop")
        var changes = LinkChanges()
        for number in 1...count {
            changes.append(
                localID: "l\(number)",
                remoteID: "r\(number)",
                remoteHash: hash(UInt64(number)),
                fieldHashes: [UInt64(number), 0]
            )
        }
        let job = try await ledger.running("second", "shop", .push)
        try await ledger.settle(
            PushSettlement(batch: 0, job: job.id, links: changes, progress: JobProgress()),
            in: scope
        )
        return scope
    }
}

extension LedgerFixture {
    /// The ledger's file and its log.
    fileprivate var files: [Data?] {
        ["", "-wal"].map { FileManager.default.contents(atPath: path + $0) }
    }
}

/// Takes down what it is told.
private final class Witness: LedgerWitness {
    private let state = Mutex<[String]>([])

    var events: [String] { state.withLock { $0 } }

    private func add(_ event: String) { state.withLock { $0.append(event) } }

    func didStartAnew(entityType: String) { add("\(entityType) starts anew") }
    func willCommit(_ commit: PullCommit, in scope: LinkScope) { add("committed") }
    func willSend(_ batch: OutboxBatch, in scope: LinkScope) { add("\(batch.operation.rawValue) sent") }
    func willSettle(_ settlement: PushSettlement, in scope: LinkScope) { add("\(settlement.batch) settled") }
    func willSetAside(_ records: [QuarantinedRecord], direction: Direction, in scope: LinkScope) {
        add("\(direction.rawValue) sets \(records.map(\.id).joined(separator: ", ")) aside")
    }
}
