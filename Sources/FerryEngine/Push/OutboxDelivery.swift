import FerryCore
import Synchronization

/// Sends batches by way of the outbox, and settles each with what became of it (design §4.3).
struct OutboxDelivery: Sendable {
    let context: JobContext
    let plan: EntityPlan
    /// Reads what was sent, also under the mapping of an earlier configuration.
    let reader: AgreementReader
    let layout: PushLayout
    let sink: any RecordSink
    let scope: LinkScope
    let owners: RemoteOwners
    /// Looks at the service before anything is overwritten, where records flow both ways.
    let twoWay: TwoWayPush?
    /// What earlier jobs have sent under keys of its own, and must send again under them.
    let unanswered = UnansweredBatches()
    let overwritten = OverwrittenRecords()

    /// Writes records to the outbox, sends them and settles the outcome; a refused batch is taken apart until the bad
    /// records stand alone.
    ///
    /// - Returns: the records that were to be updated but are gone at the service, ready to be created.
    func deliver(_ operation: WriteOperation, _ records: PendingWrites) async throws -> PendingWrites {
        if operation == .create, records.count == 1, let batch = unanswered.take(records.entries[0].localID) {
            return try await deliver(operation, records, as: batch, attempts: Attempts())
        }
        let records = operation == .create ? try await leavingOutTaken(records) : records
        guard !records.isEmpty else { return records }
        return try await deliver(operation, records, as: prepare(operation, records), attempts: Attempts())
    }

    /// Writes records to the outbox.
    func prepare(_ operation: WriteOperation, _ records: PendingWrites) async throws -> OutboxBatch {
        var batch = outboxBatch(operation, records)
        batch.id = try await context.ledger.send(batch, in: scope)
        return batch
    }

    /// Delivers a batch that is in the outbox; a refused one is taken apart.
    func deliver(
        _ operation: WriteOperation,
        _ records: PendingWrites,
        as batch: OutboxBatch,
        attempts: Attempts
    ) async throws -> PendingWrites {
        let outcome = await request(operation, records, as: batch, after: attempts.requests)
        return try await finish(operation, records, as: batch, attempts: attempts, outcome)
    }

    /// Settles the outcome of a batch's request; a refused batch is taken apart.
    func finish(
        _ operation: WriteOperation,
        _ records: PendingWrites,
        as batch: OutboxBatch,
        attempts: Attempts,
        _ outcome: Result<Sent, any Error>
    ) async throws -> PendingWrites {
        switch try await conclude(operation, records, as: batch, attempts: attempts, outcome) {
        case .settled(let gone): gone
        case .refused(let failure) where failure.kind == .batchTooLarge:
            try await halve(operation, records, number: batch.id)
        case .refused(let failure): try await isolate(operation, records, failure, number: batch.id)
        }
    }

    /// Sends a batch that is in the outbox and settles it, unless it was refused as a whole: it is in the outbox then
    /// still, and had no effect.
    func attempt(
        _ operation: WriteOperation,
        _ records: PendingWrites,
        as batch: OutboxBatch,
        attempts: Attempts
    ) async throws -> Delivery {
        let outcome = await request(operation, records, as: batch, after: attempts.requests)
        return try await conclude(operation, records, as: batch, attempts: attempts, outcome)
    }

    /// Settles the outcome of a batch's request, unless it was refused as a whole.
    private func conclude(
        _ operation: WriteOperation,
        _ records: PendingWrites,
        as batch: OutboxBatch,
        attempts: Attempts,
        _ outcome: Result<Sent, any Error>
    ) async throws -> Delivery {
        let number = batch.id
        let sent: Sent
        do {
            sent = try outcome.get()
        } catch let failure as SyncFailure {
            switch failure.kind {
            case .record where records.count == 1, .batchTooLarge where records.count == 1:
                return .settled(try await settleAlone(operation, records, failure, number: number))
            case .gone where records.count == 1:
                return .settled(try await settle(operation, records, [.gone], number: number))
            case .record where failure.effect == .unknown && operation == .create && canLookUp:
                // An attempt before this answer may have landed in part: sent in other batches, it would land again.
                var lost = failure
                lost.kind = .transient
                return .settled(try await verify(records, after: lost, batch: batch, attempts: attempts))
            case .record, .batchTooLarge, .gone:
                return .refused(failure)
            case .transient where failure.effect == .unknown && operation == .create:
                return .settled(try await verify(records, after: failure, batch: batch, attempts: attempts))
            case .transient, .rateLimited, .auth, .config, .part, .deferred, .contract, .local:
                // What surely had no effect need not be looked up later.
                if failure.effect == .none { try await drop(operation, records, number: number) }
                throw failure
            }
        }
        // Whatever goes wrong from here on, the batch had its effect: it stays in the outbox until it is settled.
        var again = Again(key: batch.idempotencyKey, attempts: attempts)
        again.attempts.requests = sent.requests
        return .settled(
            try await settle(
                operation,
                records,
                sent.results,
                number: number,
                mayHaveLanded: sent.mayHaveLanded,
                again: again
            )
        )
    }

