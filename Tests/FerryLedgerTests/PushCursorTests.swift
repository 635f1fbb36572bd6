import FerryCore
import FerryLedger
import FerrySQLite
import FoundationEssentials
import Testing

@Suite struct PushCursorTests {
    private static let cursor = PushCursor(
        fingerprint: .max,
        settled: nil,
        latest: ScanPosition(rawValue: "t:2026-11-30 10:00:00"),
        latestAt: Date(timeIntervalSince1970: 1_700_000_000.5),
        comparedAt: Date(timeIntervalSince1970: 1_600_000_000)
    )

    @Test func whatWasKeptIsThereWhenTheLedgerIsOpenedAgain() async throws {
        try await LedgerFixture.withDirectory { fixture in
            let ledger = try Ledger(path: fixture.path)
            let scope = try await ledger.products()
            #expect(try await ledger.pushCursor(in: scope) == nil)
            try await ledger.keep(Self.cursor, in: scope)
            #expect(try await ledger.pushCursor(in: scope) == Self.cursor)
            var settled = Self.cursor
            settled.settled = ScanPosition(rawValue: "i:5")
            try await ledger.keep(settled, in: scope)
            try ledger.close()
            let again = try Ledger(path: fixture.path)
            #expect(try await again.pushCursor(in: scope) == settled)
            try await again.keep(nil, in: scope)
            #expect(try await again.pushCursor(in: scope) == nil)
        }
    }

    @Test func whatIsInDoubtIsFoundByAnIndex() async throws {
        try await LedgerFixture.withDirectory { fixture in
            let trace = StatementTrace()
            let ledger = try Ledger(path: fixture.path, trace: trace.note)
            let job = try await ledger.running("job_1", "shop", .push)
            let scope = try await ledger.products()
            var links = LinkChanges()
            for number in 1...2000 {
                links.append(localID: "\(number)", remoteID: "r\(number)", payloadHash: RecordHash(low: 7, high: 7))
            }
            try await ledger.settle(
                PushSettlement(batch: 0, job: job.id, links: links, progress: JobProgress()),
                in: scope
            )
            var isInDoubt = true
            let operations = try await trace.operations(
                of: { isInDoubt = try await ledger.hasUndeterminedLinks(in: scope) },
                in: fixture
            )
            #expect(!isInDoubt && operations < 100, "\(operations)")
            var doubt = LinkChanges()
            doubt.append(localID: "7", remoteID: "r7", payloadHash: .undetermined)
            try await ledger.settle(
                PushSettlement(batch: 0, job: job.id, links: doubt, progress: JobProgress()),
                in: scope
            )
            #expect(try await ledger.hasUndeterminedLinks(in: scope))
        }
    }

    @Test func rowsThatPushesKnowAreCountedOnce() async throws {
        try await LedgerFixture.with { ledger in
            let job = try await ledger.running("job_1", "shop", .push)
            let scope = try await ledger.products()
            var links = LinkChanges()
            for id in ["a", "b", "c"] { links.append(localID: id, remoteID: "r" + id) }
            try await ledger.settle(
                PushSettlement(batch: 0, job: job.id, links: links, progress: JobProgress()),
                in: scope
            )
            let refused = ["c", "d", "e"].map {
                QuarantinedRecord(id: $0, contentHash: RecordHash(low: 1, high: 1), code: .recordRefused, message: "no")
            }
            try await ledger.quarantine(refused, direction: .push, in: scope)
            try await ledger.quarantine([refused[2]], direction: .pull, in: scope)
            #expect(try await ledger.knownRowCount(in: scope) == 5)
        }
    }

    @Test func ledgerOfAnOlderVersionIsBroughtUpToDate() async throws {
        try await LedgerFixture.withDirectory { fixture in
            try Ledger(path: fixture.path).close()
            try rawConnection(fixture.path).execute(
                """
                DROP TABLE push_state; DROP INDEX link_undetermined;
                DELETE FROM grdb_migrations WHERE identifier = '12-push-cursors';
                """
            )
            let again = try Ledger(path: fixture.path)
            let scope = try await again.products()
            try await again.keep(Self.cursor, in: scope)
            #expect(try await again.pushCursor(in: scope) == Self.cursor)
            #expect(try await again.hasUndeterminedLinks(in: scope) == false)
        }
    }
}
