import FerryCore

/// Finds the rows of a page that differ from what the service last acknowledged.
struct PushComparer: Sendable {
    let context: JobContext
    let plan: EntityPlan
    let layout: PushLayout
    let scope: LinkScope
    let sink: any RecordSink
    let owners: RemoteOwners
    let twoWay: TwoWayPush?
    let mapper: PushMapper
    let table: any LocalTable

    /// Adds what is to be sent to `scan`; rows that the job has compared before are not counted again.
    ///
    /// - Parameter underWay: the updates that are being sent meanwhile.
    func compare(
        _ pushed: PushPage,
        scan: inout PushScan,
        underWay: [PendingWrites] = [],
        adopting adoption: Adoption?,
        isAgain: Bool = false
    ) async throws {
        let ids = pushed.ids
        var links = try await context.ledger.links(in: scope, localIDs: ids)
        if !isAgain { scan.rows += ids.count }
        for link in links where link.exists { scan.links.insert(link.id) }
        var refusedBefore = try await context.ledger.quarantinedHashes(in: scope, direction: .push, ids: ids)
        let isRetried = context.job.options.setAside != .leave

        var found = PushPageWork()
        var marks = pushed.marks
        let problems: [Int: String] =
            switch pushed.rows {
            case .read(let page): page.problems
            case .mapped(let rows): rows.page.problems
            case .digested: [:]
            }
        let unknown = links.indices.filter { row in
            context.job.options.isFull || refusedBefore[row] != .unknown || problems[row] != nil
                || !marks.fits(row, links[row])
        }
        mapper.note(mapped: unknown.count, of: links.count)
        var read = ids.count
        let made: MappedRows
        switch pushed.rows {
        case .mapped(let rows): made = rows
        case .read(let rows):
            found.unchanged = links.count - unknown.count
            made = await mapper.map(unknown.count < links.count ? rows.selecting(unknown) : rows)
            marks = marks.selecting(unknown)
            links = unknown.map { links[$0] }
            refusedBefore = unknown.map { refusedBefore[$0] }
        case .digested(let start):
            found.unchanged = links.count - unknown.count
            let (page, places) = try await rows(at: unknown, of: ids, from: start)
            // Rows that are gone meanwhile are the next push's.
            read -= unknown.count - places.count
            made = await mapper.map(page)
            marks = InputMarks(of: page, plan: plan)
            links = places.map { links[$0] }
            refusedBefore = places.map { refusedBefore[$0] }
        }
        let (page, mapped, images, hashes, locals) = (made.page, made.mapped, made.images, made.hashes, made.locals)
        // What was refused is counted anew in every push.
        func mark(_ row: Int) -> UInt64 { mapped.refusals.isEmpty ? marks.mark(row, payload: hashes[row]) : 0 }
        func keptOfNewRecord(_ row: Int) -> [UInt64] {
            plan.agreed.keptOfNewRecord(local: locals.isEmpty ? [] : locals[row], payload: images[row].fields) {
                mapped.records[row, $0].kind == .missing
            }
        }
        var changed: [Int] = []
        for row in 0..<page.ids.count {
            let problem = page.problems[row].map { MappingFailure(code: .recordInvalid, message: $0) }
            if let failure = problem ?? mapped.failures[row] {
                let hash = hashes[row].asUnmapped
                found.refused += 1
                guard isRetried || hash != refusedBefore[row] else { continue }
                found.setAside(page.ids[row], hash, failure.code, failure.message)
            } else if let twoWay, links[row].payloadHash == .held, !twoWay.judge.mayDecide(links[row].id) {
                found.held += 1
            } else if links[row].exists, links[row].payloadHash == hashes[row] {
                found.unchanged += 1
                // It went back to what the service has before what was refused could be sent.
                if refusedBefore[row] != .unknown { found.released.append(page.ids[row]) }
                let mark = mark(row)
                if mark != 0, links[row].inputMark != mark {
                    found.marks.append(LinkMark(link: links[row].id, mark: mark))
                }
            } else if !isRetried, refusedBefore[row] == hashes[row] {
                found.refused += 1
            } else {
                changed.append(row)
            }
        }
        let candidates = try await adoption?.candidates(for: changed.filter { !links[$0].exists }, of: mapped.records)
        var taken = try await taken(candidates, pending: underWay + scan.updates.requests)
        let linked = changed.filter { links[$0].exists }.map { links[$0].id }
        let kept = Dictionary(
            zip(linked, try await context.ledger.fieldHashes(of: linked)),
            uniquingKeysWith: { $1 }
        )
        let pairs = Dictionary(
            try await context.ledger.pairs(of: linked).map { ($0.id, $0.remoteID) },
            uniquingKeysWith: { $1 }
        )

        let isPartial = sink.ability(for: .update)?.isPartial ?? false
        // Where the natural key is the identifier, every update carries it.
        let keyColumn = sink.ability(for: .update)?.identifiesByMatch == true ? layout.matchColumn : nil
        let reader = twoWay?.reader ?? AgreementReader(plan.agreed)
        var examined: [TwoWayPush.Candidate] = []
        for row in changed {
            let candidate = candidates?[row]
            if let candidate, !taken.insert(candidate.remoteID).inserted {
                found.refused += 1
                found.setAside(page.ids[row], hashes[row], .recordAmbiguous, RemoteOwners.refusal)
                continue
            }
            var entry = PendingWrites.Entry(
                localID: page.ids[row],
                remoteID: pairs[links[row].id] ?? candidate?.remoteID,
                matchValue: layout.matchValue(of: row, in: mapped.records),
                payloadHash: hashes[row],
                localHash: locals.isEmpty ? .unknown : plan.localHash(fields: locals[row]),
                inputMark: mark(row)
            )
            if keyColumn != nil, entry.remoteID != nil, entry.remoteID != layout.identifier(of: row, in: mapped.records)
            {
                // Another key is another record: the one that the row stood for stays as it is.
                entry.remoteID = nil
            }
            guard let remoteID = entry.remoteID else {
                // If an answer were lost, nothing would tell whether it has landed; it would be created twice.
                guard layout.matchColumn == nil || entry.matchValue != nil else {
                    found.refused += 1
                    found.setAside(page.ids[row], hashes[row], .recordMissingField, layout.missingKey)
                    continue
                }
                entry.fieldHashes = keptOfNewRecord(row)
                scan.creates.append(row: row, of: mapped.records, entry: entry) { _ in true }
                continue
            }
            let base = reader.agreement(links[row].exists ? kept[links[row].id] : candidate?.fieldHashes)
            let merge = PushMerge(
                plan.agreed,
                // Found by its natural key, it has never agreed on anything with this row.
                base: twoWay != nil && candidate != nil ? Agreement(unknownIn: plan.agreed) : base,
                local: locals.isEmpty ? [] : locals[row],
                payload: images[row].fields,
                isLeftOut: { mapped.records[row, $0].kind == .missing }
            )
            let isSettled = links[row].exists && !links[row].payloadHash.isMark
            if twoWay != nil, !(merge.wanted.isEmpty && isSettled) {
                let target = RemoteLook.Target(remoteID: remoteID, matchValue: entry.matchValue)
                examined.append(TwoWayPush.Candidate(row: row, link: links[row], target: target, merge: merge))
            } else if merge.sends.isEmpty {
                entry.fieldHashes = merge.agreement.kept(under: plan.agreed)
                found.settle(entry, with: remoteID)
            } else {
                let agreement = isPartial ? merge.agreement : merge.agreementOfReplacedRecord
                entry.fieldHashes = agreement.kept(under: plan.agreed)
                let sent = isPartial ? layout.members(of: merge.sends) : Array(images[row].fields.indices)
                scan.updates.append(row: row, of: mapped.records, entry: entry) {
                    sent.contains($0) || $0 == keyColumn
                }
            }
        }
        if let twoWay, !examined.isEmpty {
            let verdicts = try await twoWay.verdicts(
                on: examined,
                page: page,
                layout: layout,
                isPartial: isPartial
            )
            for (candidate, verdict) in zip(examined, verdicts) {
                let row = candidate.row
                var entry = PendingWrites.Entry(
                    localID: page.ids[row],
                    remoteID: candidate.target.remoteID,
                    matchValue: candidate.target.matchValue,
                    payloadHash: hashes[row],
                    localHash: plan.localHash(fields: locals[row]),
                    inputMark: mark(row)
                )
                switch verdict {
                case .settled(let agreement):
                    entry.fieldHashes = agreement.kept(under: plan.agreed)
                    found.settle(entry, with: candidate.target.remoteID)
                case .update(let columns, let replaced, let agreement):
                    entry.fieldHashes = agreement.kept(under: plan.agreed)
                    if let replaced {
                        let whole = payload(row, of: mapped.records, replacing: columns, by: replaced)
                        scan.updates.append(row: 0, of: whole, entry: entry) { _ in true }
                    } else {
                        scan.updates.append(row: row, of: mapped.records, entry: entry) {
                            columns.contains($0) || $0 == keyColumn
                        }
                    }
                case .create:
                    entry.remoteID = nil
                    entry.fieldHashes = keptOfNewRecord(row)
                    scan.creates.append(row: row, of: mapped.records, entry: entry) { _ in true }
                case .hold(let record): found.hold(record)
                case .leave: found.skipped += 1
                }
            }
        }
        if !isAgain { count(found, read: read, of: page, mapped) }
        try await keep(found)
    }

