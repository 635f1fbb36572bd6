import FerryCore

/// Deletes locally what is gone at the service, where the file says so: what a complete scan or a look at all
/// identifiers did not see, and what the service says is deleted (design §4.2).
struct PullDeletes {
    let context: JobContext
    let plan: EntityPlan
    let table: any LocalTable
    let scope: LinkScope
    /// Keeps local changes from being deleted, where records flow both ways.
    let twoWay: TwoWayPull?

    /// Stops a job whose scan saw no record at all, if rows would be deleted for that: before it counts as a scan that
    /// they were missing from.
    ///
    /// - Throws: ``SyncFailure`` with the code `deletes.guarded`.
    func checkEmptySource() async throws {
        let linked = try await context.ledger.linkCount(in: scope)
        try checkDeleteGuard(linked, of: linked, isSourceEmpty: true, context: context)
    }

    /// Deletes rows whose records were missing from enough complete scans in a row, and those said to be deleted.
    ///
    /// - Parameters:
    ///   - seen: the links of the records that the scan saw.
    ///   - known: the links before the scan.
    ///   - scans: how many scans a record must be missing from.
    /// - Throws: ``SyncFailure`` with the code `deletes.guarded` before anything is deleted.
    func run(seen: LinkSet, of known: KnownLinks, after scans: Int) async throws {
        guard !known.areAll(in: seen) else { return try await runTombstones() }
        // Counted first and read again to be deleted: a list of them could be as long as the table.
        func isMissing(_ pair: LinkedPair) -> Bool { known.contain(pair.id, missingFrom: seen) }
        var doomed = 0
        let linked = try await context.forEachPageOfLinks(in: scope) { page in
            let missing = page.filter(isMissing)
            doomed += page.count { $0.isTombstone || isMissing($0) && $0.missingScans + 1 >= scans }
            try await context.ledger.noteMissing(missing.map(\.id), seenAgain: [], in: scope)
        }
        guard doomed > 0 else { return }
        try checkDeleteGuard(doomed, of: linked, context: context)
        _ = try await context.forEachPageOfLinks(in: scope) { page in
            try context.control.check()
            let doomed = page.filter { $0.isTombstone || isMissing($0) && $0.missingScans >= scans }
            if !doomed.isEmpty { try await delete(doomed) }
        }
    }

    /// Deletes rows whose records the service says are deleted, of this pull or of one that could not.
    ///
    /// - Throws: ``SyncFailure`` with the code `deletes.guarded` before anything is deleted.
    func runTombstones() async throws {
        var doomed = 0
        try await forEachPageOfTombstones { doomed += $0.count }
        guard doomed > 0 else { return }
        try checkDeleteGuard(doomed, of: try await context.ledger.linkCount(in: scope), context: context)
        try await forEachPageOfTombstones { page in
            try context.control.check()
            try await delete(page)
        }
    }

    private func forEachPageOfTombstones(_ body: ([LinkedPair]) async throws -> Void) async throws {
        var after: Int64 = 0
        while true {
            let page = try await context.ledger.tombstones(in: scope, after: after, limit: 1000)
            guard let last = page.last else { return }
            after = last.id
            try await body(page)
        }
    }

    /// Notes what is about to be deleted: a record that comes back must not be taken for one whose row is there.
    private func intend(_ pairs: [LinkedPair]) async throws {
        guard !pairs.isEmpty else { return }
        var intent = PullIntent(paths: [])
        for pair in pairs { intent.append(deletedID: pair.localID, remoteID: pair.remoteID) }
        try await context.ledger.intend(intent, in: scope)
    }

    private func delete(_ doomed: [LinkedPair]) async throws {
        var verdict = TwoWayPull.DeleteVerdict(deletes: doomed)
        if let twoWay { verdict = try await twoWay.deletes(among: doomed) }
        let pairs = verdict.deletes
        let changes = LocalChanges(
            ids: PackedStrings(),
            records: RecordBatch(columnCount: plan.pull.outputs.count),
            areKnown: [],
            deletedIDs: PackedStrings(pairs.lazy.map(\.localID))
        )
        try await intend(pairs)
        let applied = try await table.apply(changes)
        context.meter.update { progress in
            progress.deleted += applied.deleted
            progress.held += verdict.held.count
        }
        try await context.ledger.commitPull(
            PullCommit(
                job: context.job.id,
                links: verdict.links,
                unlinked: pairs.map(\.id) + verdict.unlinked,
                checkpoint: Checkpoint(position: nil, isComplete: true),
                released: PackedStrings(pairs.lazy.map(\.remoteID)),
                held: verdict.held,
                progress: context.progress
            ),
            in: scope
        )
    }
}

/// Stops a job before it deletes more than the integration's guard allows, or all that is linked because the source is
/// empty (design §4.5): an emptied table and a wrong query look the same.
func checkDeleteGuard(_ deletes: Int, of linked: Int, isSourceEmpty: Bool = false, context: JobContext) throws {
    context.meter.note(deletes: deletes, of: linked, isSourceEmpty: isSourceEmpty)
    let isTooMuch = isSourceEmpty || context.integration.deleteGuard.stops(deletes: deletes, of: linked)
    guard deletes > 0, isTooMuch, !context.job.options.allowsDeletes else { return }
    throw deletesGuardFailure(deletes, of: linked, isSourceEmpty: isSourceEmpty, by: context.job)
}

/// What a job fails with that would delete more than its integration's guard allows.
func deletesGuardFailure(_ deletes: Int, of linked: Int, isSourceEmpty: Bool, by job: Job) -> SyncFailure {
    let direction = job.direction.rawValue
    return SyncFailure(
        .config,
        .deletesGuarded,
        (isSourceEmpty ? "the \(direction) found no records at all: " : "")
            + "\(deletes) of \(linked) linked records would be deleted"
            + (isSourceEmpty ? "" : ", which is more than the guard allows"),
        hint: "nothing was deleted; if they are to go, 'ferryctl sync \(job.integration) --\(direction) "
            + "--allow-deletes' lets them once; 'delete_guard' in its file sets how many may go by themselves"
    )
}
