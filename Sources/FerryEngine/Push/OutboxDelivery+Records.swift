import FerryCore
import FoundationEssentials

// How records are kept in the outbox, and what becomes of them there.
extension OutboxDelivery {
    /// A new batch of the records, under a key of its own.
    func outboxBatch(_ operation: WriteOperation, _ records: PendingWrites) -> OutboxBatch {
        var batch = OutboxBatch(
            job: context.job.id,
            operation: operation,
            idempotencyKey: UUID(at: context.clock.now, from: context.random).uuidString,
            records: records.entries.map(\.kept)
        )
        if operation == .create, sendsRecordsAsTheyWere {
            for index in batch.records.indices {
                batch.records[index].content = FrozenRecord.bytes(of: index, in: records.batch, at: plan.push.outputs)
            }
        }
        return batch
    }

    /// What tells the records of a batch apart at a service that drops what it has had already.
    func recordKeys(of batch: OutboxBatch) -> PackedStrings {
        sink.recordKeys(of: batch, integration: context.integration.id, entityType: plan.entity.type)
    }
}

extension OutboxBatch {
    /// When the batch was first made; `nil` when that is not known any more.
    var madeAt: Date? { UUID(uuidString: idempotencyKey)?.date }
}

extension RecordSink {
    /// What tells the records of a batch apart at a service that drops what it has had already.
    ///
    /// What is sent once, or called by its row, is known by that, whatever batch it goes out in, also when the ledger is
    /// lost. What else can change is known by its batch: another version, even one that was there before, must not be
    /// dropped.
    func recordKeys(of batch: OutboxBatch, integration: String, entityType: String) -> PackedStrings {
        let isOfRow = ability(for: .update) == nil || identifiers(of: PackedStrings()) != nil
        let origin = isOfRow ? "\(integration)/\(entityType)" : batch.idempotencyKey
        return PackedStrings(batch.records.lazy.map { "\(origin)/\($0.localID)" })
    }
}

extension PendingWrites.Entry {
    /// The record as the outbox keeps it.
    var kept: OutboxRecord {
        OutboxRecord(
            localID: localID,
            remoteID: remoteID,
            matchValue: matchValue,
            payloadHash: payloadHash,
            localHash: localHash,
            fieldHashes: fieldHashes
        )
    }

    /// The record as it is set aside.
    func quarantined(_ code: ErrorCode, _ message: String) -> QuarantinedRecord {
        QuarantinedRecord(id: localID, contentHash: payloadHash, code: code, message: message)
    }
}

extension LinkChanges {
    /// Links a record whose creation has landed, or that somebody else has made meanwhile: only what holds all that was
    /// sent counts as delivered.
    mutating func append(_ record: OutboxRecord, landed: RemoteLookup.Found, plan: EntityPlan) {
        let isSame = plan.holds(landed.fields, all: record.fieldHashes)
        append(
            localID: record.localID,
            remoteID: landed.remoteID,
            localHash: isSame || !plan.isTwoWay ? record.localHash : .unknown,
            payloadHash: isSame ? record.payloadHash : .undetermined,
            // Both ways, what differs is nothing that the two sides agree on.
            fieldHashes: isSame ? record.fieldHashes : plan.isTwoWay ? [] : plan.kept(remote: landed.fields)
        )
    }

    /// Links a record that the service has taken.
    mutating func append(_ entry: PendingWrites.Entry, remoteID: String) {
        append(
            localID: entry.localID,
            remoteID: remoteID,
            localHash: entry.localHash,
            payloadHash: entry.payloadHash,
            inputMark: entry.inputMark,
            fieldHashes: entry.fieldHashes
        )
    }
}
