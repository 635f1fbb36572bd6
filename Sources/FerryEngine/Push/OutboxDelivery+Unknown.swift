import FerryCore

// What is done about outcomes that nobody knows (design §4.3): after a crash, and after an answer that was lost.
extension OutboxDelivery {
    /// Settles what an earlier attempt left in the outbox, all of whose outcomes are unknown.
    ///
    /// Records whose creation has landed are linked. Records that were to be changed may hold what was sent or not, so
    /// they are sent again even if the local row has gone back to what the service acknowledged before.
    func recover() async throws {
        let batches = try await context.ledger.outbox(in: scope)
        try await waitUntilSettled(Set(batches.filter { !isFrozen($0) }.map(\.operation)))
        for batch in batches {
            try context.control.check()
            if isFrozen(batch), try await resend(batch) { continue }
            var links = LinkChanges()
            var created = 0
            switch batch.operation {
            case .create where sink.ability(for: .create)?.isKeyed == true && batch.records.count == 1:
                // Only under its own key would the service know it again.
                unanswered.insert(batch)
                continue
            case .create where sink.ability(for: .create)?.identifiesByMatch == true:
                // Sent again it does no harm, but it may have changed the record of another row.
                let landed = batch.records.compactMap(\.matchValue).map {
                    WriteResult.accepted(remoteID: MatchValue.identifier(of: $0))
                }
                for (remoteID, localID) in try await rows(ownedAmong: landed) {
                    markOverwritten(remoteID, of: localID, in: &links)
                }
            case .create where sink.identifiers(of: PackedStrings()) != nil:
                try await keepOrphans(of: batch, in: &links)
            case .create:
                guard var found = try await landed(batch.records.compactMap(\.matchValue)) else { break }
                for record in batch.records {
                    guard let value = record.matchValue else { continue }
                    let landed = found.takeLanded(value, for: record.localID, holding: record.fieldHashes)
                    guard let landed else {
                        try await noteOverwritten(by: value, found, in: &links)
                        continue
                    }
                    links.append(record, landed: landed, plan: plan)
                    if !found.isKnown(landed.remoteID, for: record.localID) { created += 1 }
                }
                context.meter.update { $0.created += created }
            case .update where twoWay != nil:
                try await twoWay?.recover(batch.records, into: &links)
            case .update, .delete: try await doubt(batch, in: &links)
            }
            try await context.ledger.settle(
                PushSettlement(batch: batch.id, job: context.job.id, links: links, progress: context.progress),
                in: scope
            )
        }
    }

    /// Notes that nobody knows what the records hold that a batch was to change.
    private func doubt(_ batch: OutboxBatch, in links: inout LinkChanges) async throws {
        let linked = try await owners.owners(
            in: batch.records.compactMap { record in record.remoteID.map { (record.localID, $0) } }
        )
        // What a row was about to take over from another one is its own if that has landed, and not before.
        let disputed = batch.records.filter { record in
            guard batch.operation == .update, let owner = record.remoteID.flatMap({ linked[$0] }) else { return false }
            return owner != record.localID
        }
        let found =
            try await RemoteLookup(context: context, plan: plan)?.records(of: disputed.compactMap(\.matchValue)) ?? [:]
        for record in batch.records {
            // A row that was to be deleted may be back, just as it was: it is not known to have a record then.
            guard let remoteID = record.remoteID else { continue }
            var owner = linked[remoteID] ?? record.localID
            if owner != record.localID, let candidates = record.matchValue.flatMap({ found[$0] }) {
                let sent = reader.agreement(record.fieldHashes)
                let hasLanded = candidates.contains {
                    $0.remoteID == remoteID && plan.holds($0.fields, known: sent)
                }
                if hasLanded { owner = record.localID }
            }
            // A field hash alone is of no mapping: every field is compared anew, and sent.
            links.append(
                localID: owner,
                remoteID: remoteID,
                payloadHash: .undetermined,
                fieldHashes: twoWay == nil ? [0] : []
            )
        }
    }

