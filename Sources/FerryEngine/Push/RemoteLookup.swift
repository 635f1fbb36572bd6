import FerryCore

/// Finds remote records by their natural key, when an answer was lost or a create was refused.
struct RemoteLookup {
    /// A remote record.
    struct Found {
        var remoteID: String
        /// The hashes of the values it holds at the remote paths that links remember.
        var fields: [UInt64]
    }

    private let context: JobContext
    private let plan: EntityPlan
    private let source: any RecordSource

    /// How many records are looked up one by one rather than by reading everything.
    private static let singleLookups = 25

    /// A lookup; `nil` when the resource cannot be read by a natural key.
    init?(context: JobContext, plan: EntityPlan) {
        guard let match = plan.match,
            // The push could not have begun if the resource's own description did not allow it.
            let source = try? context.remote.source(
                plan.entity.resource,
                fields: plan.agreed.remotePaths,
                match: match
            ),
            context.remote.directions(of: plan.entity.resource).contains(.pull) || !source.canList && source.canFind
        else { return nil }
        self.context = context
        self.plan = plan
        self.source = source
    }

    /// The remote records with one of the given natural keys (as JSON text), by key.
    func records(of values: [String]) async throws -> [String: [Found]] {
        guard !values.isEmpty else { return [:] }
        let wanted = Set(values)
        var found: [String: [Found]] = [:]
        if source.canFind, wanted.count <= Self.singleLookups || !source.canList {
            var asked: Set<String> = []
            for value in values where asked.insert(value).inserted {
                let key = MatchValue.value(of: value)
                let page = try await context.withRetries { _ in try await source.find(key) }
                try collect(from: page, wanted: [value], into: &found)
            }
            return found
        }
        // To the end: what is found first may be another record with the same key, which was there before.
        var position: PagePosition?
        repeat {
            let asked = position
            let page = try await context.withRetries { _ in try await source.page(at: asked) }
            try collect(from: page, wanted: wanted, into: &found)
            position = page.next
        } while position != nil
        return found
    }

    private func collect(
        from page: RemotePage,
        wanted: Set<String>,
        into found: inout [String: [Found]]
    ) throws {
        guard page.count > 0 else { return }
        let records = try page.extract(Array(0..<page.count)).records
        let matchColumn = records.columnCount - 1
        for row in 0..<page.count {
            // The service may search by substring: only exactly equal keys count.
            guard let value = MatchValue.text(of: records[row, matchColumn], in: records), wanted.contains(value),
                found[value]?.contains(where: { $0.remoteID == page.ids[row] }) != true
            else { continue }
            let image = RecordImage(of: row, in: records, columns: 0..<matchColumn)
            found[value, default: []].append(Found(remoteID: page.ids[row], fields: image.fields))
        }
    }
}
