import FerryCore

// How one batch follows the other: while a request is under way, the batch before it is settled and the one after it is
// written to the outbox.
extension OutboxDelivery {
    /// A batch in the outbox that has not left.
    private struct Prepared {
        let records: PendingWrites
        let batch: OutboxBatch
    }

    /// A request that has ended, whose outcome is not settled yet.
    private struct Answered {
        let prepared: Prepared
        let outcome: Result<Sent, any Error>

        /// Whether the ledger is all that is left to tell: every record was taken.
        var isPlain: Bool {
            guard case .success(let sent) = outcome, sent.results.count == prepared.records.count else { return false }
            return sent.results.allSatisfy { if case .accepted = $0 { true } else { false } }
        }
    }

    /// Sends batches one after the other by way of the outbox, and settles the outcomes.
    ///
    /// A batch leaves when the one before it was answered, and is settled after that one.
    ///
    /// - Returns: the records that were to be updated but are gone at the service, ready to be created.
    func deliver(_ operation: WriteOperation, _ batches: [PendingWrites]) async throws -> PendingWrites {
        var gone = PendingWrites(columnCount: plan.push.outputs.count)
        guard batches.count > 1, isPreparedAhead(operation) else {
            for records in batches {
                try context.control.check()
                gone.append(try await deliver(operation, records))
            }
            return gone
        }
        var rest = batches[...]
        var ready = try await prepare(operation, rest.popFirst()).get()
        var last: Answered?
        while let sending = ready {
            do {
                if let answered = last, !answered.isPlain {
                    last = nil
                    gone.append(try await settle(operation, answered).get())
                }
                try context.control.check()
            } catch {
                await forget([sending])
                if let answered = last { _ = try await settle(operation, answered).get() }
                throw error
            }
            async let settlement = settle(operation, last)
            async let preparation = prepare(operation, rest.popFirst())
            let answered = Answered(
                prepared: sending,
                outcome: await request(operation, sending.records, as: sending.batch, after: 0)
            )
            let (settled, following) = await (settlement, preparation)
            do {
                gone.append(try settled.get())
            } catch {
                // What was sent meanwhile stays in the outbox: the next job finds out what has become of it.
                await forget([try? following.get()].compactMap(\.self))
                throw error
            }
            last = answered
            do {
                ready = try following.get()
            } catch {
                _ = try await settle(operation, answered).get()
                throw error
            }
        }
        gone.append(try await settle(operation, last).get())
        return gone
    }

    /// Whether a batch can be in the outbox before the outcome of the one before it is known.
    ///
    /// Not where records are told by their natural keys before they are sent, by their batch, or by what they were.
    private func isPreparedAhead(_ operation: WriteOperation) -> Bool {
        guard operation == .create else { return true }
        let ability = sink.ability(for: .create)
        return ability?.identifiesByMatch != true && ability?.isKeyed != true && !sendsRecordsAsTheyWere
    }

    /// Writes records to the outbox, if there are any.
    private func prepare(
        _ operation: WriteOperation,
        _ records: PendingWrites?
    ) async -> Result<Prepared?, any Error> {
        guard let records else { return .success(nil) }
        do {
            return .success(Prepared(records: records, batch: try await prepare(operation, records)))
        } catch {
            return .failure(error)
        }
    }

    /// Settles the outcome of a request, if there is one.
    private func settle(
        _ operation: WriteOperation,
        _ answered: Answered?
    ) async -> Result<PendingWrites, any Error> {
        guard let answered else { return .success(PendingWrites(columnCount: plan.push.outputs.count)) }
        let (records, batch) = (answered.prepared.records, answered.prepared.batch)
        do {
            return .success(
                try await finish(operation, records, as: batch, attempts: Attempts(), answered.outcome)
            )
        } catch {
            return .failure(error)
        }
    }

    /// Takes batches out of the outbox that have not left; what remains there all the same is looked up by the next job.
    private func forget(_ unsent: [Prepared]) async {
        for prepared in unsent { _ = try? await context.ledger.replace(prepared.batch.id, by: [], in: scope) }
    }
}
