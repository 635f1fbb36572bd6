import FerryAPI
import FerryCore
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// A service that refuses, asks for patience or answers nonsense.
@Suite struct RefusalTests {
    @Test func theSecondaryKeyTakesOverAndTheStatusSaysSo() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition)
            world.sandbox.faults.add(FaultRule(.expiredPrimaryKey, times: nil))
            try world.writeShop(Items.sql(30))
            try world.write(integration: "items", Items.integration(world, settings: "batch_size: 10"))
            _ = try await world.startDaemon()
            let job = try await world.sync("items", .push)
            #expect(job.state == .succeeded)
            #expect(world.sandbox.tables.count(of: "items") == 30)
            // The dead key is tried once, not with every request.
            #expect(world.sandbox.tables.requests(of: "items").count { $0.status == 401 } == 1)
            let attention = try await world.statusLine("items")?["attention"]?.elements.compactMap(\.string) ?? []
            let sentence = "the service refuses 'key'; 'secondary_key' is in use instead: renew 'key'"
            #expect(attention == [sentence])
            #expect(try await world.ferryctl("status").output.contains("items: \(sentence)"))
        }
    }

    @Test func twoDeadKeysFailTheJobAtOnceAndAreNotTriedAgainAndAgain() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition)
            world.sandbox.tables.rotateKey(.primary, of: "items", to: "other-1")
            world.sandbox.tables.rotateKey(.secondary, of: "items", to: "other-2")
            try world.writeShop(Items.sql(30))
            try world.write(
                integration: "items",
                Items.integration(world, rest: "schedule: { push: { every: 1h } }")
            )
            let daemon = try await world.startDaemon()
            let job = try await world.sync("items", .push)
            #expect(job.state == .failed)
            #expect(job.error?.code == "auth.rejected")
            #expect(job.error?.message.contains("The API key is not valid for this table") == true)
            #expect(job.error?.hint?.contains("'key' and 'secondary_key'") == true)
            #expect(try await world.statusLine("items")?["status"] == "error")
            try await world.stop(daemon)
            // One try of each key for the job of the schedule, and again if ours was another one.
            let jobs = try world.rows("\(world.state)/ledger.db", "SELECT count(*) FROM job").first.flatMap(Int.init)
            #expect(world.sandbox.tables.requests(of: "items").count == 2 * (try #require(jobs)))
        }
    }

    @Test func aRotatedKeyInItsFileIsUsedWithoutARestart() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...3))
            let key = try world.folder.write(Items.definition.primarySecret + "\n", to: "key")
            let text = Items.integration(world, store: "main")
                .replacing("key: \(Items.definition.primarySecret)", with: "key: { file: \(key) }")
                .replacing("secondary_key: \(Items.definition.secondarySecret)", with: "")
            try world.write(integration: "items", text)
            _ = try await world.startDaemon()
            #expect(try await world.sync("items", .pull).state == .succeeded)
            world.sandbox.tables.rotateKey(.primary, of: "items", to: "renewed-key-1")
            #expect(try await world.sync("items", .pull).error?.code == "auth.rejected")
            try world.folder.write("renewed-key-1\n", to: "key")
            #expect(try await world.sync("items", .pull).state == .succeeded)
        }
    }

    @Test func aRateLimitIsWaitedOutAndTheWaitIsVisible() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...3))
            world.sandbox.faults.add(FaultRule(.status(429, retryAfter: "3")))
            try world.write(integration: "items", Items.integration(world, store: "main"))
            _ = try await world.startDaemon()
            let id = try await world.enqueue("items", .pull)
            var job = JSONValue.null
            try await eventually("it waits") {
                job = try await world.jobNow(id)
                return job["state"] == "waiting"
            }
            #expect(job["wait"]?["reason"] == "rate limit")
            let until = try #require(job["wait"]?["until"]?.integer)
            #expect(Double(until) / 1000 > Date().timeIntervalSince1970)
            #expect(try await world.ferryctl("status").output.contains("(rate limit, goes on "))
            let ended = try await world.job(id)
            #expect(ended.state == .succeeded)
            #expect(ended.wait == nil)
            #expect(try #require(ended.finishedAt) >= Int64(until))
            #expect(ended.progress.retries == 1)
        }
    }

    @Test func aServiceThatFailsForAMomentIsAskedAgain() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...3))
            world.sandbox.faults.add(FaultRule(.status(503), times: 2))
            try world.write(integration: "items", Items.integration(world, store: "main"))
            let result = try await world.once("items", .pull)
            #expect(result.exitCode == 0)
            #expect(result.job.progress.retries == 2)
            #expect(result.job.progress.read == 3)
        }
    }

    @Test func aBulkInsertWhoseAnswerIsLostIsLookedUpAndNotSentAgain() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition)
            world.sandbox.faults.add(FaultRule(.reset(afterEffect: true), method: "POST", nth: 2))
            try world.writeShop(Items.sql(60))
            try world.write(integration: "items", Items.integration(world, settings: "batch_size: 20"))
            let result = try await world.once("items", .push)
            #expect(result.exitCode == 0)
            #expect(result.job.progress.created == 60)
            #expect(world.writes("items").count == 3)
            #expect(PushTests.literals(of: world) == PushTests.literals(Items.rows(1...60)))
        }
    }

    @Test func somethingElseAtTheAddressIsToldFromTheService() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition)
            world.sandbox.faults.add(
                FaultRule(.status(200, body: "<html><title>Please sign in</title></html>"), times: nil)
            )
            try world.writeShop(Items.sql(1))
            try world.write(integration: "items", Items.integration(world))
            _ = try await world.startDaemon()
            let answer = try await world.json("POST", "/api/v1/integrations/items/test")
            #expect(answer.body["data"]?["connected"] == false)
            #expect(answer.body["data"]?["error"]?["code"] == "contract.unexpected_answer")
        }
    }
}
