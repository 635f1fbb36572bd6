import FerryCore
import FerryLedger
import FoundationEssentials
import Testing

@Suite struct JobTransitionTests {
    @Test func queuedJobKeepsEverythingItWasAskedWith() async throws {
        try await LedgerFixture.with { ledger in
            var asked = Job.asked("job_1", "blog", .push, entityIDs: ["b", "a\"\u{0}é"], after: 0.123)
            asked.trigger = .schedule
            _ = try await ledger.enqueue(asked)
            let job = try #require(try await ledger.job("job_1"))
            #expect(job.integration == "blog")
            #expect(job.direction == .push)
            #expect(job.entityIDs == ["b", "a\"\u{0}é"])
            #expect(job.trigger == .schedule)
            #expect(job.state == .queued)
            #expect(job.attempt == 0)
            #expect(abs(job.queuedAt.timeIntervalSince(start + 0.123)) < 0.0005)
            #expect(job.startedAt == nil && job.finishedAt == nil && job.wait == nil && job.failure == nil)
        }
    }

    @Test func whatTransformsRefusedIsKeptWithTheJobThroughItsAttempts() async throws {
        try await LedgerFixture.with { ledger in
            let refusals = [
                JobRefusals(
                    entityType: "post",
                    field: "fields.\u{E9} \"x\"",
                    destination: "['odd name']",
                    policy: .skipField,
                    count: 41,
                    examples: [.init(recordID: "7\u{0}", message: "it is no date")]
                ),
                JobRefusals(
                    entityType: "post",
                    field: "b",
                    destination: "b",
                    policy: .null,
                    count: 1,
                    examples: []
                ),
            ]
            _ = try await ledger.running("job_1")
            var progress = JobProgress()
            progress.refusals = refusals
            try await ledger.note("job_1", progress: progress, wait: nil)
            #expect(try await ledger.job("job_1")?.progress.refusals == refusals)
            #expect(try await ledger.requeueInterrupted() == ["job_1"])
            #expect(try await ledger.claim(at: start)?.progress.refusals == refusals)
            #expect(try await ledger.jobs(integration: nil, states: [], limit: 9, after: nil)[0].progress == progress)
            progress.refusals = []
            try await ledger.finish("job_1", as: .succeeded, at: start, progress: progress, failure: nil)
            #expect(try await ledger.job("job_1")?.progress.refusals == [])
            #expect(try rawConnection(ledger.path).number("SELECT count(*) FROM job WHERE refusals IS NULL") == 1)
        }
    }

    @Test func sameRequestGetsTheLiveJob() async throws {
        try await LedgerFixture.with { ledger in
            _ = try await ledger.enqueue(.asked("job_1", entityIDs: ["a", "b"]))
            #expect(try await ledger.enqueue(.asked("job_2", entityIDs: ["b", "a", "b"])).id == "job_1")
            _ = try await ledger.claim(at: start)
            #expect(try await ledger.enqueue(.asked("job_3", entityIDs: ["a", "b"])).id == "job_1")
            try await ledger.finish("job_1", as: .failed, at: start, progress: JobProgress(), failure: nil)
            #expect(try await ledger.enqueue(.asked("job_4", entityIDs: ["a", "b"])).id == "job_4")
        }
    }

