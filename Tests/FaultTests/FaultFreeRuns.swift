import FerryCore
import FerryTesting

/// What runs without faults leave at the destination, found out once and kept for all rounds.
actor FaultFreeRuns {
    static let shared = FaultFreeRuns()

    private var pulls: [String: [String]] = [:]
    private var pushes: [Int: [String]] = [:]

    /// What a pull leaves.
    func pull(isTwoWay: Bool, rows: Int = PullScene.rowCount) async throws -> [String] {
        if let contents = pulls["\(isTwoWay) \(rows)"] { return contents }
        let contents = try await FerryWorld.with { world async throws in
            try PullScene.set(world, isTwoWay: isTwoWay, rows: rows)
            let run = try await world.once("products", .pull)
            guard run.exitCode == 0 else { throw NeverHappened(description: "a pull without faults: \(run.job)") }
            return try PullScene.contents(world)
        }
        pulls["\(isTwoWay) \(rows)"] = contents
        return contents
    }

    /// What a push leaves.
    func push(rows: Int = PushScene.rowCount) async throws -> [String] {
        if let contents = pushes[rows] { return contents }
        let contents = try await FerryWorld.with { world async throws in
            try PushScene.set(world, hasKey: true, rows: rows)
            let run = try await world.once("articles", .push)
            guard run.exitCode == 0 else { throw NeverHappened(description: "a push without faults: \(run.job)") }
            return PushScene.contents(world)
        }
        pushes[rows] = contents
        return contents
    }
}
