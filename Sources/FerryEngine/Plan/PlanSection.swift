import FerryCore

/// What a plan collects about the entity type that is at work.
struct PlanSection: Sendable {
    var plan: EntityTypePlan
    /// What the job had counted before.
    let before: JobProgress
    var scope: LinkScope?
    /// The remote paths that are written, and the natural key's.
    var remoteFields: [FieldPath] = []
    var match: FieldPath?
    /// Whether the local table takes and keeps every value.
    var isTableExact = true
    /// The identifiers of the records that are held and listed.
    var heldIDs: Set<[UInt8]> = []
    /// How many of how many linked records would be deleted.
    var doomed: ProgressMeter.PlannedDeletes?
    /// The operations that the job asked for and that the resource does not take.
    var unsupported: Set<WriteOperation> = []
    /// The batches that earlier jobs left in the outbox; `nil` until they are looked at.
    var leftovers: [Int64: OutboxBatch]?
    /// The batches that are in the outbox now, by what tells requests apart.
    var batches: [String: SentBatch] = [:]
    /// What has been written to the table since the last commit.
    var page = PageWrites()

    /// A batch on its way.
    struct SentBatch: Sendable {
        var records: [OutboxRecord]
        /// The places of the records that are not linked yet, but are there.
        var unlinked: Set<Int> = []
    }

    /// The writes of a page of a pull, which are told before the links that they belong to.
    struct PageWrites: Sendable {
        var inserted: Set<[UInt8]> = []
        var deleted: Set<[UInt8]> = []
        /// The places of those that are listed, by local identifier.
        var creates: [[UInt8]: Int] = [:]
        var updates: [[UInt8]: Int] = [:]
    }

    /// Takes over what the job has counted for this entity type.
    mutating func end(_ meter: ProgressMeter) {
        plan.progress = meter.progress.counted(since: before)
        doomed = meter.takeDeletes()
    }
}

extension JobProgress {
    /// The records counted since `before`.
    fileprivate func counted(since before: JobProgress) -> JobProgress {
        var counts = self
        counts.read -= before.read
        counts.created -= before.created
        counts.updated -= before.updated
        counts.unchanged -= before.unchanged
        counts.deleted -= before.deleted
        counts.skipped -= before.skipped
        counts.quarantined -= before.quarantined
        counts.held -= before.held
        return counts
    }
}