    /// Links the records of rows that are gone by now, where records are called by their rows.
    ///
    /// They may have landed, and nobody else would delete them. Rows that are still there are sent again, and meet their
    /// own records.
    private func keepOrphans(of batch: OutboxBatch, in links: inout LinkChanges) async throws {
        guard let remoteIDs = sink.identifiers(of: recordKeys(of: batch)) else { return }
        let existing = try await owners.existing(batch.records.map(\.localID))
        for (index, record) in batch.records.enumerated() where !existing.contains(record.localID) {
            links.append(localID: record.localID, remoteID: remoteIDs[index], payloadHash: .undetermined)
        }
    }

    /// After a lost answer: links what landed, and sends the rest.
    func verify(
        _ records: PendingWrites,
        after failure: SyncFailure,
        batch: OutboxBatch,
        attempts: Attempts
    ) async throws -> PendingWrites {
        guard let lookup = RemoteLookup(context: context, plan: plan) else { throw failure }
        var attempts = attempts
        try await context.wait(after: failure, attempts: &attempts)
        try await waitUntilSettled([.create])
        let matches = try await lookup.records(of: records.entries.compactMap(\.matchValue))
        var found = try await LandedRecords(matches, plan: plan, reader: reader, owners: owners)
        var settlement = PushSettlement(batch: 0, job: context.job.id, links: LinkChanges(), progress: JobProgress())
        var rest: [Int] = []
        var differing: [Int] = []
        var differingIDs: [String] = []
        var landedCount = 0
        for (index, entry) in records.entries.enumerated() {
            guard let value = entry.matchValue,
                let landed = found.takeLanded(value, for: entry.localID, holding: entry.fieldHashes)
            else {
                rest.append(index)
                try await noteOverwritten(by: entry.matchValue, found, in: &settlement.links)
                continue
            }
            landedCount += 1
            settlement.links.append(entry.kept, landed: landed, plan: plan)
            if !plan.holds(landed.fields, all: entry.fieldHashes) {
                differing.append(index)
                differingIDs.append(landed.remoteID)
            }
        }
        if settlement.links.count > 0 {
            context.meter.update { [landedCount] in $0.created += landedCount }
            settlement.progress = context.progress
            settlement.batch = rest.isEmpty ? batch.id : 0
            try await context.ledger.settle(settlement, in: scope)
        }
        // Nothing landed: it is the same batch that goes out again, under the same key.
        guard landedCount > 0 else {
            return try await deliver(.create, records, as: batch, attempts: attempts)
        }
        var gone = PendingWrites(columnCount: records.batch.columnCount)
        if !rest.isEmpty {
            // Only now that what landed is linked may it leave the outbox.
            let remaining = records.selecting(rest)
            var next = outboxBatch(.create, remaining)
            next.id = try await context.ledger.replace(batch.id, by: [next], in: scope)[0]
            gone = try await deliver(.create, remaining, as: next, attempts: attempts)
        }
        gone.append(try await update(records.selecting(differing), to: differingIDs))
        return gone
    }

    /// Notes that a create whose outcome is unknown may have overwritten another row's record with the same natural key, where
    /// creates change what is there.
    private func noteOverwritten(
        by matchValue: String?,
        _ found: LandedRecords,
        in links: inout LinkChanges
    ) async throws {
        guard let matchValue else { return }
        for (remoteID, localID) in try await rows(ownedAmong: found.takenResults(matchValue)) {
            markOverwritten(remoteID, of: localID, in: &links)
        }
    }

    /// Waits until the service has surely finished with any request that has left: what is looked for earlier may
    /// still be about to land, and would then be created twice.
    private func waitUntilSettled(_ operations: Set<WriteOperation>) async throws {
        let longest = operations.compactMap { sink.ability(for: $0)?.settlesWithin }.max() ?? .zero
        guard longest > .zero else { return }
        try await context.wait(for: longest, reason: "verification")
    }
}
