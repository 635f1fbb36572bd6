import FerryAPI
import FerryCore
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// Each service with pages that are shorter than asked for, records that come and go between two pages, keys that expire
/// and a clock that is wrong: nothing is lost, nothing doubled, nothing deleted that is there.
@Suite struct ServiceFaultTests {
    private func with(_ name: String, _ body: (FerryWorld, PullScene) async throws -> Void) async throws {
        let scene = try PullScene.named(name)
        try await FerryWorld.with { world async throws in
            try scene.write(in: world, name: name)
            try await body(world, scene)
        }
    }

    /// A pull that reads everything.
    private func full(_ world: FerryWorld) async throws -> FerryAPI.Job {
        let result = try await world.startOnce("all", .pull, ["--full", "--json"]).end()
        struct Summary: Decodable { var job: FerryAPI.Job }
        return try WireFormat.decode(Summary.self, from: Array(result.output.utf8)).job
    }

    // MARK: Pages

    @Test(arguments: PullScene.names)
    func pagesThatAreShorterThanAskedForAreNotTheEnd(_ name: String) async throws {
        try await with(name) { world, scene async throws in
            let words = scene.words(world.sandbox)
            let rule = #"{"times":null,"action":{"type":"clamped_pages","take":\#(scene.clamp)}}"#
            try await world.steer("faults", rule)
            let job = try await world.once("all", .pull).job
            #expect(job.state == .succeeded && job.progress.created == words.count, "\(job)")
            #expect(try world.titles() == words.sorted())
            // Whatever looks for what is gone is not misled by them either.
            for _ in 1...2 {
                let next = try await full(world)
                #expect(next.state == .succeeded && next.progress.deleted == 0 && next.progress.created == 0, "\(next)")
            }
            #expect(try world.titles() == words.sorted())
        }
    }

    @Test(arguments: PullScene.names)
    func recordsThatComeAndGoBetweenTwoPagesAreReadOnce(_ name: String) async throws {
        try await with(name) { world, scene async throws in
            let before = scene.words(world.sandbox)
            let drift = #"{"type":"drift",\#(scene.drift(world.sandbox))}"#
            try await world.steer(
                "faults",
                #"{"match":{"path":"\#(scene.path)","nth":\#(scene.second)},"action":\#(drift)}"#
            )
            let job = try await world.once("all", .pull).job
            #expect(job.state == .succeeded, "\(job)")
            #expect(world.sandbox.faults.fired == [1])
            let after = scene.words(world.sandbox)
            #expect(after != before)
            let titles = try world.titles()
            #expect(titles.count == Set(titles).count)
            // What was there all the time is there; of days that were revised meanwhile, the next pull gets it right.
            if name != "google_search_console" {
                #expect(before.intersection(after).subtracting(titles).isEmpty, "\(titles)")
            }
            // What is gone is what several complete looks did not see.
            for _ in 1...3 {
                let next = try await full(world)
                #expect(next.state == .succeeded, "\(next)")
            }
            #expect(try world.titles() == after.sorted())
        }
    }

    // MARK: Keys

    @Test(arguments: PullScene.names)
    func aKeyThatExpiresOnTheWayEndsTheJobAndTheNextGoesOn(_ name: String) async throws {
        try await with(name) { world, scene async throws in
            let words = scene.words(world.sandbox)
            // Search Console's key is asked for a token each time: both are refused.
            let rule = #"{"match":{"path":"","nth":\#(scene.second)},"times":null,"action":{"type":"expired_key"}}"#
            try await world.steer("faults", rule)
            let (job, exitCode) = try await world.once("all", .pull)
            #expect(job.state == .failed && job.error?.code == "auth.rejected" && exitCode == 1, "\(job)")
            #expect(Set(try world.titles()).isSubset(of: words) && job.progress.deleted == 0)
            world.sandbox.faults.clear()
            let next = try await world.once("all", .pull).job
            #expect(next.state == .succeeded, "\(next)")
            #expect(try world.titles() == words.sorted())
            #expect(job.progress.created + next.progress.created == words.count, "\(job) \(next)")
        }
    }

