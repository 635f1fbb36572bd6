import FerryCore

/// First contact: finds the remote records that local ones already stand for, by their natural key.
///
/// It makes a push after a lost ledger safe: nothing is created twice, and only what differs is sent.
struct Adoption: Sendable {
    /// Whether a push meets the remote records for the first time.
    enum Contact {
        /// It has met them before.
        case known
        /// There is none that a local one could stand for.
        case firstWithNone
        /// Some are candidates.
        case first
    }

    let context: JobContext
    let plan: EntityPlan
    let layout: PushLayout
    let scope: LinkScope

    /// Reads the remote resource and keeps its records as candidates, unless that has been done before.
    ///
    func begin() async throws -> Contact {
        guard try await !context.ledger.isAdopted(scope), layout.matchColumn != nil,
            context.remote.directions(of: plan.entity.resource).contains(.pull)
        else { return .known }
        let source = try context.remote.source(plan.entity.resource, fields: plan.agreed.remotePaths, match: plan.match)
        var position: PagePosition?
        var count = 0
        repeat {
            let asked = position
            let page = try await context.withRetries { _ in try await source.page(at: asked) }
            let candidates = try candidates(of: page)
            try await context.ledger.keepCandidates(candidates, isFirst: asked == nil, in: scope)
            count += candidates.count
            position = page.next
        } while position != nil
        return count == 0 ? .firstWithNone : .first
    }

    private func candidates(of page: RemotePage) throws -> [AdoptionCandidate] {
        var candidates: [AdoptionCandidate] = []
        guard page.count > 0 else { return candidates }
        let records = try page.extract(Array(0..<page.count)).records
        let matchColumn = records.columnCount - 1
        for row in 0..<page.count {
            guard let value = MatchValue.text(of: records[row, matchColumn], in: records) else { continue }
            let image = RecordImage(of: row, in: records, columns: 0..<matchColumn)
            candidates.append(
                AdoptionCandidate(
                    matchValue: value,
                    remoteID: page.ids[row],
                    fieldHashes: plan.kept(remote: image.fields)
                )
            )
        }
        return candidates
    }

    /// The candidates for the given rows of a mapped batch, by row.
    func candidates(for rows: [Int], of records: RecordBatch) async throws -> [Int: AdoptionCandidate] {
        var values = PackedStrings()
        var valued: [Int] = []
        for row in rows {
            guard let value = layout.matchValue(of: row, in: records) else { continue }
            values.append(value)
            valued.append(row)
        }
        guard !valued.isEmpty else { return [:] }
        var found: [Int: AdoptionCandidate] = [:]
        for (row, candidate) in zip(valued, try await context.ledger.candidates(in: scope, matchValues: values)) {
            found[row] = candidate
        }
        return found
    }
}
