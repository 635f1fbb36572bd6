import FerryCore
import FoundationEssentials
import Logging

/// Brings one page of remote records into the local table and the ledger.
struct PullWriter: Sendable {
    let context: JobContext
    let plan: EntityPlan
    let layout: PullLayout
    let table: any LocalTable
    let scope: LinkScope
    /// Compares with the local rows, where records flow both ways.
    let twoWay: TwoWayPull?
    /// The highest link before the scan: later ones were made by it.
    let known: KnownLinks
    private let wanted: Set<String>?
    /// The key column's place among the local fields, where the records say the table's key.
    private let keyOutput: Int?
    let meeting: PullMeeting

    init(
        context: JobContext,
        plan: EntityPlan,
        layout: PullLayout,
        table: any LocalTable,
        scope: LinkScope,
        twoWay: TwoWayPull?,
        known: KnownLinks,
        keyOutput: Int?,
        meeting: PullMeeting
    ) {
        self.twoWay = twoWay
        self.known = known
        self.context = context
        self.plan = plan
        self.layout = layout
        self.table = table
        self.scope = scope
        wanted = context.job.entityIDs.map { Set($0) }
        self.keyOutput = keyOutput
        self.meeting = meeting
    }

    /// Compares a page's records with their links.
    func compare(_ mappedPage: MappedPage, scan: inout PullScan) async throws -> ComparedPage {
        let page = mappedPage.remote
        let links = try await context.ledger.links(in: scope, remoteIDs: page.ids)
        scan.rows += page.count
        if page.slice != nil {
            // One that comes twice stands where another should have been: the slice is not known as a whole.
            for link in links where link.exists && (scan.links.contains(link.id) || link.id > known.last) {
                scan.isSliceShaken = true
            }
        }
        for link in links where link.exists { scan.links.insert(link.id) }
        // At once rather than with the deletes: a scan that is interrupted has seen them all the same.
        let reappeared = links.filter { $0.missingScans > 0 }.map(\.id)
        try await context.ledger.noteMissing([], seenAgain: reappeared, in: scope)
        let refusedBefore = try await context.ledger.quarantinedHashes(in: scope, direction: .pull, ids: page.ids)
        let isOnlyRetry = context.job.options.setAside == .retryOnly
        var changed: [Int] = []
        var unchanged: [Int] = []
        for index in page.hashes.indices {
            if refusedBefore[index] != .unknown {
                scan.refusals.insert(page.ids[index])
            } else if isOnlyRetry {
                continue
            }
            let isSame = plan.remoteHash(page.hashes[index]) == links[index].remoteHash
            // What is held is looked at until the two sides agree.
            if isSame, !(plan.isTwoWay && links[index].payloadHash == .held) {
                unchanged.append(index)
            } else {
                changed.append(index)
            }
        }
        return ComparedPage(
            mappedPage,
            links: links,
            refusedBefore: refusedBefore,
            changed: changed,
            unchanged: unchanged
        )
    }

    /// Counts records that the service says are deleted: those that are here are counted as deleted when they are.
    func note(_ tombstones: PackedStrings) async throws {
        let isPropagated = plan.entity.deletes == .propagate && !context.job.isRestrictedToRecords
        let links = try await context.ledger.links(in: scope, remoteIDs: tombstones)
        context.meter.update { progress in
            progress.read += tombstones.count
            if isPropagated {
                progress.unchanged += links.count { !$0.exists }
            } else {
                progress.skipped += tombstones.count
            }
        }
    }

    /// Finds out what is to be written of a page, as far as the table need not be asked.
    ///
    /// It reads nothing that the batch before it changes if that is ``PullBatch/canBeFollowed``.
    func prepare(_ compared: ComparedPage, number: Int, scan: inout PullScan) async throws -> PullBatch {
        var batch = PullBatch(compared, number: number)
        batch.cursor = scan.memory.cursor(after: batch.page)
        batch.tombstones = scan.memory.tombstones(of: batch.page)
        if let slice = batch.page.slice, slice.isEnd {
            if scan.memory.notesTombstones, !scan.isSliceShaken {
                try await addVanished(from: slice, scan: scan, to: &batch.tombstones)
            }
            scan.isSliceShaken = false
        }
        if !compared.changed.isEmpty { try await prepare(compared.changed, of: compared, in: &batch) }
        return batch
    }

    /// Notes what is about to be written of a batch.
    func intend(_ batch: inout PullBatch) async throws {
        guard let made = batch.made, !batch.rows.isEmpty else { return }
        if let twoWay {
            batch.rows = try await twoWay.resolve(batch.rows, of: made, work: &batch.work)
        } else {
            batch.rows = leavingOutUnchanged(batch.rows, work: &batch.work)
        }
        if !batch.rows.isEmpty { try await intend(batch.rows, of: made, batch) }
    }

    /// Writes a batch to the table.
    ///
    /// - Returns: the batch with what has become of it.
    func apply(_ batch: PullBatch) async throws -> PullBatch {
        guard let made = batch.made, !batch.rows.isEmpty else { return batch }
        var applied = batch
        try await apply(batch.rows, of: made, work: &applied.work)
        return applied
    }

