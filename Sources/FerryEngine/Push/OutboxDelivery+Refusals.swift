import FerryCore

// How the bad records of a refused batch are found (design §4.3): good ones land, bad ones end up alone with the
// service's own message.
extension OutboxDelivery {
    /// Finds the records for which a batch was refused as a whole.
    ///
    /// Those that the answer names are set aside at once. The others are found by halving: where one half is taken, the
    /// bad record is known to be in the other, which is halved without being sent; where it is refused, the other half
    /// waits. What waits is sent together once a bad record stands alone, in pieces as large as the share of bad
    /// records found so far lets hope to be taken. One bad record costs about log2(count) requests, all of them bad
    /// about two each.
    func isolate(
        _ operation: WriteOperation,
        _ records: PendingWrites,
        _ failure: SyncFailure,
        number: Int64
    ) async throws -> PendingWrites {
        var gone = PendingWrites(columnCount: records.batch.columnCount)
        var pending = records
        // Refused as a whole, so that nothing of it is under way.
        var suspects = pending
        // Where the batch may have reached the service before, and with creates always, all of it stays in the outbox until
        // the last record is settled: the refusal says nothing about the first time.
        let original = operation == .create || failure.effect == .unknown ? number : nil
        var kept = original == nil ? number : nil
        let named = failure.refusals.keys.filter { records.entries.indices.contains($0) }
        if failure.kind == .record, !named.isEmpty, named.count < records.count {
            gone.append(try await setAside(named.sorted(), of: records, operation, failure, number: kept))
            pending = records.selecting(records.entries.indices.filter { failure.refusals[$0] == nil })
            suspects = PendingWrites(columnCount: records.batch.columnCount)
            kept = nil
        }
        var bad = 0
        while !pending.isEmpty {
            if suspects.isEmpty {
                // The first piece is all there is: most batches have one bad record.
                let settled = records.count - pending.count
                let size = bad <= 1 ? pending.count : max(1, 2 * settled / bad)
                let piece = pending.selecting(0..<min(size, pending.count))
                let refusedBefore = context.meter.progress.quarantined
                switch try await attempt(operation, piece) {
                case .settled(let lost):
                    gone.append(lost)
                    pending.removeFirst(piece.count)
                    bad += min(piece.count, context.meter.progress.quarantined - refusedBefore)
                    continue
                case .refused(let failure, let batch):
                    if failure.kind == .batchTooLarge {
                        gone.append(try await halve(operation, piece, number: batch))
                        pending.removeFirst(piece.count)
                        continue
                    }
                    suspects = piece
                    kept = batch
                }
            }
            let found = try await findBad(operation, suspects, number: kept)
            gone.append(found.gone)
            bad += 1
            pending.removeFirst(found.settled)
            suspects = PendingWrites(columnCount: records.batch.columnCount)
            kept = nil
        }
        if let original { _ = try await context.ledger.replace(original, by: [], in: scope) }
        return gone
    }

    /// Halves records that were refused together until one stands alone.
    ///
    /// - Parameter number: the batch of the outbox that holds them; `nil` for none.
    /// - Returns: how many of the records, from the first on, are settled.
    private func findBad(
        _ operation: WriteOperation,
        _ records: PendingWrites,
        number: Int64?
    ) async throws -> (settled: Int, gone: PendingWrites) {
        var gone = PendingWrites(columnCount: records.batch.columnCount)
        var range = 0..<records.count
        var kept = number
        while range.count > 1 {
            let half = range.lowerBound..<range.lowerBound + range.count / 2
            let piece = records.selecting(half)
            let refusedBefore = context.meter.progress.quarantined
            switch try await attempt(operation, piece, instead: kept) {
            case .settled(let lost):
                gone.append(lost)
                if half.count == 1, context.meter.progress.quarantined > refusedBefore {
                    // The bad one itself: of the other nothing is known.
                    return (half.upperBound, gone)
                }
                range = half.upperBound..<range.upperBound
                kept = nil
            case .refused(let failure, let batch) where failure.kind == .batchTooLarge:
                gone.append(try await halve(operation, piece, number: batch))
                range = half.upperBound..<range.upperBound
                kept = nil
            case .refused(_, let batch):
                range = half
                kept = batch
            }
        }
        // Sent by itself, for the service's own words about it; should it be taken after all, all the better.
        if case .settled(let lost) = try await attempt(operation, records.selecting(range), instead: kept) {
            gone.append(lost)
        }
        return (range.upperBound, gone)
    }

    private enum Piece {
        case settled(PendingWrites)
        /// Refused as a whole; the batch is in the outbox still.
        case refused(SyncFailure, batch: Int64)
    }

    /// Sends records by way of the outbox, in place of the batch they were part of.
    private func attempt(
        _ operation: WriteOperation,
        _ records: PendingWrites,
        instead number: Int64? = nil
    ) async throws -> Piece {
        var batch = outboxBatch(operation, records)
        if let number {
            batch.id = try await context.ledger.replace(number, by: [batch], in: scope)[0]
        } else {
            batch.id = try await context.ledger.send(batch, in: scope)
        }
        switch try await attempt(operation, records, as: batch, attempts: Attempts()) {
        case .settled(let gone): return .settled(gone)
        case .refused(let failure): return .refused(failure, batch: batch.id)
        }
    }

    /// Sets the records aside that an answer names, each with the service's words for it.
    private func setAside(
        _ named: [Int],
        of records: PendingWrites,
        _ operation: WriteOperation,
        _ failure: SyncFailure,
        number: Int64?
    ) async throws -> PendingWrites {
        var gone = PendingWrites(columnCount: records.batch.columnCount)
        let parts = named.map { outboxBatch(operation, records.selecting([$0])) }
        var numbers: [Int64] = []
        if let number {
            numbers = try await context.ledger.replace(number, by: parts, in: scope)
        } else {
            for part in parts { numbers.append(try await context.ledger.send(part, in: scope)) }
        }
        for (place, index) in named.enumerated() {
            var alone = failure
            alone.message = failure.refusals[index] ?? failure.message
            gone.append(
                try await settleAlone(operation, records.selecting([index]), alone, number: numbers[place])
            )
        }
        return gone
    }

    /// Halves a batch that was too large: either half may be small enough.
    func halve(_ operation: WriteOperation, _ records: PendingWrites, number: Int64) async throws -> PendingWrites {
        let middle = records.count / 2
        let halves = [records.selecting(0..<middle), records.selecting(middle..<records.count)]
        var batches = halves.map { outboxBatch(operation, $0) }
        let numbers = try await context.ledger.replace(number, by: batches, in: scope)
        var gone = PendingWrites(columnCount: records.batch.columnCount)
        for (index, half) in halves.enumerated() {
            batches[index].id = numbers[index]
            gone.append(try await deliver(operation, half, as: batches[index], attempts: Attempts()))
        }
        return gone
    }
}
