import FerrySandbox
import Foundation
import Testing

/// Faults whose effect is a service's own: what each makes of a clamped page, a key that has expired, a clock that is
/// wrong, and an edit over HTTP.
@Suite struct ServiceFaultTests {
    private static let loops = "Authorization: Bearer demo-loops-key\r\n"
    private static let wiserows = "Authorization: Bearer ds_demo_key\r\n"
    private static let sanity = "X-Sanity-Project-ID: zp7mbokg\r\nAuthorization: Bearer skDemoToken\r\n"
    private static let posthog = "Authorization: Bearer phx_demo_personal_key\r\n"

    /// A sandbox with a few records of everything, and a client without a path or a key of its own.
    private func with(_ body: (Sandbox, LoopbackClient) async throws -> Void) async throws {
        let sandbox = try await Sandbox.start()
        SandboxSeeds.fill(sandbox, records: 10)
        do {
            try await body(sandbox, LoopbackClient(port: sandbox.port ?? 0, path: "", key: nil))
        } catch {
            await sandbox.stop()
            throw error
        }
        await sandbox.stop()
    }

    private func query(_ text: String, _ client: LoopbackClient) throws -> LoopbackClient.Answer {
        try client.send(
            "POST",
            "/posthog/app/api/projects/42/query/",
            #"{"query":{"kind":"HogQLQuery","query":"\#(text)"},"refresh":"force_blocking"}"#,
            extraHeaders: Self.posthog
        )
    }

    private func documents(_ client: LoopbackClient) throws -> LoopbackClient.Answer {
        try client.send(
            "POST",
            "/sanity/v2025-02-19/data/query/production",
            #"{"query":"*[_type == 'post'] | order(_id asc) [0...5]{_id}"}"#,
            extraHeaders: Self.sanity
        )
    }

    // MARK: Clamped pages

    @Test func aClampedPageIsShortInTheServicesOwnWay() async throws {
        try await with { sandbox, client async throws in
            sandbox.faults.add(FaultRule(.clampedPages(2), times: nil))
            let entities = try client.send(
                "GET",
                "/wiserows/api/v1/entities?entityTypeId=et_post&limit=5",
                extraHeaders: Self.wiserows
            ).body
            // The total is what there is, whatever the page gives.
            #expect(entities.components(separatedBy: "\"id\"").count == 3 && entities.contains("\"total\":10"))
            for number in 1...20 {
                let time = "2025-06-29 07:47:39+00:00"
                sandbox.loops.addTransactionalEmail(id: "t\(number)", name: "T", lastUpdated: time)
            }
            let emails = try client.send("GET", "/loops/api/v1/transactional?perPage=10", extraHeaders: Self.loops).body
            #expect(emails.contains(#""totalResults":22,"returnedResults":2,"perPage":10"#), "\(emails)")
            #expect(emails.contains(#""nextCursor":"3""#))
            let documents = try documents(client).body
            #expect(documents.components(separatedBy: "\"_id\"").count == 3, "\(documents)")
            let export = try client.send(
                "GET",
                "/sanity/v2025-02-19/data/export/production?nextCursor=",
                extraHeaders: Self.sanity
            ).body
            #expect(export.split(separator: "\n").count == 3 && export.contains("{\"nextCursor\":\"author-bo\"}"))
            let rows = try query("select uuid from events limit 5", client).body
            #expect(rows.contains(#""hasMore":true,"limit":2"#), "\(rows)")
        }
    }

    // MARK: Refusals

