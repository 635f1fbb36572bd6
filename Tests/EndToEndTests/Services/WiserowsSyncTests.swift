import FerryAPI
import FerryCore
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// A sync that WISEROWS is asked for: once, whatever happens, and followed to its end.
@Suite struct WiserowsSyncTests {
    private static func with(
        looks: Int = 0,
        failure: String? = nil,
        haveAddresses: Bool = true,
        _ body: (FerryWorld, WiserowsProject) async throws -> Void
    ) async throws {
        try await FerryWorld.with { world async throws in
            let project = world.sandbox.wiserows
            project.setLimit(requestsPerMinute: nil)
            project.add(WiserowsIntegration(id: "int/1", type: "sanity", name: "Blog", lastSyncAt: 1_795_312_800_000))
            project.add(WiserowsIntegration(id: "int_2", type: "loops", name: "News"))
            project.setJobs(looks: looks, failure: failure, haveAddresses: haveAddresses)
            try world.write(
                integration: "publish",
                """
                type: wiserows
                config:
                  base_url: "\(world.sandbox.baseURL)/wiserows/api/v1"
                  key: \(project.key)
                  requests_per_minute: 100000
                  burst: 1000
                entities:
                  - type: blog
                    resource: sync
                    config: { integration_id: int/1 }
                """
            )
            try await body(world, project)
        }
    }

    @Test func aSyncIsStartedOnceAndFollowedToItsEnd() async throws {
        try await Self.with(looks: 1) { world, project async throws in
            let job = try await world.once("publish", .push).job
            #expect(job.state == .succeeded && job.progress.created == 1, "\(job)")
            #expect(project.jobs.map(\.integration) == ["int/1"] && project.jobs.map(\.direction) == ["push"])
            let requests = project.requests.map { "\($0.method) \($0.path) \($0.body)" }
            let path = "/wiserows/api/v1"
            #expect(
                requests == [
                    "GET \(path)/integrations ",
                    #"POST \#(path)/integrations/int%2F1/sync {"direction":"push"}"#,
                    "GET \(path)/jobs/job_1 ", "GET \(path)/jobs/job_1 ",
                ]
            )
            #expect(try await world.once("publish", .push).job.state == .succeeded)
            #expect(project.jobs.count == 2)
        }
    }

    @Test func aSyncThatFailsThereFailsHereWithItsReason() async throws {
        try await Self.with(failure: "the token has expired") { world, project async throws in
            let job = try await world.once("publish", .push).job
            #expect(job.state == .failed && job.error?.code == "action.failed", "\(job)")
            #expect(job.error?.message.contains("the token has expired") == true)
            #expect(project.jobs.count == 1)
        }
    }

    @Test func aSyncWhoseAnswerIsLostIsNotStartedAgain() async throws {
        try await Self.with { world, project async throws in
            world.sandbox.faults.add(FaultRule(.reset(afterEffect: true), method: "POST", times: 1))
            let job = try await world.once("publish", .push).job
            #expect(job.state == .succeeded, "\(job)")
            #expect(project.jobs.map(\.status) == ["completed"])
        }
    }

    @Test func whereJobsHaveNoAddressTheLastSyncShowsTheEnd() async throws {
        try await Self.with(looks: 1, haveAddresses: false) { world, project async throws in
            let job = try await world.once("publish", .push).job
            #expect(job.state == .succeeded, "\(job)")
            #expect(project.jobs.map(\.status) == ["completed"])
        }
    }

    @Test func aRefusedStartIsTriedAgainAndAnUnknownIntegrationIsNamed() async throws {
        try await Self.with { world, project async throws in
            world.sandbox.faults.add(FaultRule(.status(429, retryAfter: "1"), method: "POST", times: 1))
            #expect(try await world.once("publish", .push).job.state == .succeeded)
            #expect(project.jobs.count == 1)
            try world.write(
                integration: "publish",
                """
                type: wiserows
                config:
                  base_url: "\(world.sandbox.baseURL)/wiserows/api/v1"
                  key: \(project.key)
                  integration_id: int_9
                entities:
                  - { type: blog, resource: sync }
                """
            )
            let job = try await world.once("publish", .push).job
            #expect(job.state == .failed && job.error?.message.contains("'int_9'") == true, "\(job)")
            #expect(project.jobs.count == 1)
        }
    }

    /// Killed before the answer is kept, and killed after it.
    @Test(arguments: [true, false])
    func aSyncIsNotStartedAgainAfterACrash(isAnswerLost: Bool) async throws {
        try await Self.with(looks: 2) { world, project async throws in
            if isAnswerLost {
                world.sandbox.faults.add(FaultRule(.delay(milliseconds: 60_000, afterEffect: true), method: "POST"))
            }
            let push = try world.startOnce("publish", .push)
            try await eventually("the sync has begun") {
                project.jobs.count == 1 && (isAnswerLost || project.requests.contains { $0.path.contains("/jobs/") })
            }
            try await push.terminate()
            world.sandbox.faults.clear()
            let job = try await world.once("publish", .push).job
            #expect(job.state == .succeeded, "\(job)")
            #expect(project.jobs.map(\.status) == ["completed"])
        }
    }

    @Test func aPlanStartsNothingAndSaysWhatWouldBe() async throws {
        try await Self.with { world, project async throws in
            let daemon = try await world.startDaemon()
            let plan = try await world.ferryctl("plan", "publish", "--push")
            #expect(plan.output.contains("the service would be asked for 'sync'"), "\(plan.output)\(plan.errors)")
            #expect(project.jobs.isEmpty && project.requests.allSatisfy { $0.method == "GET" })
            try await world.stop(daemon)
        }
    }
}
