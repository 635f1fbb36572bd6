import FerryAPI
import FerryCore
import FerrySQLite
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// A full disk and one that cannot be written.
@Suite(.serialized) struct DiskTests {
    private static let rows = 2000

    @Test(
        .enabled(if: SmallDisk.isPossible, "a small file system can be made by root only"),
        arguments: [600, 1100, 1900]
    )
    func aPullThatFillsTheDiskGoesOnWhenThereIsRoom(_ kibibytes: Int) async throws {
        let expected = try await FaultFreeRuns.shared.pull(isTwoWay: false, rows: Self.rows)
        try await FerryWorld.with { world async throws in
            try PullScene.set(world, isTwoWay: false, rows: Self.rows)
            try await SmallDisk.with(at: world.state, options: "size=\(kibibytes)k") { disk in
                let daemon = try await world.startDaemon()
                let id = try await world.requestSync("products", .pull)
                // The ledger is on the same disk: it may have no room for the job's end, but the log always says it.
                try await eventually("the pull says that the disk is full") { daemon.errors.contains("[disk.full]") }
                #expect(try await world.status(of: "/api/v1/status") == 200)
                #expect(try await world.status(of: "/api/v1/jobs") == 200)

                try disk.remount(options: "size=64m")
                // By itself: nobody asks for anything again.
                let job = try await world.job(id)
                #expect(job.state == .succeeded, "\(String(describing: job.error))")
                #expect(job.progress.read == Self.rows)
                #expect(try PullScene.contents(world) == expected)
                let ledger = try #require(try LedgerSnapshot(of: world))
                #expect(ledger.links.count == Self.rows)
                #expect(ledger.checkpoints == 0)
                daemon.send(SIGTERM)
                #expect(try await daemon.end(within: .seconds(15)).exitCode == 0)
            }
        }
    }

