import FerryCore

/// Deletes the remote records whose local entities are gone, after everything else was sent.
struct PushDeletes {
    let context: JobContext
    let delivery: OutboxDelivery
    let sink: any RecordSink
    let scope: LinkScope
    /// Keeps what the service has changed from being deleted, where records flow both ways.
    let twoWay: TwoWayPush?

    /// Deletes the records of links that a complete scan of the table did not see.
    ///
    /// - Parameters:
    ///   - known: the links before the scan.
    ///   - isSourceEmpty: whether the scan saw no row at all.
    /// - Throws: ``SyncFailure`` with the code `deletes.guarded` before anything is deleted.
    func run(seen: LinkSet, of known: KnownLinks, isSourceEmpty: Bool) async throws {
        guard let ability = sink.ability(for: .delete), !known.areAll(in: seen) else { return }
        // Counted first and read again to be deleted: a list of them could be as long as the table.
        var doomed = 0
        let linked = try await context.forEachPageOfLinks(in: scope) { page in
            doomed += page.count { known.contain($0.id, missingFrom: seen) }
        }
        guard doomed > 0 else { return }
        try checkDeleteGuard(doomed, of: linked, isSourceEmpty: isSourceEmpty, context: context)
        var pending = PendingWrites(columnCount: 0)
        _ = try await context.forEachPageOfLinks(in: scope) { page in
            for pair in try await leavingOutChanged(page.filter { known.contain($0.id, missingFrom: seen) }) {
                pending.append(delete: PendingWrites.Entry(localID: pair.localID, remoteID: pair.remoteID))
                if pending.count == ability.maximumRecords { try await send(&pending) }
            }
        }
        if !pending.isEmpty { try await send(&pending) }
    }

    /// Deletes the records of rows that are gone, after only those were read that changed.
    ///
    /// The rows are read only when there are not just as many as pushes know: then none of these is gone.
    ///
    /// - Parameter known: the links before the push.
    /// - Throws: ``SyncFailure`` with the code `deletes.guarded` before anything is deleted.
    func run(missingFrom table: any LocalTable, of known: KnownLinks) async throws {
        guard sink.ability(for: .delete) != nil else { return }
        if let count = try await table.count(), count == (try await context.ledger.knownRowCount(in: scope)) { return }
        var seen = LinkSet()
        var isEmpty = true
        var position: ScanPosition?
        repeat {
            try context.control.check()
            let page = try await table.scan(after: position, limit: 1000)
            isEmpty = isEmpty && page.ids.isEmpty
            for link in try await context.ledger.links(in: scope, localIDs: page.ids) where link.exists {
                seen.insert(link.id)
            }
            position = page.next
        } while position != nil
        try await run(seen: seen, of: known, isSourceEmpty: isEmpty)
    }

    /// Deletes the records of those of the entities that a job is restricted to that do not exist any more.
    ///
    /// - Throws: ``SyncFailure`` with the code `deletes.guarded` before anything is deleted.
    func run(among ids: [String], of table: any LocalTable) async throws {
        guard let ability = sink.ability(for: .delete) else { return }
        var doomed: [LinkedPair] = []
        for start in stride(from: 0, to: ids.count, by: 500) {
            let wanted = PackedStrings(ids[start..<min(start + 500, ids.count)])
            let existing = Set(try await table.rows(ids: wanted).ids.strings)
            let absent = PackedStrings(wanted.strings.filter { !existing.contains($0) })
            let links = try await context.ledger.links(in: scope, localIDs: absent)
            doomed += try await context.ledger.pairs(of: links.filter(\.exists).map(\.id))
        }
        guard !doomed.isEmpty else { return }
        try await checkGuard(doomed.count, in: table)
        var pending = PendingWrites(columnCount: 0)
        for pair in try await leavingOutChanged(doomed) {
            pending.append(delete: PendingWrites.Entry(localID: pair.localID, remoteID: pair.remoteID))
            if pending.count == ability.maximumRecords { try await send(&pending) }
        }
        if !pending.isEmpty { try await send(&pending) }
    }

    /// Sends deletes again that were refused: those of rows that are set aside and do not exist any more.
    ///
    /// - Throws: ``SyncFailure`` with the code `deletes.guarded` before anything is deleted.
    func retry(_ rows: SetAsideRows, from table: any LocalTable) async throws {
        guard let ability = sink.ability(for: .delete) else { return }
        let wanted = context.job.entityIDs.map { Set($0) }
        var doomed = 0
        try await rows.forEachPageOfGone(from: table) { pairs in
            doomed += pairs.count { wanted?.contains($0.localID) ?? true }
        }
        guard doomed > 0 else { return }
        try await checkGuard(doomed, in: table)
        var pending = PendingWrites(columnCount: 0)
        try await rows.forEachPageOfGone(from: table) { pairs in
            let chosen = pairs.filter { wanted?.contains($0.localID) ?? true }
            for pair in try await leavingOutChanged(chosen) {
                pending.append(delete: PendingWrites.Entry(localID: pair.localID, remoteID: pair.remoteID))
                if pending.count == ability.maximumRecords { try await send(&pending) }
            }
        }
        if !pending.isEmpty { try await send(&pending) }
    }

    /// Stops a job that does not read the whole table, but may not delete either what an empty one does not hold.
    private func checkGuard(_ deletes: Int, in table: any LocalTable) async throws {
        let first = try await table.scan(after: nil, limit: 1)
        let linked = try await context.ledger.linkCount(in: scope)
        try checkDeleteGuard(deletes, of: linked, isSourceEmpty: first.ids.isEmpty, context: context)
    }

    private func leavingOutChanged(_ doomed: [LinkedPair]) async throws -> [LinkedPair] {
        guard let twoWay, !doomed.isEmpty else { return doomed }
        let verdict = try await twoWay.deletes(among: doomed)
        guard !verdict.held.isEmpty else { return verdict.deletes }
        var links = LinkChanges()
        for record in verdict.held {
            links.append(localID: record.localID, remoteID: record.remoteID, payloadHash: .held)
        }
        context.meter.update { $0.held += verdict.held.count }
        try await context.ledger.settle(
            PushSettlement(
                batch: 0,
                job: context.job.id,
                links: links,
                held: verdict.held,
                progress: context.progress
            ),
            in: scope
        )
        return verdict.deletes
    }

    private func send(_ pending: inout PendingWrites) async throws {
        try context.control.check()
        _ = try await delivery.deliver(.delete, pending)
        pending = PendingWrites(columnCount: 0)
    }
}
