import FerryAPI
import FerryCore
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// Signals in the middle of the work.
@Suite(.serialized) struct SignalTests {
    @Test func aPullThatIsStoppedForAMomentGoesOn() async throws {
        let expected = try await FaultFreeRuns.shared.pull(isTwoWay: false)
        try await FerryWorld.with { world async throws in
            try PullScene.set(world, isTwoWay: false)
            world.sandbox.faults.add(FaultRule(.delay(milliseconds: 20), times: nil))
            let daemon = try await world.startDaemon()
            let id = try await world.requestSync("products", .pull)
            for count in [2, 5] {
                try await eventually("\(count) pages") { world.sandbox.requests.count >= count }
                daemon.send(SIGSTOP)
                // Not a wait for a condition: the length of the standstill is the experiment.
                try await Task.sleep(for: .milliseconds(400))
                daemon.send(SIGCONT)
            }
            let job = try await world.job(id)
            #expect(job.state == .succeeded)
            #expect(job.attempt == 1)
            #expect(try PullScene.contents(world) == expected)
            try await Self.expectGoodEnd(daemon)
        }
    }

    @Test(arguments: [
        // A request in flight that ends soon, one that does not, and a wait for a rate limit.
        FaultAction.delay(milliseconds: 300, afterEffect: true),
        .delay(milliseconds: 30_000, afterEffect: true),
        .status(429, retryAfter: "30"),
    ])
    func aPushThatIsAskedToEndDoesSoInTimeAndGoesOnLater(_ action: FaultAction) async throws {
        let expected = try await FaultFreeRuns.shared.push()
        try await FerryWorld.with { world async throws in
            try PushScene.set(world, hasKey: false, service: QuickTable())
            world.sandbox.faults.add(FaultRule(action, method: "POST", nth: 4, times: 1))
            let daemon = try await world.startDaemon()
            let id = try await world.requestSync("articles", .push)
            try await eventually("the fourth insert") { world.sandbox.faults.fired == [1] }
            try await Self.expectGoodEnd(daemon)

            world.sandbox.faults.clear()
            let again = try await world.startDaemon()
            let job = try await world.job(id)
            #expect(job.state == .succeeded, "\(job)")
            #expect(job.attempt == 2)
            #expect(PushScene.contents(world) == expected)
            let ledger = try #require(try LedgerSnapshot(of: world))
            #expect(ledger.outboxBatches == 0)
            #expect(ledger.links.count == PushScene.rowCount)
            try await Self.expectGoodEnd(again)
        }
    }

    /// SIGTERM: exit code 0 within ten seconds (design §10).
    private static func expectGoodEnd(_ daemon: Program) async throws {
        daemon.send(SIGTERM)
        let end = try await daemon.end(within: .seconds(10))
        #expect(end.exitCode == 0, "\(end.errors)")
    }
}
