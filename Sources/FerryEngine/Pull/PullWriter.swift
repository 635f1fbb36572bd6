import FerryCore
import Logging

/// Brings one page of remote records into the local table and the ledger.
struct PullWriter: Sendable {
    let context: JobContext
    let plan: EntityPlan
    let layout: PullLayout
    let table: any LocalTable
    let scope: LinkScope
    /// The highest link before the scan: later ones were made by it.
    let lastLinkBefore: Int64
    private let wanted: Set<String>?
    /// The key column's place among the local fields, where the natural key is the table's key.
    private let keyOutput: Int?

    init(
        context: JobContext,
        plan: EntityPlan,
        layout: PullLayout,
        table: any LocalTable,
        scope: LinkScope,
        lastLinkBefore: Int64
    ) {
        self.lastLinkBefore = lastLinkBefore
        self.context = context
        self.plan = plan
        self.layout = layout
        self.table = table
        self.scope = scope
        wanted = context.job.entityIDs.map { Set($0) }
        keyOutput = layout.localFields.firstIndex(of: FieldPath(segments: [.name(table.keyColumn)]))
    }

    /// Compares, maps and writes a page, then commits its links and checkpoint.
    func write(_ page: RemotePage, scan: inout PullScan) async throws {
        let links = try await context.ledger.links(in: scope, remoteIDs: page.ids)
        scan.rows += page.count
        for link in links where link.exists { scan.links.insert(link.id) }
        // At once rather than with the deletes: a scan that is interrupted has seen them all the same.
        let reappeared = links.filter { $0.missingScans > 0 }.map(\.id)
        try await context.ledger.noteMissing([], seenAgain: reappeared, in: scope)
        var changed: [Int] = []
        var unchanged: [Int] = []
        for index in page.hashes.indices {
            let isSame = plan.remoteHash(page.hashes[index]) == links[index].remoteHash
            // What is held is looked at until the two sides agree.
            if isSame, !(plan.isTwoWay && links[index].payloadHash == .held) {
                unchanged.append(index)
            } else {
                changed.append(index)
            }
        }
        let refusedBefore = try await context.ledger.quarantinedHashes(in: scope, direction: .pull, ids: page.ids)
        var work = PullPageWork(page: page, links: links, unchanged: unchanged.count)
        // They went back to what the table has before what was refused could be written.
        for index in unchanged where refusedBefore[index] != .unknown { work.released.append(page.ids[index]) }
        if !changed.isEmpty { try await write(changed, refusedBefore: refusedBefore, scan: scan, work: &work) }

        context.meter.update { progress in
            progress.read += page.count
            progress.created += work.created
            progress.updated += work.updated
            progress.unchanged += work.unchanged
            progress.skipped += work.skipped
            progress.held += work.held
            progress.quarantined += work.quarantined.count + work.stillQuarantined
        }
        do {
            try checkFailureLimit(context)
        } catch {
            // The checkpoint stays before this page; what was refused is kept so that people can see why.
            try await context.ledger.quarantine(work.quarantined, direction: .pull, in: scope)
            throw error
        }
        try await context.ledger.commitPull(
            PullCommit(
                job: context.job.id,
                links: work.changes,
                checkpoint: Checkpoint(position: page.next?.rawValue, isComplete: page.next == nil),
                quarantined: work.quarantined,
                released: work.released,
                progress: context.progress
            ),
            in: scope
        )
    }

