import FerryAPI
import FerryCore
import FerrySQLite
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// Files of the state directory that are damaged, foreign or gone.
@Suite(.serialized) struct DamagedStateTests {
    @Test func aDamagedLedgerIsRefusedAndLeftAsItIs() async throws {
        try await Self.afterAPull { world in
            var bytes = try Data(contentsOf: Self.ledger(world))
            bytes.replaceSubrange(0..<200, with: Data(repeating: 0xA5, count: 200))
            try bytes.write(to: Self.ledger(world))
            try await Self.expectRefusal(world, exitCodes: (3, 1), words: "damaged or is no SQLite file")
        }
    }

    @Test func aLedgerOfANewerVersionIsRefusedAndLeftAsItIs() async throws {
        try await Self.afterAPull { world in
            let database = try SQLiteConnection(path: "\(world.state)/ledger.db", mode: .readWrite)
            try database.execute("INSERT INTO grdb_migrations VALUES ('999-from-the-future')")
            try database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            try await Self.expectRefusal(world, exitCodes: (3, 3), words: "written by a newer version of Ferry")
        }
    }

    @Test func anotherProgramsFileInTheLedgersPlaceIsRefusedAndLeftAsItIs() async throws {
        try await FerryWorld.with { world async throws in
            try PullScene.set(world, isTwoWay: false, rows: 1)
            try FileManager.default.createDirectory(atPath: world.state, withIntermediateDirectories: true)
            try Data("a text of 40 bytes, or thereabouts, no more".utf8).write(to: Self.ledger(world))
            try await Self.expectRefusal(world, exitCodes: (3, 1), words: "no SQLite file")
        }
    }

    @Test func aLedgerWhoseFirstTransactionWasCutShortIsRolledBackAndUsed() async throws {
        try await Self.afterAPull { world in
            let path = "\(world.state)/ledger.db"
            try Self.cutTransactionShort(of: path, "UPDATE link SET missing_scans = missing_scans + 1")
            #expect(FileManager.default.fileExists(atPath: "\(path)-journal"))
            let (job, exitCode) = try await world.once("products", .pull)
            #expect(exitCode == 0, "\(job)")
            #expect(job.progress.unchanged == PullScene.rowCount)
        }
    }

    @Test func rowsComeBackWhenTheStoreIsDeletedBetweenTwoPulls() async throws {
        try await Self.afterAPull { world in
            let expected = try PullScene.contents(world)
            try Self.deleteStore(world)
            let (job, exitCode) = try await world.once("products", .pull)
            #expect(exitCode == 0, "\(job)")
            #expect(job.progress.created == PullScene.rowCount)
            #expect(try PullScene.contents(world) == expected)
            let ledger = try #require(try LedgerSnapshot(of: world))
            #expect(ledger.links.count == PullScene.rowCount)
        }
    }

    @Test func rowsComeBackWhenTheStoreIsDeletedUnderARunningDaemon() async throws {
        try await FerryWorld.with { world async throws in
            try PullScene.set(world, isTwoWay: false)
            let daemon = try await world.startDaemon()
            #expect(try await world.sync("products", .pull).progress.created == PullScene.rowCount)
            let expected = try PullScene.contents(world)
            try Self.deleteStore(world)
            let job = try await world.sync("products", .pull)
            #expect(job.state == .succeeded && job.progress.created == PullScene.rowCount, "\(job)")
            #expect(job.notes.first?.contains("the local table or its file is another one") == true, "\(job.notes)")
            #expect(try PullScene.contents(world) == expected)
            daemon.send(SIGTERM)
            #expect(try await daemon.end(within: .seconds(15)).exitCode == 0)
        }
    }

