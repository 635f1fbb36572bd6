import FerryAPI
import FerryCore
import FerryHTTP
import FerryJSON
import FerrySQLite
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// A ledger whose file was damaged: Ferry says so and what to do, sends nothing twice, deletes nothing and never
/// crashes; and what it says to do works.
@Suite(.serialized) struct LedgerDamageTests {
    /// How a file is damaged.
    enum Damage: String, CaseIterable {
        /// A few bits anywhere.
        case bits
        /// Some bytes in the middle of several pages.
        case smears
        /// Whole pages of zeros, as a disk gives back for what it has lost.
        case zeros
        /// The end is missing.
        case cut
        /// The log is another one.
        case log

        func apply(to ledger: URL, using random: inout SeededRandom) throws {
            var bytes = try Data(contentsOf: ledger)
            let pages = bytes.count / Self.pageSize
            switch self {
            case .bits:
                for _ in 0..<Int.random(in: 1...40, using: &random) {
                    let place = Int.random(in: 0..<bytes.count, using: &random)
                    bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                }
            case .smears:
                for _ in 0..<Int.random(in: 1...8, using: &random) {
                    let start = Int.random(in: 0..<bytes.count - 200, using: &random)
                    for place in start..<start + Int.random(in: 1...200, using: &random) {
                        bytes[place] = UInt8.random(in: 0...255, using: &random)
                    }
                }
            case .zeros:
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    let start = Int.random(in: 1..<pages, using: &random) * Self.pageSize
                    bytes.replaceSubrange(start..<start + Self.pageSize, with: Data(count: Self.pageSize))
                }
            case .cut: bytes = bytes.prefix(Int.random(in: 0..<bytes.count, using: &random))
            case .log:
                var log = Data((0..<40_000).map { _ in UInt8.random(in: 0...255, using: &random) })
                // Half of the time it looks like one.
                if Bool.random(using: &random) { log.replaceSubrange(0..<4, with: [0x37, 0x7F, 0x06, 0x82]) }
                try log.write(to: URL(fileURLWithPath: ledger.path + "-wal"))
            }
            try bytes.write(to: ledger)
        }

