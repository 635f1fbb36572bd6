import FerryAPI
import FerryCore
import FerryHTTP
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// The other routes, and what a wrong request is told.
@Suite struct SocketAPITests {
    @Test func healthAndStatusAnswerBeforeAnythingIsConfigured() async throws {
        try await FerryWorld.with { world async throws in
            _ = try await world.startDaemon()
            let health = try await world.json("GET", "/healthz")
            #expect(health.status == 200)
            #expect(health.body.compactText == #"{"data":{"ok":true}}"#)
            let status = try #require(try await world.json("GET", "/api/v1/status").body["data"])
            #expect(
                status.keys == [
                    "version", "startedAt", "configuration", "ledger", "workers", "running", "integrations",
                ]
            )
            #expect(status["configuration"]?["ok"] == true)
            #expect(status["workers"] == 4)
            let started = try #require(status["startedAt"]?.integer)
            #expect(abs(Double(started) / 1000 - Date().timeIntervalSince1970) < 60)
        }
    }

    @Test func jobsAreListedNewestFirstPageByPageAndByTheirState() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition)
            try world.writeShop(Items.sql(3))
            try world.write(integration: "items", Items.integration(world))
            _ = try await world.startDaemon()
            var ids: [String] = []
            for _ in 1...3 { ids.append(try await world.sync("items", .push).id) }
            let first = try #require(try await world.json("GET", "/api/v1/jobs?limit=2").body["data"])
            #expect(first.keys == ["jobs", "nextCursor"])
            #expect(first["jobs"]?.elements.map { $0["id"]?.string } == [ids[2], ids[1]])
            let cursor = try #require(first["nextCursor"]?.string)
            let second = try #require(try await world.json("GET", "/api/v1/jobs?limit=2&cursor=\(cursor)").body["data"])
            #expect(second["jobs"]?.elements.map { $0["id"]?.string } == [ids[0]])
            #expect(second["nextCursor"] == .null)
            let failed = try await world.json("GET", "/api/v1/jobs?integration=items&state=failed&state=partial")
            #expect(failed.body["data"]?["jobs"]?.elements.isEmpty == true)
        }
    }

    @Test func aJobShowsWhatItDid() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition)
            try world.writeShop(Items.sql(3))
            try world.write(integration: "items", Items.integration(world))
            _ = try await world.startDaemon()
            let id = try await world.sync("items", .push).id
            let job = try await world.jobNow(id)
            #expect(
                job.keys == [
                    "id", "integrationId", "direction", "trigger", "state", "attempt", "entityIds", "entityTypes",
                    "allowDeletes", "quarantinedOnly", "queuedAt", "startedAt", "finishedAt", "wait", "progress",
                    "refusals", "error", "notes",
                ]
            )
            #expect(job["direction"] == "push")
            #expect(job["trigger"] == "manual")
            #expect(job["attempt"] == 1)
            #expect(job["entityIds"] == .null)
            let progress = try #require(job["progress"])
            #expect(progress["read"] == 3 && progress["created"] == 3 && progress["total"] == 3)
            // One look at the empty table for what is there already, one insert of all three.
            #expect(progress["requests"]?.integer == world.sandbox.tables.requests(of: "items").count)
            #expect(try #require(progress["bytesOut"]?.integer) > 100)
            let times = try ["queuedAt", "startedAt", "finishedAt"].map { try #require(job[$0]?.integer) }
            #expect(times == times.sorted() && times[0] > 1_700_000_000_000)
        }
    }

    @Test func aRunningJobIsCancelledAndStaysSo() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...50))
            world.sandbox.faults.add(FaultRule(.delay(milliseconds: 200), times: nil))
            try world.write(integration: "items", Items.integration(world, store: "main", settings: "page_size: 1"))
            _ = try await world.startDaemon()
            let id = try await world.enqueue("items", .pull)
            try await eventually("it runs") { try await world.jobNow(id)["progress"]?["read"]?.integer ?? 0 > 1 }
            let answer = try await world.json("POST", "/api/v1/jobs/\(id)/cancel")
            #expect(answer.status == 200)
            #expect(answer.body["data"]?["id"]?.string == id)
            let job = try await world.job(id)
            #expect(job.state == .cancelled)
            #expect(job.error?.code == "job.cancelled")
            #expect(job.progress.read < 50)

            let again = try await world.json("POST", "/api/v1/jobs/\(id)/cancel")
            #expect(again.status == 409)
            #expect(again.body["error"]?["code"] == "job.finished")
        }
    }

    @Test func aQueuedJobIsCancelledBeforeItStarts() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...5))
            world.sandbox.faults.add(FaultRule(.delay(milliseconds: 500), times: nil))
            try world.write(integration: "items", Items.integration(world, store: "main"))
            _ = try await world.startDaemon()
            let first = try await world.enqueue("items", .pull)
            let second = try await world.enqueue("items", .pull, more: ",\"entityIds\":[\"S-0001\"]")
            #expect(try await world.json("POST", "/api/v1/jobs/\(second)/cancel").status == 200)
            let cancelled = try await world.job(second)
            #expect(cancelled.state == .cancelled)
            #expect(cancelled.startedAt == nil)
            #expect(try await world.job(first).state == .succeeded)
        }
    }

    @Test func everyRefusalHasACodeASentenceAndAHint() async throws {
        try await FerryWorld.with { world async throws in
            try world.writeShop(Items.sql(1))
            try world.write(integration: "items", Items.integration(world))
            _ = try await world.startDaemon()
            let sync = "/api/v1/integrations/items/sync"
            let cases: [(method: String, path: String, body: String?, status: Int, code: String)] = [
                ("GET", "/api/v1/integrations/itms", nil, 404, "integration.not_found"),
                ("POST", "/api/v1/integrations/itms/sync", #"{"direction":"pull"}"#, 404, "integration.not_found"),
                ("POST", "/api/v1/integrations/itms/test", nil, 404, "integration.not_found"),
                ("GET", "/api/v1/jobs/job_0", nil, 404, "job.not_found"),
                ("GET", "/api/v2/status", nil, 404, "request.not_found"),
                ("DELETE", "/api/v1/integrations", nil, 405, "request.method_not_allowed"),
                ("GET", sync, nil, 405, "request.method_not_allowed"),
                ("POST", sync, #"{"direction":"#, 400, "request.invalid"),
                ("POST", sync, nil, 400, "request.invalid"),
                ("POST", sync, #"{"direction":"sideways"}"#, 400, "request.invalid"),
                ("POST", sync, #"{"direction":"pull","entityIds":"all"}"#, 400, "request.invalid"),
                ("POST", sync, #"{"direction":"pull","entityId":["a"]}"#, 400, "request.invalid"),
                ("GET", "/api/v1/jobs?state=done", nil, 400, "request.invalid"),
                ("GET", "/api/v1/jobs?limit=0", nil, 400, "request.invalid"),
            ]
            for (method, path, body, status, code) in cases {
                let answer = try await world.json(method, path, body: body)
                let comment = Comment(rawValue: "\(method) \(path) \(body ?? ""): \(answer.body.compactText)")
                #expect(answer.status == status, comment)
                #expect(answer.body.keys == ["error"], comment)
                let error = try #require(answer.body["error"])
                #expect(error.keys == ["code", "message", "hint"], comment)
                #expect(error["code"]?.string == code, comment)
                #expect(error["message"]?.string?.isEmpty == false, comment)
                #expect(error["hint"]?.string?.isEmpty == false, comment)
            }
            #expect(try await world.request("DELETE", "/api/v1/integrations").header("Allow") == "GET")
        }
    }

    @Test func aDisabledIntegrationIsInactiveAndRefusesASync() async throws {
        try await FerryWorld.with { world async throws in
            try world.writeShop(Items.sql(1))
            try world.write(integration: "items", "enabled: false\n" + Items.integration(world))
            _ = try await world.startDaemon()
            #expect(try await world.statusLine("items")?["status"] == "inactive")
            let answer = try await world.json(
                "POST",
                "/api/v1/integrations/items/sync",
                body: #"{"direction":"push"}"#
            )
            #expect(answer.status == 409)
            #expect(answer.body["error"]?["code"] == "integration.disabled")
            #expect(answer.body["error"]?["hint"]?.string?.contains("enabled: true") == true)
        }
    }
}