    private func write(
        _ changed: [Int],
        refusedBefore: [RecordHash],
        scan: PullScan,
        work: inout PullPageWork
    ) async throws {
        let page = work.page
        let candidates = changed.filter { index in
            let isRefused = refusedBefore[index] == plan.remoteHash(page.hashes[index])
            if isRefused { work.stillQuarantined += 1 }
            return !isRefused
        }
        guard !candidates.isEmpty else { return }

        let extracted = try page.extract(candidates)
        let remote = extracted.records
        let payloads = plan.isTwoWay ? candidates.indices.map { payloadImage(of: $0, in: remote) } : []
        let mapped = plan.pull.map(remote, ids: nil)
        context.meter.note(mapped.refusals, of: plan.entity.type) { page.ids[candidates[$0]] }
        let linked = candidates.map { work.links[$0].id }.filter { $0 != 0 }
        let pairs = try await context.ledger.pairs(of: linked)
        let localIDs = Dictionary(pairs.map { ($0.id, $0.localID) }, uniquingKeysWith: { $1 })

        var rows: [PulledRow] = []
        rows.reserveCapacity(candidates.count)
        for (row, index) in candidates.enumerated() {
            let link = work.links[index]
            let remoteHash = plan.remoteHash(page.hashes[index])
            if let problem = extracted.problems[row] {
                work.refuse(page.ids[index], remoteHash, .recordInvalid, problem)
                continue
            }
            if let failure = mapped.failures[row] {
                work.refuse(page.ids[index], remoteHash, failure.code, failure.message)
                continue
            }
            let formerID = localIDs[link.id]
            guard let id = localID(of: row, in: mapped, remoteID: page.ids[index], formerID: formerID) else {
                work.refuse(page.ids[index], remoteHash, .recordInvalid, "the record has no value for its local key")
                continue
            }
            if let wanted, !wanted.contains(id) {
                work.skipped += 1
                continue
            }
            let image = RecordImage(of: row, in: mapped.records)
            rows.append(
                PulledRow(
                    row: row,
                    index: index,
                    id: id,
                    formerID: formerID == id ? nil : formerID,
                    remoteHash: remoteHash,
                    localHash: plan.localHash(image),
                    payload: payloads.isEmpty ? nil : payloads[row]
                )
            )
        }
        let owned = try await leavingOutAmbiguous(rows, scan: scan, work: &work)
        try await apply(owned, of: mapped.records, work: &work)
    }

    /// Sets records aside whose local row already stands for another record: they would overwrite each other at every
    /// pull.
    ///
    /// A row may pass on to another record when the one it stood for was not seen by this scan (it was replaced), or
    /// moves to another row itself.
    private func leavingOutAmbiguous(
        _ rows: [PulledRow],
        scan: PullScan,
        work: inout PullPageWork
    ) async throws -> [PulledRow] {
        let movers = rows.filter { !work.links[$0.index].exists || $0.formerID != nil }
        let owners = try await context.ledger.links(in: scope, localIDs: PackedStrings(movers.lazy.map(\.id)))
        let leaving = Set(movers.map { work.links[$0.index].id })
        var ambiguous: Set<Int> = []
        for (row, owner) in zip(movers, owners) where owner.exists && !leaving.contains(owner.id) {
            if scan.links.contains(owner.id) || owner.id > lastLinkBefore { ambiguous.insert(row.index) }
        }
        var ids: Set<String> = []
        // Who has the row already comes first.
        for row in rows where work.links[row.index].exists && row.formerID == nil { ids.insert(row.id) }
        return rows.filter { row in
            let isMover = !work.links[row.index].exists || row.formerID != nil
            guard isMover, ambiguous.contains(row.index) || !ids.insert(row.id).inserted else { return true }
            let message = "another record of the service already stands for the row '\(row.id)'"
            work.refuse(work.page.ids[row.index], row.remoteHash, .recordAmbiguous, message)
            return false
        }
    }

    /// The local identifier of a pulled record (design §4.1): what a mapping to `id` gives it, else the value of the
    /// key column, else what it was before, else the remote identifier.
    private func localID(of row: Int, in mapped: MappedBatch, remoteID: String, formerID: String?) -> String? {
        if !mapped.identifiers.isEmpty {
            let id = mapped.records.string(of: mapped.identifiers[row])
            return id.isEmpty ? nil : id
        }
        if let keyOutput {
            let id = mapped.records.string(of: mapped.records[row, keyOutput])
            return id.isEmpty ? nil : id
        }
        return formerID ?? remoteID
    }

    private func payloadImage(of row: Int, in batch: RecordBatch) -> RecordImage {
        var image = RecordImage(of: row, in: batch, columns: 0..<0)
        image.fields = layout.payloadColumns.map { RecordImage.hash(batch[row, $0], of: batch) }
        return image
    }

    // MARK: Writing