        private static let pageSize = 4096
    }

    private static let rows = 600

    @Test(arguments: FaultSeeds.chunks(first: 7001, count: 20))
    func damageWhileTheDaemonIsDownDoublesAndDeletesNothing(_ seeds: [UInt64]) async throws {
        let expected = try await Self.expectedContents()
        try await FaultSeeds.run(seeds) { seed in
            var random = SeededRandom(seed: seed)
            let damage = Damage.allCases[Int(seed % UInt64(Damage.allCases.count))]
            let story: Comment = "FERRY_FAULT_SEED=\(seed): \(damage.rawValue)"
            try await FerryWorld.with { world async throws in
                try await Self.pushedAndChanged(world)
                try damage.apply(to: Self.ledger(world), using: &random)
                let outcome = try await Self.push(world, story)
                if case .refused(let words) = outcome {
                    #expect(words.contains("\(world.state)/ledger.db"), "\(words); \(story)")
                    try Self.followTheHint(world)
                    #expect(try await Self.push(world, story) == .done, "after the hint; \(story)")
                }
                Self.expect(expected, world, story)
            }
        }
    }

    @Test(arguments: FaultSeeds.chunks(first: 7101, count: 6))
    func damageWhileTheDaemonRunsDoublesAndDeletesNothingAndStatusAnswers(_ seeds: [UInt64]) async throws {
        let expected = try await Self.expectedContents()
        try await FaultSeeds.run(seeds) { seed in
            var random = SeededRandom(seed: seed)
            let damage = [Damage.bits, .smears, .zeros][Int(seed % 3)]
            let story: Comment = "FERRY_FAULT_SEED=\(seed): \(damage.rawValue) while it runs"
            try await FerryWorld.with { world async throws in
                // What is damaged after it was looked at is found when it is read, or the next day: until then it is
                // the service that keeps keys from being there twice.
                try await Self.pushedAndChanged(world, hasKey: true)
                let daemon = try await world.startDaemon()
                _ = try? await world.sync("articles", .push, entityIDs: ["1"])
                try damage.apply(to: Self.ledger(world), using: &random)
                // What it has in memory it may go on with; what it reads again it must not trust.
                let id = try? await world.requestSync("articles", .push)
                for _ in 0..<20 {
                    #expect(try await world.status(of: "/api/v1/status") == 200, "\(story)")
                    #expect(daemon.isRunning, "\(daemon.errors); \(story)")
                }
                if let id { await Self.waitForItsEnd(id, world) }
                #expect(try await world.status(of: "/api/v1/status") == 200, "\(story)")
                daemon.send(SIGTERM)
                let end = try await daemon.end(within: .seconds(20))
                #expect(end.exitCode == 0, "\(end.errors); \(story)")
                Self.expectNoDoubles(world, story)

                try Self.followTheHint(world)
                #expect(try await Self.push(world, story) == .done, "after the hint; \(story)")
                Self.expect(expected, world, story)
            }
        }
    }

    @Test func theStatusSaysWhatIsWrongAndWhatToDoAndNoJobIsStarted() async throws {
        try await FerryWorld.with { world async throws in
            try await Self.pushedAndChanged(world)
            var bytes = try Data(contentsOf: Self.ledger(world))
            // One entry of an index: scope 1, the key 577 and a row number of two bytes (fileformat2.html, §2.1).
            // Everything else is sound.
            let entry = try #require(bytes.range(of: Data([4, 9, 19, 2] + Array("577".utf8))))
            bytes[entry.lowerBound + 4] = UInt8(ascii: "x")
            try bytes.write(to: Self.ledger(world))
            let daemon = try await world.startDaemon()
            try await eventually("it is found") { try await Self.ledgerStatus(world)?["ok"] == false }
            let problems = try await Self.ledgerStatus(world)?["problems"].map(Self.strings) ?? []
            #expect(problems.count == 2, "\(problems)")
            for word in ["\(world.state)/ledger.db", "ledger.db-wal", "start it again", "natural key", "backup"] {
                #expect(problems.last?.contains(word) == true, "\(word): \(problems)")
            }
            let refused = try await world.request(
                "POST",
                "/api/v1/integrations/articles/sync",
                body: #"{"direction":"push"}"#
            )
            #expect(refused.status == 500)
            #expect(String(decoding: refused.body, as: UTF8.self).contains("ledger.damaged"))
            #expect(try await world.ferryctl("status").output.contains("The ledger cannot be used:"))
            #expect(daemon.errors.contains("no more jobs are started"))
            daemon.send(SIGTERM)
            #expect(try await daemon.end(within: .seconds(15)).exitCode == 0)
        }
    }

    @Test func aLedgerThatIsDeletedWhileItIsUsedIsMissedAtOnce() async throws {
        try await FerryWorld.with { world async throws in
            try await Self.pushedAndChanged(world)
            let daemon = try await world.startDaemon()
            #expect(try await Self.ledgerStatus(world)?["ok"] == true)
            try FileManager.default.removeItem(at: Self.ledger(world))
            let status = try await Self.ledgerStatus(world)
            #expect(status?["ok"] == false)
            #expect(status?["problems"]?[0]?.string?.contains("moved or deleted") == true)
            // What it has open it can use; whether it needs more than that depends on what runs beside.
            let end = try await Self.endOfPush(world)
            #expect(["succeeded", "ledger.unavailable"].contains(end))
            daemon.send(SIGTERM)
            #expect(try await daemon.end(within: .seconds(15)).exitCode == 0)

            // All that it knew is gone, which the next start notices; nothing is created twice for that.
            let again = try await world.startDaemon()
            #expect(try await Self.ledgerStatus(world)?["problems"]?[0]?.string?.contains("knows less") == true)
            #expect(again.errors.contains("knows less than it did before"))
            let job = try await world.sync("articles", .push)
            #expect(job.state == .succeeded && (end != "succeeded" || job.progress.created == 0), "\(job)")
            Self.expectNoDoubles(world, "a deleted ledger")
        }
    }

    /// How a push ends that the ledger may refuse at any point: its state, or the code of its failure or of the refusal.
    private static func endOfPush(_ world: FerryWorld) async throws -> String? {
        let path = "/api/v1/integrations/articles/sync"
        let asked = try await world.request("POST", path, body: #"{"direction":"push"}"#)
        let accepted = try JSONValue(parsing: asked.body)
        guard let id = accepted["data"]?["jobId"]?.string else { return accepted["error"]?["code"]?.string }
        var end: String?
        try await eventually("the end of the push") {
            let answer = try JSONValue(parsing: await world.request("GET", "/api/v1/jobs/\(id)").body)
            guard let job = answer["data"] else {
                end = answer["error"]?["code"]?.string
                return true
            }
            end = job["error"]?["code"]?.string ?? job["state"]?.string
            return job["state"]?.string.flatMap(JobState.init)?.isFinal ?? false
        }
        return end
    }

    /// Of the records that were created last, the log that is lost knew alone.
    @Test(arguments: ["cut", "gone", "empty"])
    func aLostLogDoublesNothing(_ loss: String) async throws {
        let expected = try await Self.expectedContents()
        try await FerryWorld.with { world async throws in
            try PushScene.set(world, hasKey: false, rows: Self.rows, service: QuickTable())
            let daemon = try await world.startDaemon()
            #expect(try await world.sync("articles", .push).state == .succeeded)
            try await daemon.terminate()
            let log = URL(fileURLWithPath: Self.ledger(world).path + "-wal")
            switch loss {
            case "cut": try Data(contentsOf: log).prefix(50_000).write(to: log)
            case "gone": try FileManager.default.removeItem(at: log)
            default: try Data().write(to: Self.ledger(world))
            }
            try Self.change(world)
            let again = try await world.startDaemon()
            #expect(again.errors.contains("knows less than it did before"))
            let job = try await world.sync("articles", .push)
            #expect(job.state == .succeeded, "\(job)")
            Self.expect(expected, world, "\(loss)")
        }
    }

    // MARK: Parts

    /// How a push under a daemon ended.
    private enum Outcome: Equatable {
        case done
        /// The daemon or the job said that the ledger cannot be used.
        case refused(String)
    }

    private static func ledger(_ world: FerryWorld) -> URL { URL(fileURLWithPath: "\(world.state)/ledger.db") }

    /// A table at the service, usually without a key of its own, all its rows pushed, then some changed and some added.
    private static func pushedAndChanged(_ world: FerryWorld, hasKey: Bool = false) async throws {
        try PushScene.set(world, hasKey: hasKey, rows: rows, service: QuickTable())
        let run = try await world.once("articles", .push)
        #expect(run.exitCode == 0)
        try SQLiteConnection(path: ledger(world).path, mode: .readWrite).execute("PRAGMA wal_checkpoint(TRUNCATE)")
        try change(world)
    }

    private static func change(_ world: FerryWorld) throws {
        try SQLiteConnection(path: "\(world.folder.path)/shop.db", mode: .readWrite).execute(
            """
            UPDATE article SET author = 'Łukasz' WHERE id % 50 = 0;
            INSERT INTO article SELECT id + 1000, slug || '-new', title, author, body, minutes, published_on
            FROM article WHERE id % 60 = 0;
            """
        )
    }

    private static func expectedContents() async throws -> [String] {
        try await FerryWorld.with { world async throws in
            try await pushedAndChanged(world)
            #expect(try await world.once("articles", .push).exitCode == 0)
            return PushScene.contents(world)
        }
    }

    /// Starts a daemon, has it push, and ends it.
    private static func push(_ world: FerryWorld, _ story: Comment) async throws -> Outcome {
        let daemon = try world.start("ferryd", world.daemonArguments)
        try await eventually("it answers or ends") {
            (try? await world.status(of: "/healthz")) == 200 || !daemon.isRunning
        }
        guard daemon.isRunning else {
            let end = try await daemon.end()
            // 3, so that systemd does not start it again and again; 1 for what may pass.
            #expect([1, 3].contains(end.exitCode), "\(end); \(story)")
            #expect(end.errors.contains("hint: "), "\(end); \(story)")
            return .refused(end.errors)
        }
        var outcome = Outcome.done
        for attempt in 0..<3 {
            guard let id = try? await world.requestSync("articles", .push) else {
                outcome = .refused(daemon.errors)
                break
            }
            await waitForItsEnd(id, world)
            let job = try? await world.jobs().first { $0.id == id }
            if job?.state == .succeeded {
                outcome = .done
                break
            }
            outcome = .refused("\(job?.error?.message ?? "") \(daemon.errors)")
            if attempt == 0, job?.state == .failed { continue }
            break
        }
        #expect(try await world.status(of: "/api/v1/status") == 200, "\(story)")
        daemon.send(SIGTERM)
        let end = try await daemon.end(within: .seconds(20))
        #expect(end.exitCode == 0, "\(end); \(story)")
        return outcome
    }

    /// Waits for a job's end, or until it is clear that there will be none.
    private static func waitForItsEnd(_ id: String, _ world: FerryWorld) async {
        // In vain only where the job cannot be read any more, which the status says.
        try? await eventually("the end of \(id)", within: .seconds(60)) {
            if try await ledgerStatus(world)?["ok"] == false { return true }
            let jobs = try? await world.jobs()
            return jobs?.first { $0.id == id }?.state.isFinal ?? true
        }
    }

    private static func strings(_ list: JSONValue) -> [String] {
        guard case .array(let elements) = list else { return [] }
        return elements.compactMap(\.string)
    }

    private static func ledgerStatus(_ world: FerryWorld) async throws -> JSONValue? {
        try JSONValue(parsing: try await world.get("/api/v1/status").body)["data"]?["ledger"]
    }

    /// Moves the files away that the hint names.
    private static func followTheHint(_ world: FerryWorld) throws {
        for suffix in ["", "-wal", "-shm"] {
            let path = ledger(world).path + suffix
            guard FileManager.default.fileExists(atPath: path) else { continue }
            try FileManager.default.moveItem(atPath: path, toPath: "\(world.folder.path)/damaged\(suffix)")
        }
    }

    private static func expect(_ contents: [String], _ world: FerryWorld, _ story: Comment) {
        #expect(PushScene.contents(world) == contents, "\(story)")
        expectNoDoubles(world, story)
    }

    private static func expectNoDoubles(_ world: FerryWorld, _ story: Comment) {
        let collection = SeededArticles.definition.collectionID
        let slugs = world.sandbox.tables.rows(of: collection).map { $0["slug"] ?? "" }
        #expect(Set(slugs).count == slugs.count, "doubles; \(story)")
        #expect(world.sandbox.tables.requests(of: collection).allSatisfy { $0.method != "DELETE" }, "\(story)")
    }
}
