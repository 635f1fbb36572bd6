import FerrySandbox
import Testing

/// The sandbox's PostHog does what the vendor's documentation says.
@Suite struct PosthogTests {
    private static let personal = "Authorization: Bearer phx_demo_personal_key\r\n"

    private func with(_ body: (PosthogProject, LoopbackClient) async throws -> Void) async throws {
        try await withSandbox(rows: []) { sandbox, client async throws in
            var client = client
            client.path = "/posthog"
            client.key = nil
            try await body(sandbox.posthog, client)
        }
    }

    private func query(
        _ text: String,
        values: String = "{}",
        _ client: LoopbackClient,
        more: String = #","refresh":"force_blocking""#
    ) throws -> LoopbackClient.Answer {
        try client.send(
            "POST",
            "/app/api/projects/42/query/",
            #"{"query":{"kind":"HogQLQuery","query":"\#(text)","values":\#(values)}\#(more)}"#,
            extraHeaders: Self.personal
        )
    }

    @Test func queriesGiveRowsInOrderUpToTheirLimitAndTheServersCap() async throws {
        try await with { project, client async throws in
            SeededPosthog.fill(project)
            #expect(try query("select 1", client).body.contains(#""results":[[1]],"columns":["1"]"#))
            let all = try query("select uuid from events", client)
            #expect(all.status == 200 && all.body.contains(#""hasMore":false,"limit":100,"#))
            project.setResultCap(2)
            let some = try query(
                "select event, timestamp from events where timestamp > toDateTime64({since}, 6, 'UTC') and "
                    + "(event = 'order placed' or event = {none}) order by timestamp asc, toString(uuid) asc limit 50",
                values: #"{"since":"2026-11-02 10:00:00.500000","none":""}"#,
                client
            )
            #expect(
                some.body.hasPrefix(
                    #"{"results":[["order placed","2026-11-03T10:00:00.500000Z"],["order placed","2026-11-04T10:00:00.500000Z"]],"#
                ) && some.body.contains(#""hasMore":true"#),
                "\(some.body)"
            )
        }
    }

    @Test func answersAreKeptForWhoDoesNotAskForFreshOnes() async throws {
        try await with { project, client async throws in
            #expect(try query("select uuid from events", client, more: "").body.contains(#""results":[]"#))
            SeededPosthog.fill(project)
            let old = try query("select uuid from events", client, more: "").body
            #expect(old.contains(#""results":[]"#) && old.contains(#""is_cached":true"#))
            #expect(try !query("select uuid from events", client).body.contains(#""results":[]"#))
        }
    }

    @Test(arguments: [
        "select * from events", "select uuid from sessions", "select uuid from events order by uuid desc",
        "select uuid from events where timestamp > '2026-01-01'", "select uuid from events where uuid > 'a'",
        "select uuid from events where timestamp > toDateTime64('2026-01-01T00:00:00Z', 6, 'UTC')",
        "select uuid from events where event = {unknown}", "select uuid from events limit 0", "drop table events",
        "select count() from events", "select uuid from events; select 1",
    ])
    func otherQueriesAreRefusedInPostHogsShape(_ text: String) async throws {
        try await with { project, client async throws in
            SeededPosthog.fill(project)
            let refused = try query(text, client)
            #expect(refused.status == 400, "\(refused.body)")
            #expect(refused.body.hasPrefix(#"{"type":"validation_error","code":"invalid_input","detail":""#))
        }
    }

    @Test func eachHostRefusesTheOthersKey() async throws {
        try await with { project, client async throws in
            let read = try client.send(
                "POST",
                "/app/api/projects/42/query/",
                "{}",
                extraHeaders: "Authorization: Bearer phc_demo_project_key\r\n"
            )
            #expect(read.status == 401 && read.body.contains("invalid_personal_api_key"))
            let written = try client.send(
                "POST",
                "/ingest/batch/",
                #"{"api_key":"phx_demo_personal_key","batch":[{"event":"a","distinct_id":"b"}]}"#
            )
            #expect(written.status == 401 && written.body == "API key is not valid: personal_api_key")
            #expect(project.misplacedKeyCount == 2 && project.events.isEmpty)
        }
    }

    @Test func captureTakesDropsRefusesAndKnowsAgain() async throws {
        try await with { project, client async throws in
            let send = { (events: String) in
                try client.send("POST", "/ingest/batch/", #"{"api_key":"phc_demo_project_key","batch":[\#(events)]}"#)
            }
            let uuid = #""uuid":"0190c3a0-0000-7000-8000-000000000001""#
            let event =
                #"{"event":"a","distinct_id":"u1",\#(uuid),"timestamp":"2026-01-02T03:04:05+01:00","properties":{"$set":{"plan":"pro"}}}"#
            #expect(try send(event).body == #"{"status":"Ok"}"#)
            #expect(try send(event + #",{"event":"a"},{"event":"a","distinct_id":""}"#).status == 200)
            #expect(project.events.map(\.timestamp) == ["2026-01-02T02:04:05.000000Z"])
            #expect(project.receivedCount == 2 && project.droppedCount == 2)
            #expect(project.person("u1")?["plan"] == "\"pro\"")
            // Another day is another event.
            #expect(try send(event.replacing("01-02", with: "01-03")).status == 200)
            #expect(project.events.count == 2)
            #expect(try send("").status == 400 && send("").body == "request holds no event")
            #expect(try send(event.replacing("0190c3a0", with: "x")).status == 400)
            project.setBillingLimit(true)
            #expect(try send(event).status == 429)
        }
    }
}
