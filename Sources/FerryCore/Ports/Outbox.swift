/// A batch in the outbox: what is about to be sent, frozen before it leaves.
public struct OutboxBatch: Sendable {
    /// The batch's number; 0 before it is kept.
    public var id: Int64
    /// The job.
    public var job: String
    /// What the request does.
    public var operation: WriteOperation
    /// Stays the same however often the batch is sent.
    public var idempotencyKey: String
    /// The records.
    public var records: [OutboxRecord]

    /// A batch.
    public init(
        id: Int64 = 0,
        job: String,
        operation: WriteOperation,
        idempotencyKey: String,
        records: [OutboxRecord]
    ) {
        self.id = id
        self.job = job
        self.operation = operation
        self.idempotencyKey = idempotencyKey
        self.records = records
    }
}

/// A record in the outbox.
public struct OutboxRecord: Sendable, Equatable {
    /// The local entity's identifier.
    public var localID: String
    /// The remote record's identifier, for updates and deletes.
    public var remoteID: String?
    /// The natural key's value as JSON text, by which the record can be found if the outcome is lost.
    public var matchValue: String?
    /// The hash of the payload that is sent.
    public var payloadHash: RecordHash
    /// The hash of the local image it was made from.
    public var localHash: RecordHash
    /// The hashes of the payload's fields.
    public var fieldHashes: [UInt64]
    /// What is sent, in the engine's own form, where it must be sent again just as it was; else empty.
    public var content: [UInt8]

    /// A record.
    public init(
        localID: String,
        remoteID: String? = nil,
        matchValue: String? = nil,
        payloadHash: RecordHash = .unknown,
        localHash: RecordHash = .unknown,
        fieldHashes: [UInt64] = [],
        content: [UInt8] = []
    ) {
        self.localID = localID
        self.remoteID = remoteID
        self.matchValue = matchValue
        self.payloadHash = payloadHash
        self.localHash = localHash
        self.fieldHashes = fieldHashes
        self.content = content
    }
}

/// How a batch of the outbox ended.
public struct PushSettlement: Sendable {
    /// The batch; 0 when the links did not come from a batch (adoption).
    public var batch: Int64
    /// The job.
    public var job: String
    /// Links of records that are durable at the service.
    public var links: LinkChanges
    /// The local identifiers of links to forget, because their records are deleted or gone.
    public var unlinkedLocalIDs: PackedStrings
    /// Records that the service refused.
    public var quarantined: [QuarantinedRecord]
    /// Records that both sides changed; their links are among `links`, as held.
    public var held: [HeldRecord]
    /// What the job has done so far.
    public var progress: JobProgress

    /// A settlement.
    public init(
        batch: Int64,
        job: String,
        links: LinkChanges,
        unlinkedLocalIDs: PackedStrings = PackedStrings(),
        quarantined: [QuarantinedRecord] = [],
        held: [HeldRecord] = [],
        progress: JobProgress
    ) {
        self.batch = batch
        self.job = job
        self.links = links
        self.unlinkedLocalIDs = unlinkedLocalIDs
        self.quarantined = quarantined
        self.held = held
        self.progress = progress
    }
}
