import FerryCore

// What the service says of records, and what becomes of them in the ledger.
extension OutboxDelivery {
    /// What became of a batch's records, and what is still to be done about them once that is written down.
    struct Outcome {
        var settlement: PushSettlement
        /// The records that were to be updated but are gone at the service.
        fileprivate var gone: [Int] = []
        /// Of these it is known that they have had no effect: they need not stay in the outbox.
        fileprivate var again: [(index: Int, message: String)] = []
        /// The records that exist already, and what they are called.
        fileprivate var adopted: [(index: Int, remoteID: String)] = []
    }

    /// Writes down what became of a batch's records, and does what is still to be done about them.
    ///
    /// - Returns: the records that were to be updated but are gone at the service, ready to be created.
    func settle(
        _ operation: WriteOperation,
        _ records: PendingWrites,
        _ results: [WriteResult],
        number: Int64,
        mayExist: Bool = true,
        mayHaveLanded: Bool = false,
        again how: Again? = nil
    ) async throws -> PendingWrites {
        var outcome = try await outcome(
            operation,
            records,
            results,
            number: number,
            mayExist: mayExist,
            mayHaveLanded: mayHaveLanded
        )
        let adopted = outcome.adopted.map(\.index)
        // What exists has no link before its update has worked: until then the outbox explains it.
        if isToBeUpdated(adopted) { outcome.settlement.batch = 0 }
        try await context.ledger.settle(outcome.settlement, in: scope)
        var lost = records.recreating(outcome.gone)
        if isToBeUpdated(adopted) {
            lost.append(try await update(records.selecting(adopted), to: outcome.adopted.map(\.remoteID)))
            _ = try await context.ledger.replace(number, by: [], in: scope)
        }
        if let first = outcome.again.first {
            let failure = SyncFailure(.transient, .serviceUnavailable, "a record is to be sent again: \(first.message)")
            lost.append(
                try await sendAgain(operation, records.selecting(outcome.again.map(\.index)), after: failure, how)
            )
        }
        return lost
    }

    /// What became of a batch's records; counts them.
    func outcome(
        _ operation: WriteOperation,
        _ records: PendingWrites,
        _ results: [WriteResult],
        number: Int64,
        mayExist: Bool,
        mayHaveLanded: Bool
    ) async throws -> Outcome {
        guard results.count == records.count else {
            throw SyncFailure(
                .contract,
                .contractResultMismatch,
                "the service acknowledged \(results.count) of \(records.count) records and did not say which",
                hint: "run the job again: what landed is found by its natural key",
                effect: .unknown
            )
        }
        var outcome = Outcome(
            settlement: PushSettlement(
                batch: number,
                job: context.job.id,
                links: LinkChanges(),
                progress: JobProgress()
            )
        )
        outcome.settlement.links.areNew = sink.ability(for: operation)?.givesNewIdentifiers == true
        var accepted = 0
        // What the next job decides about, since this one has seen that the service has something else.
        var left = 0
        var existing = operation == .create && mayExist ? try await twins(of: records, refusedIn: results) : nil
        var owned = operation == .create ? try await rows(ownedAmong: results) : [:]
        for (index, result) in results.enumerated() {
            let entry = records.entries[index]
            switch result {
            case .accepted(let remoteID) where owned[remoteID] != nil:
                markOverwritten(remoteID, of: owned[remoteID] ?? "", in: &outcome.settlement.links)
                outcome.settlement.quarantined.append(entry.quarantined(.recordAmbiguous, RemoteOwners.refusal))
            case .accepted(let remoteID) where operation == .update && overwritten.contains(remoteID):
                // What this update left out was overwritten by another row's create just before.
                accepted += 1
                outcome.settlement.links.append(
                    localID: entry.localID,
                    remoteID: remoteID,
                    payloadHash: .undetermined,
                    fieldHashes: twoWay == nil ? [0] : []
                )
            case .accepted(let remoteID):
                accepted += 1
                if operation == .create { owned[remoteID] = entry.localID }
                if operation == .delete {
                    outcome.settlement.unlinkedLocalIDs.append(entry.localID)
                } else {
                    outcome.settlement.links.append(entry, remoteID: remoteID)
                }
            case .gone where operation == .create:
                // There is nothing yet that could be gone: without this the row would be neither linked nor set aside.
                outcome.settlement.quarantined.append(
                    entry.quarantined(.recordRefused, "the service says that what it was to create does not exist")
                )
            case .gone where operation == .update && twoWay != nil:
                // Deleted right now: whether that or the local change counts, the next job decides.
                left += 1
                outcome.settlement.links.append(
                    localID: entry.localID,
                    remoteID: entry.remoteID ?? "",
                    payloadHash: .undetermined
                )
            case .gone:
                outcome.settlement.unlinkedLocalIDs.append(entry.localID)
                if operation == .update { outcome.gone.append(index) }
                if operation == .delete { accepted += 1 }
            case .again(let message): outcome.again.append((index, message))
            case .refused(let message):
                let value = entry.matchValue ?? ""
                let twin = existing?.take(value, for: entry.localID, holding: entry.fieldHashes)
                guard let twin else {
                    if mayHaveLanded, operation != .create {
                        // What is refused now may have been done before: nobody knows what the service holds.
                        outcome.settlement.links.append(
                            localID: entry.localID,
                            remoteID: entry.remoteID ?? "",
                            payloadHash: .undetermined,
                            fieldHashes: twoWay == nil ? [0] : []
                        )
                    }
                    let message = existing?.isTaken(value) ?? false ? RemoteOwners.refusal : message
                    outcome.settlement.quarantined.append(entry.quarantined(.recordRefused, message))
                    continue
                }
                // It exists, and is brought up to date right away: linked when that has worked, since the service may have
                // refused the row for something else. Both ways, that would overwrite what the service has: the two are
                // compared by the next job.
                if twoWay != nil || sink.ability(for: .update) == nil {
                    outcome.settlement.links.append(
                        localID: entry.localID,
                        remoteID: twin.remoteID,
                        payloadHash: .undetermined,
                        fieldHashes: twoWay == nil ? plan.kept(remote: twin.fields) : []
                    )
                }
                outcome.adopted.append((index, twin.remoteID))
            }
        }
        let (refused, adopted) = (outcome.settlement.quarantined.count, outcome.adopted.count)
        context.meter.update { progress in
            switch operation {
            case .create: progress.created += accepted
            case .update: progress.updated += accepted
            case .delete: progress.deleted += accepted
            }
            progress.quarantined += refused
            progress.skipped += left + (twoWay == nil ? 0 : adopted)
        }
        outcome.settlement.progress = context.progress
        return outcome
    }

