import FerryCore

/// Maps a page of local rows and finds those that differ from what the service last acknowledged.
struct PushComparer: Sendable {
    let context: JobContext
    let plan: EntityPlan
    let layout: PushLayout
    let scope: LinkScope
    let sink: any RecordSink
    let owners: RemoteOwners

    /// Adds what is to be sent to `scan`.
    func compare(_ page: LocalPage, scan: inout PushScan, adopting adoption: Adoption?) async throws {
        let links = try await context.ledger.links(in: scope, localIDs: page.ids)
        for link in links where link.exists { scan.links.insert(link.id) }
        let localHashes = layout.imageColumns.isEmpty ? [] : localHashes(of: page)
        let mapped = plan.push.map(page.records, ids: page.ids)
        context.meter.note(mapped.refusals, of: plan.entity.type) { page.ids[$0] }
        let images = (0..<page.ids.count).map { RecordImage(of: $0, in: mapped.records) }
        let hashes = images.map { plan.payloadHash($0) }
        let refusedBefore = try await context.ledger.quarantinedHashes(in: scope, direction: .push, ids: page.ids)

        var found = PushPageWork()
        var changed: [Int] = []
        for row in 0..<page.ids.count {
            let problem = page.problems[row].map { MappingFailure(code: .recordInvalid, message: $0) }
            if let failure = problem ?? mapped.failures[row] {
                let hash = hashes[row].asUnmapped
                found.refused += 1
                guard hash != refusedBefore[row] else { continue }
                found.setAside(page.ids[row], hash, failure.code, failure.message)
            } else if plan.isTwoWay, links[row].payloadHash == .held {
                found.held += 1
            } else if links[row].exists, links[row].payloadHash == hashes[row] {
                found.unchanged += 1
                // It went back to what the service has before what was refused could be sent.
                if refusedBefore[row] != .unknown { found.released.append(page.ids[row]) }
            } else if refusedBefore[row] == hashes[row] {
                found.refused += 1
            } else {
                changed.append(row)
            }
        }
        let candidates = try await adoption?.candidates(for: changed.filter { !links[$0].exists }, of: mapped.records)
        var taken = try await taken(candidates, pending: scan.updates)
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
        for row in changed {
            let candidate = candidates?[row]
            if let candidate, !taken.insert(candidate.remoteID).inserted {
                found.refused += 1
                found.setAside(page.ids[row], hashes[row], .recordAmbiguous, RemoteOwners.refusal)
                continue
            }
            let entry = PendingWrites.Entry(
                localID: page.ids[row],
                remoteID: pairs[links[row].id] ?? candidate?.remoteID,
                matchValue: layout.matchValue(of: row, in: mapped.records),
                payloadHash: hashes[row],
                localHash: localHashes.isEmpty ? .unknown : localHashes[row],
                fieldHashes: plan.kept(images[row])
            )
            guard let remoteID = entry.remoteID else {
                scan.creates.append(row: row, of: mapped.records, entry: entry) { _ in true }
                continue
            }
            let known = (links[row].exists ? kept[links[row].id] : candidate?.fieldHashes) ?? []
            let isAnythingSent = images[row].fields.indices.contains { column in
                differs(images[row], from: known, at: column) && mapped.records[row, column].kind != .missing
            }
            if isAnythingSent {
                scan.updates.append(row: row, of: mapped.records, entry: entry) { column in
                    !isPartial || differs(images[row], from: known, at: column)
                }
            } else {
                found.unchanged += 1
                found.adopted.append(
                    localID: entry.localID,
                    remoteID: remoteID,
                    localHash: entry.localHash,
                    payloadHash: entry.payloadHash,
                    fieldHashes: entry.fieldHashes
                )
            }
        }
        context.meter.update { progress in
            progress.read += page.ids.count
            progress.unchanged += found.unchanged
            progress.held += found.held
            progress.quarantined += found.refused
        }
        try await keep(found)
    }

    /// Writes to the ledger what the comparison alone has settled; nothing when it has settled nothing.
    private func keep(_ found: PushPageWork) async throws {
        if !found.quarantined.isEmpty {
            try await context.ledger.quarantine(found.quarantined, direction: .push, in: scope)
        }
        if !found.released.isEmpty {
            try await context.ledger.release(ids: found.released, direction: .push, in: scope)
        }
        if found.adopted.count > 0 {
            try await context.ledger.settle(
                PushSettlement(batch: 0, job: context.job.id, links: found.adopted, progress: context.progress),
                in: scope
            )
        }
    }

    /// The remote records that no row of this page may adopt: those of other rows, linked or about to be.
    private func taken(_ candidates: [Int: AdoptionCandidate]?, pending: PendingWrites) async throws -> Set<String> {
        guard let candidates, !candidates.isEmpty else { return [] }
        return try await owners.taken(candidates.values.map(\.remoteID))
            .union(pending.entries.compactMap(\.remoteID))
    }

    /// Whether a column's value differs from the one that `known` was made of; it does when they cannot be compared.
    private func differs(_ image: RecordImage, from known: [UInt64], at column: Int) -> Bool {
        guard known.first == plan.outputFingerprint, known.count == image.fields.count + 1 else { return true }
        return image.fields[column] != known[column + 1]
    }

    private func localHashes(of page: LocalPage) -> [RecordHash] {
        (0..<page.ids.count).map { row in
            var image = RecordImage(of: row, in: page.records, columns: 0..<0)
            image.fields = layout.imageColumns.map { RecordImage.hash(page.records[row, $0], of: page.records) }
            return plan.localHash(image)
        }
    }
}

/// What the comparison of a page has found, besides what is to be sent.
private struct PushPageWork {
    var unchanged = 0
    var held = 0
    /// Rows that are set aside, now or since an earlier push.
    var refused = 0
    var quarantined: [QuarantinedRecord] = []
    var released = PackedStrings()
    var adopted = LinkChanges()

    mutating func setAside(_ id: String, _ hash: RecordHash, _ code: ErrorCode, _ message: String) {
        quarantined.append(QuarantinedRecord(id: id, contentHash: hash, code: code, message: message))
    }
}
