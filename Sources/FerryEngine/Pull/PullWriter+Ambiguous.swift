import FerryCore

extension PullWriter {
    /// Sets records aside whose local row already stands for another record: they would overwrite each other at every
    /// pull.
    ///
    /// A row may pass on to another record when the one it stood for was not seen by this scan (it was replaced), or
    /// moves to another row itself.
    func setAmbiguousAside(in batch: inout PullBatch, scan: PullScan) async throws {
        var work = batch.work
        let rows = batch.rows
        let movers = rows.filter { !work.links[$0.index].exists || $0.formerID != nil }
        let owners = try await context.ledger.links(in: scope, localIDs: PackedStrings(movers.lazy.map(\.id)))
        let leaving = Set(movers.map { work.links[$0.index].id })
        var ambiguous: Set<Int> = []
        for (row, owner) in zip(movers, owners) where owner.exists && !leaving.contains(owner.id) {
            if scan.links.contains(owner.id) || owner.id > known.last { ambiguous.insert(row.index) }
        }
        var ids: Set<String> = []
        // Who has the row already comes first.
        for row in rows where work.links[row.index].exists && row.formerID == nil { ids.insert(row.id) }
        batch.rows = rows.filter { row in
            let isMover = !work.links[row.index].exists || row.formerID != nil
            guard isMover, ambiguous.contains(row.index) || !ids.insert(row.id).inserted else { return true }
            let message = "another record of the service already stands for the row '\(row.id)'"
            work.refuse(work.page.ids[row.index], row.remoteHash, .recordAmbiguous, message)
            return false
        }
        batch.work = work
        // Rows that pass on to other records, and tables that are read, are looked at when all else is written.
        if twoWay == nil, !meeting.looks, !owners.contains(where: \.exists) { batch.allowFollowing() }
    }
}
