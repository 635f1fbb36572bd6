/// The sync engine's part of the daemon's memory: links, checkpoints, outbox and quarantine.
///
/// Every method that changes something is one transaction, durable when it returns (design §4.1: a link changes only
/// after the destination has durably acknowledged).
public protocol SyncLedger: Sendable {
    /// Opens the scope of an entity type. When an end's identity has changed since, links, checkpoints and outbox of
    /// the scope start anew.
    func scope(
        integration: String,
        entityType: String,
        resource: String,
        remoteIdentity: String,
        localIdentity: String
    ) async throws -> LinkScope

    // MARK: Links

    /// The links of the given remote identifiers, one for each in order; ``Link/none`` where there is none.
    func links(in scope: LinkScope, remoteIDs: PackedStrings) async throws -> [Link]

    /// The links of the given local identifiers, one for each in order; ``Link/none`` where there is none.
    func links(in scope: LinkScope, localIDs: PackedStrings) async throws -> [Link]

    /// Up to `limit` links with a number greater than `after`, in the order of their numbers, with both identifiers.
    func links(in scope: LinkScope, after: Int64, limit: Int) async throws -> [LinkedPair]

    /// The field hashes that were kept with the links of the given numbers; empty where there are none.
    func fieldHashes(of links: [Int64]) async throws -> [[UInt64]]

    /// Both identifiers of the links of the given numbers, in order; links that do not exist are left out.
    func pairs(of links: [Int64]) async throws -> [LinkedPair]

    /// The highest number of a link so far: links made later have higher ones.
    func highestLink() async throws -> Int64

    /// The number of links in a scope.
    func linkCount(in scope: LinkScope) async throws -> Int

    // MARK: Pull

    /// Commits what a pull has written to the store: links of the page, links of deleted records, the checkpoint and
    /// the job's progress, in one transaction.
    func commitPull(_ commit: PullCommit, in scope: LinkScope) async throws

    /// Where a job's scan of the scope goes on after a crash.
    func checkpoint(of job: String, in scope: LinkScope) async throws -> Checkpoint?

    /// Counts one more complete scan that `links` were missing from, and sets the count to 0 for those `seenAgain`.
    func noteMissing(_ links: [Int64], seenAgain: [Int64], in scope: LinkScope) async throws

    // MARK: Push

    /// Writes a batch to the outbox, before its request leaves.
    ///
    /// - Returns: the batch's number.
    func send(_ batch: OutboxBatch, in scope: LinkScope) async throws -> Int64

    /// Replaces an outbox batch by its parts (bisecting), or clears it when there are none.
    ///
    /// The parts choose among the batch's records by `localID`; everything else stays as the batch froze it.
    func replace(_ batch: Int64, by parts: [OutboxBatch], in scope: LinkScope) async throws -> [Int64]

    /// Links what the service has acknowledged, sets refused records aside and clears the batch, in one transaction.
    ///
    /// Records that are linked or unlinked leave the push's quarantine.
    func settle(_ settlement: PushSettlement, in scope: LinkScope) async throws

    /// The batches whose outcome is not known, oldest first.
    func outbox(in scope: LinkScope) async throws -> [OutboxBatch]

    // MARK: Quarantine

    /// The content with which each of the given records is set aside, in order; ``RecordHash/unknown`` where none is.
    ///
    /// A record whose content is still the same is not tried again.
    func quarantinedHashes(
        in scope: LinkScope,
        direction: Direction,
        ids: PackedStrings
    ) async throws -> [RecordHash]

    /// Sets records aside.
    func quarantine(_ records: [QuarantinedRecord], direction: Direction, in scope: LinkScope) async throws

    /// Takes records out of quarantine, because they went through or are gone.
    func release(ids: PackedStrings, direction: Direction, in scope: LinkScope) async throws

    /// An integration's records that are set aside, newest first.
    func quarantine(of integration: String, limit: Int) async throws -> [QuarantineEntry]

    // MARK: Adoption

    /// Keeps remote records found on first contact until their local counterparts are scanned, by match value.
    ///
    /// Of two records with the same match value the first one stays.
    func keepCandidates(_ candidates: [AdoptionCandidate], in scope: LinkScope) async throws

    /// The candidates with the given match values, one for each in order.
    func candidates(in scope: LinkScope, matchValues: PackedStrings) async throws -> [AdoptionCandidate?]

    /// Whether the scope's first contact is over.
    func isAdopted(_ scope: LinkScope) async throws -> Bool

    /// Ends the first contact: candidates are forgotten.
    func finishAdoption(in scope: LinkScope) async throws
}

/// An entity type of an integration between two particular ends.
public struct LinkScope: Sendable, Hashable {
    /// The scope's number in the ledger.
    public var id: Int64
    /// The integration's identifier.
    public var integration: String
    /// The entity type.
    public var entityType: String

    /// A scope.
    public init(id: Int64, integration: String, entityType: String) {
        self.id = id
        self.integration = integration
        self.entityType = entityType
    }
}

/// What both sides looked like when they last agreed.
public struct Link: Sendable, Equatable {
    /// The link's number; 0 for no link.
    public var id: Int64
    /// The hash of the remote record's bytes as they came, mixed with the mapping's fingerprint.
    public var remoteHash: RecordHash
    /// The hash of the local values that a pull wrote or a push read, over the pull's mapping.
    public var localHash: RecordHash
    /// The hash of the payload the remote last acknowledged, over the push's mapping.
    public var payloadHash: RecordHash
    /// How many complete scans in a row the remote record was missing from.
    public var missingScans: Int