    /// Whether records can be found by their natural keys.
    private var canLookUp: Bool { RemoteLookup(context: context, plan: plan) != nil }

    /// How an attempt ended.
    enum Delivery {
        /// It is settled; the records were to be updated but are gone at the service.
        case settled(PendingWrites)
        /// The service refused the batch as a whole.
        case refused(SyncFailure)
    }

    /// How records are sent again that have had no effect.
    private struct Again {
        /// The key under which they were sent.
        var key: String
        var attempts: Attempts
    }

    /// What a request has come to.
    struct Sent {
        var results: [WriteResult]
        /// How many requests have been made of the batch.
        var requests: Int
        /// Whether an earlier one may have had its effect.
        var mayHaveLanded: Bool
    }

    /// Makes the request of a batch that is in the outbox, again where that may help.
    ///
    /// - Parameter before: how many requests have been made of the batch.
    func request(
        _ operation: WriteOperation,
        _ records: PendingWrites,
        as kept: OutboxBatch,
        after before: Int
    ) async -> Result<Sent, any Error> {
        do {
            return .success(try await send(operation, records, as: kept, after: before))
        } catch {
            return .failure(error)
        }
    }

    private func send(
        _ operation: WriteOperation,
        _ records: PendingWrites,
        as kept: OutboxBatch,
        after before: Int
    ) async throws -> Sent {
        let ability = sink.ability(for: operation)
        let isRepeatable = ability?.isRepeatable ?? false
        var batch = WriteBatch(
            operation: operation,
            records: records.batch,
            remoteIDs: PackedStrings(records.entries.lazy.map { $0.remoteID ?? "" }),
            idempotencyKey: kept.idempotencyKey
        )
        batch.madeAt = kept.madeAt
        if ability?.needsRecordKeys == true { batch.recordKeys = recordKeys(of: kept) }
        // Whether an attempt may have landed: what comes after it, another failure or a wish to stop, says nothing about
        // that one.
        let isUnknown = Mutex(unanswered.wasSent(kept.id))
        do {
            return try await context.withRetries(isRepeatable: isRepeatable) { [batch] attempt in
                var batch = batch
                batch.attempt = before + attempt
                batch.mayHaveLanded = before > 0 || isUnknown.withLock { $0 }
                do {
                    return Sent(
                        results: try await sink.write(batch),
                        requests: batch.attempt,
                        mayHaveLanded: isUnknown.withLock { $0 }
                    )
                } catch let failure as SyncFailure where failure.effect == .unknown {
                    isUnknown.withLock { $0 = true }
                    throw failure
                }
            }
        } catch let stop as JobControl.Stop {
            // Asked to stop before the request left, or after one that surely had no effect.
            if !isUnknown.withLock({ $0 }) { try await drop(operation, records, number: kept.id) }
            throw stop
        } catch var failure as SyncFailure {
            if isUnknown.withLock({ $0 }) { failure.effect = .unknown }
            throw failure
        }
    }

    /// Takes a batch that surely had no effect out of the outbox.
    ///
    /// Whose record a row was found to have is kept: without a link nobody would delete the record, should the row be
    /// deleted before its update is sent again.
    private func drop(_ operation: WriteOperation, _ records: PendingWrites, number: Int64) async throws {
        guard operation == .update else {
            _ = try await context.ledger.replace(number, by: [], in: scope)
            return
        }
        var links = LinkChanges()
        let linked = try await owners.links(of: records.entries.compactMap(\.remoteID))
        for entry in records.entries {
            guard let remoteID = entry.remoteID, linked[remoteID] == nil else { continue }
            links.append(localID: entry.localID, remoteID: remoteID)
        }
        try await context.ledger.settle(
            PushSettlement(batch: number, job: context.job.id, links: links, progress: context.progress),
            in: scope
        )
    }

    // MARK: Outcomes

