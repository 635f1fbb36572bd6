import FerryAPI
import FerryCore
import FerrySandbox
import FerryTesting
import Foundation
import Glibc
import Testing

/// What the daemon writes to systemd's journal, in the journal's own protocol.
///
/// The journal's place is fixed, so the daemon gets a view of the file system in which the test's own socket is there.
@Suite(.enabled(if: canMount, "needs root, and a namespace of mounts")) struct JournalTests {
    @Test func eachJobIsOneLineWithFieldsToSearchBy() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...3))
            try world.write(integration: "items", Items.integration(world, store: "main"))
            let journal = try Journal(in: world)
            let daemon = try await journal.startDaemon()
            let job = try await world.sync("items", .pull)
            try await eventually("the job's line") { !journal.entries(with: "FERRY_JOB", job.id).isEmpty }
            #expect(
                journal.entries(with: "FERRY_JOB", job.id) == [
                    [
                        "MESSAGE": "[items] pull succeeded: read 3, created 3, updated 0, unchanged 0, deleted 0 "
                            + "job=\(job.id)",
                        "PRIORITY": "6", "SYSLOG_IDENTIFIER": "ferryd", "FERRY_INTEGRATION": "items",
                        "FERRY_JOB": job.id, "MESSAGE_ID": NotableEvent.jobSucceeded.messageID,
                    ]
                ]
            )
            world.sandbox.faults.add(FaultRule(.status(401), times: nil))
            let failed = try await world.sync("items", .pull)
            #expect(failed.state == .failed)
            try await eventually("the failure's line") { !journal.entries(with: "FERRY_JOB", failed.id).isEmpty }
            let entry = try #require(journal.entries(with: "FERRY_JOB", failed.id).last)
            #expect(entry["PRIORITY"] == "3")
            #expect(entry["ERROR_CODE"] == failed.error?.code)
            #expect(entry["MESSAGE_ID"] == NotableEvent.jobFailed.messageID)
            #expect(try await world.stop(daemon).exitCode == 0)
            #expect(!journal.entries(with: "MESSAGE_ID", NotableEvent.daemonReady.messageID).isEmpty)
            #expect(!journal.entries(with: "MESSAGE_ID", NotableEvent.daemonStopped.messageID).isEmpty)
            // Nothing is said twice.
            #expect(daemon.errors == "")
        }
    }

    @Test func withoutTheJournalLinesGoToStandardError() async throws {
        try await FerryWorld.with { world async throws in
            let journal = try Journal(in: world)
            unlink(journal.path)
            let daemon = try await journal.startDaemon()
            #expect(daemon.errors.contains("<5>ferryd 0.1.0 answers on \(world.socket)"))
        }
    }

    @Test func whoRedirectsStandardErrorGetsTheLinesThere() async throws {
        try await FerryWorld.with { world async throws in
            let journal = try Journal(in: world)
            let daemon = try await journal.startDaemon(stream: "1:1")
            #expect(daemon.errors.contains("answers on \(world.socket)"))
            #expect(journal.entries(with: "SYSLOG_IDENTIFIER", "ferryd").isEmpty)
        }
    }
}

private let canMount: Bool = {
    guard getuid() == 0, FileManager.default.isExecutableFile(atPath: "/usr/bin/unshare") else { return false }
    var identifier: pid_t = 0
    let words = (["unshare", "--mount", "true"] as [String]).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    guard posix_spawn(&identifier, "/usr/bin/unshare", nil, nil, words, nil) == 0 else { return false }
    var status: Int32 = 0
    return waitpid(identifier, &status, 0) == identifier && status == 0
}()

/// The end of systemd's journal.
private struct Journal {
    private let world: FerryWorld
    private let socket: NotifySocket

    init(in world: FerryWorld) throws {
        self.world = world
        let folder = "\(world.folder.path)/journal"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        socket = try NotifySocket(at: "\(folder)/socket")
    }

    var path: String { socket.path }

    /// Starts a daemon whose standard error is the journal's, unless `stream` says that it is not.
    func startDaemon(stream: String = "$(stat -Lc %d:%i /dev/stderr)") async throws -> Program {
        let folder = "\(world.folder.path)/journal"
        let script = """
            mount -t tmpfs none /run && mkdir -p /run/systemd/journal && mount --bind \(folder) /run/systemd/journal &&
            JOURNAL_STREAM=\(stream) exec "$0" "$@"
            """
        let daemon = try world.start(
            "/usr/bin/unshare",
            ["--mount", "/bin/sh", "-c", script, "\(Program.directory)/ferryd"] + world.daemonArguments
        )
        try await world.waitUntilItAnswers(daemon)
        return daemon
    }

    /// The entries so far that have a field with this value (systemd.io/JOURNAL_NATIVE_PROTOCOL).
    func entries(with field: String, _ value: String) -> [[String: String]] {
        socket.messages.map { text in
            Dictionary(
                text.split(separator: "\n").map { line in
                    let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                    return (String(parts[0]), String(parts.last ?? ""))
                }
            ) { $1 }
        }.filter { $0[field] == value }
    }
}
