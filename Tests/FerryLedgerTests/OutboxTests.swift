import FerryCore
import FerryLedger
import FerrySQLite
import FoundationEssentials
import Testing

@Suite struct OutboxTests {
    private func withPush(_ body: (Ledger, LinkScope, String) async throws -> Void) async throws {
        try await LedgerFixture.with { ledger in
            let job = try await ledger.running("job_1", "shop", .push)
            try await body(ledger, try await ledger.products(), job.id)
        }
    }

    private let records = [
        OutboxRecord(
            localID: "A",
            remoteID: "x",
            matchValue: "\"sku\"",
            payloadHash: hash(1),
            localHash: hash(2),
            fieldHashes: [3, .max],
            content: [0, 1, 255]
        ),
        OutboxRecord(localID: "B"),
        OutboxRecord(localID: "C", matchValue: "7", payloadHash: hash(4)),
    ]

    private func batch(_ job: String, key: String = "key", records: [OutboxRecord]? = nil) -> OutboxBatch {
        OutboxBatch(job: job, operation: .update, idempotencyKey: key, records: records ?? self.records)
    }

    @Test func batchesComeBackAsTheyWereFrozenOldestFirst() async throws {
        try await withPush { ledger, scope, job in
            let first = try await ledger.send(batch(job, key: "1"), in: scope)
            let second = try await ledger.send(batch(job, key: "2", records: []), in: scope)
            #expect(second > first)
            let outbox = try await ledger.outbox(in: scope)
            #expect(outbox.map(\.id) == [first, second])
            #expect(outbox.map(\.idempotencyKey) == ["1", "2"])
            #expect(outbox[0].records == records)
            #expect(outbox[0].job == job)
            #expect(outbox[0].operation == .update)
        }
    }

    @Test func aLedgerWhoseRecordsAreRowsIsBroughtUpToDate() async throws {
        try await LedgerFixture.withDirectory { fixture in
            let ledger = try Ledger(path: fixture.path)
            let job = try await ledger.running("job_1", "shop", .push).id
            let first = try await ledger.send(batch(job, records: []), in: ledger.products())
            let second = try await ledger.send(batch(job, records: []), in: ledger.products())
            try ledger.close()
            try rawConnection(fixture.path).execute(
                """
                CREATE TABLE outbox_record (
                    batch_id INTEGER NOT NULL REFERENCES outbox_batch ON DELETE CASCADE,
                    position INTEGER NOT NULL CHECK (position >= 0),
                    local_id TEXT NOT NULL,
                    remote_id TEXT,
                    match_value TEXT,
                    payload_low INTEGER NOT NULL,
                    payload_high INTEGER NOT NULL,
                    local_low INTEGER NOT NULL,
                    local_high INTEGER NOT NULL,
                    field_hashes BLOB CHECK (length(field_hashes) % 8 = 0),
                    content BLOB,
                    PRIMARY KEY (batch_id, position)
                ) STRICT, WITHOUT ROWID;
                INSERT INTO outbox_record VALUES
                    (\(first), 1, 'B', NULL, NULL, 0, 0, 0, 0, NULL, NULL),
                    (\(first), 0, 'A', 'x', '"a"', 1, -2, 3, 4, x'0100000000000000FFFFFFFFFFFFFFFF', x'0A0B'),
                    (\(second), 0, 'C', NULL, NULL, 0, 0, 0, 0, NULL, NULL);
                ALTER TABLE outbox_batch DROP COLUMN records;
                DELETE FROM grdb_migrations WHERE identifier = '13-outbox-blobs';
                """
            )
            let again = try Ledger(path: fixture.path)
            let whole = OutboxRecord(
                localID: "A",
                remoteID: "x",
                matchValue: "\"a\"",
                payloadHash: RecordHash(low: 1, high: UInt64(bitPattern: -2)),
                localHash: RecordHash(low: 3, high: 4),
                fieldHashes: [1, .max],
                content: [10, 11]
            )
            let scope = try await again.products()
            let outbox = try await again.outbox(in: scope)
            #expect(outbox.map(\.id) == [first, second])
            #expect(outbox.map(\.records) == [[whole, OutboxRecord(localID: "B")], [OutboxRecord(localID: "C")]])
            _ = try await again.send(batch(job), in: scope)
            #expect(try await again.outbox(in: scope).last?.records == records)
        }
    }

    @Test(arguments: ["CAST(records || x'00' AS BLOB)", "substr(records, 1, length(records) - 1)", "x'FFFFFFFF'"])
    func aBatchWhoseBytesAreDamagedIsReported(damage: String) async throws {
        try await withPush { ledger, scope, job in
            _ = try await ledger.send(batch(job), in: scope)
            try rawConnection(ledger.path).execute("UPDATE outbox_batch SET records = \(damage)")
            let failure = await #expect(throws: SyncFailure.self) { _ = try await ledger.outbox(in: scope) }
            #expect(failure?.code == .ledgerDamaged)
            #expect(failure?.message.contains("an outbox batch is cut short") == true)
        }
    }

