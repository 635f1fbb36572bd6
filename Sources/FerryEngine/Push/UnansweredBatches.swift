import FerryCore
import Synchronization

/// Batches that an earlier job sent under an idempotency key, and whose answers nobody knows.
///
/// The service knows such a batch again by its key only. So it stays in the outbox until its row comes by, and is sent
/// again under the key it had.
final class UnansweredBatches: Sendable {
    private let state = Mutex<(waiting: [String: OutboxBatch], sent: Set<Int64>)>(([:], []))

    /// Notes a batch of one record.
    func insert(_ batch: OutboxBatch) {
        state.withLock { state in
            state.sent.insert(batch.id)
            for record in batch.records { state.waiting[record.localID] = batch }
        }
    }

    /// Takes the batch that a row was sent in.
    func take(_ localID: String) -> OutboxBatch? {
        state.withLock { $0.waiting.removeValue(forKey: localID) }
    }

    /// Whether a batch had been sent before this job began.
    func wasSent(_ id: Int64) -> Bool {
        state.withLock { $0.sent.contains(id) }
    }

    /// Those whose rows have not come by.
    var waiting: [OutboxBatch] {
        state.withLock { $0.waiting.values.sorted { $0.id < $1.id } }
    }
}

extension OutboxDelivery {
    /// Clears batches whose rows do not exist any more: nobody will send them again.
    func forgetUnanswered(of table: any LocalTable) async throws {
        let waiting = unanswered.waiting
        guard !waiting.isEmpty else { return }
        let ids = PackedStrings(waiting.flatMap { $0.records.map(\.localID) })
        let existing = Set(try await table.rows(ids: ids).ids.strings)
        for batch in waiting where batch.records.allSatisfy({ !existing.contains($0.localID) }) {
            _ = try await context.ledger.replace(batch.id, by: [], in: scope)
        }
    }
}