    /// Reads some of a page's rows of which only the digests are known.
    ///
    /// - Parameter start: where the page begins.
    /// - Returns: those that are still there, and the place of each among `ids`.
    private func rows(
        at unknown: [Int],
        of ids: PackedStrings,
        from start: ScanPosition?
    ) async throws -> (page: LocalPage, places: [Int]) {
        guard !unknown.isEmpty else {
            // As nearly always: whoever reads the next page is not to be waited for.
            let none = RecordBatch(columnCount: layout.localFields.count)
            return (LocalPage(ids: PackedStrings(), records: none, next: nil), [])
        }
        // By their bytes: Swift takes equivalent texts for the same.
        var placeOf: [ArraySlice<UInt8>: Int] = [:]
        for place in unknown { placeOf[ids.bytes[ids.range(at: place)]] = place }
        func found(in page: LocalPage) -> [(row: Int, place: Int)] {
            (0..<page.ids.count).compactMap { row in
                placeOf[page.ids.bytes[page.ids.range(at: row)]].map { (row, $0) }
            }
        }
        if 4 * unknown.count < ids.count {
            let page = try await table.rows(ids: ids.selecting(unknown))
            // A key that is not found by its text is found where it was read.
            let found = found(in: page)
            if found.count == unknown.count, page.ids.count == found.count { return (page, found.map(\.place)) }
        }
        let page = try await table.scan(after: start, limit: ids.count)
        let found = found(in: page)
        return (page.selecting(found.map(\.row)), found.map(\.place))
    }

