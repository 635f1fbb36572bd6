public import FoundationEssentials

/// The sync engine's part of the daemon's memory: links, checkpoints, outbox and quarantine.
///
/// Every method that changes something is one transaction, durable when it returns (design §4.1: a link changes only
/// after the destination has durably acknowledged).
public protocol SyncLedger: ConflictLedger {
    /// Opens the scope of an entity type. When an end's identity has changed since, links, checkpoints and outbox of
    /// the scope start anew, and the integration's running job gets a note that says so.
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

    /// Up to `limit` links whose remote identifiers begin with `prefix` and come after `after`, in the order of these
    /// identifiers' bytes; an empty `after` is the start.
    func links(
        in scope: LinkScope,
        remotePrefix prefix: String,
        after: String,
        limit: Int
    ) async throws -> [LinkedPair]

    /// The field hashes that were kept with the links of the given numbers; empty where there are none.
    func fieldHashes(of links: [Int64]) async throws -> [[UInt64]]

    /// Both identifiers of the links of the given numbers, in order; links that do not exist are left out.
    func pairs(of links: [Int64]) async throws -> [LinkedPair]

    /// The highest number of a link so far: links made later have higher ones.
    func highestLink() async throws -> Int64

    /// The number of links in a scope.
    func linkCount(in scope: LinkScope) async throws -> Int

    /// Notes marks of rows that would make the payloads which their links know.
    func mark(_ marks: [LinkMark], in scope: LinkScope) async throws

    // MARK: Pull

    /// Commits what a pull has written to the store: links of the page, links of deleted records, the checkpoint and
    /// the job's progress, in one transaction.
    func commitPull(_ commit: PullCommit, in scope: LinkScope) async throws

    /// Notes what a pull is about to write or delete, in place of what was noted before under the same number;
    /// ``commitPull(_:in:)`` forgets it.
    func intend(_ intent: PullIntent, in scope: LinkScope) async throws

    /// What a pull was about to write when it was cut off: nothing when all that was written is committed. No record
    /// and no row is in two of them.
    func intents(in scope: LinkScope) async throws -> [PullIntent]

    /// Links rows of an intent that turned out to be written, drops the links `unlinked` of those that turned out to be
    /// deleted, and forgets it, in one transaction.
    func settleIntent(_ number: Int, links: LinkChanges, unlinked: [Int64], in scope: LinkScope) async throws

    /// Where a job's scan of the scope goes on after a crash.
    func checkpoint(of job: String, in scope: LinkScope) async throws -> Checkpoint?

    /// Counts one more complete scan that `links` were missing from, and sets the count to 0 for those `seenAgain`.
    func noteMissing(_ links: [Int64], seenAgain: [Int64], in scope: LinkScope) async throws

    /// How far the scope's pulls have come; `nil` before the first, or when that was with another fingerprint.
    func cursor(in scope: LinkScope, fingerprint: UInt64) async throws -> String?

    /// Up to `limit` links with a number greater than `after` whose records the service says are deleted, in the order
    /// of their numbers.
    func tombstones(in scope: LinkScope, after: Int64, limit: Int) async throws -> [LinkedPair]

    /// When the scope's identifiers were last looked at in full.
    func lastSweep(in scope: LinkScope) async throws -> Date?

    /// Notes that the scope's identifiers were looked at in full.
    func noteSweep(at date: Date, in scope: LinkScope) async throws

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

    /// Settles batches and writes the next ones to the outbox, in one transaction: the disk is waited for once.
    ///
    /// - Returns: the next ones' numbers, in order.
    func settle(
        _ settlements: [PushSettlement],
        sending batches: [OutboxBatch],
        in scope: LinkScope
    ) async throws -> [Int64]

    /// The batches whose outcome is not known, oldest first.
    func outbox(in scope: LinkScope) async throws -> [OutboxBatch]

    /// How far the scope's pushes have come, where its rows tell when they changed last; `nil` when that is not known.
    func pushCursor(in scope: LinkScope) async throws -> PushCursor?

    /// Notes how far the scope's pushes have come; `nil` forgets it, so that the next one compares all rows.
    func keep(_ cursor: PushCursor?, in scope: LinkScope) async throws

    /// Whether it is not known of some record what it holds (``RecordHash/undetermined``).
    func hasUndeterminedLinks(in scope: LinkScope) async throws -> Bool

    /// The number of rows that pushes know: those that are linked, and those that are set aside without a link.
    func knownRowCount(in scope: LinkScope) async throws -> Int

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

    /// A page of the records that are set aside, newest first: those with a number below `number`; `nil` is the start.
    func quarantine(_ filter: QuarantineFilter, before number: Int64?, limit: Int) async throws -> [QuarantineEntry]

    // MARK: Adoption

    /// Keeps remote records found on first contact until their local counterparts are scanned, by match value; `isFirst`
    /// forgets what an earlier read found.
    ///
    /// Of two records with the same match value the first one stays.
    func keepCandidates(_ candidates: [AdoptionCandidate], isFirst: Bool, in scope: LinkScope) async throws

    /// The candidates with the given match values, one for each in order.
    func candidates(in scope: LinkScope, matchValues: PackedStrings) async throws -> [AdoptionCandidate?]

    /// Whether the scope's first contact is over.
    func isAdopted(_ scope: LinkScope) async throws -> Bool

    /// Ends the first contact: candidates are forgotten.
    func finishAdoption(in scope: LinkScope) async throws
}