    private func settle(
        _ operation: WriteOperation,
        _ records: PendingWrites,
        _ results: [WriteResult],
        number: Int64,
        mayExist: Bool = true,
        mayHaveLanded: Bool = false,
        again how: Again? = nil
    ) async throws -> PendingWrites {
        guard results.count == records.count else {
            throw SyncFailure(
                .contract,
                .contractResultMismatch,
                "the service acknowledged \(results.count) of \(records.count) records and did not say which",
                hint: "run the job again: what landed is found by its natural key",
                effect: .unknown
            )
        }
        var settlement = PushSettlement(
            batch: number,
            job: context.job.id,
            links: LinkChanges(),
            progress: JobProgress()
        )
        var gone: [Int] = []
        // Of these it is known that they have had no effect: they need not stay in the outbox.
        var again: [(index: Int, message: String)] = []
        var accepted = 0
        // What the next job decides about, since this one has seen that the service has something else.
        var left = 0
        var existing = operation == .create && mayExist ? try await twins(of: records, refusedIn: results) : nil
        var adopted: [Int] = []
        var adoptedIDs: [String] = []
        var owned = operation == .create ? try await rows(ownedAmong: results) : [:]
        for (index, result) in results.enumerated() {
            let entry = records.entries[index]
            switch result {
            case .accepted(let remoteID) where owned[remoteID] != nil:
                markOverwritten(remoteID, of: owned[remoteID] ?? "", in: &settlement.links)
                settlement.quarantined.append(entry.quarantined(.recordAmbiguous, RemoteOwners.refusal))
            case .accepted(let remoteID) where operation == .update && overwritten.contains(remoteID):
                // What this update left out was overwritten by another row's create just before.
                accepted += 1
                settlement.links.append(
                    localID: entry.localID,
                    remoteID: remoteID,
                    payloadHash: .undetermined,
                    fieldHashes: twoWay == nil ? [0] : []
                )
            case .accepted(let remoteID):
                accepted += 1
                if operation == .create { owned[remoteID] = entry.localID }
                if operation == .delete {
                    settlement.unlinkedLocalIDs.append(entry.localID)
                } else {
                    settlement.links.append(entry, remoteID: remoteID)
                }
            case .gone where operation == .create:
                // There is nothing yet that could be gone: without this the row would be neither linked nor set aside.
                settlement.quarantined.append(
                    entry.quarantined(.recordRefused, "the service says that what it was to create does not exist")
                )
            case .gone where operation == .update && twoWay != nil:
                // Deleted right now: whether that or the local change counts, the next job decides.
                left += 1
                settlement.links.append(
                    localID: entry.localID,
                    remoteID: entry.remoteID ?? "",
                    payloadHash: .undetermined
                )
            case .gone:
                settlement.unlinkedLocalIDs.append(entry.localID)
                if operation == .update { gone.append(index) }
                if operation == .delete { accepted += 1 }
            case .again(let message): again.append((index, message))
            case .refused(let message):
                let value = entry.matchValue ?? ""
                let twin = existing?.take(value, for: entry.localID, holding: entry.fieldHashes)
                guard let twin else {
                    if mayHaveLanded, operation != .create {
                        // What is refused now may have been done before: nobody knows what the service holds.
                        settlement.links.append(
                            localID: entry.localID,
                            remoteID: entry.remoteID ?? "",
                            payloadHash: .undetermined,
                            fieldHashes: twoWay == nil ? [0] : []
                        )
                    }
                    let message = existing?.isTaken(value) ?? false ? RemoteOwners.refusal : message
                    settlement.quarantined.append(entry.quarantined(.recordRefused, message))
                    continue
                }
                // It exists, and is brought up to date right away: linked when that has worked, since the service may have
                // refused the row for something else. Both ways, that would overwrite what the service has: the two are
                // compared by the next job.
                if twoWay != nil || sink.ability(for: .update) == nil {
                    settlement.links.append(
                        localID: entry.localID,
                        remoteID: twin.remoteID,
                        payloadHash: .undetermined,
                        fieldHashes: twoWay == nil ? plan.kept(remote: twin.fields) : []
                    )
                }
                adopted.append(index)
                adoptedIDs.append(twin.remoteID)
            }
        }
        let refused = settlement.quarantined.count
        context.meter.update { progress in
            switch operation {
            case .create: progress.created += accepted
            case .update: progress.updated += accepted
            case .delete: progress.deleted += accepted
            }
            progress.quarantined += refused
            progress.skipped += left + (twoWay == nil ? 0 : adopted.count)
        }
        settlement.progress = context.progress
        // What exists has no link before its update has worked: until then the outbox explains it.
        if isToBeUpdated(adopted) { settlement.batch = 0 }
        try await context.ledger.settle(settlement, in: scope)
        var lost = records.recreating(gone)
        if isToBeUpdated(adopted) {
            lost.append(try await update(records.selecting(adopted), to: adoptedIDs))
            _ = try await context.ledger.replace(number, by: [], in: scope)
        }
        if let first = again.first {
            let failure = SyncFailure(.transient, .serviceUnavailable, "a record is to be sent again: \(first.message)")
            lost.append(try await sendAgain(operation, records.selecting(again.map(\.index)), after: failure, how))
        }
        return lost
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