    @Test(arguments: [
        ("/loops/api/v1/lists", #"{"success":false,"message":"#), ("/wiserows/api/v1/jobs", #"{"error":{"code":"#),
        ("/sanity/v1/users/me", #"{"statusCode":503,"error":"Service Unavailable","message":"#),
        ("/posthog/app/api/projects/42/query/", #"{"type":"server_error","code":"error","detail":"#),
        ("/posthog/ingest/batch/", "The sandbox was asked to fail"),
        ("/google_search_console/webmasters/v3/sites", #"{"error":{"code":503,"message":"#),
        ("/api/dynamic-table/integration/a/b/c", #"{"message":"#),
    ])
    func aStatusThatIsAskedForHasTheServicesShape(path: String, start: String) async throws {
        try await with { sandbox, client async throws in
            sandbox.faults.add(FaultRule(.status(503)))
            let answer = try client.send("GET", path)
            #expect(answer.status == 503 && answer.body.hasPrefix(start), "\(answer.body)")
        }
    }

    // MARK: Keys

    @Test func aKeyThatHasExpiredIsRefusedInTheServicesOwnWords() async throws {
        try await with { sandbox, client async throws in
            sandbox.faults.add(FaultRule(.expiredKey, times: nil))
            let table = "/api/dynamic-table/integration/agent-demo/config-demo/products"
            for key in ["primary", "secondary"] {
                let refused = try client.send("GET", table, extraHeaders: "X-Secret-Key: demo-products-\(key)\r\n")
                #expect(refused.status == 401, "\(refused)")
            }
            let loops = try client.send("GET", "/loops/api/v1/api-key", extraHeaders: Self.loops)
            #expect(loops.status == 401 && loops.body.contains(#""message":"Invalid API key""#))
            let wiserows = try client.send("GET", "/wiserows/api/v1/integrations", extraHeaders: Self.wiserows)
            #expect(wiserows.status == 401 && wiserows.body.contains(#"{"error":{"code":"unauthorized","#))
            let sanity = try documents(client)
            #expect(sanity.body == #"{"statusCode":401,"error":"Unauthorized","message":"Session not found"}"#)
            let read = try query("select 1", client)
            #expect(read.status == 401 && read.body.contains(#""code":"invalid_personal_api_key""#))
            let event = #"{"api_key":"phc_demo_project_key","batch":[{"event":"e","distinct_id":"u"}]}"#
            let written = try client.send("POST", "/posthog/ingest/batch/", event)
            #expect(written.status == 401 && written.body == "API key is not valid: expired")
            #expect(sandbox.posthog.receivedCount == 10 && sandbox.posthog.droppedCount == 0)
            sandbox.faults.clear()
            #expect(try client.send("POST", "/posthog/ingest/batch/", event).status == 200)
        }
    }

    @Test(arguments: [
        (#"{"service":"loops","rotateKey":"fresh"}"#, "/loops/api/v1/api-key", ServiceFaultTests.loops),
        (#"{"service":"wiserows","rotateKey":"fresh"}"#, "/wiserows/api/v1/integrations", ServiceFaultTests.wiserows),
        (#"{"service":"sanity","rotateKey":"fresh"}"#, "/sanity/v1/users/me", ServiceFaultTests.sanity),
        (
            #"{"service":"posthog","rotateKey":{"key":"personal","secret":"fresh"}}"#,
            "/posthog/app/api/projects/42/query/", ServiceFaultTests.posthog
        ),
    ])
    func aKeyIsRotatedOverHTTP(edit: String, path: String, header: String) async throws {
        try await with { _, client async throws in
            #expect(try client.send("GET", path, extraHeaders: header).status != 401)
            #expect(try client.send("POST", "/_sandbox/edit", edit).status == 204)
            #expect(try client.send("GET", path, extraHeaders: header).status == 401)
        }
    }

    // MARK: Clocks

    @Test func aClockThatIsWrongShowsInHeadersAndRecordsUntilItIsSetRight() async throws {
        try await with { sandbox, client async throws in
            let year = { (answer: LoopbackClient.Answer) in
                answer.headers["date"]?.split(separator: " ").dropFirst(3).first.map(String.init)
            }
            let skew = #"{"match":{"path":"/sanity"},"action":{"type":"clock_skew","seconds":-63200000}}"#
            #expect(try client.send("POST", "/_sandbox/faults", skew).status == 204)
            let now = String(Calendar(identifier: .gregorian).component(.year, from: Date()))
            let then = Date(timeIntervalSinceNow: -63_200_000)
            let past = String(Calendar(identifier: .gregorian).component(.year, from: then))
            #expect(try year(documents(client)) == past && past != now)
            // Other services' clocks go right.
            #expect(try year(client.send("GET", "/loops/api/v1/api-key", extraHeaders: Self.loops)) == now)
            let mutation = #"{"mutations":[{"createOrReplace":{"_id":"a","_type":"post"}}]}"#
            let path = "/sanity/v2025-02-19/data/mutate/production"
            #expect(try client.send("POST", path, mutation, extraHeaders: Self.sanity).status == 200)
            #expect(sandbox.sanity.document("a")?.updatedAt.hasPrefix(past) == true)
            // So do edits of somebody else.
            let edit = #"{"service":"sanity","upsert":[{"_id":"b","_type":"post"}]}"#
            #expect(try client.send("POST", "/_sandbox/edit", edit).status == 204)
            #expect(sandbox.sanity.document("b")?.updatedAt.hasPrefix(past) == true)
            #expect(try client.send("DELETE", "/_sandbox/faults").status == 204)
            #expect(try year(documents(client)) == now)
        }
    }

    @Test func entitiesAndEventsHaveTheServicesTime() async throws {
        try await with { sandbox, client async throws in
            for path in ["/wiserows", "/posthog"] {
                sandbox.faults.add(FaultRule(.clockSkew(seconds: -864_000), path: path))
            }
            let before = Int(Date().timeIntervalSince1970 * 1000) - 864_000_000
            let body = #"{"entityTypeId":"et_post","fields":{"title":"T"}}"#
            let path = "/wiserows/api/v1/entities"
            #expect(try client.send("POST", path, body, extraHeaders: Self.wiserows).status == 201)
            let made = try #require(sandbox.wiserows.entities.last?.createdAt)
            #expect((before...before + 60_000).contains(made))
            // What has no time of its own happened when it came.
            let event = #"{"api_key":"phc_demo_project_key","batch":[{"event":"e","distinct_id":"u9"}]}"#
            #expect(try client.send("POST", "/posthog/ingest/batch/", event).status == 200)
            let time = try #require(sandbox.posthog.events.first { $0.distinctID == "u9" }?.microseconds)
            #expect((before...before + 60_000).contains(time / 1000))
        }
    }

    // MARK: Edits

    @Test func recordsAreEditedOverHTTPAsSomebodyElseWould() async throws {
        try await with { sandbox, client async throws in
            let edits = [
                #"{"service":"wiserows","upsert":[{"entityTypeId":"et_post","fields":{"title":"New"}}],"deleteFirst":1}"#,
                #"{"service":"wiserows","upsert":[{"id":"ent_00002","entityTypeId":"et_post","fields":{"title":"Two"}}],"archive":["ent_00003"]}"#,
                #"{"service":"sanity","upsert":[{"_id":"new","_type":"post","title":"New"}],"delete":["post-000001"]}"#,
                #"{"service":"loops","upsert":[{"email":"new@shop.example","planName":"pro"}],"delete":["customer-1@shop.example"]}"#,
                #"{"service":"loops","resource":"transactional_emails","upsert":[{"id":"t","name":"T"}],"deleteFirst":2}"#,
                #"{"service":"posthog","upsert":[{"event":"e","distinct_id":"u","timestamp":"2026-01-01T00:00:00Z"}]}"#,
                #"{"service":"posthog","resource":"persons","upsert":[{"id":"p9","distinct_id":"u9","properties":{"plan":"x"}}],"delete":["user-1"]}"#,
                #"{"service":"google_search_console","upsert":[{"siteUrl":"sc-domain:example.com","date":"2026-01-01","rows":[{"query":"q","page":"https://example.com/"}]}]}"#,
                #"{"service":"google_search_console","resource":"sitemaps","upsert":[{"siteUrl":"sc-domain:example.com","path":"https://example.com/s.xml"}]}"#,
                #"{"service":"google_search_console","resource":"sites","delete":["https://www.example.com/"]}"#,
            ]
            for edit in edits {
                let answer = try client.send("POST", "/_sandbox/edit", edit)
                #expect(answer.status == 204, "\(edit): \(answer.body)")
            }
            let entities = sandbox.wiserows.entities
            #expect(entities.count == 10 && entities.first?["title"] == "\"Two\"")
            #expect(entities.last?["title"] == "\"New\"")
            #expect(sandbox.wiserows.living.count == 9)
            #expect(sandbox.sanity.document("new")?["title"] == "\"New\"")
            #expect(sandbox.sanity.document("post-000001") == nil && sandbox.loops.contacts.count == 10)
            #expect(sandbox.loops.contact(email: "new@shop.example")?["planName"] == "\"pro\"")
            let emails = try client.send("GET", "/loops/api/v1/transactional", extraHeaders: Self.loops).body
            #expect(emails.contains("\"totalResults\":1") && emails.contains("\"id\":\"t\""))
            #expect(sandbox.posthog.events.count == 11)
            #expect(sandbox.posthog.person("u9")?["plan"] == "\"x\"" && sandbox.posthog.person("user-1") == nil)
            let console = sandbox.searchConsole
            #expect(console.rows(of: "sc-domain:example.com", on: "2026-01-01").map(\.query) == ["q"])
            #expect(console.sitemaps(of: "sc-domain:example.com") == ["https://example.com/s.xml"])
            #expect(console.level(of: "https://www.example.com/") == nil)
        }
    }

    @Test func aDriftEditsWhatAListHasNotGivenYet() async throws {
        try await with { _, client async throws in
            let drift = #"{"type":"drift","service":"wiserows","deleteFirst":1}"#
            let rule = #"{"match":{"method":"GET","path":"/entities","nth":2},"action":\#(drift)}"#
            #expect(try client.send("POST", "/_sandbox/faults", rule).status == 204)
            let pages = try [0, 2].map { offset in
                try client.send(
                    "GET",
                    "/wiserows/api/v1/entities?entityTypeId=et_post&limit=2&offset=\(offset)",
                    extraHeaders: Self.wiserows
                ).body
            }
            // The third has slipped onto the page that was given.
            #expect(pages[0].contains("ent_00001") && pages[0].contains("ent_00002"))
            #expect(!pages[1].contains("ent_00003") && pages[1].contains("ent_00004") && pages[1].contains("ent_00005"))
        }
    }

    @Test(arguments: [
        #"{"service":"loop"}"#, #"{"upsert":[]}"#, #"{"service":"loops","upserts":[]}"#,
        #"{"service":"loops","upsert":[{"planName":"pro"}]}"#, #"{"service":"loops","resource":"events"}"#,
        #"{"service":"loops","deleteFirst":-1}"#, #"{"service":"loops","delete":[1]}"#,
        #"{"service":"sanity","upsert":[{"_id":"-a","_type":"post"}]}"#, #"{"service":"posthog","delete":["e"]}"#,
        #"{"service":"posthog","rotateKey":"x"}"#, #"{"service":"wiserows","upsert":[{"entityTypeId":"et_post"}]}"#,
        #"{"service":"google_search_console","rotateKey":"x"}"#, #"{"collection":1}"#,
    ])
    func anEditThatCannotBeMadeIsRefusedAndChangesNothing(edit: String) async throws {
        try await with { sandbox, client async throws in
            let refused = try client.send("POST", "/_sandbox/edit", edit)
            #expect([400, 404].contains(refused.status) && refused.body.contains("message"), "\(refused)")
            let drift = #"{"action":{"type":"drift",\#(edit.dropFirst())}"#
            #expect([400, 404].contains(try client.send("POST", "/_sandbox/faults", drift).status))
            #expect(sandbox.faults.fired.isEmpty && sandbox.loops.contacts.count == 10)
        }
    }

    @Test(arguments: [#"{"type":"clock_skew"}"#, #"{"type":"clock_skew","seconds":9223372036854775807}"#])
    func aClockIsSetByAReasonableNumberOfSeconds(action: String) async throws {
        try await with { _, client async throws in
            #expect(try client.send("POST", "/_sandbox/faults", #"{"action":\#(action)}"#).status == 400)
        }
    }
}
