import FerryCore
import FoundationEssentials

/// A remote record on its way into the table.
struct PulledRow {
    /// The row of the mapped batch.
    let row: Int
    /// The record's place in the page.
    let index: Int
    /// The local identifier.
    let id: String
    /// The local identifier it had before, if that was another.
    let formerID: String?
    let remoteHash: RecordHash
    let localHash: RecordHash
    /// Two ways: the hashes of the remote values.
    var remoteFields: [UInt64] = []
    /// Two ways: what is to be written of a record that has a local row.
    var merge: PullMerge?
    /// Two ways: the local row's place among those that were read.
    var current: Int?
    /// Two ways: what both sides agree on afterwards.
    var agreement: Agreement?
}

/// What becomes of a page's records.
struct PullPageWork {
    let page: RemotePage
    let links: [Link]
    var created = 0
    var updated = 0
    var unchanged = 0
    var skipped = 0
    var held = 0
    var stillQuarantined = 0
    var refusals: [JobRefusals] = []
    var changes = LinkChanges()
    var quarantined: [QuarantinedRecord] = []
    var released = PackedStrings()
    var heldRecords: [HeldRecord] = []
    /// Two ways: the local rows as they were before.
    var current: RecordBatch?

    init(page: RemotePage, links: [Link], unchanged: Int) {
        self.page = page
        self.links = links
        self.unchanged = unchanged
    }

    mutating func refuse(_ id: String, _ hash: RecordHash, _ code: ErrorCode, _ message: String) {
        quarantined.append(QuarantinedRecord(id: id, contentHash: hash, code: code, message: message))
    }

    /// Leaves a record alone on both sides: the link remembers it, so that a push does so too.
    mutating func hold(
        _ row: PulledRow,
        _ kind: ConflictKind,
        fields: [String] = [],
        versions: HeldRecord.Versions,
        at date: Date
    ) {
        held += 1
        let localID = row.formerID ?? row.id
        changes.append(localID: localID, remoteID: page.ids[row.index], payloadHash: .held)
        heldRecords.append(
            HeldRecord(
                kind: kind,
                localID: localID,
                remoteID: page.ids[row.index],
                fields: fields,
                versions: versions,
                foundAt: date
            )
        )
    }

    mutating func link(_ row: PulledRow, plan: EntityPlan) {
        let remoteID = page.ids[row.index]
        changes.append(
            localID: row.id,
            remoteID: remoteID,
            remoteHash: row.remoteHash,
            localHash: row.agreement.map { plan.localHash(fields: $0.local) } ?? row.localHash,
            payloadHash: row.agreement.map { plan.payloadHash(remote: $0.remote) } ?? .unknown,
            fieldHashes: row.agreement?.kept(under: plan.agreed) ?? []
        )
        released.append(remoteID)
    }
}