    /// A link.
    public init(
        id: Int64,
        remoteHash: RecordHash = .unknown,
        localHash: RecordHash = .unknown,
        payloadHash: RecordHash = .unknown,
        missingScans: Int = 0
    ) {
        self.id = id
        self.remoteHash = remoteHash
        self.localHash = localHash
        self.payloadHash = payloadHash
        self.missingScans = missingScans
    }

    /// No link.
    public static let none = Link(id: 0)

    /// Whether there is a link.
    public var exists: Bool { id != 0 }
}

/// A link's two identifiers.
public struct LinkedPair: Sendable, Equatable {
    /// The link's number.
    public var id: Int64
    /// The local entity's identifier.
    public var localID: String
    /// The remote record's identifier.
    public var remoteID: String
    /// How many complete scans in a row the remote record was missing from.
    public var missingScans: Int

    /// A pair.
    public init(id: Int64, localID: String, remoteID: String, missingScans: Int = 0) {
        self.id = id
        self.localID = localID
        self.remoteID = remoteID
        self.missingScans = missingScans
    }
}

/// Links to write: column by column, a row each.
public struct LinkChanges: Sendable {
    /// The local identifiers.
    public var localIDs = PackedStrings()
    /// The remote identifiers.
    public var remoteIDs = PackedStrings()
    /// The remote records' hashes; ``RecordHash/unknown`` keeps what the link has.
    public var remoteHashes: [RecordHash] = []
    /// The local hashes; ``RecordHash/unknown`` keeps what the link has.
    public var localHashes: [RecordHash] = []
    /// The payload hashes; ``RecordHash/unknown`` keeps what the link has.
    public var payloadHashes: [RecordHash] = []
    /// The payload's field hashes; empty keeps what the link has.
    public var fieldHashes: [[UInt64]] = []

    /// No changes.
    public init() {}

    /// Adds a link, or changes the one of the same pair.
    public mutating func append(
        localID: String,
        remoteID: String,
        remoteHash: RecordHash = .unknown,
        localHash: RecordHash = .unknown,
        payloadHash: RecordHash = .unknown,
        fieldHashes fields: [UInt64] = []
    ) {
        localIDs.append(localID)
        remoteIDs.append(remoteID)
        remoteHashes.append(remoteHash)
        localHashes.append(localHash)
        payloadHashes.append(payloadHash)
        fieldHashes.append(fields)
    }

    /// The number of links.
    public var count: Int { localIDs.count }
}

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
        progress: JobProgress
    ) {
        self.job = job
        self.links = links
        self.unlinked = unlinked
        self.checkpoint = checkpoint
        self.quarantined = quarantined
        self.released = released
        self.progress = progress
    }
}

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

    /// A record.
    public init(
        localID: String,
        remoteID: String? = nil,
        matchValue: String? = nil,
        payloadHash: RecordHash = .unknown,
        localHash: RecordHash = .unknown,
        fieldHashes: [UInt64] = []
    ) {
        self.localID = localID
        self.remoteID = remoteID
        self.matchValue = matchValue
        self.payloadHash = payloadHash
        self.localHash = localHash
        self.fieldHashes = fieldHashes
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
    /// What the job has done so far.
    public var progress: JobProgress

    /// A settlement.
    public init(
        batch: Int64,
        job: String,
        links: LinkChanges,
        unlinkedLocalIDs: PackedStrings = PackedStrings(),
        quarantined: [QuarantinedRecord] = [],
        progress: JobProgress
    ) {
        self.batch = batch
        self.job = job
        self.links = links
        self.unlinkedLocalIDs = unlinkedLocalIDs
        self.quarantined = quarantined
        self.progress = progress
    }
}

/// A record to set aside.
///
/// It is tried again when its content or the mapping changes, or on request.
public struct QuarantinedRecord: Sendable, Equatable {
    /// The identifier at the source: local for a push, remote for a pull.
    public var id: String
    /// The hash of the content that was refused, mixed with the mapping's fingerprint.
    public var contentHash: RecordHash
    /// The stable code.
    public var code: ErrorCode
    /// The service's or the transform's own words.
    public var message: String

    /// A record.
    public init(id: String, contentHash: RecordHash, code: ErrorCode, message: String) {
        self.id = id
        self.contentHash = contentHash
        self.code = code
        self.message = message
    }
}

/// A record that is set aside, as people see it.
public struct QuarantineEntry: Sendable {
    /// The entity type.
    public var entityType: String
    /// The direction in which it was refused.
    public var direction: Direction
    /// The record.
    public var record: QuarantinedRecord

    /// An entry.
    public init(entityType: String, direction: Direction, record: QuarantinedRecord) {
        self.entityType = entityType
        self.direction = direction
        self.record = record
    }
}

/// A remote record found on first contact.
public struct AdoptionCandidate: Sendable, Equatable {
    /// The natural key's value as JSON text.
    public var matchValue: String
    /// The remote record's identifier.
    public var remoteID: String
    /// The hashes of the remote values of the pushed fields.
    public var fieldHashes: [UInt64]

    /// A candidate.
    public init(matchValue: String, remoteID: String, fieldHashes: [UInt64]) {
        self.matchValue = matchValue
        self.remoteID = remoteID
        self.fieldHashes = fieldHashes
    }
}
