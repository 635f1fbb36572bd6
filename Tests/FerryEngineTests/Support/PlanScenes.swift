import FerryCore
import FerryEngine
import FerryStores
import FerryTesting
import FerryTransforms
import Foundation
import Testing

extension EngineWorld {
    /// A planner over this world.
    func planner(_ endpoints: (any EndpointProvider)? = nil) -> Planner {
        Planner(
            ledger: ledger,
            endpoints: endpoints ?? Ends(world: self),
            transforms: BuiltInTransforms(),
            clock: clock,
            backoff: Backoff(base: .zero, cap: .zero, maximumAttempts: 2)
        )
    }

    /// Makes a plan, and checks that nothing was sent or written for it.
    @concurrent
    func plan(
        _ integration: Integration,
        _ direction: Direction,
        entityIDs: [String]? = nil,
        limit: Int = Planner.standardLimit
    ) async throws -> SyncPlan {
        let (writes, files, records) = (writes.count, stateFiles(), remote.records)
        let plan = try await planner().plan(integration, direction: direction, entityIDs: entityIDs, limit: limit)
        #expect(self.writes.count == writes && remote.records == records)
        #expect(stateFiles() == files)
        return plan
    }

    /// The ledger's and the store's files, their logs included, by name.
    func stateFiles() -> [String: Data] {
        var files: [String: Data] = [:]
        for name in ["ledger.db", "store.db"].flatMap({ [$0, $0 + "-wal"] }) {
            files[name] = FileManager.default.contents(atPath: directory.path + "/" + name)
        }
        return files
    }

    struct Ends: EndpointProvider {
        let world: EngineWorld
        func remote(for integration: Integration, gate: any RequestGate) throws -> any RemoteService { world.service }
        func store(for integration: Integration) throws -> any LocalStore { world.store }
    }
}

extension PlannedWrite {
    /// The fields as `path: old → new`, joined.
    var text: String {
        fields.map { field in
            let new = Self.text(field.new)
            return switch field.old {
            case .none: "\(field.path): \(new)"
            case .unknown: "\(field.path): ? → \(new)"
            case .known(let old): "\(field.path): \(Self.text(old)) → \(new)"
            }
        }.joined(separator: ", ")
    }

    private static func text(_ value: PlannedValue) -> String {
        switch value {
        case .missing: "nothing"
        case .json(let text): text
        case .beginning(let text): text + "…"
        }
    }
}

/// Compares what a plan has counted with what a job then did.
func expectSame(_ plan: SyncPlan, _ job: Job, _ comment: Comment? = nil) {
    func counts(_ progress: JobProgress) -> String {
        """
        read \(progress.read) created \(progress.created) updated \(progress.updated) unchanged \(progress.unchanged) \
        deleted \(progress.deleted) skipped \(progress.skipped) quarantined \(progress.quarantined) \
        held \(progress.held)
        """
    }
    #expect(counts(plan.progress) == counts(job.progress), comment)
    #expect(plan.state == job.state, comment)
    #expect(plan.failure?.code == job.failure?.code, comment)
}