    private func apply(_ pulled: [PulledRow], of records: RecordBatch, work: inout PullPageWork) async throws {
        var rows = pulled.filter { row in
            let isSame = row.formerID == nil && work.links[row.index].localHash == row.localHash
            if isSame {
                work.unchanged += 1
                work.link(row, localHash: row.localHash, plan: plan)
            }
            return !isSame
        }
        if plan.isTwoWay { rows = try await resolve(rows, work: &work) }
        guard !rows.isEmpty else { return }

        var changes = LocalChanges(
            ids: PackedStrings(reserving: rows.count),
            records: RecordBatch(columnCount: records.columnCount, page: records.page, reservingRows: rows.count),
            areKnown: []
        )
        changes.records.arena = records.arena
        let kept = Set(rows.map(\.id))
        for row in rows {
            changes.ids.append(row.id)
            for column in 0..<records.columnCount { changes.records.cells.append(records[row.row, column]) }
            changes.areKnown.append(work.links[row.index].exists && row.formerID == nil)
        }
        let applied = try await table.apply(changes)
        work.created += applied.inserted
        work.updated += applied.updated
        let localHashes = try await localHashes(of: rows)
        var formerIDs = PackedStrings()
        for (position, row) in rows.enumerated() {
            if let reason = applied.refused[position] {
                work.refuse(work.page.ids[row.index], row.remoteHash, .storeRefused, reason)
            } else {
                work.link(row, localHash: localHashes[row.id] ?? row.localHash, plan: plan)
                if let formerID = row.formerID, !kept.contains(formerID) { formerIDs.append(formerID) }
            }
        }
        guard !formerIDs.isEmpty else { return }
        // Only now that the table has taken them under their new keys.
        _ = try await table.apply(
            LocalChanges(
                ids: PackedStrings(),
                records: RecordBatch(columnCount: records.columnCount),
                areKnown: [],
                deletedIDs: formerIDs
            )
        )
    }

    /// The hashes of what the table made of the rows, where it does not keep every value exactly.
    private func localHashes(of rows: [PulledRow]) async throws -> [String: RecordHash] {
        guard plan.isTwoWay, !table.isExact else { return [:] }
        let page = try await table.rows(ids: PackedStrings(rows.lazy.map(\.id)))
        return Dictionary(
            (0..<page.ids.count).map { (page.ids[$0], plan.localHash(RecordImage(of: $0, in: page.records))) },
            uniquingKeysWith: { $1 }
        )
    }

    /// Compares rows with what is in the table now, and leaves out those that must not be written (design §4.4).
    private func resolve(_ rows: [PulledRow], work: inout PullPageWork) async throws -> [PulledRow] {
        let current = try await table.rows(ids: PackedStrings(rows.lazy.map { $0.formerID ?? $0.id }))
        let hashes = Dictionary(
            (0..<current.ids.count).map {
                (current.ids[$0], plan.localHash(RecordImage(of: $0, in: current.records)))
            },
            uniquingKeysWith: { $1 }
        )
        var result: [PulledRow] = []
        for row in rows {
            let link = work.links[row.index]
            guard let now = hashes[row.formerID ?? row.id] else {
                // Gone here and changed there, or new: it is written (again) rather than lost.
                result.append(row)
                continue
            }
            if now == row.localHash {
                work.unchanged += 1
                work.link(row, localHash: now, plan: plan)
            } else if link.exists, now == link.localHash {
                result.append(row)
            } else {
                switch context.integration.conflicts {
                case .remoteWins: result.append(row)
                case .localWins:
                    work.unchanged += 1
                    work.link(row, localHash: .unknown, plan: plan)
                case .hold, .newest: work.hold(row)
                }
            }
        }
        return result
    }
}

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
    /// The image of what a push would write, as the service has it now.
    let payload: RecordImage?
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
    var changes = LinkChanges()
    var quarantined: [QuarantinedRecord] = []
    var released = PackedStrings()

    init(page: RemotePage, links: [Link], unchanged: Int) {
        self.page = page
        self.links = links
        self.unchanged = unchanged
    }

    mutating func refuse(_ id: String, _ hash: RecordHash, _ code: ErrorCode, _ message: String) {
        quarantined.append(QuarantinedRecord(id: id, contentHash: hash, code: code, message: message))
    }

    /// Leaves a record alone on both sides: the link remembers it, so that a push does so too.
    mutating func hold(_ row: PulledRow) {
        held += 1
        guard links[row.index].payloadHash != .held else { return }
        changes.append(localID: row.formerID ?? row.id, remoteID: page.ids[row.index], payloadHash: .held)
    }

    mutating func link(_ row: PulledRow, localHash: RecordHash, plan: EntityPlan) {
        let remoteID = page.ids[row.index]
        changes.append(
            localID: row.id,
            remoteID: remoteID,
            remoteHash: row.remoteHash,
            localHash: localHash,
            payloadHash: row.payload.map { plan.payloadHash($0) } ?? .unknown,
            fieldHashes: row.payload.map { plan.kept($0) } ?? []
        )
        released.append(remoteID)
    }
}