    @Test func aTokenThatExpiresOnTheWayIsRenewedAndNothingIsReadTwice() async throws {
        try await with("google_search_console") { world, scene async throws in
            try await world.steer("faults", #"{"match":{"path":"/query","nth":3},"action":{"type":"expired_key"}}"#)
            let job = try await world.once("all", .pull).job
            #expect(job.state == .succeeded && job.progress.created == 25 && job.progress.read == 25, "\(job)")
            #expect(world.sandbox.searchConsole.tokenCount == 2)
            #expect(try world.titles() == scene.words(world.sandbox).sorted())
        }
    }

    // MARK: Clocks

    /// A month, in both directions.
    @Test(arguments: PullScene.names.filter { $0 != "google_search_console" }, [-2_600_000, 2_600_000])
    func aServiceWhoseClockIsWrongLosesNothing(_ name: String, _ seconds: Int) async throws {
        try await with(name) { world, scene async throws in
            try await world.steer("faults", #"{"action":{"type":"clock_skew","seconds":\#(seconds)}}"#)
            let job = try await world.once("all", .pull).job
            #expect(job.state == .succeeded, "\(job)")
            #expect(try world.titles() == scene.words(world.sandbox).sorted())
            // What changes from then on has the time of the wrong clock.
            let before = scene.words(world.sandbox)
            try await world.steer("edit", "{\(scene.drift(world.sandbox))}")
            let fresh = scene.words(world.sandbox).subtracting(before)
            #expect(fresh.count == 1)
            let next = try await world.once("all", .pull).job
            #expect(next.state == .succeeded && next.progress.created == 1, "\(next)")
            #expect(fresh.isSubset(of: try world.titles()))
            let last = try await world.once("all", .pull).job
            #expect(last.progress.created == 0 && last.progress.updated == 0, "\(last)")
        }
    }

    @Test(arguments: [-600, 600])
    func whatIsSignedByAnotherClockIsSaidToBe(_ seconds: Int) async throws {
        try await with("google_search_console") { world, scene async throws in
            let skew = #"{"action":{"type":"clock_skew","seconds":\#(seconds)}}"#
            try await world.steer("faults", skew)
            let job = try await world.once("all", .pull).job
            #expect(job.state == .failed && job.error?.code == "auth.rejected", "\(job)")
            #expect(job.error?.message.contains("reasonable timeframe") == true)
            // Not again and again.
            let tokens = world.sandbox.searchConsole.requests.filter { $0.path.hasSuffix("/token") }
            #expect(tokens.count == 1 && tokens.allSatisfy { $0.status == 400 })
            world.sandbox.faults.clear()
            try await world.steer("faults", skew.replacing("\(seconds)", with: "\(seconds / 3)"))
            #expect(try await world.once("all", .pull).job.state == .succeeded)
            #expect(try world.titles() == scene.words(world.sandbox).sorted())
        }
    }

    @Test(arguments: [-3600, 3600])
    func aDateToWaitForIsOneOfTheServicesClock(_ seconds: Int) async throws {
        try await with("dynamic_table") { world, scene async throws in
            try await world.steer("faults", #"{"action":{"type":"clock_skew","seconds":\#(seconds)}}"#)
            world.sandbox.limiter.set(RateLimit(requests: 2, milliseconds: 1500, announcement: .retryAfterDate))
            let start = ContinuousClock.now
            let job = try await world.once("all", .pull).job
            #expect(job.state == .succeeded, "\(job)")
            #expect(try world.titles() == scene.words(world.sandbox).sorted())
            // Neither an hour, nor again and again without a pause.
            #expect(ContinuousClock.now - start < .seconds(60) && world.sandbox.limiter.refused <= 4)
        }
    }
}
