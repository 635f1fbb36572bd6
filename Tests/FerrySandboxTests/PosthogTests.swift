import FerrySandbox
import Foundation
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

    @Test func whoSaysWhatTimeItIsHasTimesSetRight() async throws {
        try await with { project, client async throws in
            let batch = #"[{"event":"a","distinct_id":"u1","timestamp":"2026-01-02T03:04:05Z"}]"#
            let hourAgo = Date(timeIntervalSinceNow: -3600).formatted(.iso8601)
            let sent = #"{"api_key":"phc_demo_project_key","sent_at":"\#(hourAgo)","batch":\#(batch)}"#
            #expect(try client.send("POST", "/ingest/batch/", sent).status == 200)
            #expect(project.events.first?.timestamp.hasPrefix("2026-01-02T04:04:0") == true)
            #expect(try client.send("POST", "/ingest/batch/", sent.replacing("sent_at", with: "sent")).status == 200)
            #expect(project.events.first?.timestamp == "2026-01-02T03:04:05.000000Z")
        }
    }

    @Test func aliasesMakeOnePersonOfTwoAndSomeEventsMakeNone() async throws {
        try await with { project, client async throws in
            let events = [
                #"{"event":"$set","distinct_id":"old","properties":{"$set":{"plan":"pro","color":"red"}}}"#,
                #"{"event":"$set","distinct_id":"new","properties":{"$set":{"plan":"free"}}}"#,
                #"{"event":"$create_alias","distinct_id":"old","properties":{"alias":"new"}}"#,
                #"{"event":"seen","distinct_id":"nobody","properties":{"$process_person_profile":false}}"#,
            ]
            let body = #"{"api_key":"phc_demo_project_key","batch":[\#(events.joined(separator: ","))]}"#
            #expect(try client.send("POST", "/ingest/batch/", body).status == 200)
            #expect(project.persons.map(\.distinctIDs) == [["new", "old"]])
            #expect(project.person("old")?["plan"] == "\"free\"" && project.person("new")?["color"] == "\"red\"")
            #expect(project.events.count == 4)
        }
    }

    @Test func theNewerEndpointAnswersForEachEvent() async throws {
        try await with { project, client async throws in
            let headers =
                "Authorization: Bearer phc_demo_project_key\r\nPostHog-Sdk-Info: t/1\r\nPostHog-Attempt: 1\r\n"
                + "PostHog-Request-Id: 0190c3a0-0000-7000-8000-0000000000aa\r\nUser-Agent: t\r\n"
                + "PostHog-Request-Timestamp: 2026-01-02T03:04:05Z\r\n"
            let send = { (events: [String]) in
                try client.send(
                    "POST",
                    "/ingest/i/v1/analytics/events",
                    #"{"created_at":"2026-01-02T03:04:05Z","batch":[\#(events.joined(separator: ","))]}"#,
                    extraHeaders: headers
                )
            }
            let event = { (number: Int, person: String, time: String, more: String) in
                #"{"event":"e","uuid":"0190c3a0-0000-7000-8000-00000000000\#(number)","distinct_id":"\#(person)","timestamp":"\#(time)"\#(more)}"#
            }
            let late = Date(timeIntervalSinceNow: 90_000).formatted(.iso8601)
            let answer = try send([
                event(1, "u1", "2026-01-01T00:00:00Z", ""), event(2, "Anonymous", "2026-01-01T00:00:00Z", ""),
                event(3, "u3", late, ""),
            ])
            #expect(answer.body.contains(#"000000000001":{"result":"ok"}"#), "\(answer.body)")
            #expect(answer.body.contains(#"000000000002":{"result":"drop","details":"invalid_distinct_id"}"#))
            // What is said to happen tomorrow happens now.
            let now = Int(Date().timeIntervalSince1970 * 1_000_000)
            let time = try #require(project.events.first { $0.distinctID == "u3" }?.microseconds)
            #expect((now - 60_000_000...now).contains(time) && project.events.count == 2)
            let inside = event(4, "u4", "2026-01-01T00:00:00Z", #","properties":{"distinct_id":"x"}"#)
            #expect(try send([inside]).status == 400)
            project.setVerdicts(again: "e", times: 1)
            let again = try send([event(5, "u5", "2026-01-01T00:00:00Z", "")])
            #expect(again.headers["retry-after"] == "1" && again.body.contains("not_persisted"))
            project.setBillingLimit(true)
            let refused = try send([event(6, "u6", "2026-01-01T00:00:00Z", "")])
            #expect(refused.status == 429 && refused.body.contains(#"{"error":"billing_limit_exceeded","#))
        }
    }
}
