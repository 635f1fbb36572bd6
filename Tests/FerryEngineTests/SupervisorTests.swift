import FerryCore
import FerryEngine
import FerryLedger
import FerryTesting
import FoundationEssentials
import Synchronization
import Testing

@Suite struct SupervisorTests {
    @Test func aScheduleRunsAtItsTimesAndOnceEach() async throws {
        try await SupervisorWorld.with([Self.hourly("a")]) { world in
            try await world.eventually(finished: 1)
            for count in 2...4 {
                try await world.advanceToNextRun()
                try await world.eventually(finished: count)
            }
            #expect(try await world.jobs().allSatisfy { $0.trigger == .schedule && $0.state == .succeeded })
            let starts = try await world.jobs().map { $0.queuedAt.timeIntervalSince1970 }.sorted()
            #expect(starts.dropFirst().allSatisfy { $0.truncatingRemainder(dividingBy: 3600) == 0 })
        }
    }

    @Test(arguments: [(SyncSchedule.CatchUp.one, 1), (.none, 0), (.all, 5)])
    func afterAGapMissedRunsFollowTheFile(catchUp: SyncSchedule.CatchUp, count: Int) async throws {
        try await SupervisorWorld.with([Self.hourly("a", catchUp: catchUp)]) { world in
            try await world.eventually(finished: 1)
            let next = try await world.nextRun("a")
            // Four hours and a half after the run that was due.
            world.clock.set(to: next + 4.5 * 3600)
            try await world.eventually("the run after the gap is planned") {
                try await world.nextRun("a") == next + 5 * 3600
            }
            try await world.eventually(finished: 1 + count)
            #expect(try await world.jobs().count == 1 + count)
        }
    }

    @Test func aClockSetBackNeitherLosesNorRepeatsRuns() async throws {
        try await SupervisorWorld.with([Self.hourly("a")]) { world in
            try await world.eventually(finished: 1)
            let planned = try await world.nextRun("a")
            world.clock.set(to: planned - 10 * 3600 - 60)
            try await world.eventually("it is planned anew") {
                // Again and again, since this clock stands still: the loop may just have been about to sleep.
                world.clock.advance(by: .milliseconds(-1))
                return try await world.nextRun("a") == planned - 10 * 3600
            }
            #expect(try await world.jobs().count == 1)
            world.clock.set(to: planned - 10 * 3600)
            try await world.eventually(finished: 2)
        }
    }

    @Test func aRunThatIsDueWhileTheOneBeforeRunsIsDroppedOrWaits() async throws {
        for (overlap, count) in [(SyncSchedule.Overlap.skip, 1), (.queue, 2)] {
            let gate = Gate()
            try await SupervisorWorld.with([Self.hourly("a", overlap: overlap)], gate: gate) { world in
                await gate.waitForArrivals(1)
                let next = try await world.nextRun("a")
                world.clock.set(to: next)
                if overlap == .skip {
                    try await world.eventually("the run is dropped") {
                        try await world.nextRun("a") == next + 3600
                    }
                }
                gate.open()
                try await world.eventually(finished: count)
                try await world.eventually("the next one is planned") {
                    try await world.nextRun("a") == next + 3600
                }
                #expect(try await world.jobs().count == count)
            }
        }
    }

    @Test func noMoreJobsRunAtOnceThanThereAreWorkers() async throws {
        let gate = Gate()
        try await SupervisorWorld.with((0..<6).map { try Self.hourly("i\($0)") }, workers: 2, gate: gate) { world in
            await gate.waitForArrivals(2)
            #expect(world.supervisor.progress.count == 2)
            let states = try await world.jobs().map(\.state)
            #expect(states.count { $0 == .running } == 2 && states.count { $0 == .queued } == 4)
            gate.open()
            try await world.eventually(finished: 6)
            #expect(gate.most <= 2)
        }
    }

    @Test func anIntegrationRunsOneJobAtATime() async throws {
        let gate = Gate()
        try await SupervisorWorld.with([Self.manual("a")], workers: 4, gate: gate) { world in
            let pull = try await world.supervisor.enqueue("a", direction: .pull, entityIDs: nil, trigger: .manual)
            let same = try await world.supervisor.enqueue("a", direction: .pull, entityIDs: nil, trigger: .manual)
            let other = try await world.supervisor.enqueue("a", direction: .pull, entityIDs: ["x"], trigger: .manual)
            #expect(pull.id == same.id && other.id != pull.id)
            await gate.waitForArrivals(1)
            #expect(try await world.ledger.job(other.id)?.state == .queued)
            gate.open()
            try await world.eventually(finished: 2)
            #expect(gate.most == 1)
        }
    }

    @Test func aRunningJobIsCancelled() async throws {
        try await SupervisorWorld.with([Self.manual("a")]) { world in
            world.service.state.withLock { $0.beforePage = { _ in throw transient(retryAfter: .seconds(3600)) } }
            let job = try await world.supervisor.enqueue("a", direction: .pull, entityIDs: nil, trigger: .manual)
            try await world.eventually("it waits") { try await world.ledger.job(job.id)?.state == .waiting }
            try await world.supervisor.cancel(job.id)
            try await world.eventually(finished: 1)
            #expect(try await world.ledger.job(job.id)?.state == .cancelled)
            let failure = await #expect(throws: SyncFailure.self) { try await world.supervisor.cancel(job.id) }
            #expect(failure?.code == .jobFinished)
        }
    }

