import FerryCore
import FerryLedger
import FerrySQLite
import Testing

@Suite struct SchemaTests {
    @Test(arguments: [
        "UPDATE job SET state = 'succeeded' WHERE id = 'live'",
        "UPDATE job SET finished_at = 1 WHERE id = 'live'",
        "UPDATE job SET finished_at = NULL WHERE id = 'done'",
        "UPDATE job SET state = 'running' WHERE id = 'done'",
        "UPDATE job SET started_at = NULL WHERE id = 'live'",
        "UPDATE job SET started_at = NULL, attempt = 0 WHERE id = 'done'",
        "UPDATE job SET started_at = NULL, attempt = 0 WHERE id = 'live'",
        "UPDATE job SET attempt = -1 WHERE id = 'live'",
        "UPDATE job SET attempt = 1 WHERE id = 'queued'",
        "UPDATE job SET state = 'asleep' WHERE id = 'queued'",
        "UPDATE job SET direction = 'sideways' WHERE id = 'queued'",
        "UPDATE job SET state = 'waiting' WHERE id = 'live'",
        "UPDATE job SET wait_reason = 'x', wait_until = 1 WHERE id = 'live'",
        "UPDATE job SET state = 'waiting', wait_until = 1 WHERE id = 'live'",
        "UPDATE job SET failure_code = 'disk.full', failure_message = 'x' WHERE id = 'done'",
        "UPDATE job SET failure_code = 'disk.full', failure_message = 'x' WHERE id = 'live'",
        "UPDATE job SET failure_message = 'x' WHERE id = 'done'",
        "UPDATE job SET failure_hint = 'x' WHERE id = 'done'",
        "UPDATE job SET created = -1 WHERE id = 'live'",
        "UPDATE job SET total = -1 WHERE id = 'live'",
        "UPDATE job SET entity_ids = '[' WHERE id = 'live'",
        "UPDATE job SET entity_ids = '[]' WHERE id = 'live'",
        "UPDATE job SET queued_at = 'yesterday' WHERE id = 'live'",
        "UPDATE job SET state = 'running', started_at = 1, attempt = 1 WHERE id = 'queued'",
        "UPDATE job SET direction = 'pull' WHERE id = 'queued'",
        "UPDATE job SET id = 'live' WHERE id = 'queued'",
        "UPDATE job SET integration_id = 99",
        "DELETE FROM integration",
        "UPDATE job SET entity_types = '[' WHERE id = 'live'",
        "UPDATE job SET allows_deletes = 2 WHERE id = 'live'",
        "UPDATE job SET set_aside = 'forget' WHERE id = 'live'",
        "UPDATE job SET notes = '{}' WHERE id = 'live'",
        "UPDATE job SET cancel_asked_at = 1 WHERE id = 'queued'",
        "INSERT INTO integration (name) VALUES ('blog')",
        "UPDATE integration SET is_paused = 2",
        "INSERT INTO link SELECT 9, scope_id, local_id, 'other', 0, 0, 0, 0, 0, 0, 0, NULL, 0, NULL FROM link",
        "INSERT INTO link SELECT 9, scope_id, 'other', remote_id, 0, 0, 0, 0, 0, 0, 0, NULL, 0, NULL FROM link",
        "UPDATE scope SET is_findable = 2",
        "UPDATE link SET local_id = NULL",
        "UPDATE link SET missing_scans = -1",
        "UPDATE link SET field_hashes = x'00'",
        "UPDATE link SET scope_id = 99",
        "UPDATE outbox_batch SET operation = 'merge'",
        "UPDATE outbox_batch SET records = NULL",
        "UPDATE quarantine SET direction = 'both'",
        "UPDATE scope SET is_adopted = 7",
    ])
    func brokenRuleIsRefusedByTheSchemaItself(_ sql: String) async throws {
        try await LedgerFixture.with { ledger in
            try await ledger.finished("done")
            _ = try await ledger.running("live")
            _ = try await ledger.enqueue(.asked("queued", "blog", .push))
            let job = try await ledger.running("shop", "shop", .push)
            let scope = try await ledger.products()
            try await ledger.link([("A", "x")], in: scope, job: job.id)
            let batch = OutboxBatch(job: job.id, operation: .create, idempotencyKey: "k", records: [])
            _ = try await ledger.send(batch, in: scope)
            let refused = QuarantinedRecord(id: "q", contentHash: hash(1), code: .recordRefused, message: "No.")
            try await ledger.quarantine([refused], direction: .push, in: scope)

            let raw = try rawConnection(ledger.path)
            let error = #expect(throws: SQLiteError.self) { try raw.execute(sql) }
            #expect(error?.isConstraint == true)
        }
    }
}
