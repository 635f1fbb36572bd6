import FerryCore

/// First contact of an entity that goes both ways and is pulled before it is pushed: links the local rows to the records
/// with their natural keys, where the records do not say the table's key.
///
/// Without it each record would become a second row; so they would after a lost ledger. Cut off, it begins again: nothing
/// counts as pulled before it has ended.
struct PullAdoption {
    let context: JobContext
    let plan: EntityPlan
    let scope: LinkScope
    /// The table as the pull writes it.
    let table: any LocalTable

    func run() async throws {
        let layout = PushLayout(plan)
        guard plan.isTwoWay, layout.matchColumn != nil,
            try await !context.ledger.isPulled(scope),
            try await !table.scan(after: nil, limit: 1).ids.isEmpty
        else { return }
        let adoption = Adoption(context: context, plan: plan, layout: layout, scope: scope)
        guard try await adoption.begin() else { return }
        let rows = try await context.store.table(plan.entity, fields: layout.localFields, forWriting: false)
        let owners = RemoteOwners(context: context, scope: scope, table: rows)
        var position: ScanPosition?
        repeat {
            try context.control.check()
            let page = try await rows.scan(after: position, limit: 1000)
            try await link(page, adoption: adoption, owners: owners)
            position = page.next
        } while position != nil
        try await context.ledger.finishAdoption(in: scope)
    }

    /// Links the page's rows to their records: of either side's values nothing is agreed on yet.
    private func link(_ page: LocalPage, adoption: Adoption, owners: RemoteOwners) async throws {
        let links = try await context.ledger.links(in: scope, localIDs: page.ids)
        let mapped = plan.push.map(page.records, ids: page.ids)
        let free = links.indices.filter { !links[$0].exists && mapped.failures[$0] == nil }
        let candidates = try await adoption.candidates(for: free, of: mapped.records)
        guard !candidates.isEmpty else { return }
        var taken = try await owners.linked(candidates.values.map(\.remoteID))
        var found = LinkChanges()
        for row in free {
            // Of two rows with one natural key, the first has it.
            guard let candidate = candidates[row], taken.insert(candidate.remoteID).inserted else { continue }
            found.append(localID: page.ids[row], remoteID: candidate.remoteID, payloadHash: .undetermined)
        }
        guard found.count > 0 else { return }
        try await context.ledger.settle(
            PushSettlement(batch: 0, job: context.job.id, links: found, progress: context.progress),
            in: scope
        )
    }
}
