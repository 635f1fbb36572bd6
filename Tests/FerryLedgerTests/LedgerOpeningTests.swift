import FerryCore
import FerryLedger
import FerrySQLite
import FoundationEssentials
import Testing

@Suite struct LedgerOpeningTests {
    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test func fileAndLogsAreReadableByTheirOwnerOnly() async throws {
        try await LedgerFixture.withDirectory { fixture in
            let ledger = try Ledger(path: fixture.path)
            try await ledger.setPaused(true, integration: "blog")
            for suffix in ["", "-wal", "-shm"] { #expect(try mode(fixture.path + suffix) == 0o600) }
        }
    }

    @Test func fileThatWasOpenToOthersIsMadePrivate() async throws {
        try await LedgerFixture.withDirectory { fixture in
            try Ledger(path: fixture.path).close()
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: fixture.path)
            try Ledger(path: fixture.path).close()
            #expect(try mode(fixture.path) == 0o600)
        }
    }

    @Test func commitsAreSyncedAndTheFileKeepsItselfSmall() async throws {
        try await LedgerFixture.with { ledger in
            let expected = [
                "synchronous": "2", "journal_mode": "\"wal\"", "auto_vacuum": "2", "foreign_keys": "1",
                "journal_size_limit": "\(32 << 20)", "application_id": "\(0x4645_5259)", "busy_timeout": "10000",
            ]
            for (name, value) in expected {
                let kept = try await ledger.pragma(name)
                #expect(kept == value, "\(name)")
            }
        }
    }

    @Test func freshLedgerIsSound() async throws {
        try await LedgerFixture.with { ledger in
            let problems = try await ledger.integrityCheck()
            #expect(problems == [])
        }
    }

    @Test func integrityCheckNamesARowWhoseParentIsGone() async throws {
        try await LedgerFixture.with { ledger in
            let raw = try SQLiteConnection(path: ledger.path, mode: .readWrite)
            try raw.execute("INSERT INTO checkpoint VALUES (7, 8, NULL, 1)")
            #expect(try await ledger.integrityCheck().contains { $0.contains("checkpoint") && $0.contains("scope") })
        }
    }

    @Test func ledgerOfANewerVersionIsRefusedAndLeftAsItIs() async throws {
        try await LedgerFixture.withDirectory { fixture in
            try Ledger(path: fixture.path).close()
            try rawConnection(fixture.path).execute("INSERT INTO grdb_migrations VALUES ('99-later')")
            let before = try Data(contentsOf: URL(filePath: fixture.path))
            let failure = #expect(throws: SyncFailure.self) { try Ledger(path: fixture.path) }
            #expect(failure?.code == .ledgerNewer)
            #expect(failure?.kind == .config)
            #expect(failure?.message.contains("99-later") == true)
            #expect(failure?.hint?.isEmpty == false)
            #expect(try Data(contentsOf: URL(filePath: fixture.path)) == before)
        }
    }

    @Test func fileOfAnotherProgramIsRefused() async throws {
        try await LedgerFixture.withDirectory { fixture in
            let other = try SQLiteConnection(path: fixture.path, mode: .create)
            try other.execute("CREATE TABLE recipe (id INTEGER PRIMARY KEY)")
            let failure = #expect(throws: SyncFailure.self) { try Ledger(path: fixture.path) }
            #expect(failure?.code == .ledgerUnavailable)
            #expect(try other.number("SELECT count(*) FROM sqlite_schema") == 1)
        }
    }

    @Test func fileThatIsNoDatabaseIsRefused() async throws {
        try await LedgerFixture.withDirectory { fixture in
            let text = Data(String(repeating: "not a database\n", count: 200).utf8)
            try text.write(to: URL(filePath: fixture.path))
            let failure = #expect(throws: SyncFailure.self) { try Ledger(path: fixture.path) }
            #expect(failure?.code == .ledgerUnavailable)
            #expect(failure?.hint?.contains("backup") == true)
            #expect(try Data(contentsOf: URL(filePath: fixture.path)) == text)
        }
    }

    @Test func missingDirectoryIsNamed() {
        let failure = #expect(throws: SyncFailure.self) { try Ledger(path: "/nonexistent/ferry/ledger.db") }
        #expect(failure?.code == .ledgerUnavailable)
        #expect(failure?.message.contains("/nonexistent/ferry/ledger.db") == true)
    }

    @Test func fullDiskIsSaidAndWorkGoesOnWhenThereIsSpaceAgain() async throws {
        try await LedgerFixture.with { ledger in
            let job = try await ledger.running("job_1", "shop", .push)
            let scope = try await ledger.products()
            _ = try await ledger.pragma("max_page_count = 1")
            let pairs = (0..<2000).map { ("local-\($0)", "remote-\($0)") }
            let failure = await #expect(throws: SyncFailure.self) {
                try await ledger.link(pairs, in: scope, job: job.id)
            }
            #expect(failure?.code == .diskFull)
            #expect(failure?.hint?.isEmpty == false)
            #expect(try await ledger.linkCount(in: scope) == 0)
            _ = try await ledger.pragma("max_page_count = 1000000")
            try await ledger.link(pairs, in: scope, job: job.id)
            #expect(try await ledger.linkCount(in: scope) == 2000)
        }
    }

    @Test func closedLedgerFailsInsteadOfCrashing() async throws {
        try await LedgerFixture.with { ledger in
            try ledger.close()
            let failure = await #expect(throws: SyncFailure.self) { _ = try await ledger.histories() }
            #expect(failure?.code == .ledgerUnavailable)
            await #expect(throws: SyncFailure.self) { try await ledger.setPaused(true, integration: "blog") }
        }
    }
}
