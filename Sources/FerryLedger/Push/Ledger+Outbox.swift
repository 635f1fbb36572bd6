public import FerryCore
internal import FerrySQLite
internal import FoundationEssentials
internal import GRDB

// What is about to be sent, or was sent with an outcome that is not known.
extension Ledger {
    /// Writes a batch to the outbox, before its request leaves.
    public func send(_ batch: OutboxBatch, in scope: LinkScope) async throws -> Int64 {
        try await witness?.willSend(batch, in: scope)
        let number = try await write { database in
            try Self.require(scope, in: database)
            return try Self.keep(batch, in: scope, database: database)
        }
        mark.raise(to: number)
        return number
    }

    /// Replaces an outbox batch by its parts (bisecting), or clears it when there are none.
    public func replace(_ batch: Int64, by parts: [OutboxBatch], in scope: LinkScope) async throws -> [Int64] {
        let numbers = try await write { database in
            try Self.require(scope, in: database)
            let blob = try Row.fetchOne(
                database.cachedStatement(sql: "SELECT records FROM outbox_batch WHERE id = ?"),
                arguments: [batch]
            )
            let frozen = try blob.map { try OutboxBlob.records(in: $0.value("records") as Data) } ?? []
            try Self.clear(batch, in: scope, database: database)
            let kept = Dictionary(frozen.map { ($0.localID, $0) }) { first, _ in first }
            return try parts.map { part in
                var part = part
                part.records = try part.records.map { record in
                    guard let record = kept[record.localID] else {
                        throw LedgerFailure.broken("A part of outbox batch \(batch) has a record the batch has not.")
                    }
                    return record
                }
                return try Self.keep(part, in: scope, database: database)
            }
        }
        if let last = numbers.max() { mark.raise(to: last) }
        return numbers
    }

    /// Links what the service has acknowledged, sets refused records aside and clears the batch.
    public func settle(_ settlement: PushSettlement, in scope: LinkScope) async throws {
        try await witness?.willSettle(settlement, in: scope)
        try await write(linking: [settlement.links], in: scope) { database, links in
            try Self.settle(settlement, in: scope, links, database: database)
        }
    }

    /// Settles batches and writes the next ones to the outbox.
    public func settle(
        _ settlements: [PushSettlement],
        sending batches: [OutboxBatch],
        in scope: LinkScope
    ) async throws -> [Int64] {
        for settlement in settlements { try await witness?.willSettle(settlement, in: scope) }
        for batch in batches { try await witness?.willSend(batch, in: scope) }
        let numbers = try await write(linking: settlements.map(\.links), in: scope) { database, links in
            for settlement in settlements {
                try Self.settle(settlement, in: scope, links, database: database)
            }
            return try batches.map { try Self.keep($0, in: scope, database: database) }
        }
        if let last = numbers.max() { mark.raise(to: last) }
        return numbers
    }

    /// Notes marks of rows that would make the payloads which their links know.
    public func mark(_ marks: [LinkMark], in scope: LinkScope) async throws {
        guard !marks.isEmpty else { return }
        try await write { try self.linkWriter(in: scope, $0).mark(marks) }
    }

    /// The batches whose outcome is not known, oldest first.
    public func outbox(in scope: LinkScope) async throws -> [OutboxBatch] {
        try await read { database in
            let rows = try Row.fetchAll(
                database.cachedStatement(
                    sql: """
                        SELECT id, job, operation, idempotency_key, records FROM outbox_batch
                        WHERE scope_id = ? ORDER BY id
                        """
                ),
                arguments: [scope.id]
            )
            return try rows.map { row in
                guard let operation = WriteOperation(rawValue: try row.value("operation")) else {
                    throw DamagedValue("an outbox batch has an operation that does not exist")
                }
                return OutboxBatch(
                    id: try row.value("id"),
                    job: try row.value("job"),
                    operation: operation,
                    idempotencyKey: try row.value("idempotency_key"),
                    records: try OutboxBlob.records(in: try row.value("records") as Data)
                )
            }
        }
    }

    private static func settle(
        _ settlement: PushSettlement,
        in scope: LinkScope,
        _ links: LinkWriter,
        database: Database
    ) throws {
        try note(settlement.progress, of: settlement.job, in: database)
        if settlement.batch != 0 { try clear(settlement.batch, in: scope, database: database) }
        let connection = try database.rowPath()
        try links.delete(localIDs: settlement.unlinkedLocalIDs)
        try links.write(settlement.links)
        try ConflictWriter(connection: connection, scope: scope).write(settlement.held, settled: settlement.links)
        let quarantine = QuarantineWriter(connection: connection, scope: scope, direction: .push)
        try quarantine.release(settlement.unlinkedLocalIDs)
        try quarantine.release(settlement.links.localIDs)
        try quarantine.write(settlement.quarantined)
    }

    private static func keep(_ batch: OutboxBatch, in scope: LinkScope, database: Database) throws -> Int64 {
        let statement = try database.rowPath().prepare(
            "INSERT INTO outbox_batch (scope_id, job, operation, idempotency_key, records) VALUES (?, ?, ?, ?, ?)"
        )
        statement.bind(scope.id, at: 0)
        statement.bind(batch.job, at: 1)
        statement.bind(batch.operation.rawValue, at: 2)
        statement.bind(batch.idempotencyKey, at: 3)
        try OutboxBlob.bytes(of: batch.records).withUnsafeBytes { bytes in
            statement.bindBlob(bytes, at: 4)
            try statement.run()
        }
        return database.lastInsertedRowID
    }

    private static func clear(_ batch: Int64, in scope: LinkScope, database: Database) throws {
        try database.run(
            "DELETE FROM outbox_batch WHERE id = ? AND scope_id = ?",
            [batch, scope.id]
        )
        guard database.changesCount == 0 else { return }
        throw LedgerFailure.broken("The outbox batch \(batch) has already been cleared.")
    }
}