    private func count(_ found: PushPageWork, read: Int, of page: LocalPage, _ mapped: MappedBatch) {
        context.meter.update { progress in
            progress.read += read
            progress.unchanged += found.unchanged
            progress.held += found.held
            progress.skipped += found.skipped
            progress.quarantined += found.refused
            for refusals in mapped.refusals {
                progress.refusals.add(JobRefusals(refusals, of: plan.entity.type) { page.ids[$0] })
            }
        }
    }

    /// Writes to the ledger what the comparison alone has settled; nothing when it has settled nothing.
    private func keep(_ found: PushPageWork) async throws {
        if !found.quarantined.isEmpty {
            try await context.ledger.quarantine(found.quarantined, direction: .push, in: scope)
        }
        try await context.ledger.mark(found.marks, in: scope)
        if !found.released.isEmpty {
            try await context.ledger.release(ids: found.released, direction: .push, in: scope)
        }
        if found.adopted.count > 0 {
            try await context.ledger.settle(
                PushSettlement(
                    batch: 0,
                    job: context.job.id,
                    links: found.adopted,
                    held: found.heldRecords,
                    progress: context.progress
                ),
                in: scope
            )
        }
    }

    /// The remote records that no row of this page may adopt: those of other rows, linked or about to be.
    private func taken(_ candidates: [Int: AdoptionCandidate]?, pending: [PendingWrites]) async throws -> Set<String> {
        guard let candidates, !candidates.isEmpty else { return [] }
        return try await owners.taken(candidates.values.map(\.remoteID))
            .union(pending.lazy.flatMap(\.entries).compactMap(\.remoteID))
    }

    /// A payload with what the service has in the columns that are not `sent`.
    private func payload(
        _ row: Int,
        of records: RecordBatch,
        replacing sent: [Int],
        by values: RemoteLook.Values
    ) -> RecordBatch {
        var whole = RecordBatch(columnCount: records.columnCount)
        for column in 0..<records.columnCount {
            let cell =
                sent.contains(column)
                ? whole.copy(records[row, column], of: records)
                : whole.copy(values.batch[values.row, plan.agreed.pushed[column].remote], of: values.batch)
            whole.cells.append(cell)
        }
        return whole
    }
}

/// What the comparison of a page has found, besides what is to be sent.
private struct PushPageWork {
    var unchanged = 0
    var held = 0
    /// Rows whose remote version counts: a pull brings it.
    var skipped = 0
    /// Rows that are set aside, now or since an earlier push.
    var refused = 0
    var quarantined: [QuarantinedRecord] = []
    var released = PackedStrings()
    /// Rows that would make what the service has, which their links do not tell yet.
    var marks: [LinkMark] = []
    var adopted = LinkChanges()
    var heldRecords: [HeldRecord] = []

    /// Notes that the service has all that a row would send.
    mutating func settle(_ entry: PendingWrites.Entry, with remoteID: String) {
        unchanged += 1
        adopted.append(
            localID: entry.localID,
            remoteID: remoteID,
            localHash: entry.localHash,
            payloadHash: entry.payloadHash,
            inputMark: entry.inputMark,
            fieldHashes: entry.fieldHashes
        )
    }

    /// Leaves a record alone on both sides: the link remembers it.
    mutating func hold(_ record: HeldRecord) {
        held += 1
        adopted.append(localID: record.localID, remoteID: record.remoteID, payloadHash: .held)
        heldRecords.append(record)
    }

    mutating func setAside(_ id: String, _ hash: RecordHash, _ code: ErrorCode, _ message: String) {
        quarantined.append(QuarantinedRecord(id: id, contentHash: hash, code: code, message: message))
    }
}
