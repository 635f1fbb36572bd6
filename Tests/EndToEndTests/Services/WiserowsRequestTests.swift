import FerryAPI
import FerryCore
import FerryTesting
import Foundation
import Synchronization
import Testing

/// What is sent to WISEROWS, compared with the requests of its pages, by the real program over real HTTP.
@Suite struct WiserowsRequestTests {
    private static let entity =
        #"{"id":"ent_9f2","entityTypeId":"et_post","fields":{"title":"Hello","slug":"hello","published":true},"#
        + #""createdAt":1795000000000,"updatedAt":1795312800123,"archivedAt":null}"#

    private static func with(
        _ direction: Direction,
        resource: String = "entities",
        base: String = "/api/v1",
        settings: String = "project_id: proj/1",
        entityType: String = "et_post",
        _ sql: String = "",
        answer: @escaping @Sendable (LoopbackService.Request) -> LoopbackService.Answer,
        _ body: (FerryWorld, LoopbackService) async throws -> Void
    ) async throws {
        let fields =
            resource == "entities"
            ? [("slug", "slug"), ("title", "title")] : [("slug", "id"), ("title", "lastSyncAt")]
        let mappings = fields.map { local, remote in
            "      - { source: fields.\(local), target: \(remote), direction: \(direction.rawValue) }"
        }
        try await LoopbackService.with(answer) { service async throws in
            try await FerryWorld.with { world async throws in
                try world.writeShop("CREATE TABLE post (slug TEXT PRIMARY KEY, title TEXT);" + sql)
                try world.write(
                    integration: "posts",
                    """
                    type: wiserows
                    store: shop
                    config:
                      base_url: "\(service.url)\(base)/"
                      key: ds_key_abc123
                      entity_type_id: "\(entityType)"
                      requests_per_minute: 100000
                      burst: 1000
                      \(settings)
                    entities:
                      - type: post
                        resource: \(resource)
                        key: slug
                        \(resource == "entities" ? "match: { source: fields.slug, target: slug }" : "")
                        deletes: propagate
                        field_mappings:
                    \(mappings.map { "    \($0)" }.joined(separator: "\n"))
                    """
                )
                try await body(world, service)
                for request in service.requests {
                    #expect(request.headers["authorization"] == "Bearer ds_key_abc123")
                    #expect(request.headers["x-project-id"] == (settings.contains("project_id") ? "proj/1" : nil))
                    #expect(request.headers["content-type"] == (request.body.isEmpty ? nil : "application/json"))
                }
            }
        }
    }

