import FerryAPI
import FerryCore
import FerrySandbox
import FerryTesting
import Testing

/// What the status says about jobs that went well only to look at: the last run of each direction counts, and a restart
/// forgets none of it.
@Suite struct AttentionTests {
    @Test func tooFewRecordsAreSaidUntilThereAreEnoughWhateverElseRuns() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition)
            try world.write(
                integration: "items",
                Items.integration(world, store: "main", rest: "expect: { pull: { min_records: 2 } }")
            )
            var daemon = try await world.startDaemon()
            #expect(try await world.sync("items", .pull).state == .succeeded)
            let sentence = "last pull read 0 records, 2 are expected"
            #expect(try await Self.line(world) == "active|\(sentence)")
            #expect(try await world.ferryctl("status").output.contains("items: \(sentence)"))

            // Another direction, a restricted job and a cancelled one say nothing about it.
            #expect(try await world.sync("items", .push).state == .succeeded)
            #expect(try await world.sync("items", .pull, entityIDs: []).state == .succeeded)
            #expect(try await Self.line(world) == "active|\(sentence)")
            try await world.stop(daemon)
            daemon = try await world.startDaemon()
            #expect(try await Self.line(world) == "active|\(sentence)")

            for row in Items.rows(1...3) { world.sandbox.tables.upsert(row, in: "items") }
            #expect(try await world.sync("items", .pull).progress.read == 3)
            #expect(try await Self.line(world) == "active|")
            // A restricted job that reads less than is expected of a whole one.
            #expect(try await world.sync("items", .pull, entityIDs: []).progress.read == 0)
            #expect(try await Self.line(world) == "active|")
        }
    }

    /// Nothing has changed since: that is no reason to look.
    @Test func howMuchAPullOfChangesReadsSaysNothing() async throws {
        let stream = """
            request:
              method: GET
              path: /books
              query: { since: "${cursor.value}", skip: "${page.offset}", take: "${page.size}", sort: changed }
            paginate: { offset: { size: 5 } }
            incremental: { cursor: { field: changed, type: number } }
            """
        let expect = "expect: { pull: { min_records: 5 } }"
        try await FerryWorld.withLibrary(stream, guardrail: expect) { world, library, _ async throws in
            library.change { $0.add(1...4, changed: 100) }
            let daemon = try await world.startDaemon()
            #expect(try await world.sync("books", .pull).progress.read == 4)
            let attention = { () async throws in try await world.statusLine("books")?["attention"]?.compactText ?? "" }
            #expect(try await attention().contains("last pull read 4 records, 5 are expected"))
            library.change { $0.add(5...6, changed: 200) }
            #expect(try await world.sync("books", .pull).progress.read < 5)
            #expect(try await attention() == "[]")
            let id = try await world.enqueue("books", .pull, more: ",\"full\":true")
            #expect(try await world.job(id).progress.read == 6)
            #expect(try await attention() == "[]")
            try await world.stop(daemon)
        }
    }

    @Test func aFailedPullIsNotHiddenByAPushThatWorks() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...3))
            try world.write(
                integration: "items",
                Items.integration(
                    world,
                    store: "main",
                    rest: "schedule: { pull: { cron: '0 3 1 1 *' }, push: { cron: '0 4 1 1 *' } }"
                )
            )
            let daemon = try await world.startDaemon()
            for direction in [Direction.pull, .push] {
                #expect(try await world.sync("items", direction).state == .succeeded)
            }
            let broken = #"{"message":"the moon is full"}"#
            world.sandbox.faults.add(FaultRule(.status(400, body: broken), method: "GET", times: nil))
            #expect(try await world.sync("items", .pull).state == .failed)
            #expect(try await world.sync("items", .push).state == .succeeded)
            let line = try await Self.line(world)
            #expect(line.hasPrefix("error|last pull: ") && line.contains("the moon is full"), "\(line)")
            try await world.stop(daemon)
            _ = try await world.startDaemon()
            #expect(try await Self.line(world) == line)
            world.sandbox.faults.clear()
            #expect(try await world.sync("items", .pull).state == .succeeded)
            #expect(try await Self.line(world) == "active|")
        }
    }

    @Test func tooManyRefusalsAreSaid() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition)
            try world.writeShop(Items.sql(10) + "UPDATE item SET price = 'a lot' WHERE sku < 'S-0005';")
            try world.write(integration: "items", Items.integration(world, rest: "max_failed: 2"))
            _ = try await world.startDaemon()
            let job = try await world.sync("items", .push)
            #expect(job.error?.code == "job.too_many_failures")
            let line = try await Self.line(world)
            #expect(line.hasPrefix("error|last push: 4 of 10 records were refused"), "\(line)")
            #expect(line.hasSuffix("|4 records are set aside"), "\(line)")
        }
    }

    /// The status and the reasons, joined by `|`.
    private static func line(_ world: FerryWorld) async throws -> String {
        let line = try #require(try await world.statusLine("items"))
        let attention = line["attention"]?.elements.compactMap(\.string) ?? []
        return (line["status"]?.string ?? "") + "|" + attention.joined(separator: "|")
    }
}