    @Test(.enabled(if: SmallDisk.isPossible, "a small file system can be made by root only"), arguments: [90, 150])
    func aPullThatFillsTheStoresDiskWaitsAndGoesOnByItself(_ kibibytes: Int) async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(PullScene.items, rows: PullScene.itemRows(Self.rows))
            let place = "\(world.folder.path)/disk"
            try await SmallDisk.with(at: place, options: "size=\(kibibytes)k") { disk in
                try SQLiteConnection(path: "\(place)/shop.db", mode: .create)
                    .execute("CREATE TABLE item (sku TEXT PRIMARY KEY, name TEXT)")
                try world.write(settings: "stores: { shop: { type: sqlite, path: \(place)/shop.db } }\n")
                try world.write(integration: "items", PullScene.itemsIntegration(world))
                let daemon = try await world.startDaemon()
                let id = try await world.requestSync("items", .pull)
                try await eventually("it waits for room") {
                    let job = try await world.jobs().first { $0.id == id }
                    return job?.state == .waiting && job?.wait?.reason == "disk full"
                }
                #expect(daemon.errors.contains("[disk.full]"))
                #expect(try await world.status(of: "/api/v1/status") == 200)

                try disk.remount(options: "size=64m")
                let job = try await world.job(id)
                #expect(job.state == .succeeded && job.attempt == 1, "\(job)")
                #expect(job.progress.read == Self.rows && job.progress.created == Self.rows)
                let shop = try SQLiteConnection(path: "\(place)/shop.db", mode: .readOnly)
                #expect(try shop.count("SELECT count(*) FROM item") == Self.rows)
                daemon.send(SIGTERM)
                #expect(try await daemon.end(within: .seconds(15)).exitCode == 0)
            }
        }
    }

    /// The ledger's disk is full while a batch is under way: what landed must be found, and nothing sent twice.
    @Test(
        .enabled(if: SmallDisk.isPossible, "a small file system can be made by root only"),
        arguments: [1, 2, 4, 8],
        [true, false]
    )
    func aPushInFlightWhenTheLedgersDiskFillsUpDoublesNothing(_ insert: Int, _ isAnswerLost: Bool) async throws {
        let expected = try await FaultFreeRuns.shared.push()
        try await FerryWorld.with { world async throws in
            try PushScene.set(world, hasKey: false, service: QuickTable())
            try await SmallDisk.with(at: world.state, options: "size=\(PushScene.rowCount / 100)m") { disk in
                let daemon = try await world.startDaemon()
                let filler = "\(world.state)/filler"
                world.sandbox.faults.add(FaultRule(.drift { _ in Self.fill(filler) }, method: "POST", nth: insert))
                if isAnswerLost {
                    world.sandbox.faults.add(FaultRule(.reset(afterEffect: true), method: "POST", nth: insert))
                }
                let id = try await world.requestSync("articles", .push)
                try await eventually("it says that the disk is full") { daemon.errors.contains("[disk.full]") }
                #expect(try await world.status(of: "/api/v1/status") == 200)
                #expect(try await world.status(of: "/api/v1/jobs/\(id)") == 200)

                try FileManager.default.removeItem(atPath: filler)
                let job = try await world.job(id)
                #expect(job.state == .succeeded, "\(String(describing: job.error))")
                #expect(PushScene.contents(world) == expected)
                let ledger = try #require(try LedgerSnapshot(of: world))
                #expect(ledger.links.count == PushScene.rowCount && ledger.outboxBatches == 0)
                #expect(try PushScene.linksAreRight(ledger.links, in: world))
                #expect(try await world.sync("articles", .push).progress.unchanged == PushScene.rowCount)
                daemon.send(SIGTERM)
                #expect(try await daemon.end(within: .seconds(15)).exitCode == 0)
            }
        }
    }

    @Test(.enabled(if: SmallDisk.isPossible, "a small file system can be made by root only"))
    func aDaemonThatIsStartedOnAFullDiskWaitsForRoom() async throws {
        try await FerryWorld.with { world async throws in
            try PullScene.set(world, isTwoWay: false)
            try await SmallDisk.with(at: world.state, options: "size=\(PushScene.rowCount / 100)m") { disk in
                #expect(try await world.once("products", .pull).exitCode == 0)
                let filler = "\(world.state)/filler"
                Self.fill(filler)
                let daemon = try world.start("ferryd", world.daemonArguments)
                try await eventually("it waits") { daemon.errors.contains("trying again") }
                #expect(daemon.isRunning && daemon.errors.contains("[disk.full]"))
                try FileManager.default.removeItem(atPath: filler)
                try await world.waitUntilItAnswers(daemon)
                #expect(try await world.sync("products", .pull).progress.unchanged == PullScene.rowCount)
                daemon.send(SIGTERM)
                #expect(try await daemon.end(within: .seconds(15)).exitCode == 0)
            }
        }
    }

    /// Takes all the room that is left, to the last byte.
    private static func fill(_ path: String) {
        let descriptor = open(path, O_WRONLY | O_CREAT, 0o600)
        defer { close(descriptor) }
        for size in [65_536, 4096, 1] {
            let bytes = [UInt8](repeating: 1, count: size)
            while write(descriptor, bytes, size) == size {}
        }
    }

    @Test(.enabled(if: SmallDisk.isPossible || geteuid() != 0, "root may write everywhere but to a read-only mount"))
    func aStateDirectoryThatCannotBeWrittenIsNamed() async throws {
        try await FerryWorld.with { world async throws in
            try PullScene.set(world, isTwoWay: false, rows: 1)
            let check = { () async throws in
                for arguments in [world.daemonArguments, world.onceArguments("products", .pull)] {
                    let end = try await Program.run("ferryd", arguments, in: world.folder)
                    #expect(end.exitCode == 1, "\(end)")
                    #expect(end.errors.contains(world.state), "\(end)")
                    #expect(end.errors.contains("hint: make it writable"), "\(end)")
                }
            }
            if SmallDisk.isPossible {
                try await SmallDisk.with(at: world.state, options: "size=64k", isReadOnly: true) { _ in
                    try await check()
                }
            } else {
                try FileManager.default.createDirectory(atPath: world.state, withIntermediateDirectories: true)
                chmod(world.state, 0o500)
                try await check()
            }
        }
    }
}
