import FerryCore

/// Finds the records that a complete scan did not see, and deletes them locally where the file says so (design §4.2).
struct PullDeletes {
    let context: JobContext
    let plan: EntityPlan
    let source: any RecordSource
    let table: any LocalTable
    let scope: LinkScope
    /// Keeps local changes from being deleted, where records flow both ways.
    let twoWay: TwoWayPull?

    /// Deletes rows whose records were missing from enough complete scans in a row.
    ///
    /// - Parameters:
    ///   - seen: the links of the records that the scan saw.
    ///   - last: the highest link before the scan; later ones were made by it.
    /// - Throws: ``SyncFailure`` with the code `deletes.guarded` before anything is deleted.
    func run(seen: LinkSet, upTo last: Int64) async throws {
        guard plan.entity.deletes == .propagate else { return }
        // Counted first and read again to be deleted: a list of them could be as long as the table.
        var doomed = 0
        let linked = try await context.forEachPageOfLinks(in: scope) { page in
            let missing = page.filter { $0.id <= last && !seen.contains($0.id) }
            doomed += missing.count { $0.missingScans + 1 >= source.scansBeforeDelete }
            try await context.ledger.noteMissing(missing.map(\.id), seenAgain: [], in: scope)
        }
        guard doomed > 0 else { return }
        try checkDeleteGuard(doomed, of: linked, context: context)
        _ = try await context.forEachPageOfLinks(in: scope) { page in
            try context.control.check()
            let doomed = page.filter {
                $0.id <= last && !seen.contains($0.id) && $0.missingScans >= source.scansBeforeDelete
            }
            if !doomed.isEmpty { try await delete(doomed) }
        }
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
                held: verdict.held,
                progress: context.progress
            ),
            in: scope
        )
    }
}

/// Stops a job before it deletes more than the integration's guard allows (design §4.5).
func checkDeleteGuard(_ deletes: Int, of linked: Int, context: JobContext) throws {
    guard context.integration.deleteGuard.stops(deletes: deletes, of: linked) else { return }
    throw SyncFailure(
        .config,
        .deletesGuarded,
        "\(deletes) of \(linked) linked records would be deleted, which is more than the guard allows",
        hint: "if that is right, raise 'delete_guard' in the integration's file and run the job again"
    )
}