    @Test func aJobThatHasStoppedBeforeTheLedgerHearsOfItIsCancelledAllTheSame() async throws {
        try await SupervisorWorld.with([Self.manual("a")]) { world in
            world.service.state.withLock { $0.beforePage = { _ in throw transient(retryAfter: .seconds(3600)) } }
            let job = try await world.supervisor.enqueue("a", direction: .pull, entityIDs: nil, trigger: .manual)
            try await world.eventually("it waits") { try await world.ledger.job(job.id)?.state == .waiting }
            world.disk.delay("cancel") { [ledger = world.ledger] in
                try await eventually("it has ended") { try await ledger.job(job.id)?.state == .cancelled }
            }
            try await world.supervisor.cancel(job.id)
        }
    }

    @Test func aJobThatIsCancelledWhileTheLedgerIsFullStopsAllTheSame() async throws {
        try await SupervisorWorld.with([Self.manual("a")]) { world in
            world.service.state.withLock { $0.beforePage = { _ in throw transient(retryAfter: .seconds(3600)) } }
            let job = try await world.supervisor.enqueue("a", direction: .pull, entityIDs: nil, trigger: .manual)
            try await world.eventually("it waits") { try await world.ledger.job(job.id)?.state == .waiting }
            world.disk.set(isFull: true)
            try await world.supervisor.cancel(job.id)
            try await world.eventually("it stops") { world.supervisor.progress.isEmpty }
            world.disk.set(isFull: false)
            world.supervisor.wake()
            // What it was asked could not be written down, so that it is run again; but then it can be cancelled.
            try await world.eventually("it waits again") { try await world.ledger.job(job.id)?.state == .waiting }
            try await world.supervisor.cancel(job.id)
            try await world.eventually("it ends") { try await world.ledger.job(job.id)?.state == .cancelled }
        }
    }

    @Test func aJobThatWasAskedToStopBeforeItBeganStopsBeforeItsFirstRequest() async throws {
        try await SupervisorWorld.with([Self.manual("a")], isHeld: true) { world in
            // Its first turn takes back what runs.
            try await world.eventually("a turn ends") { world.turns.value > 0 }
            _ = try await world.supervisor.enqueue("a", direction: .pull, entityIDs: nil, trigger: .manual)
            let job = try #require(try await world.ledger.claim(at: world.clock.now))
            #expect(try await world.ledger.cancel(job.id, at: world.clock.now) == .running)
            try await world.ledger.requeue(job.id, progress: nil)
            world.supervisor.release()
            try await world.eventually(finished: 1)
            #expect(try await world.ledger.job(job.id)?.state == .cancelled)
            #expect(world.engineWorld.requests(.page).isEmpty)
        }
    }

    @Test func noJobStartsBeforeTheLedgerHasBeenLookedAt() async throws {
        try await SupervisorWorld.with([Self.hourly("a")], isHeld: true) { world in
            try await world.eventually("the run is queued") { try await world.jobs().map(\.state) == [.queued] }
            await world.clock.waitForSleepers()
            #expect(try await world.jobs().map(\.state) == [.queued])
            world.supervisor.release()
            try await world.eventually(finished: 1)
        }
    }

