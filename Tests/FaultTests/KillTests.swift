import FerryAPI
import FerryCore
import FerrySandbox
import FerryTesting
import Testing

/// `kill -9` at seeded moments, then a run to the end: every row exactly once at the destination.
@Suite(.serialized) struct KillTests {
    @Test(arguments: FaultSeeds.chunks(first: 1001, count: 50))
    func aPullThatIsKilledEndsAsIfItHadNotBeen(_ seeds: [UInt64]) async throws {
        let expected = [
            false: try await FaultFreeRuns.shared.pull(isTwoWay: false),
            true: try await FaultFreeRuns.shared.pull(isTwoWay: true),
        ]
        try await FaultSeeds.run(seeds) { seed in
            var round = KillRound(
                seed: seed,
                integration: "products",
                direction: .pull,
                requests: PullScene.requestCount
            )
            try await FerryWorld.with { world async throws in
                try PullScene.set(world, isTwoWay: round.isVariant)
                Self.slowDown(world.sandbox, &round)
                Self.disturbReads(world.sandbox, &round)
                try await round.run(in: world)
                world.sandbox.faults.clear()

                let contents = try PullScene.contents(world)
                #expect(contents == expected[round.isVariant], "\(round.story)")
                let ledger = try #require(try LedgerSnapshot(of: world))
                Self.check(ledger, hasRows: PullScene.rowCount, round)
                let remote = world.sandbox.tables.rows(of: SeededProducts.definition.collectionID)
                #expect(Set(ledger.links.map(\.remote)) == Set(remote.map(\.id)), "\(round.story)")
                try await Self.checkFixedPoint(round, in: world)
            }
        }
    }

    @Test(arguments: FaultSeeds.chunks(first: 2001, count: 50))
    func aPushThatIsKilledEndsAsIfItHadNotBeen(_ seeds: [UInt64]) async throws {
        let expected = try await FaultFreeRuns.shared.push()
        try await FaultSeeds.run(seeds) { seed in
            var round = KillRound(
                seed: seed,
                integration: "articles",
                direction: .push,
                requests: PushScene.requestCount
            )
            try await FerryWorld.with { world async throws in
                try PushScene.set(world, hasKey: !round.isVariant, service: QuickTable())
                Self.slowDown(world.sandbox, &round)
                Self.loseAnswers(world.sandbox, &round)
                try await round.run(in: world)
                world.sandbox.faults.clear()

                #expect(PushScene.contents(world) == expected, "\(round.story)")
                let ledger = try #require(try LedgerSnapshot(of: world))
                Self.check(ledger, hasRows: PushScene.rowCount, round)
                let linksAreRight = try PushScene.linksAreRight(ledger.links, in: world)
                #expect(linksAreRight, "\(round.story)")
                try await Self.checkFixedPoint(round, in: world)
            }
        }
    }

    @Test func anInsertThatIsStillUnderWayWhenItsSenderIsKilledIsNotRepeated() async throws {
        let expected = try await FaultFreeRuns.shared.push()
        try await FerryWorld.with { world async throws in
            try PushScene.set(world, hasKey: false)
            let slow = FaultRule(.delay(milliseconds: 1000), method: "POST", nth: 3)
            world.sandbox.faults.add(slow)
            let push = try world.startOnce("articles", .push)
            try await eventually("the third insert is under way") { world.sandbox.faults.fired == [1] }
            try await push.terminate()
            let (job, exitCode) = try await world.once("articles", .push)
            #expect(exitCode == 0, "\(job)")
            #expect(job.attempt == 2)
            #expect(PushScene.contents(world) == expected)
        }
    }

