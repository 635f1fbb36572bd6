import FerryAPI
import FerryCore
import FerrySQLite
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
            try await Self.expectRefusal(world, exitCode: 1, words: "damaged or is no SQLite file")
        }
    }

    @Test func aLedgerOfANewerVersionIsRefusedAndLeftAsItIs() async throws {
        try await Self.afterAPull { world in
            let database = try SQLiteConnection(path: "\(world.state)/ledger.db", mode: .readWrite)
            try database.execute("INSERT INTO grdb_migrations VALUES ('999-from-the-future')")
            try database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            try await Self.expectRefusal(world, exitCode: 3, words: "written by a newer version of Ferry")
        }
    }

    @Test func anotherProgramsFileInTheLedgersPlaceIsRefusedAndLeftAsItIs() async throws {
        try await FerryWorld.with { world async throws in
            try PullScene.set(world, isTwoWay: false, rows: 1)
            try FileManager.default.createDirectory(atPath: world.state, withIntermediateDirectories: true)
            try Data("a text of 40 bytes, or thereabouts, no more".utf8).write(to: Self.ledger(world))
            try await Self.expectRefusal(world, exitCode: 1, words: "no SQLite file")
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
            for file in ["store.db", "store.db-wal", "store.db-shm"] where world.folder.has("state/\(file)") {
                try world.folder.remove("state/\(file)")
            }
            let (job, exitCode) = try await world.once("products", .pull)
            #expect(exitCode == 0, "\(job)")
            #expect(job.progress.created == PullScene.rowCount)
            #expect(try PullScene.contents(world) == expected)
            let ledger = try #require(try LedgerSnapshot(of: world))
            #expect(ledger.links.count == PullScene.rowCount)
        }
    }

    // MARK: Parts

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

    private static func expectRefusal(_ world: FerryWorld, exitCode: Int32, words: String) async throws {
        let before = try Data(contentsOf: ledger(world))
        for arguments in [world.daemonArguments, world.onceArguments("products", .pull)] {
            let end = try await Program.run("ferryd", arguments, in: world.folder)
            #expect(end.exitCode == exitCode, "\(end)")
            #expect(end.errors.contains(words), "\(end)")
            #expect(end.errors.contains("hint: "), "\(end)")
            #expect(try Data(contentsOf: ledger(world)) == before)
        }
    }
}