    @Test func aDamagedLedgerStartsNoMoreJobsAndIsNotTriedAgainAndAgain() async throws {
        try await SupervisorWorld.with([Self.hourly("a")]) { world in
            try await world.eventually(finished: 1)
            world.disk.damage()
            world.clock.set(to: try await world.nextRun("a"))
            try await world.eventually("it is noticed") { world.supervisor.damage != nil }
            let failures = world.disk.failures.value
            let failure = await #expect(throws: SyncFailure.self) {
                _ = try await world.supervisor.enqueue("a", direction: .pull, entityIDs: nil, trigger: .manual)
            }
            #expect(failure?.code == .ledgerDamaged && failure?.hint == "move it away")
            world.supervisor.release()
            world.clock.advance(by: .seconds(7200))
            for _ in 0..<3 { world.supervisor.wake() }
            #expect(world.disk.failures.value == failures)
            #expect(try await world.jobs().count == 1)
        }
    }

    @Test func aLedgerThatIsFullAtTheStartIsTriedAgain() async throws {
        try await SupervisorWorld.with([Self.manual("a")]) { world in
            _ = try await world.ledger.enqueue(
                Job(id: "job_left", integration: "a", direction: .pull, trigger: .manual, queuedAt: world.clock.now)
            )
            _ = try await world.ledger.claim(at: world.clock.now)
            world.disk.set(isFull: true)
        } running: { world in
            try await world.eventually("a turn fails") { world.disk.failures.value > 0 }
            world.disk.set(isFull: false)
            try await world.eventually("it ends") {
                if let deadline = world.clock.nextDeadline { world.clock.set(to: deadline) }
                return try await world.ledger.job("job_left")?.state == .succeeded
            }
            #expect(try await world.ledger.job("job_left")?.attempt == 2)
        }
    }

    @Test func aPausedIntegrationRunsNothingByItself() async throws {
        try await SupervisorWorld.with([Self.hourly("a")]) { world in
            try await world.eventually(finished: 1)
            try await world.ledger.setPaused(true, integration: "a")
            let next = try await world.nextRun("a")
            world.clock.set(to: next)
            try await world.eventually("the run passes") { try await world.nextRun("a") == next + 3600 }
            #expect(try await world.jobs().count == 1)
            try await world.ledger.setPaused(false, integration: "a")
            world.clock.set(to: next + 3600)
            try await world.eventually(finished: 2)
        }
    }

    @Test func aJobOfAnIntegrationThatIsGoneFails() async throws {
        try await SupervisorWorld.with([]) { world in
            let job = try await world.supervisor.enqueue("gone", direction: .pull, entityIDs: nil, trigger: .manual)
            try await world.eventually(finished: 1)
            #expect(try await world.ledger.job(job.id)?.failure?.code == .integrationNotFound)
        }
    }

    @Test func aJobThatWasInterruptedGoesOnAtTheStartAsTheNextAttempt() async throws {
        try await SupervisorWorld.with([Self.manual("a")]) { world in
            let asked = Job(
                id: "job_left",
                integration: "a",
                direction: .pull,
                trigger: .manual,
                queuedAt: world.clock.now
            )
            _ = try await world.ledger.enqueue(asked)
            _ = try await world.ledger.claim(at: world.clock.now)
        } running: { world in
            try await world.eventually(finished: 1)
            let job = try #require(try await world.ledger.job("job_left"))
            #expect(job.attempt == 2 && job.state == .succeeded)
        }
    }

    @Test func aShutdownStopsWaitingJobsAndPutsThemBackIntoTheQueue() async throws {
        try await SupervisorWorld.with([Self.manual("a")]) { world in
            world.service.state.withLock { $0.beforePage = { _ in throw transient(retryAfter: .seconds(3600)) } }
            let job = try await world.supervisor.enqueue("a", direction: .pull, entityIDs: nil, trigger: .manual)
            try await world.eventually("it waits") { try await world.ledger.job(job.id)?.state == .waiting }
            world.supervisor.shutDown()
            try await world.eventually("it is queued") { try await world.ledger.job(job.id)?.state == .queued }
        }
    }

    @Test func aShutdownCutsOffRequestsThatOutlastTheGrace() async throws {
        let gate = Gate()
        try await SupervisorWorld.with([Self.manual("a")], gate: gate) { world in
            let job = try await world.supervisor.enqueue("a", direction: .pull, entityIDs: nil, trigger: .manual)
            await gate.waitForArrivals(1)
            world.supervisor.shutDown()
            await world.clock.waitForSleepers()
            #expect(try await world.ledger.job(job.id)?.state == .running)
            world.clock.advance(by: .seconds(9))
            try await world.eventually("it is queued") { try await world.ledger.job(job.id)?.state == .queued }
        }
    }

    @Test func theLoopOutlivesALedgerThatFailsForAWhile() async throws {
        try await SupervisorWorld.with([Self.hourly("a")]) { world in
            try await world.eventually(finished: 1)
            world.disk.set(isFull: true)
            world.clock.set(to: try await world.nextRun("a"))
            try await world.eventually("a turn fails") { world.disk.failures.value > 0 }
            world.disk.set(isFull: false)
            try await world.eventually("the loop sleeps") { world.clock.nextDeadline != nil }
            world.clock.advance(by: .seconds(6))
            try await world.eventually(finished: 2)
        }
    }

    @Test func aJobWhoseEndCouldNotBeRecordedIsRunAgain() async throws {
        let gate = Gate()
        try await SupervisorWorld.with([Self.manual("a")], gate: gate) { world in
            let job = try await world.supervisor.enqueue("a", direction: .pull, entityIDs: nil, trigger: .manual)
            await gate.waitForArrivals(1)
            world.disk.set(isFull: true, for: "finish")
            gate.open()
            try await world.eventually("its end fails") { world.disk.failures.value > 0 }
            world.disk.set(isFull: false)
            try await world.eventually("it ends") {
                if let deadline = world.clock.nextDeadline { world.clock.set(to: deadline) }
                return try await world.ledger.job(job.id)?.state == .succeeded
            }
            #expect(try #require(try await world.ledger.job(job.id)).attempt == 2)
        }
    }

    // MARK: Integrations

    private static func hourly(
        _ id: String,
        catchUp: SyncSchedule.CatchUp = .one,
        overlap: SyncSchedule.Overlap = .skip
    ) throws -> Integration {
        var integration = try manual(id)
        integration.schedules = [
            .pull: SyncSchedule(timing: .every(.seconds(3600)), catchUp: catchUp, overlap: overlap)
        ]
        return integration
    }

    private static func manual(_ id: String) throws -> Integration {
        var integration = try Products.integration([])
        integration.id = id
        integration.entities[0].type = id
        return integration
    }
}
