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

/// How far a scope's pulls have come, whatever becomes of the job.
public struct PullCursor: Sendable, Equatable {
    /// What the source made of it: opaque to everybody else.
    public var value: String
    /// What the records were pulled with: a cursor of another mapping says nothing.
    public var fingerprint: UInt64

    /// A cursor.
    public init(value: String, fingerprint: UInt64) {
        self.value = value
        self.fingerprint = fingerprint
    }
}

/// What one page of a pull leaves in the ledger.
public struct PullCommit: Sendable {
    /// The job.
    public var job: String
    /// The numbers of the intents that were carried out.
    public var intents: [Int]
    /// Links of records that are in the store now.
    public var links: LinkChanges
    /// Links to forget, because their records are deleted.
    public var unlinked: [Int64]
    /// Where the scan goes on.
    public var checkpoint: Checkpoint
    /// How far the scope's pulls have come; `nil` leaves what there is.
    public var cursor: PullCursor?
    /// The remote identifiers of records that the service says are deleted: their links are marked, until the records
    /// are seen again or the links forgotten.
    public var tombstones: PackedStrings
    /// Records that were set aside.
    public var quarantined: [QuarantinedRecord]
    /// The remote identifiers of records that are not set aside any more.
    public var released: PackedStrings
    /// Records that both sides changed; their links are among `links`, as held.
    public var held: [HeldRecord]
    /// What people should know about the job besides: a sentence each.
    public var notes: [String]
    /// What the job has done so far.
    public var progress: JobProgress

    /// A commit.
    public init(
        job: String,
        intents: [Int] = [0],
        links: LinkChanges,
        unlinked: [Int64] = [],
        checkpoint: Checkpoint,
        cursor: PullCursor? = nil,
        tombstones: PackedStrings = PackedStrings(),
        quarantined: [QuarantinedRecord] = [],
        released: PackedStrings = PackedStrings(),
        held: [HeldRecord] = [],
        notes: [String] = [],
        progress: JobProgress
    ) {
        self.job = job
        self.intents = intents
        self.links = links
        self.unlinked = unlinked
        self.checkpoint = checkpoint
        self.cursor = cursor
        self.tombstones = tombstones
        self.quarantined = quarantined
        self.released = released
        self.held = held
        self.notes = notes
        self.progress = progress
    }

    /// Takes in what comes next of the same job.
    public mutating func add(_ next: PullCommit) {
        intents += next.intents
        links.append(next.links)
        unlinked += next.unlinked
        checkpoint = next.checkpoint
        cursor = next.cursor ?? cursor
        tombstones += next.tombstones
        quarantined += next.quarantined
        released += next.released
        held += next.held
        notes += next.notes
        progress = next.progress
    }
}