    @Test func aKilledDaemonsJobGoesOnFromTheLastPageThatIsInPlace() async throws {
        let expected = try await FaultFreeRuns.shared.pull(isTwoWay: false)
        try await FerryWorld.with { world async throws in
            try PullScene.set(world, isTwoWay: false)
            world.sandbox.faults.add(FaultRule(.delay(milliseconds: 30_000), method: "GET", nth: 5))
            let daemon = try await world.startDaemon()
            let id = try await world.requestSync("products", .pull)
            var inPlace = 0
            try await eventually("the fourth page is in place") {
                inPlace = try LedgerSnapshot(of: world)?.links.count ?? 0
                return inPlace > 3 * PullScene.pageSize
            }
            try await daemon.terminate()
            world.sandbox.faults.clear()
            let before = world.sandbox.requests.count
            _ = try await world.startDaemon()
            let job = try await world.job(id)
            #expect(job.state == .succeeded && job.attempt == 2, "\(job)")
            #expect(job.progress.read == PullScene.rowCount && job.progress.created == PullScene.rowCount, "\(job)")
            let queries = world.sandbox.requests.dropFirst(before).map(\.query)
            let first = try #require(queries.first?.split(separator: "&").first?.split(separator: "=").last)
            // One row before, for comparison.
            #expect(try #require(Int(first)) >= inPlace - 1, "\(queries)")
            #expect(try PullScene.contents(world) == expected)
        }
    }

    // MARK: What the sandbox does

    /// A few milliseconds around each effect, so that there are many moments to be killed in.
    private static func slowDown(_ sandbox: Sandbox, _ round: inout KillRound) {
        sandbox.faults.add(
            FaultRule(.delay(milliseconds: round.draw(0...8)), times: nil),
            FaultRule(.delay(milliseconds: round.draw(0...12), afterEffect: true), times: nil)
        )
    }

    /// Answers that say nothing about what happened, and rate limits, so that kills meet verification.
    private static func loseAnswers(_ sandbox: Sandbox, _ round: inout KillRound) {
        let actions: [FaultAction] = [
            .status(500, afterEffect: true),
            .status(503, retryAfter: "0", afterEffect: true),
            .reset(afterEffect: true),
            .close(afterEffect: true),
            .cutBody(afterBytes: round.draw(0...400), resets: round.draw(0...1) == 1),
            .status(429, retryAfter: "\(round.draw(0...1))"),
        ]
        for action in actions where round.draw(0...4) < 2 {
            sandbox.faults.add(FaultRule(action, method: "POST", nth: round.draw(1...PushScene.requestCount)))
        }
    }

    /// Pages that do not arrive, or not whole, and rate limits.
    private static func disturbReads(_ sandbox: Sandbox, _ round: inout KillRound) {
        let actions: [FaultAction] = [
            .status(500), .status(503, retryAfter: "0"), .reset(), .close(),
            .cutBody(afterBytes: round.draw(0...2000), resets: round.draw(0...1) == 1),
            .status(429, retryAfter: "\(round.draw(0...1))"),
        ]
        for action in actions where round.draw(0...5) < 2 {
            sandbox.faults.add(FaultRule(action, method: "GET", nth: round.draw(1...PullScene.requestCount)))
        }
    }

    // MARK: What must hold

    private static func check(_ ledger: LedgerSnapshot, hasRows rows: Int, _ round: KillRound) {
        #expect(ledger.outboxBatches == 0, "the outbox holds something; \(round.story)")
        #expect(ledger.checkpoints == 0, "a checkpoint outlives its job; \(round.story)")
        #expect(ledger.jobs.count { $0.isLive } == 0, "\(ledger.jobs); \(round.story)")
        #expect(ledger.links.count == rows, "\(round.story)")
        #expect(Set(ledger.links.map(\.local)).count == rows, "\(round.story)")
        #expect(Set(ledger.links.map(\.remote)).count == rows, "\(round.story)")
    }

    /// After it all, another run in the same direction writes nothing (design §4.4).
    private static func checkFixedPoint(_ round: KillRound, in world: FerryWorld) async throws {
        guard round.isRepeated else { return }
        let version = world.sandbox.tables.collections.map { world.sandbox.tables.version(of: $0) }
        let (job, exitCode) = try await world.once(round.integration, round.direction)
        #expect(exitCode == 0, "\(job); \(round.story)")
        let progress = job.progress
        #expect(progress.created + progress.updated + progress.deleted == 0, "\(progress); \(round.story)")
        #expect(world.sandbox.tables.collections.map { world.sandbox.tables.version(of: $0) } == version)
    }
}
