import FerryCore
import FerryLedger
import Testing

@Suite struct PullCommitTests {
    private func withPull(_ body: (Ledger, LinkScope, String) async throws -> Void) async throws {
        try await LedgerFixture.with { ledger in
            let job = try await ledger.running("job_1", "shop", .pull)
            try await body(ledger, try await ledger.products(), job.id)
        }
    }

    private func commit(_ job: String, position: String?) -> PullCommit {
        PullCommit(
            job: job,
            links: LinkChanges(),
            checkpoint: Checkpoint(position: position, isComplete: position == nil),
            progress: JobProgress()
        )
    }

    @Test func pageIsCommittedWhole() async throws {
        try await withPull { ledger, scope, job in
            try await ledger.link([("old", "o")], in: scope, job: job)
            let old = try await ledger.links(in: scope, localIDs: ["old"])[0].id
            var page = commit(job, position: "page-2")
            page.links.append(localID: "A", remoteID: "x", remoteHash: hash(1))
            page.unlinked = [old]
            page.progress.created = 1
            page.quarantined = [
                QuarantinedRecord(id: "bad", contentHash: hash(9), code: .recordMissingField, message: "No name.")
            ]
            try await ledger.commitPull(page, in: scope)
            #expect(try await ledger.allPairs(in: scope) == ["A": "x"])
            #expect(try await ledger.checkpoint(of: job, in: scope) == page.checkpoint)
            #expect(try await ledger.job(job)?.progress.created == 1)
            let aside = try await ledger.quarantinedHashes(in: scope, direction: .pull, ids: ["x", "bad"])
            #expect(aside == [.unknown, hash(9)])

            var next = commit(job, position: nil)
            next.released = ["bad", "x"]
            try await ledger.commitPull(next, in: scope)
            #expect(try await ledger.checkpoint(of: job, in: scope) == Checkpoint(position: nil, isComplete: true))
            #expect(try await ledger.quarantine(of: "shop", limit: 9).isEmpty)
        }
    }

    @Test func whatThePullLeavesToSayIsThereWithThePage() async throws {
        try await withPull { ledger, scope, job in
            var page = commit(job, position: "2")
            page.notes = ["One day had many."]
            let refused = SyncFailure(.part, .serviceRefused, "not yours", hint: "ask for it")
            page.progress.shortfalls = [JobShortfall(part: "b.test, web", refused)]
            try await ledger.commitPull(page, in: scope)
            page.notes = ["Another \"day\" had, too."]
            try await ledger.commitPull(page, in: scope)
            let kept = try #require(try await ledger.job(job))
            #expect(kept.notes == ["One day had many.", "Another \"day\" had, too."])
            #expect(kept.progress.shortfalls == page.progress.shortfalls)
            try await ledger.requeue(job, progress: nil)
            #expect(try await ledger.job(job)?.progress.shortfalls.map(\.part) == ["b.test, web"])
        }
    }

    @Test func checkpointBelongsToItsJobAndScope() async throws {
        try await withPull { ledger, scope, job in
            try await ledger.commitPull(commit(job, position: "2"), in: scope)
            #expect(try await ledger.checkpoint(of: "job_9", in: scope) == nil)
            var other = scope
            other.id += 1
            #expect(try await ledger.checkpoint(of: job, in: other) == nil)
        }
    }

    @Test func checkpointOutlivesAnInterruptionButNotItsJobsEnd() async throws {
        try await withPull { ledger, scope, job in
            try await ledger.commitPull(commit(job, position: "2"), in: scope)
            _ = try await ledger.requeueInterrupted()
            _ = try await ledger.claim(job, at: start)
            #expect(try await ledger.checkpoint(of: job, in: scope)?.position == "2")
            try await ledger.finish(job, as: .failed, at: start, progress: JobProgress(), failure: nil)
            #expect(try await ledger.checkpoint(of: job, in: scope) == nil)
        }
    }

    @Test func pageOfAJobThatHasEndedLeavesNothing() async throws {
        try await withPull { ledger, scope, job in
            try await ledger.finish(job, as: .cancelled, at: start, progress: JobProgress(), failure: nil)
            var page = commit(job, position: "2")
            page.links.append(localID: "A", remoteID: "x")
            let failure = await #expect(throws: SyncFailure.self) { try await ledger.commitPull(page, in: scope) }
            #expect(failure?.code == .jobFinished)
            #expect(try await ledger.linkCount(in: scope) == 0)
        }
    }

    @Test func pageIsCommittedEvenInACancelledTask() async throws {
        try await withPull { ledger, scope, job in
            var page = commit(job, position: "2")
            page.links.append(localID: "A", remoteID: "x")
            let last = page
            try await withThrowingTaskGroup(of: Bool.self) { group in
                group.cancelAll()
                group.addTask {
                    try await ledger.commitPull(last, in: scope)
                    return Task.isCancelled
                }
                let wasCancelled = try await group.next()
                #expect(wasCancelled == true)
            }
            #expect(try await ledger.allPairs(in: scope) == ["A": "x"])
        }
    }
}
