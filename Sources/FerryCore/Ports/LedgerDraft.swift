/// A ledger that a job can be tried out on (design §4.7).
public protocol DraftableLedger: Sendable {
    /// Makes a ledger that begins as this one is now for one integration, and keeps to itself what is written to it.
    ///
    /// It knows no jobs, and is gone when it is let go of. Nothing is locked: jobs go on meanwhile, and what they change
    /// in links that the draft has not changed itself shows in it.
    ///
    /// - Parameter witness: is told of what is written to the draft.
    /// - Throws: ``SyncFailure`` of kind `local`.
    func draft(of integration: String, witness: any LedgerWitness) async throws -> LedgerDraft
}

/// A ledger to try things out on.
public struct LedgerDraft: Sendable {
    /// The ledger.
    public var ledger: any JobLedger & SyncLedger
    /// Where whoever works with the draft keeps what may be too much for memory.
    public var scratchpad: any Scratchpad

    /// A draft.
    public init(ledger: any JobLedger & SyncLedger, scratchpad: any Scratchpad) {
        self.ledger = ledger
        self.scratchpad = scratchpad
    }
}

/// Is told what is written to a draft: where the name says `will`, while the draft is still as it was before.
public protocol LedgerWitness: Sendable {
    /// A scope has started anew, because an end is another one than before.
    func didStartAnew(entityType: String) async throws

    /// A page of a pull is committed.
    func willCommit(_ commit: PullCommit, in scope: LinkScope) async throws

    /// A batch is written to the outbox.
    func willSend(_ batch: OutboxBatch, in scope: LinkScope) async throws

    /// What became of a batch is written down, or links that came from none.
    func willSettle(_ settlement: PushSettlement, in scope: LinkScope) async throws

    /// Records are set aside outside of a commit or a settlement.
    func willSetAside(_ records: [QuarantinedRecord], direction: Direction, in scope: LinkScope) async throws
}

/// Bytes by key, outside of memory once they are many.
public protocol Scratchpad: Sendable {
    /// The values of the given keys, one for each in order; `nil` where none is kept.
    ///
    /// - Parameter drawer: keeps the keys of one user apart from another's.
    func values(of keys: PackedStrings, in drawer: String) async throws -> [[UInt8]?]

    /// Keeps a value for each of the keys.
    func keep(_ values: [[UInt8]], for keys: PackedStrings, in drawer: String) async throws
}