    /// Sends records once more that have had no effect, after a while.
    ///
    /// It is the same batch, without the others.
    ///
    /// - Throws: the failure when that was tried often enough.
    private func sendAgain(
        _ operation: WriteOperation,
        _ records: PendingWrites,
        after failure: SyncFailure,
        _ how: Again?
    ) async throws -> PendingWrites {
        var attempts = how?.attempts ?? Attempts()
        try await context.wait(after: failure, attempts: &attempts)
        var batch = outboxBatch(operation, records)
        if let how { batch.idempotencyKey = how.key }
        batch.id = try await context.ledger.send(batch, in: scope)
        return try await deliver(operation, records, as: batch, attempts: attempts)
    }

    /// Notes that the service took the record of another row for one that was created: it is not known any more to hold
    /// anything of that row, and has to be made right again.
    func markOverwritten(_ remoteID: String, of owner: String, in links: inout LinkChanges) {
        links.append(
            localID: owner,
            remoteID: remoteID,
            payloadHash: .undetermined,
            fieldHashes: twoWay == nil ? [0] : []
        )
        overwritten.insert(remoteID, of: owner)
    }

    /// Settles a record that was refused alone.
    func settleAlone(
        _ operation: WriteOperation,
        _ records: PendingWrites,
        _ failure: SyncFailure,
        number: Int64
    ) async throws -> PendingWrites {
        try await settle(
            operation,
            records,
            [.refused(failure.message)],
            number: number,
            mayExist: failure.kind == .record,
            mayHaveLanded: failure.effect == .unknown
        )
    }

    /// Whether records that were to be created, but exist, are brought up to date right away.
    private func isToBeUpdated(_ records: [Int]) -> Bool {
        !records.isEmpty && twoWay == nil && sink.ability(for: .update) != nil
    }

    /// Brings records that were to be created, but exist, up to date.
    func update(_ records: PendingWrites, to remoteIDs: [String]) async throws -> PendingWrites {
        guard isToBeUpdated(Array(records.entries.indices)) else {
            return PendingWrites(columnCount: records.batch.columnCount)
        }
        return try await deliver(.update, records.linked(to: remoteIDs))
    }
}
