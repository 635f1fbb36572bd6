import FerryCore
import FerryEngine
import FerryLedger
import FerryTesting
import FoundationEssentials
import Synchronization
import Testing

/// A failure of a kind that may pass.
func transient(_ effect: SyncFailure.Effect = .none, retryAfter: Duration? = nil) -> SyncFailure {
    SyncFailure(.transient, .networkInterrupted, "the connection broke", retryAfter: retryAfter, effect: effect)
}

@Suite struct PullFailureTests {
    @Test func aPageThatFailsIsReadAgainAfterABackoffThatTheLedgerShows() async throws {
        try await EngineWorld.with(ScriptedService.Traits(pageSize: 5)) { world in
            world.seedRemote(20)
            world.service.state.withLock { $0.beforePage = { if $0 == 2 || $0 == 3 { throw transient() } } }
            let products = try Products.integration([.pull])
            let waits = Mutex<[Job.Wait]>([])
            let job = try await world.runThroughWaits(world.claimed(.pull, of: products), of: products) { job in
                waits.withLock { if job.state == .waiting, let wait = job.wait { $0.append(wait) } }
            }
            #expect(job.state == .succeeded && job.progress.created == 20)
            #expect(job.progress.retries == 2 && job.progress.requests == 6)
            #expect(waits.withLock { $0.map(\.reason) } == ["backoff", "backoff"])
        }
    }

    @Test func aRateLimitIsWaitedOutForAsLongAsTheServiceAsksAndSpendsNoAttempt() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(3)
            let limited = SyncFailure(
                .rateLimited,
                .serviceRateLimited,
                "slow down",
                retryAfter: .seconds(90)
            )
            world.service.state.withLock { $0.beforePage = { if $0 <= 5 { throw limited } } }
            let products = try Products.integration([.pull])
            let start = world.clock.now
            let reasons = Mutex<Set<String>>([])
            let job = try await world.runThroughWaits(world.claimed(.pull, of: products), of: products) { job in
                reasons.withLock { if let wait = job.wait { $0.insert(wait.reason) } }
            }
            #expect(job.state == .succeeded)
            #expect(world.clock.now.timeIntervalSince(start) == 5 * 90)
            #expect(reasons.withLock { $0 } == ["rate limit"])
        }
    }

    @Test func aPullThatFailsForGoodKeepsWhatItHasWritten() async throws {
        try await EngineWorld.with(ScriptedService.Traits(pageSize: 5)) { world in
            world.seedRemote(20)
            world.service.state.withLock { $0.beforePage = { if $0 >= 3 { throw transient() } } }
            let products = try Products.integration([.pull])
            let job = try await world.runThroughWaits(world.claimed(.pull, of: products), of: products)
            #expect(job.state == .failed && job.failure?.code == .networkInterrupted)
            #expect(job.progress.created == 10 && job.progress.retries == 2)
            world.service.state.withLock { $0.beforePage = nil }
            let next = try await world.pull(products)
            #expect(next.progress.unchanged == 10 && next.progress.created == 10)
        }
    }

    @Test func refusedCredentialsAreNotTriedAgain() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(1)
            world.service.state.withLock {
                $0.beforePage = { _ in throw SyncFailure(.auth, .authRejected, "the key was refused", hint: "renew it")
                }
            }
            let job = try await world.pull(Products.integration([.pull]))
            #expect(job.state == .failed && job.failure?.code == .authRejected && job.failure?.hint == "renew it")
            #expect(world.requests(.page).count == 1)
        }
    }

    @Test func anInterruptedPullGoesOnFromItsCheckpoint() async throws {
        try await EngineWorld.with(ScriptedService.Traits(pageSize: 5)) { world in
            world.seedRemote(500)
            let products = try Products.integration([.pull])
            let claimed = try await world.claimed(.pull, of: products)
            let interrupted = try await world.interrupt(claimed, of: products, at: "intend")
            #expect(interrupted.state == .queued)
            let written = try await world.rows(["sku"]).count
            #expect(written >= 5 && written < 500)
            #expect(interrupted.progress.created == written)

            world.forgetRequests()
            let again = try #require(try await world.ledger.claim(claimed.id, at: world.clock.now))
            let ended = try await world.run(again, of: products)
            #expect(ended.id == claimed.id && ended.attempt == 2 && ended.state == .succeeded)
            #expect(ended.progress.read == 500 && ended.progress.created == 500)
            #expect(world.requests(.page).count == (500 - written) / 5)
        }
    }

    @Test func aPullThatDiesIsTheSameJobsNextAttempt() async throws {
        try await EngineWorld.with(ScriptedService.Traits(pageSize: 5)) { world in
            world.seedRemote(50)
            let products = try Products.integration([.pull])
            let claimed = try await world.claimed(.pull, of: products)
            world.service.state.withLock { $0.beforePage = { if $0 == 6 { throw CancellationError() } } }
            #expect(try await world.run(claimed, of: products).state == .queued)
            world.service.state.withLock { $0.beforePage = nil }
            let again = try #require(try await world.ledger.claim(at: world.clock.now))
            let ended = try await world.run(again, of: products)
            #expect(ended.id == claimed.id && ended.attempt == 2 && ended.progress.created == 50)
        }
    }

    @Test func aCancelledPullStopsInTheMiddleOfAWait() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(3)
            world.service.state.withLock { $0.beforePage = { _ in throw transient(retryAfter: .seconds(600)) } }
            let products = try Products.integration([.pull])
            let claimed = try await world.claimed(.pull, of: products)
            let control = JobControl()
            async let ending = world.run(claimed, of: products, control: control)
            await world.clock.waitForSleepers()
            control.request(.cancelled)
            let job = try await ending
            #expect(job.state == .cancelled && job.failure?.code == .jobCancelled)
            #expect(world.requests(.page).count == 1)
        }
    }
}
