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
            #expect(failure?.code == .ledgerDamaged)
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

    // MARK: Files that have lost something

    /// A ledger that has sent two batches, the second of which is in the log only; its scope's first contact is over.
    private func sentTwice(_ fixture: LedgerFixture) async throws -> LinkScope {
        let ledger = try Ledger(path: fixture.path)
        let job = try await ledger.running("job_1", "shop", .push)
        let scope = try await ledger.products()
        try await ledger.finishAdoption(in: scope)
        let batch = OutboxBatch(job: job.id, operation: .create, idempotencyKey: "k", records: [.init(localID: "A")])
        _ = try await ledger.send(batch, in: scope)
        _ = try await ledger.pragma("wal_checkpoint(TRUNCATE)")
        _ = try await ledger.send(batch, in: scope)
        // What a crash leaves, not what closing it would make of it.
        for suffix in ["", "-wal", ".mark"] {
            let copy = fixture.directory + "/copy" + suffix
            try FileManager.default.copyItem(atPath: fixture.path + suffix, toPath: copy)
        }
        return scope
    }

    private func write(_ bytes: Data, _ path: String) throws {
        try bytes.write(to: URL(filePath: path))
    }

    @Test func ledgerWithAllItsFilesIsNotBehind() async throws {
        try await LedgerFixture.withDirectory { fixture in
            let scope = try await sentTwice(fixture)
            let ledger = try Ledger(path: fixture.directory + "/copy")
            #expect(!ledger.isBehind)
            #expect(try await ledger.isAdopted(scope))
        }
    }

    @Test(arguments: ["garbage", "cut", "gone"])
    func ledgerThatLostItsLogLooksForItsRecordsAgain(_ loss: String) async throws {
        try await LedgerFixture.withDirectory { fixture in
            let scope = try await sentTwice(fixture)
            let path = fixture.directory + "/copy"
            switch loss {
            case "garbage": try write(Data(repeating: 0xA5, count: 50_000), path + "-wal")
            case "cut": try write(Data(contentsOf: URL(filePath: path + "-wal")).prefix(40), path + "-wal")
            default: try FileManager.default.removeItem(atPath: path + "-wal")
            }
            let ledger = try Ledger(path: path)
            #expect(ledger.isBehind)
            #expect(try await !ledger.isAdopted(scope))
            #expect(try await ledger.integrityCheck() == [])
            // Numbers are not used again, and the next start finds everything in order.
            _ = try await ledger.requeueInterrupted()
            let job = try #require(try await ledger.claim(at: start))
            let batch = OutboxBatch(job: job.id, operation: .create, idempotencyKey: "k", records: [])
            #expect(try await ledger.send(batch, in: scope) == 3)
            try ledger.close()
            #expect(try !Ledger(path: path).isBehind)
        }
    }

    @Test func emptyFileInTheLedgersPlaceIsANewLedgerThatIsKnownToBeBehind() async throws {
        try await LedgerFixture.withDirectory { fixture in
            _ = try await sentTwice(fixture)
            let path = fixture.directory + "/copy"
            try write(Data(), path)
            let ledger = try Ledger(path: path)
            #expect(ledger.isBehind)
            #expect(try await ledger.histories().isEmpty)
        }
    }

    @Test func damageIsTypedAndSaysWhatToDo() async throws {
        try await LedgerFixture.withDirectory { fixture in
            let ledger = try Ledger(path: fixture.path)
            let job = try await ledger.running("job_1", "shop", .push)
            let scope = try await ledger.products()
            try await ledger.link((0..<8000).map { ("local-\($0)", "remote-\($0)") }, in: scope, job: job.id)
            try ledger.close()
            var bytes = try Data(contentsOf: URL(filePath: fixture.path))
            // Behind the tables' first pages, which are needed to open it.
            for page in stride(from: bytes.count / 4096 / 2, to: bytes.count / 4096, by: 3) {
                bytes.replaceSubrange(page * 4096..<page * 4096 + 64, with: Data(repeating: 0xA5, count: 64))
            }
            try write(bytes, fixture.path)
            let damaged = try Ledger(path: fixture.path)
            do {
                #expect(try await !damaged.quickCheck().isEmpty)
            } catch let failure as SyncFailure {
                // It may be so damaged that it cannot be looked at to the end.
                #expect(failure.code == .ledgerDamaged)
            }
            let failure = await #expect(throws: SyncFailure.self) {
                _ = try await damaged.links(in: scope, after: 0, limit: 10_000)
            }
            #expect(failure?.code == .ledgerDamaged)
            for word in [fixture.path, "-wal", "natural key", "backup"] {
                #expect(failure?.hint?.contains(word) == true, "\(word)")
            }
        }
    }

    @Test func ledgerThatIsMovedAwayWhileItIsUsedIsKnownToBe() async throws {
        try await LedgerFixture.withDirectory { fixture in
            let ledger = try Ledger(path: fixture.path)
            #expect(ledger.isInPlace)
            try FileManager.default.moveItem(atPath: fixture.path, toPath: fixture.path + ".old")
            #expect(!ledger.isInPlace)
        }
    }
}
