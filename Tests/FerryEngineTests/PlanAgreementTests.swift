import FerryCore
import FerryEngine
import FerryTesting
import Testing

/// Whatever has happened on both sides, a job does what the plan before it has said.
@Suite struct PlanAgreementTests {
    @Test(arguments: 1...24)
    func theJobDoesWhatThePlanSays(seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let scene = try Scene(using: &random)
        let foreseeable = Counter(0)
        try await EngineWorld.with(scene.traits) { world in
            for step in 1...6 {
                try await scene.edit(world, using: &random)
                let direction = scene.directions.randomElement(using: &random) ?? .push
                let ids = Int.random(in: 0..<6, using: &random) == 0 ? scene.someIDs(using: &random) : nil
                let plan = try await world.plan(scene.integration, direction, entityIDs: ids)
                let isForeseeable = plan.isForeseeable(in: world.remote)
                let claimed = try await world.claimed(direction, of: scene.integration, entityIDs: ids)
                let job = try await world.run(claimed, of: scene.integration)
                let comment: Comment = "seed \(seed), step \(step): \(direction)"
                if job.failure?.code == .deletesGuarded {
                    #expect(plan.failure == job.failure, comment)
                    #expect(plan.progress.created == job.progress.created, comment)
                    #expect(plan.progress.updated == job.progress.updated, comment)
                } else if isForeseeable {
                    expectSame(plan, job, comment)
                } else {
                    // Only the service could have told: a record becomes another one's, which may be the same already
                    // or left to the next job, or is made anew.
                    func settled(_ progress: JobProgress) -> Int {
                        progress.created + progress.updated + progress.quarantined + progress.unchanged
                            + progress.held + progress.skipped
                    }
                    #expect(settled(plan.progress) == settled(job.progress), comment)
                }
                foreseeable.add(isForeseeable ? 1 : 0)
                let entity = try #require(plan.entities.first)
                #expect(entity.creates.count == plan.progress.created, comment)
                #expect(entity.updates.count == plan.progress.updated, comment)
                #expect(entity.deletes.count == plan.progress.deleted, comment)
                #expect(entity.refused.count + entity.setAside.count == plan.progress.quarantined, comment)
                if plan.isEmpty { #expect(job.progress.created + job.progress.updated + job.progress.deleted == 0) }
            }
        }
        #expect(foreseeable.value > 0)
    }
}

extension SyncPlan {
    /// Whether nothing that a push would send meets a record that Ferry does not know to be there, or misses one that
    /// it does.
    fileprivate func isForeseeable(in table: RemoteTable) -> Bool {
        guard direction == .push, let entity = entities.first else { return true }
        let keys = entity.creates.listed.flatMap(\.fields).filter { $0.path == "sku" }.map(\.new)
        let known = Set(table.records.compactMap { $0["sku"]?.string })
        let isNew = keys.allSatisfy { key in !known.contains { .json(JSONValue.string($0).compactText) == key } }
        return isNew && entity.updates.listed.allSatisfy { table[$0.remoteID ?? ""] != nil }
    }
}

/// An integration and what happens to its two ends.
private struct Scene {
    let traits: ScriptedService.Traits
    let directions: [Direction]
    let integration: Integration

    init(using random: inout SeededRandom) throws {
        let both = Bool.random(using: &random)
        directions = both ? [.pull, .push] : [Bool.random(using: &random) ? .pull : .push]
        var traits = ScriptedService.Traits()
        traits.pageSize = [3, 10, 100].randomElement(using: &random) ?? 10
        traits.batchSize = [1, 4, 100].randomElement(using: &random) ?? 4
        traits.scansBeforeDelete = Int.random(in: 1...2, using: &random)
        traits.canFind = Bool.random(using: &random)
        traits.isPartial = Bool.random(using: &random)
        self.traits = traits
        integration = try Products.integration(
            Set(directions),
            deletes: Bool.random(using: &random) ? .propagate : .keep,
            conflicts: [ConflictPolicy.hold, .localWins, .remoteWins].randomElement(using: &random) ?? .hold,
            // A name that is missing is refused, in both directions.
            mappings: [Products.field("sku"), Products.field("name", required: true), Products.field("price")]
        )
    }

    func someIDs(using random: inout SeededRandom) -> [String] {
        (1...30).filter { _ in Int.random(in: 0..<4, using: &random) == 0 }.map { Products.sku($0) }
    }

    /// Changes both ends at random.
    func edit(_ world: EngineWorld, using random: inout SeededRandom) async throws {
        var generator = random
        func number() -> Int { Int.random(in: 1...30, using: &generator) }
        func name() -> JSONValue { Int.random(in: 0..<6, using: &generator) == 0 ? .null : .string("N\(number())") }
        let remoteEdits = Int.random(in: 0...12, using: &generator)
        for _ in 0..<remoteEdits {
            let sku = Products.sku(number())
            let (kind, name, other) = (Int.random(in: 0..<5, using: &generator), name(), number())
            world.changeRemote { table in
                let found = table.with("sku", .string(sku)).first
                switch (kind, found) {
                case (0, let found?): table.remove(found.id)
                case (1, let found?) where table.with("sku", .string(Products.sku(other))).isEmpty:
                    table.change(found.id, "sku", to: .string(Products.sku(other)))
                case (_, let found?): table.change(found.id, "name", to: name)
                case (_, nil):
                    table.insert([("sku", .string(sku)), ("name", name), ("price", .number("1.5"))])
                }
            }
        }
        var rows: [[JSONValue]] = []
        for _ in 0..<Int.random(in: 0...10, using: &generator) {
            rows.append([.string(Products.sku(number())), name(), .number("\(number()).5")])
        }
        // The table has to be there for a push.
        try await world.write(rows, columns: Products.columns)
        let gone = (0..<Int.random(in: 0...4, using: &generator)).map { _ in Products.sku(number()) }
        try await world.delete(gone)
        random = generator
    }
}
