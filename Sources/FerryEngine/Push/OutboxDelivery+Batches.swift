import FerryCore

/// Batches on their way: one that was answered and is not settled yet, and one that is in the outbox and has not left.
///
/// Whoever holds one hands it to ``OutboxDelivery/deliver(_:_:after:)`` or ``OutboxDelivery/finish(_:)`` once, or lets
/// go of it with ``OutboxDelivery/abandon(_:)``.
struct DeliveryFlow: Sendable {
    /// A batch in the outbox that has not left.
    fileprivate struct Prepared: Sendable {
        let records: PendingWrites
        let batch: OutboxBatch
        /// Its request.
        let write: WriteBatch
    }

    /// A request that has ended, whose outcome is not settled yet.
    fileprivate struct Answered: Sendable {
        let prepared: Prepared
        let outcome: Result<OutboxDelivery.Sent, any Error>

        /// Whether the ledger is all that is left to tell: every record was taken.
        var isPlain: Bool {
            guard case .success(let sent) = outcome, sent.results.count == prepared.records.count else { return false }
            return sent.results.allSatisfy { if case .accepted = $0 { true } else { false } }
        }
    }

    fileprivate var operation = WriteOperation.create
    fileprivate var answered: Answered?
    fileprivate var ready: Prepared?
    /// The records that were to be updated but are gone at the service, ready to be created.
    private(set) var gone: PendingWrites

    init(columnCount: Int) {
        gone = PendingWrites(columnCount: columnCount)
    }

    /// Whether nothing is on its way.
    var isEmpty: Bool { answered == nil && ready == nil }

    /// What is on its way.
    var records: [PendingWrites] { [answered?.prepared.records, ready?.records].compactMap(\.self) }

    fileprivate mutating func append(gone records: PendingWrites) { gone.append(records) }

    /// Takes the records that are gone at the service.
    mutating func takeGone() -> PendingWrites {
        defer { gone = PendingWrites(columnCount: gone.batch.columnCount) }
        return gone
    }
}

// How one batch follows the other: while a request is under way, the batch before it is settled and the one after it is
// written to the outbox.
extension OutboxDelivery {
    /// Sends batches one after the other by way of the outbox, after those that are on their way, and settles the
    /// outcomes.
    ///
    /// A batch leaves when the one before it was answered, and is settled after that one. The last one of them is in the
    /// outbox when this returns, and leaves with what comes next.
    ///
    /// - Returns: what is on its way then. On a failure nothing is, and what has not left is not in the outbox.
    func deliver(
        _ operation: WriteOperation,
        _ batches: [PendingWrites],
        after flow: DeliveryFlow
    ) async throws -> DeliveryFlow {
        guard !batches.isEmpty else { return flow }
        var flow = operation == flow.operation ? flow : try await finish(flow)
        flow.operation = operation
        for records in batches {
            if isPreparedAhead(operation) {
                flow = try await advance(flow, to: records)
            } else {
                try context.control.check()
                flow.append(gone: try await deliver(operation, records))
            }
        }
        return flow
    }

    /// Sends and settles what is on its way.
    ///
    /// - Returns: a flow with nothing but what is gone at the service.
    func finish(_ flow: DeliveryFlow) async throws -> DeliveryFlow {
        var flow = flow
        while !flow.isEmpty { flow = try await advance(flow, to: nil) }
        return flow
    }

    /// Settles what was answered, and takes what has not left out of the outbox: something else has failed, which counts.
    func abandon(_ flow: DeliveryFlow) async {
        await forget(flow.ready)
        _ = await settle(flow.operation, flow.answered)
    }

    /// Sends the batch that is ready, while the one before it is settled and the next one is written to the outbox.
    private func advance(_ flow: DeliveryFlow, to next: PendingWrites?) async throws -> DeliveryFlow {
        var flow = flow
        let operation = flow.operation
        do {
            if flow.ready != nil, let answered = flow.answered, !answered.isPlain {
                flow.answered = nil
                flow.append(gone: try await settle(operation, answered).get())
            }
            try context.control.check()
        } catch {
            await forget(flow.ready)
            _ = try await settle(operation, flow.answered).get()
            throw error
        }
        let (before, sending) = (flow.answered, flow.ready)
        async let settlement = settle(operation, before)
        async let preparation = prepare(operation, next)
        let answered = await request(sending)
        let (settled, prepared) = await (settlement, preparation)
        do {
            flow.append(gone: try settled.get())
        } catch {
            // What was sent meanwhile stays in the outbox: the next job finds out what has become of it.
            await forget(try? prepared.get())
            throw error
        }
        flow.answered = answered
        do {
            flow.ready = try prepared.get()
        } catch {
            _ = try await settle(operation, answered).get()
            throw error
        }
        return flow
    }

    /// Whether a batch can be in the outbox before the outcome of the one before it is known.
    ///
    /// Not where records are told by their natural keys before they are sent, by their batch, or by what they were.
    private func isPreparedAhead(_ operation: WriteOperation) -> Bool {
        guard operation == .create else { return true }
        let ability = sink.ability(for: .create)
        return ability?.identifiesByMatch != true && ability?.isKeyed != true && !sendsRecordsAsTheyWere
    }

    /// Writes records to the outbox, and their request as far as it is known, if there are any.
    private func prepare(
        _ operation: WriteOperation,
        _ records: PendingWrites?
    ) async -> Result<DeliveryFlow.Prepared?, any Error> {
        guard let records else { return .success(nil) }
        do {
            var batch = outboxBatch(operation, records)
            let write = sink.written(writeBatch(operation, records, as: batch))
            batch.id = try await context.ledger.send(batch, in: scope)
            return .success(DeliveryFlow.Prepared(records: records, batch: batch, write: write))
        } catch {
            return .failure(error)
        }
    }

    /// Makes the request of a batch, if there is one.
    private func request(_ prepared: DeliveryFlow.Prepared?) async -> DeliveryFlow.Answered? {
        guard let prepared else { return nil }
        return DeliveryFlow.Answered(
            prepared: prepared,
            outcome: await request(prepared.write, prepared.records, as: prepared.batch, after: 0)
        )
    }

    /// Settles the outcome of a request, if there is one.
    private func settle(
        _ operation: WriteOperation,
        _ answered: DeliveryFlow.Answered?
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

    /// Takes a batch out of the outbox that has not left; if it remains there all the same, the next job looks it up.
    private func forget(_ unsent: DeliveryFlow.Prepared?) async {
        guard let unsent else { return }
        _ = try? await context.ledger.replace(unsent.batch.id, by: [], in: scope)
    }
}