    @Test func settlingLinksSetsAsideAndClears() async throws {
        try await withPush { ledger, scope, job in
            try await ledger.link([("gone", "g")], in: scope, job: job)
            let refused = QuarantinedRecord(id: "A", contentHash: hash(1), code: .recordRefused, message: "Once.")
            try await ledger.quarantine([refused], direction: .push, in: scope)
            let number = try await ledger.send(batch(job), in: scope)
            var settlement = PushSettlement(batch: number, job: job, links: LinkChanges(), progress: JobProgress())
            settlement.links.append(localID: "A", remoteID: "x", payloadHash: hash(1))
            settlement.unlinkedLocalIDs = ["gone"]
            settlement.quarantined = [
                QuarantinedRecord(id: "B", contentHash: hash(2), code: .recordRefused, message: "Too long.")
            ]
            settlement.progress.updated = 1
            try await ledger.settle(settlement, in: scope)
            #expect(try await ledger.outbox(in: scope).isEmpty)
            #expect(try await ledger.allPairs(in: scope) == ["A": "x"])
            #expect(try await ledger.quarantine(of: "shop", limit: 9).map(\.record) == settlement.quarantined)
            #expect(try await ledger.job(job)?.progress.updated == 1)
        }
    }

    @Test func batchIsSettledOnce() async throws {
        try await withPush { ledger, scope, job in
            let number = try await ledger.send(batch(job), in: scope)
            var settlement = PushSettlement(batch: number, job: job, links: LinkChanges(), progress: JobProgress())
            try await ledger.settle(settlement, in: scope)
            settlement.links.append(localID: "A", remoteID: "x")
            let second = settlement
            await #expect(throws: SyncFailure.self) { try await ledger.settle(second, in: scope) }
            #expect(try await ledger.linkCount(in: scope) == 0)
        }
    }

    @Test func batchesAreSettledAndTheNextOnesKeptTogetherOrNotAtAll() async throws {
        try await withPush { ledger, scope, job in
            var settlements: [PushSettlement] = []
            for id in ["A", "B"] {
                let number = try await ledger.send(batch(job, key: id), in: scope)
                var settlement = PushSettlement(batch: number, job: job, links: LinkChanges(), progress: JobProgress())
                settlement.links.append(localID: id, remoteID: id.lowercased())
                settlements.append(settlement)
            }
            let both = settlements
            let next = [batch(job, key: "next", records: []), batch(job, key: "last")]
            let numbers = try await ledger.settle(both, sending: next, in: scope)
            let outbox = try await ledger.outbox(in: scope)
            #expect(outbox.map(\.id) == numbers)
            #expect(outbox.map(\.idempotencyKey) == ["next", "last"])
            #expect(try await ledger.allPairs(in: scope) == ["A": "a", "B": "b"])

            // Of what is settled already nothing is settled again, and then nothing else is written either.
            var third = both[1]
            third.batch = numbers[0]
            third.links = LinkChanges()
            third.links.append(localID: "C", remoteID: "c")
            let again = [third, both[0]]
            await #expect(throws: SyncFailure.self) { try await ledger.settle(again, sending: next, in: scope) }
            #expect(try await ledger.outbox(in: scope).map(\.id) == numbers)
            #expect(try await ledger.allPairs(in: scope) == ["A": "a", "B": "b"])
        }
    }

    @Test func partsKeepWhatTheBatchFroze() async throws {
        try await withPush { ledger, scope, job in
            let number = try await ledger.send(batch(job), in: scope)
            var changed = records[0]
            changed.payloadHash = hash(99)
            let parts = [batch(job, key: "1", records: [changed]), batch(job, key: "2", records: [records[2]])]
            let numbers = try await ledger.replace(number, by: parts, in: scope)
            let outbox = try await ledger.outbox(in: scope)
            #expect(outbox.map(\.id) == numbers)
            #expect(outbox.map(\.records) == [[records[0]], [records[2]]])
            #expect(outbox.map(\.idempotencyKey) == ["1", "2"])
        }
    }

    @Test func batchWithoutPartsIsCleared() async throws {
        try await withPush { ledger, scope, job in
            let number = try await ledger.send(batch(job), in: scope)
            #expect(try await ledger.replace(number, by: [], in: scope) == [])
            #expect(try await ledger.outbox(in: scope).isEmpty)
            await #expect(throws: SyncFailure.self) { _ = try await ledger.replace(number, by: [], in: scope) }
        }
    }

    @Test func partWithAForeignRecordLeavesTheBatchAsItIs() async throws {
        try await withPush { ledger, scope, job in
            let number = try await ledger.send(batch(job), in: scope)
            let parts = [batch(job, records: [records[0]]), batch(job, records: [OutboxRecord(localID: "Z")])]
            await #expect(throws: SyncFailure.self) { _ = try await ledger.replace(number, by: parts, in: scope) }
            #expect(try await ledger.outbox(in: scope).map(\.id) == [number])
            #expect(try await ledger.outbox(in: scope).map(\.records) == [records])
        }
    }

    @Test func unknownOutcomeOutlivesItsJob() async throws {
        try await withPush { ledger, scope, job in
            let number = try await ledger.send(batch(job), in: scope)
            try await ledger.finish(job, as: .failed, at: start, progress: JobProgress(), failure: nil)
            // The last run of a direction is kept, whatever its age.
            let later = try await ledger.running("job_2", "shop", .push)
            try await ledger.finish(later.id, as: .failed, at: start + 1, progress: JobProgress(), failure: nil)
            try await ledger.prune(before: .distantFuture, maximum: 0)
            #expect(try await ledger.job(job) == nil)
            let left = try await ledger.outbox(in: scope)
            #expect(left.map(\.id) == [number])
            #expect(left.map(\.job) == [job])
            #expect(left.map(\.records) == [records])
        }
    }
}