    @Test func rowsComeBackWhenTheStoreIsDeletedInTheMiddleOfAPull() async throws {
        let expected = try await FaultFreeRuns.shared.pull(isTwoWay: false)
        try await FerryWorld.with { world async throws in
            try PullScene.set(world, isTwoWay: false)
            world.sandbox.faults.add(FaultRule(.delay(milliseconds: 50), times: nil))
            let daemon = try await world.startDaemon()
            let id = try await world.requestSync("products", .pull)
            try await eventually("two pages") { try await world.jobs().first?.progress.read ?? 0 >= 100 }
            try Self.deleteStore(world)
            let job = try await world.job(id)
            #expect(job.state == .failed && job.error?.code == "store.unavailable", "\(job)")
            #expect(job.error?.message.contains("was replaced while a job was using it") == true)
            #expect(job.error?.hint?.contains("run the job again") == true)
            #expect(try await world.sync("products", .pull).state == .succeeded)
            #expect(try PullScene.contents(world) == expected)
            daemon.send(SIGTERM)
            #expect(try await daemon.end(within: .seconds(15)).exitCode == 0)
        }
    }

    @Test func aUsersFileThatIsGoneIsNamedAndNothingIsDeletedOrDoubledForIt() async throws {
        try await FerryWorld.with { world async throws in
            try PushScene.set(world, hasKey: false, service: QuickTable())
            _ = try await world.startDaemon()
            #expect(try await world.sync("articles", .push).state == .succeeded)
            let path = "\(world.folder.path)/shop.db"
            try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
            let job = try await world.sync("articles", .push)
            #expect(job.state == .failed && job.error?.code == "store.unavailable", "\(job)")
            #expect(job.error?.message.contains(path) == true)
            try FileManager.default.copyItem(atPath: path + ".away", toPath: path)
            let again = try await world.sync("articles", .push)
            #expect(again.state == .succeeded && again.progress.created == 0 && again.progress.deleted == 0)
            #expect(PushScene.contents(world) == (try await FaultFreeRuns.shared.push()))
        }
    }

    // MARK: Parts

    private static func deleteStore(_ world: FerryWorld) throws {
        for file in ["store.db", "store.db-wal", "store.db-shm"] where world.folder.has("state/\(file)") {
            try world.folder.remove("state/\(file)")
        }
    }

    /// Leaves a file as a crash in the middle of a transaction does: half written, with its journal beside it.
    private static func cutTransactionShort(of path: String, _ sql: String) throws {
        let files = FileManager.default
        do {
            let database = try SQLiteConnection(path: path, mode: .readWrite)
            try database.execute("PRAGMA journal_mode = DELETE; PRAGMA cache_size = 1; BEGIN IMMEDIATE; \(sql)")
            for suffix in ["", "-journal"] { try files.copyItem(atPath: path + suffix, toPath: "\(path).cut\(suffix)") }
            try database.execute("ROLLBACK")
        }
        try files.removeItem(atPath: path)
        for suffix in ["", "-journal"] { try files.moveItem(atPath: "\(path).cut\(suffix)", toPath: path + suffix) }
    }

    private static func ledger(_ world: FerryWorld) -> URL { URL(fileURLWithPath: "\(world.state)/ledger.db") }

    /// Runs `body` after a pull, with the ledger's log written back into the file.
    private static func afterAPull(_ body: (FerryWorld) async throws -> Void) async throws {
        try await FerryWorld.with { world async throws in
            try PullScene.set(world, isTwoWay: false)
            let run = try await world.once("products", .pull)
            #expect(run.exitCode == 0)
            try SQLiteConnection(path: "\(world.state)/ledger.db", mode: .readWrite)
                .execute("PRAGMA wal_checkpoint(TRUNCATE)")
            try await body(world)
        }
    }

    /// Expects the daemon and the foreground command to refuse the ledger with these exit codes, and to leave it alone.
    ///
    /// The daemon's is 3: systemd would start it again after a 1, and that would not help.
    private static func expectRefusal(
        _ world: FerryWorld,
        exitCodes: (daemon: Int32, once: Int32),
        words: String
    ) async throws {
        let before = try Data(contentsOf: ledger(world))
        for (arguments, exitCode) in [
            (world.daemonArguments, exitCodes.daemon), (world.onceArguments("products", .pull), exitCodes.once),
        ] {
            let end = try await Program.run("ferryd", arguments, in: world.folder)
            #expect(end.exitCode == exitCode, "\(end)")
            #expect(end.errors.contains(words), "\(end)")
            #expect(end.errors.contains("hint: "), "\(end)")
            #expect(try Data(contentsOf: ledger(world)) == before)
        }
    }
}
