/// How far a scan has come.
public struct Checkpoint: Sendable, Equatable {
    /// The position of the next page; `nil` when the scan is over.
    public var position: String?
    /// Whether the scan has reached its end.
    public var isComplete: Bool

    /// A checkpoint.
    public init(position: String?, isComplete: Bool) {
        self.position = position
        self.isComplete = isComplete
    }
}

/// What one page of a pull leaves in the ledger.
public struct PullCommit: Sendable {
    /// The job.
    public var job: String
    /// Links of records that are in the store now.
    public var links: LinkChanges
    /// Links to forget, because their records are deleted.
    public var unlinked: [Int64]
    /// Where the scan goes on.
    public var checkpoint: Checkpoint
    /// Records that were set aside.
    public var quarantined: [QuarantinedRecord]
    /// The remote identifiers of records that are not set aside any more.
    public var released: PackedStrings
    /// Records that both sides changed; their links are among `links`, as held.
    public var held: [HeldRecord]
    /// What the job has done so far.
    public var progress: JobProgress

    /// A commit.
    public init(
        job: String,
        links: LinkChanges,
        unlinked: [Int64] = [],
        checkpoint: Checkpoint,
        quarantined: [QuarantinedRecord] = [],
        released: PackedStrings = PackedStrings(),
        held: [HeldRecord] = [],
        progress: JobProgress
    ) {
        self.job = job
        self.links = links
        self.unlinked = unlinked
        self.checkpoint = checkpoint
        self.quarantined = quarantined
        self.released = released
        self.held = held
        self.progress = progress
    }
}
