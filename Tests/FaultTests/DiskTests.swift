import FerryAPI
import FerryCore
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
                let job = try await world.job(id)
                if job.state == .failed {
                    #expect(job.error?.code == ErrorCode.diskFull.rawValue, "\(String(describing: job.error))")
                    let retried = try await world.sync("products", .pull)
                    #expect(retried.state == .succeeded, "\(String(describing: retried.error))")
                } else {
                    #expect(job.state == .succeeded, "\(String(describing: job.error))")
                }
                #expect(try PullScene.contents(world) == expected)
                let ledger = try #require(try LedgerSnapshot(of: world))
                #expect(ledger.links.count == Self.rows)
                #expect(ledger.checkpoints == 0)
                daemon.send(SIGTERM)
                #expect(try await daemon.end(within: .seconds(15)).exitCode == 0)
            }
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
