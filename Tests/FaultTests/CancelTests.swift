import FerryAPI
import FerryCore
import FerryHTTP
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// A cancellation that was acknowledged holds, whatever happens to the daemon before the job has stopped.
@Suite(.serialized) struct CancelTests {
    @Test func aJobThatIsCancelledStaysSoWhenTheDaemonIsKilledBeforeItCouldStop() async throws {
        try await FerryWorld.with { world async throws in
            try PushScene.set(world, hasKey: false, service: QuickTable())
            world.sandbox.faults.add(FaultRule(.delay(milliseconds: 30_000, afterEffect: true), method: "POST", nth: 3))
            let daemon = try await world.startDaemon()
            let id = try await world.requestSync("articles", .push)
            try await eventually("the third insert") { world.sandbox.faults.fired == [1] }
            #expect(try await world.request("POST", "/api/v1/jobs/\(id)/cancel").status == 200)
            #expect(try await world.jobs().first?.state == .running)
            try await daemon.terminate()

            world.sandbox.faults.clear()
            let requests = world.sandbox.requests.count
            let again = try await world.startDaemon()
            let job = try await world.job(id)
            #expect(job.state == .cancelled && job.attempt == 1 && job.error?.code == "job.cancelled")
            #expect(world.sandbox.requests.count == requests)
            // What was under way is found by the next job.
            let next = try await world.sync("articles", .push)
            #expect(next.state == .succeeded, "\(next)")
            #expect(PushScene.contents(world) == (try await FaultFreeRuns.shared.push()))
            again.send(SIGTERM)
            #expect(try await again.end(within: .seconds(15)).exitCode == 0)
        }
    }

    /// Each way, a request is in flight when the job is cancelled: it is the last one.
    @Test func nothingIsAskedOfTheServiceAfterTheRequestInFlight() async throws {
        try await FerryWorld.with { world async throws in
            try PushScene.set(world, hasKey: false, service: QuickTable())
            try PullScene.set(world, isTwoWay: false)
            _ = try await world.startDaemon()
            for (integration, direction, method) in [("articles", Direction.push, "POST"), ("products", .pull, "GET")] {
                world.sandbox.faults.clear()
                world.sandbox.faults.add(FaultRule(.delay(milliseconds: 1500), method: method, nth: 3))
                let id = try await world.requestSync(integration, direction)
                try await eventually("the third request") { world.sandbox.faults.fired == [1] }
                let cancel = try await world.request("POST", "/api/v1/jobs/\(id)/cancel")
                #expect(cancel.status == 200)
                let asked = world.sandbox.requests.count
                let job = try await world.job(id)
                #expect(job.state == .cancelled && job.error?.code == "job.cancelled", "\(job)")
                // The one in flight is logged when it is answered.
                #expect(world.sandbox.requests.count <= asked + 1, "\(integration)")
                #expect(try await world.request("POST", "/api/v1/jobs/\(id)/cancel").status == 409)
            }
        }
    }

    @Test(arguments: [FaultAction.status(429, retryAfter: "3600"), .status(503, retryAfter: "3600")])
    func aJobThatWaitsForTheServiceIsCancelledAtOnce(_ wait: FaultAction) async throws {
        try await FerryWorld.with { world async throws in
            try PushScene.set(world, hasKey: false, service: QuickTable())
            world.sandbox.faults.add(FaultRule(wait, method: "POST", nth: 2, times: nil))
            _ = try await world.startDaemon()
            let id = try await world.requestSync("articles", .push)
            try await eventually("it waits") { try await world.jobs().first?.state == .waiting }
            let requests = world.sandbox.requests.count
            #expect(try await world.request("POST", "/api/v1/jobs/\(id)/cancel").status == 200)
            #expect(try await world.job(id).state == .cancelled)
            #expect(world.sandbox.requests.count == requests)
        }
    }
}
