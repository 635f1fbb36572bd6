import FerryCore
import Synchronization

/// What is written of a page, or of several, in one transaction of the store and one of the ledger.
struct PullBatch: Sendable {
    /// Tells its intent from those of the batches before.
    let number: Int
    /// What the page says of itself, and the records that were looked at.
    let page: RemotePage
    /// How many records were read.
    let read: Int
    /// What becomes of them.
    var work: PullPageWork
    /// The records that may have to be written, with what they are made of.
    var rows: [PulledRow] = []
    var made: MappedRecords?
    /// How far the scope's pulls have come with it.
    var cursor: PullCursor?
    /// The records that are gone at the service.
    var tombstones = PackedStrings()
    /// Whether nothing that is read of other records and other rows changes when it is written and committed: the next
    /// page may be compared meanwhile, as far as it is of others.
    var canBeFollowed = false

    private let isPlain: Bool

    init(_ compared: ComparedPage, number: Int) {
        self.number = number
        page = compared.remote
        read = compared.read
        isPlain = compared.isPlain
        work = PullPageWork(page: page, links: compared.links, unchanged: compared.unchanged)
        work.skipped = compared.skipped
        work.released = compared.released
    }

    /// Notes that nothing else is known of its rows than that they stand for its records, if that is so.
    mutating func allowFollowing() {
        canBeFollowed = isPlain && rows.allSatisfy { $0.formerID == nil }
    }
}

/// The batch that the table is taking.
final class PullBatchUnderWay: Sendable {
    /// As ``PullBatch/canBeFollowed``.
    let canBeFollowed: Bool
    let keys: PullBatchKeys
    private let isEnded = Atomic(false)

    init(_ batch: PullBatch) {
        canBeFollowed = batch.canBeFollowed
        keys = PullBatchKeys(batch)
    }

    /// Whether the table is at it still.
    var isBusy: Bool { !isEnded.load(ordering: .relaxed) }

    /// Notes that the table has it, or does not take it.
    func end() { isEnded.store(true, ordering: .relaxed) }
}

/// What batches have to do with that are not committed, which the next one must keep away from; by its hash.
struct PullBatchKeys: Sendable {
    private var records: Set<UInt64> = []
    private var rows: Set<UInt64> = []

    /// Those of no batch.
    init() {}

    init(_ batch: PullBatch) {
        records = Set(batch.page.ids.hashes)
        rows = Set(PackedStrings(batch.rows.lazy.map(\.id)).hashes)
    }

    mutating func insert(_ others: PullBatchKeys) {
        records.formUnion(others.records)
        rows.formUnion(others.rows)
    }

    /// Whether a page can be compared meanwhile: none of its records is among them, and it says nothing of itself alone.
    func areApart(from page: MappedPage) -> Bool {
        records.isEmpty || page.isPlain && records.isDisjoint(with: page.keys)
    }

    /// Whether none of the next batch's rows is among them, and none that its records leave.
    func areApart(from next: PullBatch) -> Bool {
        rows.isDisjoint(with: PackedStrings(next.rows.lazy.map(\.id)).hashes)
            && rows.isDisjoint(with: PackedStrings(next.rows.lazy.compactMap(\.formerID)).hashes)
    }
}
