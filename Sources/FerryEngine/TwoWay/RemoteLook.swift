import FerryCore
import Synchronization

/// Sees what the service holds now, before a push overwrites or deletes it: somebody may have changed it since the
/// last pull.
///
/// A few records are read one by one; for more, the whole resource is read once and kept in the ledger as hashes.
final class RemoteLook: Sendable {
    /// What was seen of a record.
    enum Sight {
        /// The service cannot be asked: no read of the resource is complete.
        case notPossible
        /// It does not exist (any more).
        case gone
        /// It holds these values, as hashes by the layout's remote paths; the values themselves are at hand only where
        /// the record was read by itself.
        case seen(fields: [UInt64], values: Values?)
    }

    /// A record's values by the layout's remote paths.
    struct Values {
        var batch: RecordBatch
        var row: Int
    }

    /// A record to look at.
    struct Target {
        var remoteID: String
        /// The natural key's value as JSON text, by which it may be found.
        var matchValue: String?
    }

    /// How many records a job reads one by one before it reads everything instead.
    private static let singleReads = 100

    private let context: JobContext
    private let plan: EntityPlan
    private let scope: LinkScope
    private let source: any RecordSource
    private let state = Mutex((singleReads: 0, hasSnapshot: false))

    /// A look at the resource; `nil` when it cannot be read.
    init?(_ plan: EntityPlan, context: JobContext, scope: LinkScope) {
        guard context.remote.directions(of: plan.entity.resource).contains(.pull),
            // The push could not have begun if the resource's own description did not allow it.
            let source = try? context.remote.source(
                plan.entity.resource,
                fields: plan.agreed.remotePaths,
                match: plan.match
            )
        else { return nil }
        self.context = context
        self.plan = plan
        self.scope = scope
        self.source = source
    }

    /// What is seen of each target, in order.
    func look(at targets: [Target]) async throws -> [Sight] {
        guard !targets.isEmpty else { return [] }
        var sights = [Sight?](repeating: nil, count: targets.count)
        let readsEach = state.withLock { state in
            guard !state.hasSnapshot, state.singleReads + targets.count <= Self.singleReads else { return false }
            state.singleReads += targets.count
            return true
        }
        if readsEach {
            for (index, target) in targets.enumerated() { sights[index] = try await read(target) }
        }
        let unseen = sights.indices.filter { sights[$0] == nil }
        guard !unseen.isEmpty else { return sights.compactMap { $0 } }
        guard source.isComplete else { return sights.map { $0 ?? .notPossible } }
        if !state.withLock({ $0.hasSnapshot }) { try await readEverything() }
        let seen = try await context.ledger.sightings(
            in: scope,
            remoteIDs: PackedStrings(unseen.lazy.map { targets[$0].remoteID })
        )
        for (index, sighting) in zip(unseen, seen) {
            sights[index] = sighting.map { .seen(fields: $0.fieldHashes, values: nil) } ?? .gone
        }
        return sights.map { $0 ?? .notPossible }
    }

    /// The values of one record, where it can be read by itself.
    func values(of target: Target) async throws -> Values? {
        guard case .seen(_, let values) = try await read(target) else { return nil }
        return values
    }

    /// Reads one record by itself; `nil` when that is not possible, or says nothing.
    private func read(_ target: Target) async throws -> Sight? {
        if source.canGet {
            let page = try await context.withRetries { _ in try await source.get(target.remoteID) }
            return page.count == 0 ? .gone : try sight(of: 0, in: page)
        }
        guard source.canFind, let text = target.matchValue else { return nil }
        let value = MatchValue.value(of: text)
        let page = try await context.withRetries { _ in try await source.find(value) }
        // Another record, or none: the natural key may have been changed on either side.
        guard let index = (0..<page.count).first(where: { page.ids[$0] == target.remoteID }) else { return nil }
        return try sight(of: index, in: page)
    }

    private func sight(of index: Int, in page: RemotePage) throws -> Sight {
        let records = try page.extract([index]).records
        return .seen(fields: fields(of: 0, in: records), values: Values(batch: records, row: 0))
    }

    private func readEverything() async throws {
        var position: PagePosition?
        var isFirst = true
        repeat {
            let asked = position
            let page = try await context.withRetries { _ in try await source.page(at: asked) }
            let records = try page.extract(Array(0..<page.count)).records
            let sightings = (0..<page.count).map {
                Sighting(remoteID: page.ids[$0], fieldHashes: fields(of: $0, in: records))
            }
            try await context.ledger.keepSightings(sightings, isFirst: isFirst, in: scope)
            isFirst = false
            position = page.next
        } while position != nil
        state.withLock { $0.hasSnapshot = true }
    }

    private func fields(of row: Int, in records: RecordBatch) -> [UInt64] {
        RecordImage(of: row, in: records, columns: 0..<plan.agreed.remotePaths.count).fields
    }
}
