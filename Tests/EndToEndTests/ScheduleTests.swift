import FerryAPI
import FerryCore
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// What runs by itself, and how much at once.
@Suite struct ScheduleTests {
    @Test func anIntervalRunsAgainAndAgainWithoutBeingAsked() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...5))
            try world.write(
                integration: "items",
                Items.integration(world, store: "main", rest: "schedule: { pull: { every: 1s } }")
            )
            _ = try await world.startDaemon()
            try await eventually("three runs") { try await Self.succeeded(world).count >= 3 }
            let jobs = try await Self.succeeded(world)
            #expect(jobs.allSatisfy { $0["trigger"]?.string == "schedule" })
            #expect(jobs.last?["progress"]?["created"]?.integer == 5)
            #expect(jobs.first?["progress"]?["unchanged"]?.integer == 5)
            #expect(try await world.statusLine("items")?["nextRun"]?.integer != nil)
        }
    }

    @Test func aCronScheduleRunsAtTheNextMinute() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...2))
            try world.write(
                integration: "items",
                Items.integration(world, store: "main", rest: "schedule: { pull: { cron: \"* * * * *\" } }")
            )
            _ = try await world.startDaemon()
            let next = try await Self.nextRun(world)
            #expect(next % 60_000 == 0)
            try await eventually("the run at the minute", within: .seconds(75)) {
                try await Self.succeeded(world).isEmpty == false
            }
            let started = try #require(try await Self.succeeded(world).last?["startedAt"]?.integer)
            #expect(started % 60_000 < 10_000)
        }
    }

    @Test func aRunThatWasMissedWhileTheDaemonWasDownIsCaughtUpOnce() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...2))
            try world.write(
                integration: "items",
                Items.integration(world, store: "main", rest: "schedule: { pull: { cron: \"0 3 1 1 *\" } }")
            )
            let first = try await world.startDaemon()
            #expect(try await Self.nextRun(world) > 1_700_000_000_000)
            #expect(try await Self.succeeded(world).isEmpty)
            try await world.stop(first)
            try await Program.run(
                "/usr/bin/sqlite3",
                ["\(world.state)/ledger.db", "UPDATE next_run SET due_at = 1700000000000"],
                in: world.folder
            ).requireSuccess()
            _ = try await world.startDaemon()
            try await eventually("the missed run") { try await Self.succeeded(world).count == 1 }
            #expect(try #require(try await world.statusLine("items")?["nextRun"]?.integer) > 1_700_000_000_000)
        }
    }

    @Test func aPausedIntegrationRunsOnlyWhenAsked() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...2))
            try world.write(integration: "items", Items.integration(world, store: "main"))
            _ = try await world.startDaemon()
            #expect(try await world.ferryctl("pause", "items").exitCode == 0)
            #expect(try await world.statusLine("items")?["status"]?.string == "inactive")
            #expect(try await world.sync("items", .pull).state == .succeeded)
            #expect(try await world.ferryctl("resume", "items").exitCode == 0)
            #expect(try await world.statusLine("items")?["status"]?.string == "active")
        }
    }

    @Test func asksForTheSameWorkGetTheLiveJob() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...20))
            world.sandbox.faults.add(FaultRule(.delay(milliseconds: 300), times: nil))
            try world.write(
                integration: "items",
                Items.integration(world, store: "main", settings: "page_size: 1")
            )
            _ = try await world.startDaemon()
            let id = try await world.enqueue("items", .pull)
            #expect(try await world.enqueue("items", .pull) == id)
            try await eventually("it runs") { try await world.jobNow(id)["state"]?.string == "running" }
            #expect(try await world.enqueue("items", .pull) == id)

            // Other work is another job, and waits: an integration has one live job at a time.
            let other = try await world.enqueue("items", .pull, more: ",\"entityIds\":[\"S-0001\"]")
            #expect(other != id)
            #expect(try await world.jobNow(other)["state"]?.string == "queued")
            world.sandbox.faults.clear()
            let first = try await world.job(id)
            let second = try await world.job(other)
            #expect(first.state == .succeeded && second.state == .succeeded)
            #expect(try #require(second.startedAt) >= #require(first.finishedAt))
        }
    }

    @Test func noMoreJobsRunAtOnceThanThereAreWorkers() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...20))
            world.sandbox.faults.add(FaultRule(.delay(milliseconds: 300), times: nil))
            try world.write(settings: "workers: 2\n")
            for name in ["a", "b", "c", "d"] {
                let text = Items.integration(world, store: "main", settings: "page_size: 1")
                try world.write(integration: name, text.replacing("type: item", with: "type: item_\(name)"))
            }
            _ = try await world.startDaemon()
            var ids: [String] = []
            for name in ["a", "b", "c", "d"] { ids.append(try await world.enqueue(name, .pull)) }
            try await eventually("two run") { try await Self.running(world) == 2 }
            let queued = try await world.json("GET", "/api/v1/jobs?state=queued").body["data"]?["jobs"]?.elements
            #expect(queued?.compactMap { $0["id"]?.string } == ids.dropFirst(2).reversed())
            world.sandbox.faults.clear()
            try await eventually("all have ended") {
                #expect(try await Self.running(world) <= 2)
                return try await Self.succeeded(world).count == 4
            }
        }
    }

    /// When the next run is, once the schedules are planned.
    private static func nextRun(_ world: FerryWorld) async throws -> Int {
        var next: Int?
        try await eventually("a next run") {
            next = try await world.statusLine("items")?["nextRun"]?.integer
            return next != nil
        }
        return try #require(next)
    }

    private static func running(_ world: FerryWorld) async throws -> Int {
        try await world.json("GET", "/api/v1/status").body["data"]?["running"]?.elements.count ?? 0
    }

    private static func succeeded(_ world: FerryWorld) async throws -> [JSONValue] {
        try await world.json("GET", "/api/v1/jobs?state=succeeded").body["data"]?["jobs"]?.elements ?? []
    }
}

extension Program.Result {
    /// Stops the test when the program did not end well.
    func requireSuccess() throws {
        guard exitCode == 0 else { throw NeverHappened(description: "exit code \(exitCode): \(output)\(errors)") }
    }
}
