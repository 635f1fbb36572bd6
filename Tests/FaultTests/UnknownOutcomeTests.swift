import FerryAPI
import FerryCore
import FerrySQLite
import FerrySandbox
import FerryTesting
import Testing

/// Writes whose answers are lost or worthless: what landed is found again, and nothing lands twice.
///
/// The table has no primary key of its own, so that it would show every double.
@Suite(.serialized) struct UnknownOutcomeTests {
    /// A way in which an answer is lost after the effect.
    struct Loss: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var action: FaultAction
        var times = 1
    }

    /// Four batches.
    static let rows = 4 * PushScene.batchSize

    static let losses = [
        Loss(testDescription: "reset", action: .reset(afterEffect: true)),
        Loss(testDescription: "three resets", action: .reset(afterEffect: true), times: 3),
        Loss(testDescription: "close", action: .close(afterEffect: true)),
        Loss(testDescription: "500", action: .status(500, afterEffect: true)),
        Loss(testDescription: "503 twice", action: .status(503, retryAfter: "0", afterEffect: true), times: 2),
        Loss(testDescription: "504", action: .status(504, afterEffect: true)),
        Loss(testDescription: "body cut and closed", action: .cutBody(afterBytes: 700)),
        Loss(testDescription: "body cut and reset", action: .cutBody(afterBytes: 700, resets: true)),
        Loss(testDescription: "half of the JSON", action: .truncatedJSON),
        Loss(testDescription: "an empty list", action: .status(200, body: "[]", afterEffect: true)),
        Loss(testDescription: "no JSON", action: .status(200, body: "<p>ok</p>", afterEffect: true)),
        Loss(testDescription: "nothing", action: .status(200, body: "", afterEffect: true)),
        Loss(testDescription: "timeout", action: .delay(milliseconds: 1500, afterEffect: true)),
    ]

    @Test(arguments: losses)
    func insertsWhoseAnswerIsLostAreNeverRepeated(_ loss: Loss) async throws {
        let expected = try await FaultFreeRuns.shared.push(rows: Self.rows)
        try await FerryWorld.with { world async throws in
            try PushScene.set(world, hasKey: false, rows: Self.rows, service: QuickTable(timeout: "1s"))
            world.sandbox.faults.add(FaultRule(loss.action, method: "POST", nth: 2, times: loss.times))
            try await Self.runUntilItSucceeds(world)
            #expect(world.sandbox.faults.fired == [loss.times])
            #expect(PushScene.contents(world) == expected)
            try Self.checkLedger(world)
        }
    }

    @Test(arguments: losses)
    func updatesWhoseAnswerIsLostLandOnce(_ loss: Loss) async throws {
        try await FerryWorld.with { world async throws in
            try PushScene.set(world, hasKey: false, rows: Self.rows, service: QuickTable(timeout: "1s"))
            try await Self.runUntilItSucceeds(world)
            let shop = try SQLiteConnection(path: "\(world.folder.path)/shop.db", mode: .readWrite)
            try shop.execute("UPDATE article SET author = 'Łukasz ' || id WHERE id % 2 = 0")
            world.sandbox.faults.add(FaultRule(loss.action, method: "PUT", nth: 2, times: loss.times))
            try await Self.runUntilItSucceeds(world)
            let authors = world.sandbox.tables.rows(of: SeededArticles.definition.collectionID).compactMap {
                $0["author"]
            }
            #expect(authors.count { $0.hasPrefix("\"Łukasz ") } == Self.rows / 2)
            #expect(Set(authors.filter { $0.hasPrefix("\"Łukasz ") }).count == Self.rows / 2)
            try Self.checkLedger(world)
        }
    }

    // MARK: Parts

    /// An answer that breaks the contract ends the job, as it should: people look, and start it again.
    private static func runUntilItSucceeds(_ world: FerryWorld) async throws {
        for _ in 0..<4 {
            let run = try await world.once("articles", .push)
            if run.exitCode == 0 { return }
            #expect(run.job.state == .failed, "\(run.job)")
        }
        Issue.record("the push never succeeds")
    }

    private static func checkLedger(_ world: FerryWorld) throws {
        let ledger = try #require(try LedgerSnapshot(of: world))
        #expect(ledger.outboxBatches == 0)
        #expect(ledger.links.count == rows)
        #expect(Set(ledger.links.map(\.remote)).count == rows)
        #expect(try PushScene.linksAreRight(ledger.links, in: world))
        #expect(world.sandbox.tables.count(of: SeededArticles.definition.collectionID) == rows)
    }
}