    @Test func entitiesOfATypeAreReadByOffsetUntilAPageIsEmptyWhateverTheTotalSays() async throws {
        let archived = #"{"id":"ent_a01","entityTypeId":"et post&","fields":{"slug":"old"},"archivedAt":1795312800123}"#
        let third =
            #"{"id":"ent_b02","entityTypeId":"et post&","fields":{"slug":"late","title":null},"archivedAt":null}"#
        try await Self.with(.pull, settings: "page_size: 2", entityType: "et post&") { request in
            let entities = [Self.entity, archived, third].dropFirst(request.number("offset") ?? 0).prefix(2)
            // Perhaps it does not count what is archived.
            return LoopbackService.Answer(
                #"{"data":[\#(entities.joined(separator: ","))],"meta":{"total":2}}"#
            )
        } _: { world, service async throws in
            let job = try await world.once("posts", .pull).job
            #expect(job.state == .succeeded && job.progress.created == 2 && job.progress.read == 3, "\(job)")
            #expect(try world.rows(world.shop, "SELECT slug FROM post ORDER BY slug") == ["hello", "late"])
            #expect(
                service.requests.map { "\($0.method) \($0.target) \($0.body)" }
                    == [0, 1, 2, 3].map { "GET /api/v1/entities?entityTypeId=et%20post%26&limit=2&offset=\($0) " }
            )
        }
    }

    @Test func anEntityIsMadeChangedAndArchivedByRequestsOfItsOwn() async throws {
        try await Self.with(.push, "INSERT INTO post VALUES ('hello', 'Hello');") { request in
            switch request.method {
            case "GET": LoopbackService.Answer(#"{"data":[],"meta":{"total":0}}"#)
            case "POST":
                LoopbackService.Answer(
                    "{\"data\":\(Self.entity.replacing("ent_9f2", with: request.body.contains("bye") ? "ent_b" : "ent/9 f2"))}",
                    status: 201
                )
            case "PATCH": LoopbackService.Answer("{\"data\":\(Self.entity)}")
            default: LoopbackService.Answer("", status: 204)
            }
        } _: { world, service async throws in
            #expect(try await world.once("posts", .push).job.progress.created == 1)
            try world.writeShop("UPDATE post SET title = 'Hello again'")
            #expect(try await world.once("posts", .push).job.progress.updated == 1)
            try world.writeShop("UPDATE post SET title = NULL")
            #expect(try await world.once("posts", .push).job.progress.updated == 1)
            try world.writeShop("DELETE FROM post; INSERT INTO post VALUES ('bye', 'Bye')")
            #expect(try await world.once("posts", .push).job.progress.deleted == 1)
            let writes = service.requests.filter { $0.method != "GET" }
            #expect(
                writes.map { "\($0.method) \($0.target) \($0.body)" } == [
                    #"POST /api/v1/entities {"entityTypeId":"et_post","fields":{"slug":"hello","title":"Hello"}}"#,
                    #"PATCH /api/v1/entities/ent%2F9%20f2 {"fields":{"title":"Hello again"}}"#,
                    #"PATCH /api/v1/entities/ent%2F9%20f2 {"fields":{"title":null}}"#,
                    #"POST /api/v1/entities {"entityTypeId":"et_post","fields":{"slug":"bye","title":"Bye"}}"#,
                    "DELETE /api/v1/entities/ent%2F9%20f2 ",
                ]
            )
        }
    }

    @Test func aCreateWhoseAnswerIsLostIsLookedForInTheListAndAPlanReadsTheEntity() async throws {
        let landed = Mutex(false)
        try await Self.with(.push, base: "/api", settings: "", "INSERT INTO post VALUES ('hello', 'Hello');") {
            request in
            if request.method == "POST" {
                landed.withLock { $0 = true }
                return LoopbackService.Answer("gateway", status: 502)
            }
            if request.path.hasSuffix("/ent_9f2") { return LoopbackService.Answer("{\"data\":\(Self.entity)}") }
            let isThere = landed.withLock { $0 } && request.number("offset") == 0
            return LoopbackService.Answer(#"{"data":[\#(isThere ? Self.entity : "")],"meta":{"total":1}}"#)
        } _: { world, service async throws in
            let job = try await world.once("posts", .push).job
            #expect(job.state == .succeeded && job.progress.created == 1, "\(job)")
            let requests = service.requests.map { "\($0.method) \($0.target)" }
            let post = try #require(requests.firstIndex(of: "POST /api/entities"))
            #expect(requests.count { $0.hasPrefix("POST") } == 1)
            #expect(requests[post + 1] == "GET /api/entities?entityTypeId=et_post&limit=200&offset=0", "\(requests)")
            try world.writeShop("UPDATE post SET title = 'New'")
            let daemon = try await world.startDaemon()
            service.forgetRequests()
            _ = try await world.ferryctl("plan", "posts", "--push")
            #expect(service.requests.map { "\($0.method) \($0.target)" } == ["GET /api/entities/ent_9f2"])
            try await world.stop(daemon)
        }
    }

    @Test func integrationsAreReadAtOnceWhateverTheirTypeAndTheConnectionIsTestedByThem() async throws {
        try await Self.with(.pull, resource: "integrations") { _ in
            LoopbackService.Answer(
                #"{"data":[{"id":"int_01","type":"sanity","name":"Blog","status":"active","lastSyncAt":1795312800000},"#
                    + #"{"id":"int_02","type":"of the future","name":"Newsletter","status":"pending","lastSyncAt":null}]}"#
            )
        } _: { world, service async throws in
            #expect(try await world.once("posts", .pull).job.progress.created == 2)
            #expect(
                try world.rows(world.shop, "SELECT slug, ifnull(title, 'none') FROM post ORDER BY slug") == [
                    "int_01|1795312800000", "int_02|none",
                ]
            )
            let daemon = try await world.startDaemon()
            #expect(try await world.ferryctl("test", "posts").exitCode == 0)
            try await world.stop(daemon)
            #expect(
                service.requests.map { "\($0.method) \($0.target)" } == [
                    "GET /api/v1/integrations", "GET /api/v1/integrations",
                ]
            )
        }
    }

    /// Every answer has the same envelope; what stands in it when something fails is not on the pages that are known.
    @Test(arguments: [
        (400, #"{"error":{"code":"invalid","message":"The field title is required"}}"#, "The field title is required"),
        (422, #"{"message":"No such type"}"#, "No such type"), (400, #"{"error":"Bad fields"}"#, "Bad fields"),
        (200, #"{"success":false,"message":"Over the plan's limit"}"#, "Over the plan's limit"),
        (200, #"{"error":{"message":"Nothing was made"}}"#, "Nothing was made"),
    ])
    func aRefusalIsToldInTheServicesWords(status: Int, body: String, words: String) async throws {
        try await Self.with(.push, "INSERT INTO post VALUES ('hello', 'Hello');") { request in
            request.method == "GET"
                ? LoopbackService.Answer(#"{"data":[],"meta":{"total":0}}"#)
                : LoopbackService.Answer(body, status: status)
        } _: { world, _ async throws in
            let job = try await world.once("posts", .push).job
            #expect(job.progress.quarantined == 1 && job.error?.message.contains(words) == true, "\(job)")
        }
    }

    @Test func aListThatFailsWithAGoodStatusIsNoEmptyOne() async throws {
        try await Self.with(.pull, "INSERT INTO post VALUES ('hello', 'Hello');") { _ in
            LoopbackService.Answer(#"{"error":{"message":"Try later"},"data":[]}"#)
        } _: { world, _ async throws in
            let job = try await world.once("posts", .pull).job
            #expect(job.state == .failed && job.error?.message.contains("Try later") == true, "\(job)")
        }
    }
}
