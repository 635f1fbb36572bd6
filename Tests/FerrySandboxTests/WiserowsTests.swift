import FerrySandbox
import Testing

/// The sandbox's WISEROWS does what the service's pages say.
@Suite struct WiserowsTests {
    private static let headers = "Authorization: Bearer ds_demo_key\r\n"

    private func with(_ body: (WiserowsProject, LoopbackClient) async throws -> Void) async throws {
        try await withSandbox(rows: []) { sandbox, client async throws in
            var client = client
            client.path = "/wiserows/api/v1"
            client.key = nil
            SeededProject.fill(sandbox.wiserows)
            try await body(sandbox.wiserows, client)
        }
    }

    private func send(
        _ method: String,
        _ path: String,
        _ body: String? = nil,
        _ client: LoopbackClient
    ) throws -> LoopbackClient.Answer {
        try client.send(method, path, body, extraHeaders: Self.headers)
    }

    @Test func whatAnIntegrationIsConfiguredWithIsForAdmins() async throws {
        try await with { project, client async throws in
            let details = try send("GET", "/integrations/int_01", nil, client)
            let config = #""config":{"projectId":"zp7mbokg","dataset":"production"},"fieldMappings":[{"#
            #expect(details.body.contains(config), "\(details.body)")
            let list = try send("GET", "/integrations", nil, client).body
            #expect(list.contains(#""status":"pending","lastSyncAt":null}"#) && !list.contains("config"))
            project.setKeyLevel(.write)
            #expect(try send("GET", "/integrations/int_01", nil, client).status == 403)
            #expect(try send("DELETE", "/entities/ent_00001", nil, client).status == 200)
            project.setKeyLevel(.read)
            #expect(try send("GET", "/integrations", nil, client).status == 200)
            let refused = try send("DELETE", "/entities/ent_00002", nil, client)
            #expect(refused.status == 403 && refused.body.contains(#"{"error":{"code":"forbidden","#))
            #expect(project.living.count == 2)
        }
    }

    @Test func aTestOfAnIntegrationSaysInItsBodyHowItWent() async throws {
        try await with { project, client async throws in
            project.add(WiserowsIntegration(id: "int_03", type: "posthog", name: "Dead", status: "error"))
            let good = try send("POST", "/integrations/int_01/test", nil, client)
            #expect(good.status == 200 && good.body == #"{"data":{"connected":true,"latencyMs":182}}"#)
            let bad = try send("POST", "/integrations/int_03/test", nil, client)
            #expect(bad.status == 200 && bad.body.contains(#""connected":false"#))
            #expect(try send("POST", "/integrations/int_09/test", nil, client).status == 404)
        }
    }

    @Test func jobsAreListedFollowedAndCancelled() async throws {
        try await with { project, client async throws in
            project.setJobs(looks: 5)
            let start = #"{"direction":"push","entityIds":["ent_00001"]}"#
            let started = try send("POST", "/integrations/int_01/sync", start, client)
            #expect(started.body == #"{"data":{"jobId":"job_1"}}"#)
            #expect(try send("POST", "/integrations/int_01/sync", start, client).status == 409)
            let unknown = #"{"direction":"push","entityIds":["ent_99"]}"#
            #expect(try send("POST", "/integrations/int_02/sync", unknown, client).status == 400)
            let list = try send("GET", "/jobs", nil, client).body
            #expect(list.contains(#"[{"id":"job_1","type":"sync","status":"running""#), "\(list)")
            let cancelled = try send("POST", "/jobs/job_1/cancel", nil, client)
            #expect(cancelled.body.contains(#""status":"cancelled","progress":0,"error":null"#))
            #expect(try send("POST", "/jobs/job_1/cancel", nil, client).status == 409)
            #expect(project.jobs.map(\.status) == ["cancelled"])
        }
    }

    @Test(arguments: [
        (#"{"entityTypeId":"et_post","fields":{"slug":"x"}}"#, 400), (#"{"entityTypeId":"et_none","fields":{}}"#, 404),
        (#"{"entityTypeId":"et_post","fields":{"title":1}}"#, 400), (#"{"fields":{"title":"x"}}"#, 400),
        (#"{"entityTypeId":"et_post","fields":{"title":"x","words":3}}"#, 400),
        (#"{"entityTypeId":"et_post","fields":{"title":"x","color":"red"}}"#, 400),
        (#"{"entityTypeId":"et_post","fields":{"title":null}}"#, 400), ("[", 400),
    ])
    func whatIsNoEntityIsRefused(body: String, status: Int) async throws {
        try await with { project, client async throws in
            #expect(try send("POST", "/entities", body, client).status == status)
            #expect(project.entities.count == 3)
        }
    }

    @Test func pagesHaveTheirLimitsAndTheTotal() async throws {
        try await with { project, client async throws in
            project.archive("ent_00002")
            let page = try send("GET", "/entities?entityTypeId=et_post&limit=2&offset=1", nil, client).body
            #expect(page.contains("ent_00002") && page.contains("ent_00003") && page.contains(#""meta":{"total":3}"#))
            for query in ["", "?entityTypeId=et_post&limit=201", "?entityTypeId=et_post&offset=-1"] {
                #expect(try send("GET", "/entities\(query)", nil, client).status == 400, "\(query)")
            }
        }
    }
}