    @Test func otherEntitiesDirectionsAndIntegrationsAreOtherRequests() async throws {
        try await LedgerFixture.with { ledger in
            let jobs: [Job] = [
                .asked("job_1"), .asked("job_2", entityIDs: []), .asked("job_3", entityIDs: ["a"]),
                .asked("job_4", entityIDs: ["a", "b"]), .asked("job_5", entityIDs: ["ab"]),
                .asked("job_6", "blog", .push), .asked("job_7", "shop"),
            ]
            for job in jobs { #expect(try await ledger.enqueue(job).id == job.id) }
            let kept1 = try await ledger.job("job_1")
            #expect(kept1 != nil && kept1?.entityIDs == nil)
            #expect(try await ledger.job("job_2")?.entityIDs == [])
        }
    }

    /// The time is known before the ledger's turn comes, and a job may be queued in between.
    @Test func noJobStartsBeforeItWasQueued() async throws {
        try await LedgerFixture.with { ledger in
            var job = Job.asked("job_1", "blog", .pull)
            job.queuedAt = start + 5
            _ = try await ledger.enqueue(job)
            let claimed = try #require(try await ledger.claim(at: start))
            #expect(claimed.state == .running && claimed.startedAt == start + 5)
        }
    }

    @Test func oldestJobOfAnIdleIntegrationIsClaimed() async throws {
        try await LedgerFixture.with { ledger in
            _ = try await ledger.enqueue(.asked("job_1", "blog", .pull, after: 2))
            _ = try await ledger.enqueue(.asked("job_2", "blog", .push, after: 1))
            _ = try await ledger.enqueue(.asked("job_3", "shop", .pull, after: 3))
            let first = try #require(try await ledger.claim(at: start + 5))
            #expect(first.id == "job_2")
            #expect(first.state == .running)
            #expect(first.attempt == 1)
            #expect(first.startedAt == start + 5)
            #expect(try await ledger.claim(at: start)?.id == "job_3")
            #expect(try await ledger.claim(at: start) == nil)
            #expect(try await ledger.claim("job_1", at: start) == nil)
            try await ledger.finish("job_2", as: .succeeded, at: start, progress: JobProgress(), failure: nil)
            #expect(try await ledger.claim("job_1", at: start)?.id == "job_1")
            #expect(try await ledger.claim("job_1", at: start) == nil)
            #expect(try await ledger.claim("job_9", at: start) == nil)
        }
    }

    @Test func waitingJobKeepsItsIntegrationBusy() async throws {
        try await LedgerFixture.with { ledger in
            let job = try await ledger.running("job_1")
            let wait = Job.Wait(reason: "rate limit", until: start + 60)
            try await ledger.note(job.id, progress: JobProgress(), wait: wait)
            #expect(try await ledger.job("job_1")?.state == .waiting)
            #expect(try await ledger.job("job_1")?.wait == wait)
            _ = try await ledger.enqueue(.asked("job_2", "blog", .push))
            #expect(try await ledger.claim(at: start) == nil)
            try await ledger.note(job.id, progress: JobProgress(), wait: nil)
            #expect(try await ledger.job("job_1")?.state == .running)
            let kept1 = try await ledger.job("job_1")
            #expect(kept1 != nil && kept1?.wait == nil)
        }
    }

    @Test func progressIsKeptInFull() async throws {
        try await LedgerFixture.with { ledger in
            let job = try await ledger.running("job_1")
            var progress = JobProgress()
            (progress.read, progress.created, progress.updated, progress.unchanged) = (1, 2, 3, 4)
            (progress.deleted, progress.skipped, progress.quarantined, progress.held) = (5, 6, 7, 8)
            (progress.bytesIn, progress.bytesOut, progress.requests, progress.retries) = (1 << 40, 10, 11, 12)
            progress.total = 13
            try await ledger.note(job.id, progress: progress, wait: nil)
            #expect(try await ledger.job("job_1")?.progress == progress)
        }
    }

    @Test func interruptedJobGoesOnAsTheNextAttempt() async throws {
        try await LedgerFixture.with { ledger in
            _ = try await ledger.running("job_1", "blog")
            _ = try await ledger.running("job_2", "shop")
            let wait = Job.Wait(reason: "backoff", until: start)
            try await ledger.note("job_2", progress: JobProgress(), wait: wait)
            _ = try await ledger.enqueue(.asked("job_3", "news"))
            #expect(try await ledger.requeueInterrupted() == ["job_1", "job_2"])
            #expect(try await ledger.job("job_2")?.state == .queued)
            let kept2 = try await ledger.job("job_2")
            #expect(kept2 != nil && kept2?.wait == nil)
            let again = try #require(try await ledger.claim("job_1", at: start + 100))
            #expect(again.attempt == 2)
            #expect(again.startedAt == start)
        }
    }

    @Test func stoppedDaemonPutsAJobBackWithItsProgress() async throws {
        try await LedgerFixture.with { ledger in
            _ = try await ledger.running("job_1")
            var progress = JobProgress()
            progress.read = 7
            try await ledger.requeue("job_1", progress: progress)
            let job = try #require(try await ledger.job("job_1"))
            #expect(job.state == .queued)
            #expect(job.progress.read == 7)
            #expect(job.attempt == 1)
        }
    }

    @Test func failureIsKeptWithItsHint() async throws {
        try await LedgerFixture.with { ledger in
            _ = try await ledger.running("job_1")
            let failure = JobFailure(code: .authRejected, message: "Both keys were refused.", hint: "Renew them.")
            try await ledger.finish("job_1", as: .failed, at: start + 9, progress: JobProgress(), failure: failure)
            let job = try #require(try await ledger.job("job_1"))
            #expect(job.state == .failed)
            #expect(job.finishedAt == start + 9)
            #expect(job.failure == failure)
        }
    }

    @Test func queuedJobIsCancelledAtOnce() async throws {
        try await LedgerFixture.with { ledger in
            _ = try await ledger.enqueue(.asked("job_1"))
            #expect(try await ledger.cancel("job_1", at: start + 1) == .cancelled)
            let job = try #require(try await ledger.job("job_1"))
            #expect(job.state == .cancelled && job.finishedAt == start + 1 && !job.isCancelling)
            #expect(job.failure?.code == .jobCancelled)
        }
    }

    @Test func runningJobThatIsCancelledEndsSoEvenIfTheProcessDoesNotLiveToSeeIt() async throws {
        try await LedgerFixture.with { ledger in
            _ = try await ledger.running("job_1", "blog")
            _ = try await ledger.running("job_2", "shop")
            try await ledger.requeue("job_2", progress: nil)
            _ = try await ledger.claim("job_2", at: start)
            #expect(try await ledger.cancel("job_1", at: start + 1) == .running)
            #expect(try await ledger.cancel("job_1", at: start + 2) == .running)
            #expect(try await ledger.job("job_1")?.isCancelling == true)
            let scope = try await ledger.scope(
                integration: "blog",
                entityType: "post",
                resource: "rows",
                remoteIdentity: "a",
                localIdentity: "b"
            )
            try await ledger.commitPull(
                PullCommit(
                    job: "job_1",
                    links: LinkChanges(),
                    checkpoint: Checkpoint(position: "7", isComplete: false),
                    progress: JobProgress()
                ),
                in: scope
            )
            #expect(try await ledger.requeueInterrupted() == ["job_2"])
            let job = try #require(try await ledger.job("job_1"))
            #expect(job.state == .cancelled && job.finishedAt == start + 1 && job.failure?.code == .jobCancelled)
            #expect(try await ledger.checkpoint(of: "job_1", in: scope) == nil)
        }
    }

    @Test func jobThatIsBeingCancelledAnswersNoNewRequest() async throws {
        try await LedgerFixture.with { ledger in
            _ = try await ledger.running("job_1")
            _ = try await ledger.cancel("job_1", at: start)
            #expect(try await ledger.enqueue(.asked("job_2")).id == "job_2")
            #expect(try await ledger.enqueue(.asked("job_3")).id == "job_2")
        }
    }

    @Test(arguments: [JobState.cancelled, .failed])
    func queuedJobMayEndWithoutAStart(as state: JobState) async throws {
        try await LedgerFixture.with { ledger in
            _ = try await ledger.enqueue(.asked("job_1"))
            try await ledger.finish("job_1", as: state, at: start, progress: JobProgress(), failure: nil)
            #expect(try await ledger.job("job_1")?.state == state)
        }
    }

    @Test(arguments: [JobState.succeeded, .partial])
    func queuedJobCannotSucceed(as state: JobState) async throws {
        try await LedgerFixture.with { ledger in
            _ = try await ledger.enqueue(.asked("job_1"))
            await #expect(throws: SyncFailure.self) {
                try await ledger.finish("job_1", as: state, at: start, progress: JobProgress(), failure: nil)
            }
            #expect(try await ledger.job("job_1")?.state == .queued)
        }
    }

