import FerryAPI
import FerryCore
import FerryHTTP
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// Copies of what Ferry remembers, and their way back.
@Suite struct BackupTests {
    @Test func aBackupThatIsMadeWhileAJobRunsIsWholeAndGoesOnFromThere() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...2000))
            try world.write(integration: "items", Items.integration(world, store: "main", settings: "page_size: 50"))
            let daemon = try await world.startDaemon()
            let job = try await world.requestSync("items", .pull)
            try await eventually("some of it is there") { (try? Self.count(world)) ?? 0 > 100 }
            let backup = try await Self.backup(world)
            #expect(try await world.job(job).state == .succeeded)
            let copied = try Self.number("SELECT count(*) FROM item", "\(backup)/store.db", world)
            #expect((100...2000).contains(copied))
            // What the ledger's copy knows of, the store's copy has.
            let linked = try Self.number("SELECT count(*) FROM link", "\(backup)/ledger.db", world)
            #expect((1...copied).contains(linked))
            try await world.stop(daemon)

            let files = try FileManager.default.contentsOfDirectory(atPath: world.state)
            for file in files where file.hasPrefix("store.db") {
                try FileManager.default.removeItem(atPath: "\(world.state)/\(file)")
            }
            let name = URL(fileURLWithPath: backup).lastPathComponent
            let restored = try await Self.restore(name, world)
            #expect(restored.exitCode == 0, "\(restored.errors)")
            #expect(restored.output.contains("what was there before is in \(world.state)/before-restore-1"))
            #expect(try Self.count(world) == copied)
            let again = try await world.once("items", .pull)
            #expect(again.job.state == .succeeded)
            #expect(try Self.count(world) == 2000)
            let progress = again.job.progress
            #expect(progress.created + progress.updated + progress.unchanged == 2000)
        }
    }

    @Test func aPushAfterARestoreCreatesNothingTwice() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: [])
            try world.writeShop(Items.sql(20))
            try world.write(integration: "items", Items.integration(world))
            let daemon = try await world.startDaemon()
            let backup = try await Self.backup(world)
            #expect(try await world.sync("items", .push).state == .succeeded)
            #expect(world.sandbox.tables.count(of: "items") == 20)
            try await world.stop(daemon)
            #expect(try await Self.restore(backup, world).exitCode == 0)
            let again = try await world.once("items", .push)
            #expect(again.job.state == .succeeded, "\(again.job)")
            #expect(again.job.progress.created == 0)
            #expect(world.sandbox.tables.count(of: "items") == 20)
        }
    }

    @Test func asManyAreKeptAsWereAskedFor() async throws {
        try await FerryWorld.with { world async throws in
            _ = try await world.startDaemon()
            for name in ["20200101T000000Z", "20210101T000000Z", "20220101T000000Z"] {
                try world.folder.write("", to: "state/backups/\(name)/ledger.db")
            }
            // Nothing of Ferry's: left alone.
            try world.folder.write("", to: "state/backups/mine/ledger.db")
            let result = try await world.ferryctl("backup", "--keep", "2")
            #expect(result.exitCode == 0, "\(result.errors)")
            #expect(result.output.contains("removed \(world.state)/backups/20210101T000000Z\n"))
            let left = try FileManager.default.contentsOfDirectory(atPath: "\(world.state)/backups").sorted()
            #expect(left.count == 3 && left[0] == "20220101T000000Z" && left[2] == "mine")
        }
    }

    @Test func nothingIsRestoredWhileADaemonRunsNorFromWhatIsNoBackup() async throws {
        try await FerryWorld.with { world async throws in
            let daemon = try await world.startDaemon()
            let backup = try await Self.backup(world)
            let running = try await Self.restore(backup, world)
            #expect(running.exitCode == 1)
            #expect(running.errors.contains("another process of Ferry is using the state directory"))
            try await world.stop(daemon)
            let missing = try await Self.restore("20200101T000000Z", world)
            #expect(missing.exitCode == 3)
            #expect(missing.errors.contains("There is no backup at \(world.state)/backups/20200101T000000Z"))
            // One that is damaged, and one that is something else.
            let before = try world.rows("\(world.state)/ledger.db", "SELECT count(*) FROM grdb_migrations")
            try Data("no database at all".utf8).write(to: URL(fileURLWithPath: "\(backup)/ledger.db"))
            #expect(try await Self.restore(backup, world).exitCode == 1)
            #expect(try world.rows("\(world.state)/ledger.db", "SELECT count(*) FROM grdb_migrations") == before)
            #expect(!FileManager.default.fileExists(atPath: "\(world.state)/before-restore-1"))
        }
    }

    private static func count(_ world: FerryWorld) throws -> Int {
        try number("SELECT count(*) FROM item", world.store, world)
    }

    private static func number(_ sql: String, _ file: String, _ world: FerryWorld) throws -> Int {
        try world.rows(file, sql).first.flatMap { Int($0) } ?? 0
    }

    /// Makes a backup.
    ///
    /// - Returns: its directory.
    private static func backup(_ world: FerryWorld) async throws -> String {
        let answer = try await world.request("POST", "/api/v1/backup", body: "{}")
        #expect(answer.status == 200)
        return try WireFormat.decode(Envelope<BackupReport>.self, from: answer.body).data.path
    }

    private static func restore(_ backup: String, _ world: FerryWorld) async throws -> Program.Result {
        try await Program.run("ferryd", ["restore", "--state", world.state, backup], in: world.folder)
    }
}
