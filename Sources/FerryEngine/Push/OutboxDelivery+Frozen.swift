import FerryCore

// How records are sent again that the service knows again by what they are: just as they were, whatever has become of
// their rows and mappings since.
extension OutboxDelivery {
    /// Whether records that are created must be sent again with the very content that they had: the service takes them
    /// for the same by that, and there is no changing them later.
    var sendsRecordsAsTheyWere: Bool {
        sink.ability(for: .create)?.needsRecordKeys == true && sink.ability(for: .update) == nil
    }

    /// Whether an earlier job has kept what a batch's records were.
    func isFrozen(_ batch: OutboxBatch) -> Bool {
        batch.operation == .create && sendsRecordsAsTheyWere && !batch.records.isEmpty
            && batch.records.allSatisfy { !$0.content.isEmpty }
    }

    /// Sends a batch that an earlier job has left in the outbox once more, and settles it.
    ///
    /// - Returns: `false` when the service refuses it now; it is in the outbox then still.
    /// - Throws: ``SyncFailure``, with the batch in the outbox.
    func resend(_ batch: OutboxBatch) async throws -> Bool {
        // What cannot be read is damaged: its rows are sent in the ordinary way.
        guard let frozen = FrozenRecord.batch(of: batch.records.map(\.content)) else { return false }
        let sink = try context.remote.sink(plan.entity.resource, fields: frozen.paths, match: nil)
        var write = WriteBatch(
            operation: .create,
            records: frozen.records,
            remoteIDs: PackedStrings(batch.records.lazy.map { _ in "" }),
            idempotencyKey: batch.idempotencyKey
        )
        write.recordKeys = recordKeys(of: batch)
        write.madeAt = batch.madeAt
        write.mayHaveLanded = true
        let results: [WriteResult]
        do {
            results = try await context.withRetries(isRepeatable: true) { [write] attempt in
                var write = write
                write.attempt = attempt
                return try await sink.write(write)
            }
        } catch let failure as SyncFailure where [.record, .batchTooLarge, .gone].contains(failure.kind) {
            return false
        }
        var settlement = PushSettlement(
            batch: batch.id,
            job: context.job.id,
            links: LinkChanges(),
            progress: JobProgress()
        )
        for (record, result) in zip(batch.records, results) {
            guard case .accepted(let remoteID) = result else { continue }
            settlement.links.append(
                localID: record.localID,
                remoteID: remoteID,
                localHash: record.localHash,
                payloadHash: record.payloadHash,
                fieldHashes: record.fieldHashes
            )
        }
        let created = settlement.links.count
        context.meter.update { $0.created += created }
        settlement.progress = context.progress
        try await context.ledger.settle(settlement, in: scope)
        return true
    }
}