    @Test(arguments: [JobState.queued, .running, .waiting])
    func jobCannotEndInAStateThatIsNoEnd(_ state: JobState) async throws {
        try await LedgerFixture.with { ledger in
            _ = try await ledger.running("job_1")
            await #expect(throws: SyncFailure.self) {
                try await ledger.finish("job_1", as: state, at: start, progress: JobProgress(), failure: nil)
            }
        }
    }

    @Test(arguments: [JobState.succeeded, .partial, .failed, .cancelled])
    func finishedJobRefusesEveryChange(_ state: JobState) async throws {
        try await LedgerFixture.with { ledger in
            try await ledger.finished("job_1", as: state)
            let changes: [@Sendable () async throws -> Void] = [
                { try await ledger.note("job_1", progress: JobProgress(), wait: nil) },
                { try await ledger.requeue("job_1", progress: JobProgress()) },
                { try await ledger.finish("job_1", as: .failed, at: start, progress: JobProgress(), failure: nil) },
            ]
            for change in changes {
                let failure = await #expect(throws: SyncFailure.self) { try await change() }
                #expect(failure?.code == .jobFinished)
            }
            #expect(try await ledger.claim("job_1", at: start) == nil)
            #expect(try await ledger.job("job_1")?.state == state)
        }
    }

    @Test func queuedJobRefusesNotesAndRequeueing() async throws {
        try await LedgerFixture.with { ledger in
            _ = try await ledger.enqueue(.asked("job_1"))
            await #expect(throws: SyncFailure.self) {
                try await ledger.note("job_1", progress: JobProgress(), wait: nil)
            }
            await #expect(throws: SyncFailure.self) { try await ledger.requeue("job_1", progress: JobProgress()) }
        }
    }

    @Test func unknownJobIsNamed() async throws {
        try await LedgerFixture.with { ledger in
            let failure = await #expect(throws: SyncFailure.self) {
                try await ledger.note("job_9", progress: JobProgress(), wait: nil)
            }
            #expect(failure?.code == .jobNotFound)
            #expect(failure?.message.contains("job_9") == true)
        }
    }

    @Test func succeededJobCannotCarryAFailure() async throws {
        try await LedgerFixture.with { ledger in
            _ = try await ledger.running("job_1")
            let failure = JobFailure(code: .internalError, message: "No.")
            await #expect(throws: SyncFailure.self) {
                try await ledger.finish("job_1", as: .succeeded, at: start, progress: JobProgress(), failure: failure)
            }
            #expect(try await ledger.job("job_1")?.state == .running)
        }
    }

    @Test func identifierIsUsedOnce() async throws {
        try await LedgerFixture.with { ledger in
            try await ledger.finished("job_1")
            await #expect(throws: SyncFailure.self) { _ = try await ledger.enqueue(.asked("job_1")) }
        }
    }
}
