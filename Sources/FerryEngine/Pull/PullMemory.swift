import FerryCore

/// What the pages of a pull leave for later pulls: how far they have come, and what is said to be deleted.
struct PullMemory: Sendable {
    /// What the records are pulled with: a cursor of another mapping, or from before deletes were propagated, says
    /// nothing.
    private let fingerprint: UInt64
    private let isFull: Bool
    private let isRestricted: Bool
    private let isPropagating: Bool

    init(_ plan: EntityPlan, context: JobContext) {
        // What was set aside earlier is behind where the pulls have come.
        isFull = context.job.options.isFull || context.job.options.setAside == .retry
        isRestricted = context.job.isRestrictedToRecords
        isPropagating = plan.entity.deletes == .propagate
        let mapping = plan.remoteHash(RecordHash(low: 0, high: 0))
        fingerprint = mapping.low ^ mapping.high &* 31 ^ (isPropagating ? 1 : 0)
    }

    /// Where a scan begins that has no checkpoint: where earlier ones have come; `nil` where everything is read.
    func start(of source: any RecordSource, in scope: LinkScope, ledger: any SyncLedger) async throws -> PagePosition? {
        // The entities that a job is restricted to may not have changed for long.
        guard !isFull, !isRestricted else { return nil }
        return try await ledger.cursor(in: scope, fingerprint: fingerprint).flatMap { source.start(since: $0) }
    }

    /// How far pulls have come with a page; a job for some entities leaves that as it is.
    func cursor(after page: RemotePage) -> PullCursor? {
        guard !isRestricted else { return nil }
        return page.cursor.map { PullCursor(value: $0, fingerprint: fingerprint) }
    }

    /// Whether links are marked whose records are gone.
    var notesTombstones: Bool { isPropagating && !isRestricted }

    /// The records of a page whose links are to be marked as deleted.
    func tombstones(of page: RemotePage) -> PackedStrings {
        notesTombstones ? page.tombstones : PackedStrings()
    }
}
