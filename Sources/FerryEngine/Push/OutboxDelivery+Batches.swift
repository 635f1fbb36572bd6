import FerryCore

/// Batches on their way: those that were answered and are not settled yet, and those that are in the outbox and have not
/// left.
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
    fileprivate var answered: [Answered] = []
    fileprivate var ready: [Prepared] = []
    /// The records that were to be updated but are gone at the service, ready to be created.
    private(set) var gone: PendingWrites

    init(columnCount: Int) {
        gone = PendingWrites(columnCount: columnCount)
    }

    /// Whether nothing is on its way.
    var isEmpty: Bool { answered.isEmpty && ready.isEmpty }

    /// What is on its way.
    var records: [PendingWrites] { answered.map(\.prepared.records) + ready.map(\.records) }

    fileprivate mutating func append(gone records: PendingWrites) { gone.append(records) }

    /// Takes the records that are gone at the service.
    mutating func takeGone() -> PendingWrites {
        defer { gone = PendingWrites(columnCount: gone.batch.columnCount) }
        return gone
    }
}

// How batches follow each other: while some are sent, one after the other, those before them are settled and those after
// them are written to the outbox, in one transaction.
extension OutboxDelivery {
    /// Sends batches one after the other by way of the outbox, after those that are on their way, and settles the
    /// outcomes.
    ///
    /// A batch leaves when the one before it was answered. The last ones are in the outbox when this returns, and leave
    /// with what comes next.
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
        let count = batchesPerTurn(operation)
        for start in stride(from: 0, to: batches.count, by: max(count, 1)) {
            if count > 0 {
                flow = try await advance(flow, to: Array(batches[start..<min(start + count, batches.count)]))
            } else {
                try context.control.check()
                flow.append(gone: try await deliver(operation, batches[start]))
            }
        }
        return flow
    }

    /// Sends and settles what is on its way.
    ///
    /// - Returns: a flow with nothing but what is gone at the service.
    func finish(_ flow: DeliveryFlow) async throws -> DeliveryFlow {
        var flow = flow
        while !flow.isEmpty { flow = try await advance(flow, to: []) }
        return flow
    }

    /// Settles what was answered, and takes what has not left out of the outbox: something else has failed, which counts.
    func abandon(_ flow: DeliveryFlow) async {
        await forget(flow.ready)
        _ = await settle(flow.operation, flow.answered)
    }

    /// Sends the batches that are ready, while those before them are settled and the next ones are written to the outbox.
    private func advance(_ flow: DeliveryFlow, to next: [PendingWrites]) async throws -> DeliveryFlow {
        var flow = flow
        let operation = flow.operation
        do {
            if !flow.ready.isEmpty, !flow.answered.allSatisfy(\.isPlain) {
                let answered = flow.answered
                flow.answered = []
                flow.append(gone: try await settle(operation, answered).get())
            }
            try context.control.check()
        } catch {
            await forget(flow.ready)
            _ = try await settle(operation, flow.answered).get()
            throw error
        }
        let (before, sending) = (flow.answered, flow.ready)
        async let turn = turn(operation, from: before, to: next)
        let (answered, unsent) = await request(sending)
        let (settled, prepared) = await turn
        do {
            flow.append(gone: try settled.get())
        } catch {
            // What was sent meanwhile stays in the outbox: the next job finds out what has become of it.
            await forget(unsent + ((try? prepared.get()) ?? []))
            throw error
        }
        flow.answered = answered
        do {
            flow.ready = unsent + (try prepared.get())
        } catch {
            await forget(unsent)
            _ = try await settle(operation, answered).get()
            throw error
        }
        return flow
    }

    /// How many batches are settled together, while as many are sent; 0 where none can be in the outbox before the outcome
    /// of the one before it is known.
    ///
    /// That is so where records are told by their natural keys before they are sent, by their batch, or by what they were.
    /// And whether a create has met the record of another row shows in the links of those before it.
    private func batchesPerTurn(_ operation: WriteOperation) -> Int {
        guard operation == .create else { return 2 }
        let ability = sink.ability(for: .create)
        if ability?.identifiesByMatch == true || ability?.isKeyed == true || sendsRecordsAsTheyWere { return 0 }
        return ability?.isRepeatable == true ? 1 : 2
    }

    /// Settles the outcomes of requests, and writes the records of the next ones to the outbox.
    private func turn(
        _ operation: WriteOperation,
        from answered: [DeliveryFlow.Answered],
        to next: [PendingWrites]
    ) async -> (settled: Result<PendingWrites, any Error>, prepared: Result<[DeliveryFlow.Prepared], any Error>) {
        guard !answered.isEmpty, !next.isEmpty, answered.allSatisfy(\.isPlain) else {
            async let settled = settle(operation, answered)
            async let prepared = prepare(operation, next)
            return await (settled, prepared)
        }
        let nothing = PendingWrites(columnCount: plan.push.outputs.count)
        do {
            let settlements = try await settlements(operation, of: answered)
            do {
                return (.success(nothing), .success(try await prepare(operation, next, settling: settlements)))
            } catch {
                // Perhaps only the next ones could not be written.
                for settlement in settlements { try await context.ledger.settle(settlement, in: scope) }
                return (.success(nothing), .failure(error))
            }
        } catch {
            return (.failure(error), .success([]))
        }
    }

    /// What is to be written down of requests whose every record was taken.
    private func settlements(
        _ operation: WriteOperation,
        of answered: [DeliveryFlow.Answered]
    ) async throws -> [PushSettlement] {
        var settlements: [PushSettlement] = []
        for answered in answered {
            let sent = try answered.outcome.get()
            settlements.append(
                try await outcome(
                    operation,
                    answered.prepared.records,
                    sent.results,
                    number: answered.prepared.batch.id,
                    mayExist: true,
                    mayHaveLanded: sent.mayHaveLanded
                ).settlement
            )
        }
        return settlements
    }

    /// Writes records to the outbox, and their requests as far as they are known; in one go with what became of those
    /// before.
    private func prepare(
        _ operation: WriteOperation,
        _ batches: [PendingWrites],
        settling settlements: [PushSettlement]
    ) async throws -> [DeliveryFlow.Prepared] {
        let kept = batches.map { outboxBatch(operation, $0) }
        async let writes = zip(batches, kept).map { sink.written(writeBatch(operation, $0, as: $1)) }
        let numbers = try await context.ledger.settle(settlements, sending: kept, in: scope)
        let requests = await writes
        return numbers.indices.map { index in
            var batch = kept[index]
            batch.id = numbers[index]
            return DeliveryFlow.Prepared(records: batches[index], batch: batch, write: requests[index])
        }
    }

    /// Writes records to the outbox, if there are any.
    private func prepare(
        _ operation: WriteOperation,
        _ batches: [PendingWrites]
    ) async -> Result<[DeliveryFlow.Prepared], any Error> {
        guard !batches.isEmpty else { return .success([]) }
        do {
            return .success(try await prepare(operation, batches, settling: []))
        } catch {
            return .failure(error)
        }
    }

    /// Makes the requests of batches, one after the other.
    ///
    /// - Returns: what became of them, and those that were not sent, since there is more to do about the one before them than
    ///   to write it down, or since the job is to stop.
    private func request(
        _ batches: [DeliveryFlow.Prepared]
    ) async -> (answered: [DeliveryFlow.Answered], unsent: [DeliveryFlow.Prepared]) {
        var answered: [DeliveryFlow.Answered] = []
        for (index, prepared) in batches.enumerated() {
            if let last = answered.last, !last.isPlain || (try? context.control.check()) == nil {
                return (answered, Array(batches[index...]))
            }
            let outcome = await request(prepared.write, prepared.records, as: prepared.batch, after: 0)
            answered.append(DeliveryFlow.Answered(prepared: prepared, outcome: outcome))
        }
        return (answered, [])
    }

    /// Settles the outcomes of requests.
    private func settle(
        _ operation: WriteOperation,
        _ answered: [DeliveryFlow.Answered]
    ) async -> Result<PendingWrites, any Error> {
        var gone = PendingWrites(columnCount: plan.push.outputs.count)
        var failure: (any Error)?
        for answered in answered {
            let (records, batch) = (answered.prepared.records, answered.prepared.batch)
            do {
                gone.append(
                    try await finish(operation, records, as: batch, attempts: Attempts(), answered.outcome)
                )
            } catch {
                // The others have had their effect all the same.
                failure = failure ?? error
            }
        }
        return failure.map { .failure($0) } ?? .success(gone)
    }

    /// Takes batches out of the outbox that have not left; if one remains there all the same, the next job looks it up.
    private func forget(_ unsent: [DeliveryFlow.Prepared]) async {
        for unsent in unsent { _ = try? await context.ledger.replace(unsent.batch.id, by: [], in: scope) }
    }
}
