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
    private func prepare(_ operation: WriteOperation, _ records: PendingWrites) async throws -> OutboxBatch {
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
    struct Again {
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
        await request(writeBatch(operation, records, as: kept), records, as: kept, after: before)
    }

    /// Makes a request that is ready, again where that may help.
    func request(
        _ write: WriteBatch,
        _ records: PendingWrites,
        as kept: OutboxBatch,
        after before: Int
    ) async -> Result<Sent, any Error> {
        do {
            return .success(try await send(write, records, as: kept, after: before))
        } catch {
            return .failure(error)
        }
    }

    /// The request that carries a batch.
    func writeBatch(_ operation: WriteOperation, _ records: PendingWrites, as kept: OutboxBatch) -> WriteBatch {
        var batch = WriteBatch(
            operation: operation,
            records: records.batch,
            remoteIDs: PackedStrings(records.entries.lazy.map { $0.remoteID ?? "" }),
            idempotencyKey: kept.idempotencyKey
        )
        batch.madeAt = kept.madeAt
        if sink.ability(for: operation)?.needsRecordKeys == true { batch.recordKeys = recordKeys(of: kept) }
        return batch
    }

    private func send(
        _ batch: WriteBatch,
        _ records: PendingWrites,
        as kept: OutboxBatch,
        after before: Int
    ) async throws -> Sent {
        let operation = batch.operation
        let isRepeatable = sink.ability(for: operation)?.isRepeatable ?? false
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
        let linked = try await owners.owners(
            in: records.entries.compactMap { entry in entry.remoteID.map { (entry.localID, $0) } }
        )
        for entry in records.entries {
            guard let remoteID = entry.remoteID, linked[remoteID] == nil else { continue }
            links.append(localID: entry.localID, remoteID: remoteID)
        }
        try await context.ledger.settle(
            PushSettlement(batch: number, job: context.job.id, links: links, progress: context.progress),
            in: scope
        )
    }
}