    /// Counts what has become of a batch.
    ///
    /// - Throws: ``SyncFailure`` where more was refused than the integration bears: the checkpoint stays before it then.
    func count(_ batch: PullBatch) async throws {
        let (page, work) = (batch.page, batch.work)
        context.meter.update { progress in
            progress.read += batch.read
            progress.created += work.created
            progress.updated += work.updated
            progress.unchanged += work.unchanged
            progress.skipped += work.skipped
            progress.held += work.held
            progress.quarantined += work.quarantined.count + work.stillQuarantined
            for refusals in work.refusals { progress.refusals.add(refusals) }
            let room = JobShortfall.limit - progress.shortfalls.count
            progress.shortfalls += page.shortfalls.prefix(max(0, room))
        }
        do {
            try checkFailureLimit(context)
        } catch {
            // What was refused is kept so that people can see why.
            try await context.ledger.quarantine(work.quarantined, direction: .pull, in: scope)
            throw error
        }
    }

    /// What is to be committed of a batch that the table has.
    func landed(_ batch: PullBatch) -> PullCommit {
        let (page, work) = (batch.page, batch.work)
        return PullCommit(
            job: context.job.id,
            intents: [batch.number],
            links: work.changes,
            checkpoint: Checkpoint(
                position: (page.resume ?? page.next)?.rawValue,
                isComplete: page.next == nil
            ),
            cursor: batch.cursor,
            tombstones: batch.tombstones,
            quarantined: work.quarantined,
            released: work.released,
            held: work.heldRecords,
            notes: page.notes,
            progress: context.progress
        )
    }

    /// Commits links and a checkpoint.
    func commit(_ landed: PullCommit) async throws {
        var commit = landed
        commit.progress = context.progress
        try await context.ledger.commitPull(commit, in: scope)
    }

    /// Adds the records that were in a slice before, and that this scan, which has read all of it, has not seen.
    private func addVanished(
        from slice: RemoteSlice,
        scan: PullScan,
        to tombstones: inout PackedStrings
    ) async throws {
        var after = ""
        while true {
            let page = try await context.ledger.links(
                in: scope,
                remotePrefix: slice.prefix,
                after: after,
                limit: 1000
            )
            guard let last = page.last else { return }
            after = last.remoteID
            for pair in page where known.contain(pair.id, missingFrom: scan.links) {
                tombstones.append(pair.remoteID)
            }
        }
    }

    private func prepare(_ changed: [Int], of compared: ComparedPage, in batch: inout PullBatch) async throws {
        let page = batch.page
        let candidates = changed.filter { index in
            let isRefused =
                context.job.options.setAside == .leave
                && compared.refusedBefore[index] == plan.remoteHash(page.hashes[index])
            if isRefused { batch.work.stillQuarantined += 1 }
            return !isRefused
        }
        guard !candidates.isEmpty else { return }

        // What was refused of the others is nothing to count.
        let madeOfAll = compared.made.flatMap { $0.isClean || candidates.count == page.count ? $0 : nil }
        let made: MappedRecords
        if let madeOfAll {
            made = madeOfAll
        } else {
            made = await MappedRecords(try page.extract(candidates), plan: plan)
        }
        let places = madeOfAll == nil ? Array(candidates.indices) : candidates
        let mapped = made.mapped
        batch.work.refusals = mapped.refusals.map { refusals in
            JobRefusals(refusals, of: plan.entity.type) { page.ids[candidates[$0]] }
        }
        let linked = candidates.map { batch.work.links[$0].id }.filter { $0 != 0 }
        let pairs = try await context.ledger.pairs(of: linked)
        let localIDs = Dictionary(pairs.map { ($0.id, $0.localID) }, uniquingKeysWith: { $1 })
        let met = try await meeting.localIDs(
            of: zip(places, candidates).filter { !batch.work.links[$1].exists }.map { ($0, page.ids[$1]) },
            remote: made.extracted.records,
            mapped: mapped.records,
            in: table
        )

        var rows: [PulledRow] = []
        rows.reserveCapacity(candidates.count)
        for (row, index) in zip(places, candidates) {
            let link = batch.work.links[index]
            let remoteHash = plan.remoteHash(page.hashes[index])
            if let problem = made.extracted.problems[row] {
                batch.work.refuse(page.ids[index], remoteHash, .recordInvalid, problem)
                continue
            }
            if let failure = mapped.failures[row] {
                batch.work.refuse(page.ids[index], remoteHash, failure.code, failure.message)
                continue
            }
            let formerID = localIDs[link.id]
            guard let id = localID(of: row, in: mapped, otherwise: formerID ?? met[row] ?? page.ids[index]) else {
                batch.work.refuse(
                    page.ids[index],
                    remoteHash,
                    .recordInvalid,
                    "the record has no value for its local key"
                )
                continue
            }
            if let wanted, !wanted.contains(id) {
                batch.work.skipped += 1
                continue
            }
            rows.append(
                PulledRow(
                    row: row,
                    index: index,
                    id: id,
                    formerID: formerID == id ? nil : formerID,
                    remoteHash: remoteHash,
                    localHash: made.localHash(of: row)
                )
            )
        }
        batch.made = made
        batch.rows = rows
    }

    /// The local identifier of a pulled record (design §4.1): what a mapping to `id` gives it, else the value of the
    /// key column, else the row it is known to stand for.
    private func localID(of row: Int, in mapped: MappedBatch, otherwise knownID: String) -> String? {
        if !mapped.identifiers.isEmpty {
            let id = mapped.records.string(of: mapped.identifiers[row])
            return id.isEmpty ? nil : id
        }
        if let keyOutput {
            let id = mapped.records.string(of: mapped.records[row, keyOutput])
            return id.isEmpty ? nil : id
        }
        return knownID
    }
}
