import FerryAPI
import FerryCore
import FerryTesting
import Foundation
import Testing

/// What is sent to PostHog's two hosts, compared with the requests of its documentation and of its SDKs, by the real
/// program over real HTTP.
@Suite struct PosthogRequestTests {
    private static let personalKey = "phx_private"
    private static let projectKey = "phc_test"

    private static func with(
        _ entities: String,
        _ sql: String,
        isChecked: Bool = true,
        answering answer: (@Sendable (LoopbackService.Request) -> LoopbackService.Answer)? = nil,
        _ body: (FerryWorld, _ api: LoopbackService, _ ingest: LoopbackService) async throws -> Void
    ) async throws {
        let rows: @Sendable (LoopbackService.Request) -> LoopbackService.Answer = { request in
            // A recorded answer: rows are lists, and an object comes as text.
            let isFirst = request.body.contains(#""lastId":"""#)
            return LoopbackService.Answer(
                #"{"results":["#
                    + (isFirst
                        ? #"["0190c3a0-0000-7000-8000-000000000001","order placed","user-1","2026-01-01T00:00:01.123000Z","{\"amount\":12.50,\"$lib\":\"web\"}"]"#
                        : "")
                    + #"],"columns":["uuid","event","distinct_id","timestamp","properties"],"types":[["uuid","UUID"]],"hasMore":false,"limit":5000,"offset":0,"is_cached":false}"#
            )
        }
        try await LoopbackService.with(answer ?? rows) { api async throws in
            let ok: @Sendable (LoopbackService.Request) -> LoopbackService.Answer = { _ in
                LoopbackService.Answer(#"{"status":1}"#)
            }
            try await LoopbackService.with(answer ?? ok) { ingest async throws in
                try await FerryWorld.with { world async throws in
                    try world.writeShop(sql)
                    try world.write(
                        integration: "hog",
                        """
                        type: posthog
                        store: shop
                        config:
                          api_host: "\(api.url)"
                          ingest_host: "\(ingest.url)/"
                          project_id: a/b
                          personal_api_key: \(personalKey)
                          project_api_key: \(projectKey)
                        entities:
                        \(entities)
                        """
                    )
                    try await body(world, api, ingest)
                    // Whatever was done, no key has been anywhere but at its own host; the newer endpoint has it elsewhere.
                    guard isChecked else { return }
                    for request in api.requests {
                        #expect(request.headers["authorization"] == "Bearer \(personalKey)")
                        #expect(!"\(request)".contains(projectKey))
                    }
                    for request in ingest.requests {
                        #expect(request.headers["authorization"] == nil && request.body.contains(projectKey))
                        #expect(!"\(request)".contains(personalKey))
                    }
                }
            }
        }
    }

    @Test func eventsAreAskedForByQueriesWhosePlaceholdersAreFilled() async throws {
        let entities = """
              - type: seen
                resource: events
                key: uuid
                field_mappings:
                  - { source: fields.uuid, target: uuid, direction: pull }
                  - { source: fields.at, target: timestamp, direction: pull }
                  - { source: fields.amount, target: properties.amount, direction: pull }
                  - { source: fields.lib, target: "properties['$lib']", direction: pull }
            """
        let sql = "CREATE TABLE seen (uuid TEXT PRIMARY KEY, at TEXT, amount TEXT, lib TEXT);"
        try await Self.with(entities, sql) { world, api, ingest async throws in
            let job = try await world.once("hog", .pull).job
            #expect(job.state == .succeeded && job.progress.created == 1, "\(job)")
            #expect(
                try world.rows(world.shop, "SELECT * FROM seen") == [
                    "0190c3a0-0000-7000-8000-000000000001|2026-01-01T00:00:01.123000Z|12.50|web"
                ]
            )
            #expect(
                api.requests.map { "\($0.method) \($0.target)" }
                    == Array(repeating: "POST /api/projects/a%2Fb/query/", count: 2)
            )
            let query =
                "select uuid, event, distinct_id, timestamp, properties from events "
                + "where timestamp >= toDateTime64({since}, 6, 'UTC') "
                + "and (timestamp > toDateTime64({since}, 6, 'UTC') or toString(uuid) > {lastId}) "
                + "order by timestamp asc, toString(uuid) asc limit 5000"
            let values = [
                #"{"since":"1970-01-01 00:00:00.000000","lastId":""}"#,
                #"{"since":"2026-01-01 00:00:01.123000","lastId":"0190c3a0-0000-7000-8000-000000000001"}"#,
            ]
            #expect(
                api.requests.map(\.body)
                    == values.map { values in
                        #"{"query":{"kind":"HogQLQuery","query":"\#(query)","values":\#(values)},"#
                            + #""refresh":"force_blocking","name":"ferry_events"}"#
                    }
            )
            #expect(ingest.requests.isEmpty)
        }
    }

    @Test func personsAreAskedForByQueriesToo() async throws {
        let entities = """
              - type: known
                resource: persons
                key: id
                field_mappings:
                  - { source: fields.id, target: id, direction: pull }
                  - { source: fields.email, target: properties.email, direction: pull }
            """
        let answer: @Sendable (LoopbackService.Request) -> LoopbackService.Answer = { request in
            let row = #"["0190c3a0-0000-7000-8000-00000000000a","{\"email\":\"ada@a.test\"}","2026-01-01T00:00:00Z"]"#
            let isFirst = request.body.contains(#""lastId":"""#)
            return LoopbackService.Answer(
                #"{"results":[\#(isFirst ? row : "")],"columns":["id","properties","created_at"],"types":[],"hasMore":false}"#
            )
        }
        let sql = "CREATE TABLE known (id TEXT PRIMARY KEY, email TEXT);"
        try await Self.with(entities, sql, answering: answer) { world, api, _ async throws in
            #expect(try await world.once("hog", .pull).job.progress.created == 1)
            #expect(try world.rows(world.shop, "SELECT email FROM known") == ["ada@a.test"])
            let query =
                "select id, properties, created_at from persons where toString(id) > {lastId} "
                + "order by toString(id) asc limit 5000"
            #expect(
                api.requests.map { "\($0.method) \($0.target) \($0.body)" }
                    == ["", "0190c3a0-0000-7000-8000-00000000000a"].map { last in
                        #"POST /api/projects/a%2Fb/query/ {"query":{"kind":"HogQLQuery","query":"\#(query)","#
                            + #""values":{"lastId":"\#(last)"}},"refresh":"force_blocking","name":"ferry_persons"}"#
                    }
            )
        }
    }

    @Test func theConnectionIsTestedAtBothHosts() async throws {
        let entities = """
              - type: purchase
                resource: events
                field_mappings:
                  - { constant: order placed, target: event, direction: push }
                  - { source: fields.customer, target: distinct_id, direction: push }
                  - { source: fields.at, target: timestamp, direction: push }
            """
        let sql = "CREATE TABLE purchase (id INTEGER PRIMARY KEY, customer TEXT, at TEXT);"
        let answer: @Sendable (LoopbackService.Request) -> LoopbackService.Answer = { request in
            request.path == "/batch/"
                ? LoopbackService.Answer("request holds no event", status: 400)
                : LoopbackService.Answer(#"{"results":[[1]],"columns":["1"]}"#)
        }
        try await Self.with(entities, sql, answering: answer) { world, api, ingest async throws in
            let daemon = try await world.startDaemon()
            let test = try await world.ferryctl("test", "hog")
            #expect(test.exitCode == 0, "\(test.errors)")
            try await world.stop(daemon)
            #expect(
                (api.requests + ingest.requests).map { "\($0.method) \($0.target) \($0.body)" } == [
                    #"POST /api/projects/a%2Fb/query/ {"query":{"kind":"HogQLQuery","query":"select 1"},"#
                        + #""refresh":"force_blocking","name":"ferry_check"}"#,
                    #"POST /batch/ {"api_key":"phc_test","batch":[]}"#,
                ]
            )
        }
    }

    /// The capture endpoint speaks plain text, its newer form and the private API speak JSON of two kinds.
    @Test(arguments: [
        ("events", 400, "request holds no event", nil, "request holds no event"),
        (
            "events", 401, "API key is not valid: invalid_format", "auth.rejected",
            "API key is not valid: invalid_format"
        ),
        ("events", 429, "billing limit reached", "service.refused", "billing limit reached"),
        (
            "events", 401,
            #"{"type":"authentication_error","code":"invalid_api_key","detail":"Project API key invalid.","attr":null}"#,
            "auth.rejected", "Project API key invalid."
        ),
        (
            "events_v1", 401, #"{"error":"invalid_api_token","error_description":"The API token is not valid"}"#,
            "auth.rejected", "The API token is not valid"
        ),
        ("events_v1", 400, #"{"error":"invalid_body","error_description":"no batch"}"#, nil, "no batch"),
        (
            "persons", 403,
            #"{"type":"authentication_error","code":"permission_denied","detail":"API key missing required scope 'query:read'","attr":null}"#,
            "auth.rejected", "API key missing required scope 'query:read'"
        ),
        (
            "persons", 400,
            #"{"type":"validation_error","code":"invalid_input","detail":"Unknown table `persons`.","attr":null}"#,
            "service.refused", "Unknown table `persons`."
        ),
    ])
    func aRefusalIsToldInPosthogsWords(
        resource: String,
        status: Int,
        body: String,
        code: String?,
        words: String
    ) async throws {
        let isPull = resource == "persons"
        let entities =
            isPull
            ? "  - { type: known, resource: persons, key: id, field_mappings: [{ source: fields.id, target: id, direction: pull }] }"
            : """
              - type: purchase
                resource: \(resource)
                field_mappings:
                  - { constant: order placed, target: event, direction: push }
                  - { source: fields.customer, target: distinct_id, direction: push }
                  - { source: fields.at, target: timestamp, direction: push }
            """
        let sql = """
            CREATE TABLE known (id TEXT PRIMARY KEY);
            CREATE TABLE purchase (id INTEGER PRIMARY KEY, customer TEXT, at TEXT);
            INSERT INTO purchase VALUES (1, 'user-1', '2026-01-02T03:04:05Z');
            """
        let answer: @Sendable (LoopbackService.Request) -> LoopbackService.Answer = { _ in
            LoopbackService.Answer(body, status: status)
        }
        try await Self.with(entities, sql, isChecked: resource != "events_v1", answering: answer) {
            world,
            _,
            _ async throws in
            let job = try await world.once("hog", isPull ? .pull : .push).job
            #expect(job.progress.quarantined == (code == nil ? 1 : 0), "\(job)")
            if let code { #expect(job.error?.code == code, "\(job)") }
            #expect(job.error?.message.contains(words) == true, "\(job)")
        }
    }

    /// As PostHog's own client for Python does it (7.91.1, `capture_v1.py`).
    @Test func whatIsSentAgainToTheNewerEndpointIsTheSameRequestWithoutTheOthers() async throws {
        let entities = """
              - type: purchase
                resource: events_v1
                field_mappings:
                  - { constant: order placed, target: event, direction: push }
                  - { source: fields.customer, target: distinct_id, direction: push }
                  - { source: fields.at, target: timestamp, direction: push }
            """
        let sql = """
            CREATE TABLE purchase (id INTEGER PRIMARY KEY, customer TEXT, at TEXT);
            INSERT INTO purchase VALUES (1, 'user-1', '2026-01-02T03:04:05Z'), (2, 'user-2', '2026-01-02T03:04:05Z');
            """
        let answer: @Sendable (LoopbackService.Request) -> LoopbackService.Answer = { request in
            let attempt = request.headers["posthog-attempt"]
            guard attempt != "1" else {
                return LoopbackService.Answer("{}", status: 503, headers: [("Retry-After", "1")])
            }
            let uuids = request.body.matches(of: /"uuid":"([^"]*)"/).map { String($0.1) }
            let verdicts = uuids.enumerated().map { index, uuid in
                "\"\(uuid)\":{\"result\":\"\(attempt == "2" && index == 1 ? "retry" : "ok")\"}"
            }
            return LoopbackService.Answer("{\"results\":{\(verdicts.joined(separator: ","))}}")
        }
        try await Self.with(entities, sql, isChecked: false, answering: answer) { world, _, ingest async throws in
            let job = try await world.once("hog", .push).job
            #expect(job.state == .succeeded && job.progress.created == 2, "\(job)")
            let requests = ingest.requests
            #expect(requests.map { $0.headers["posthog-attempt"] } == ["1", "2", "3"])
            #expect(Set(requests.map { $0.headers["posthog-request-id"] }).count == 1)
            let created = requests.map { $0.body.firstMatch(of: /"created_at":"([^"]*)"/).map { String($0.1) } }
            #expect(Set(created).count == 1 && created.first != .some(nil))
            #expect(requests.map { $0.body.matches(of: /"uuid":/).count } == [2, 2, 1])
            #expect(requests.last?.body.contains("user-2") == true)
        }
    }

    @Test func eventsArePostedAsABatchWithTheKeyInTheBody() async throws {
        let entities = """
              - type: purchase
                resource: events
                field_mappings:
                  - { constant: order placed, target: event, direction: push }
                  - { source: fields.customer, target: distinct_id, direction: push }
                  - { source: fields.at, target: timestamp, direction: push }
                  - { source: fields.amount, target: properties.amount, direction: push }
                  - { source: fields.company, target: "properties['$groups'].company", direction: push }
            """
        let sql = """
            CREATE TABLE purchase (id INTEGER PRIMARY KEY, customer TEXT, at TEXT, amount REAL, company TEXT);
            INSERT INTO purchase VALUES (1, 'user-1', '2026-01-02T04:04:05+01:00', 12.5, 'acme');
            """
        try await Self.with(entities, sql) { world, api, ingest async throws in
            #expect(try await world.once("hog", .push).job.progress.created == 1)
            #expect(ingest.requests.map { "\($0.method) \($0.target)" } == ["POST /batch/"])
            let sent = try #require(ingest.requests.first)
            #expect(sent.headers["content-type"] == "application/json" && sent.headers["content-encoding"] == nil)
            let uuid = try #require(sent.body.firstMatch(of: /"uuid":"([0-9a-f-]{36})"/)?.output.1)
            #expect(UUID(uuidString: String(uuid)) != nil)
            #expect(
                sent.body
                    == #"{"api_key":"phc_test","historical_migration":false,"batch":[{"event":"order placed","#
                    + #""distinct_id":"user-1","timestamp":"2026-01-02T03:04:05Z","properties":{"amount":12.5,"#
                    + #""$groups":{"company":"acme"},"$geoip_disable":true,"$lib":"ferry"},"uuid":"\#(uuid)"}]}"#
            )
            // Even when everything that Ferry knew is lost, the event is the same one.
            try FileManager.default.removeItem(atPath: world.state)
            _ = try await world.once("hog", .push)
            #expect(ingest.requests.map(\.body) == [sent.body, sent.body])
            #expect(api.requests.isEmpty)
        }
    }

    @Test func whatIsKnownOfPersonsAndGroupsIsSetByEventsOfItsOwn() async throws {
        let entities = """
              - type: customer
                resource: person_properties
                field_mappings:
                  - { source: fields.id, target: distinct_id }
                  - { source: fields.plan, target: properties.plan }
                  - { source: fields.first, target: set_once.first }
              - type: company
                resource: group_properties
                field_mappings:
                  - { constant: company, target: type }
                  - { source: fields.id, target: key }
                  - { source: fields.name, target: properties.name }
            """
        let sql = """
            CREATE TABLE customer (id TEXT PRIMARY KEY, plan TEXT, first TEXT);
            INSERT INTO customer VALUES ('u1', 'pro', 'ad');
            CREATE TABLE company (id TEXT PRIMARY KEY, name TEXT);
            INSERT INTO company VALUES ('acme', 'Acme');
            """
        try await Self.with(entities, sql) { world, _, ingest async throws in
            #expect(try await world.once("hog", .push).job.progress.created == 2)
            try world.writeShop("UPDATE customer SET plan = NULL")
            #expect(try await world.once("hog", .push).job.progress.updated == 1)
            let bodies = ingest.requests.map { $0.body.replacing(/"uuid":"[0-9a-f-]{36}"/, with: #""uuid":"…""#) }
            let start = #"{"api_key":"phc_test","historical_migration":false,"batch":["#
            let end = #","$geoip_disable":true,"$lib":"ferry"}"#
            #expect(
                bodies == [
                    start
                        + #"{"distinct_id":"u1","properties":{"$set":{"plan":"pro"},"$set_once":{"first":"ad"}\#(end),"event":"$set","uuid":"…"}]}"#,
                    start
                        + #"{"properties":{"$group_type":"company","$group_key":"acme","$group_set":{"name":"Acme"}\#(end),"event":"$groupidentify","distinct_id":"ferry","uuid":"…"}]}"#,
                    start
                        + #"{"distinct_id":"u1","properties":{"$set":{"plan":null}\#(end),"event":"$set","uuid":"…"}]}"#,
                ]
            )
        }
    }
}
