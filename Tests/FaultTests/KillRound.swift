import FerryAPI
import FerryCore
import FerrySandbox
import FerryTesting
import Glibc
import Testing

/// One job that is killed once or twice and then runs to its end, as the foreground command or under the daemon.
struct KillRound {
    let seed: UInt64
    let integration: String
    let direction: Direction
    let moments: [KillMoment]
    let usesDaemon: Bool
    /// The variant of the scene: two ways or one, with a key at the service or without.
    let isVariant: Bool
    /// Whether another run follows, which must find nothing to do.
    let isRepeated: Bool
    private(set) var random: SeededRandom

    init(seed: UInt64, integration: String, direction: Direction, requests: Int) {
        var random = SeededRandom(seed: seed)
        self.seed = seed
        self.integration = integration
        self.direction = direction
        usesDaemon = Bool.random(using: &random)
        isVariant = Bool.random(using: &random)
        isRepeated = Int.random(in: 0..<4, using: &random) == 0
        let kills = Int.random(in: 0..<3, using: &random) == 0 ? 2 : 1
        moments = (0..<kills).map { _ in KillMoment(requests: requests + 1, using: &random) }
        self.random = random
    }

    /// What every failure says.
    var story: Comment {
        let place = usesDaemon ? "under the daemon" : "in the foreground"
        let variant = isVariant ? ", variant" : ""
        let times = moments.map(\.description).joined(separator: ", then ")
        return "FERRY_FAULT_SEED=\(seed): \(direction.rawValue) \(place)\(variant), killed \(times)"
    }

    /// A dice of the round's own for what the sandbox does.
    mutating func draw(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

    // MARK: Running

    /// Runs the job with its kills, then to its end.
    func run(in world: FerryWorld) async throws {
        var before: LedgerSnapshot?
        for moment in moments {
            usesDaemon
                ? try await killDaemon(at: moment, in: world)
                : try await killCommand(at: moment, in: world)
            let after = try LedgerSnapshot(of: world)
            try checkContinuity(before, after)
            before = after
        }
        // A job may end as failed when its faults outlast the retries: then people start it again, and so does this.
        for _ in 0..<4 {
            let job = try await finish(in: world)
            if let live = before?.jobs.first(where: \.isLive) {
                #expect(job.id == live.id, "another job instead of the one that was killed; \(story)")
                #expect(job.attempt == live.attempt + 1, "\(story)")
            }
            before = nil
            if job.state == .succeeded { return }
            #expect(job.state == .failed, "\(job); \(story)")
        }
        Issue.record("the job never succeeds; \(story)")
    }

    /// The same job goes on: a kill never makes a second one beside it.
    private func checkContinuity(_ before: LedgerSnapshot?, _ after: LedgerSnapshot?) throws {
        guard let after else { return }
        #expect(after.jobs.count { $0.isLive } <= 1, "\(story)")
        guard let live = before?.jobs.first(where: \.isLive) else { return }
        let same = try #require(after.jobs.first { $0.id == live.id }, "the job is gone; \(story)")
        #expect((live.attempt...(live.attempt + 1)).contains(same.attempt), "\(story)")
    }

    private func killCommand(at moment: KillMoment, in world: FerryWorld) async throws {
        let killer = Killer(moment, in: world.sandbox)
        try await killer.kill(try world.startOnce(integration, direction, ["--json"]))
    }

    private func killDaemon(at moment: KillMoment, in world: FerryWorld) async throws {
        let killer = Killer(moment, in: world.sandbox)
        if case .afterStart = moment {
            // Nobody waits for it to answer: a kill in the middle of start-up.
            return try await killer.kill(try world.start("ferryd", world.daemonArguments))
        }
        let hasLiveJob = try LedgerSnapshot(of: world)?.jobs.contains(where: \.isLive) ?? false
        let daemon = try await world.startDaemon()
        // The hook may strike between any two of these lines: the request for a job may find no daemon.
        if !hasLiveJob { _ = try? await world.requestSync(integration, direction) }
        try await killer.kill(daemon) {
            let jobs = try? await world.jobs()
            return jobs?.allSatisfy(\.state.isFinal) ?? false
        }
    }

    private func finish(in world: FerryWorld) async throws -> FerryAPI.Job {
        guard usesDaemon else { return try await world.once(integration, direction).job }
        let live = try LedgerSnapshot(of: world)?.jobs.first(where: \.isLive)
        let daemon = try await world.startDaemon()
        do {
            let id = if let live { live.id } else { try await world.requestSync(integration, direction) }
            let job = try await world.job(id)
            daemon.send(SIGTERM)
            let end = try await daemon.end(within: .seconds(15))
            #expect(end.exitCode == 0, "\(end.errors); \(story)")
            return job
        } catch {
            try await daemon.terminate()
            throw error
        }
    }
}
