import FerryAPI
import FerryCore
import FerryTesting
import Foundation
import Testing

/// What is sent to Sanity, compared with the requests that its documentation has and that its clients were recorded with,
/// by the real program over real HTTP.
@Suite struct SanityRequestTests {
    private static let token = "skRecorded"

    private static func with(
        _ entity: String,
        settings: String = "",
        _ sql: String = "",
        answering answer: @escaping @Sendable (LoopbackService.Request) -> LoopbackService.Answer,
        _ body: (FerryWorld, LoopbackService) async throws -> Void
    ) async throws {
        try await LoopbackService.with(answer) { service async throws in
            try await FerryWorld.with { world async throws in
                try world.writeShop(sql)
                try world.write(
                    integration: "blog",
                    """
                    type: sanity
                    store: shop
                    config:
                      api_host: "\(service.url)"
                      project_id: zp7mbokg
                      dataset: ~pr_1-a
                      token: \(token)
                      document_type: post
                      \(settings)
                    entities:
                    \(entity)
                    """
                )
                try await body(world, service)
                for request in service.requests {
                    #expect(request.headers["authorization"] == "Bearer \(token)")
                    #expect(request.headers["x-sanity-project-id"] == "zp7mbokg")
                }
            }
        }
    }

    private static let post = """
          - type: post
            resource: documents
            key: id
            field_mappings:
              - { source: fields.id, target: _id, direction: pull }
              - { source: fields.title, target: title, direction: pull }
        """

    private static let table = "CREATE TABLE post (id TEXT PRIMARY KEY, title TEXT);"

    @Test func documentsAreAskedForByQueriesWhoseParametersAreJSON() async throws {
        let pages: @Sendable (LoopbackService.Request) -> LoopbackService.Answer = { request in
            let isFirst = request.body.contains(#""lastId":"""#) && request.body.contains("1970")
            return LoopbackService.Answer(
                #"{"result":["#
                    + (isFirst
                        ? #"{"_createdAt":"2025-05-02T20:44:48Z","_id":"post-1","_rev":"r1","_type":"post","_updatedAt":"2025-05-02T20:44:48Z","title":"Hei"}"#
                        : "") + #"],"ms":12,"syncTags":["s1:xyz"]}"#
            )
        }
        try await Self.with(Self.post, settings: "perspective: raw", Self.table, answering: pages) {
            world,
            service async throws in
            #expect(try await world.once("blog", .pull).job.progress.created == 1)
            _ = try await world.once("blog", .pull)
            #expect(
                Set(service.requests.map { "\($0.method) \($0.target)" }) == [
                    "POST /v2025-02-19/data/query/~pr_1-a?perspective=raw&returnQuery=false"
                ]
            )
            let query =
                "*[_type == $type && _updatedAt >= $since && (_updatedAt > $since || _id > $lastId)] "
                + "| order(_updatedAt asc, _id asc) [0...$n]"
            let params = [
                #"{"type":"post","since":"1970-01-01T00:00:00Z","lastId":"","n":500}"#,
                #"{"type":"post","since":"2025-05-02T20:44:48Z","lastId":"post-1","n":500}"#,
                // A minute is read again.
                #"{"type":"post","since":"2025-05-02T20:43:48Z","lastId":"","n":500}"#,
            ]
            #expect(service.requests.map(\.body) == params.map { #"{"query":"\#(query)","params":\#($0)}"# })
            #expect(service.requests.allSatisfy { $0.headers["content-type"] == "application/json" })
        }
    }

    @Test func theFirstPullIsAnExportWithACursor() async throws {
        let lines: @Sendable (LoopbackService.Request) -> LoopbackService.Answer = { request in
            let document = { (id: String) in
                #"{"_id":"\#(id)","_rev":"r1","_type":"post","_updatedAt":"2025-05-02T20:44:48Z","title":"Hei"}"#
            }
            return LoopbackService.Answer(
                request.target.hasSuffix("nextCursor=")
                    ? document("post-1") + "\r\n\n" + document("drafts.post-1") + "\n" + #"{"nextCursor":"a b/c"}"#
                    : document("versions.r1.post-1") + "\n" + document("post-2") + "\n"
            )
        }
        try await Self.with(Self.post, Self.table, answering: lines) { world, service async throws in
            let job = try await world.once("blog", .pull).job
            #expect(job.state == .succeeded && job.progress.created == 2, "\(job)")
            #expect(
                service.requests.map { "\($0.method) \($0.target) \($0.body)" } == [
                    "GET /v2025-02-19/data/export/~pr_1-a?types=post&nextCursor= ",
                    "GET /v2025-02-19/data/export/~pr_1-a?types=post&nextCursor=a%20b%2Fc ",
                ]
            )
            #expect(try world.rows(world.shop, "SELECT id FROM post ORDER BY id") == ["post-1", "post-2"])
        }
    }

    /// Sanity lets an export run for half a minute, whatever comes of it.
    @Test func anExportMayBeOfAnyLength() async throws {
        let padding = String(repeating: "p", count: 1 << 20)
        let documents = (0..<70).map { number in
            #"{"_id":"post-\#(number)","_rev":"r1","_type":"post","_updatedAt":"2025-05-02T20:44:48Z","#
                + #""title":"Hei","body":"\#(padding)"}"# + "\n"
        }
        let export = documents.joined()
        let answers: @Sendable (LoopbackService.Request) -> LoopbackService.Answer = { request in
            LoopbackService.Answer(request.method == "POST" ? #"{"result":[]}"# : export)
        }
        try await Self.with(Self.post, Self.table, answering: answers) { world, service async throws in
            let job = try await world.once("blog", .pull).job
            #expect(job.state == .succeeded && job.progress.created == 70, "\(job)")
            #expect(job.progress.bytesIn > 70 << 20)
            #expect(try world.rows(world.shop, "SELECT count(*) FROM post") == ["70"])
            // The next one begins where that ended.
            _ = try await world.once("blog", .pull)
            #expect(service.requests.map(\.method) == ["GET", "POST"])
        }
    }

    @Test func theConnectionIsTestedByACountAndByTheTokensUser() async throws {
        let ok: @Sendable (LoopbackService.Request) -> LoopbackService.Answer = { _ in
            LoopbackService.Answer(#"{"result":0,"ms":2}"#)
        }
        try await Self.with(Self.post, Self.table, answering: ok) { world, service async throws in
            let daemon = try await world.startDaemon()
            #expect(try await world.ferryctl("test", "blog").exitCode == 0)
            try await world.stop(daemon)
            #expect(
                service.requests.map { "\($0.method) \($0.target)" } == [
                    "GET /v2025-02-19/data/query/~pr_1-a?query=count%28%2A%5B_type%20%3D%3D%20%22sanity.none%22%5D%29",
                    "GET /v2025-02-19/users/me",
                ]
            )
        }
    }

    @Test func rowsAreMutationsOfOneTransaction() async throws {
        let entity = """
              - type: article
                resource: documents
                deletes: propagate
                field_mappings:
                  - { source: fields.title, target: title, direction: push }
                  - { source: fields.slug, target: slug, as: slug, direction: push }
                  - { source: fields.seo, target: seo.title, direction: push }
            """
        let sql = """
            CREATE TABLE article (id INTEGER PRIMARY KEY, title TEXT, slug TEXT, seo TEXT);
            INSERT INTO article VALUES (1, 'Hei "ä"', 'hei', NULL);
            """
        let done: @Sendable (LoopbackService.Request) -> LoopbackService.Answer = { _ in
            LoopbackService.Answer(#"{"transactionId":"x","results":[{"id":"ferry-1","operation":"update"}]}"#)
        }
        try await Self.with(entity, sql, answering: done) { world, service async throws in
            #expect(try await world.once("blog", .push).job.progress.created == 1)
            try world.writeShop("UPDATE article SET title = NULL, seo = 'S'")
            #expect(try await world.once("blog", .push).job.progress.updated == 1)
            try world.writeShop("INSERT INTO article (id) VALUES (2)")
            #expect(try await world.once("blog", .push).job.progress.created == 1)
            try world.writeShop("DELETE FROM article WHERE id = 1")
            #expect(try await world.once("blog", .push).job.progress.deleted == 1)
            #expect(
                Set(service.requests.map { "\($0.method) \($0.target)" }) == [
                    "POST /v2025-02-19/data/mutate/~pr_1-a?returnIds=true&visibility=sync"
                ]
            )
            var ids: [String] = []
            var keys: Set<String> = []
            let bodies = service.requests.map { request in
                if let id = request.body.firstMatch(of: /ferry-[0-9a-f-]{36}/) { ids.append(String(id.output)) }
                if let key = request.body.firstMatch(of: /"transactionId":"([0-9A-F-]{36})"/) {
                    keys.insert(String(key.output.1))
                }
                return request.body.replacing(/ferry-[0-9a-f-]{36}/, with: "ID")
                    .replacing(/"transactionId":"[0-9A-F-]{36}"/, with: #""transactionId":"T""#)
            }
            #expect(
                bodies == [
                    #"{"transactionId":"T","mutations":[{"createIfNotExists":{"_id":"ID","_type":"post"}},"#
                        + #"{"patch":{"id":"ID","set":{"title":"Hei \"ä\"","slug":{"_type":"slug","current":"hei"}},"#
                        + #""unset":["seo.title"]}}]}"#,
                    #"{"transactionId":"T","mutations":[{"patch":{"id":"ID","set":{"seo":{"title":"S"}},"unset":["title"]}}]}"#,
                    #"{"transactionId":"T","mutations":[{"createIfNotExists":{"_id":"ID","_type":"post"}},"#
                        + #"{"patch":{"id":"ID","set":{},"unset":["title","slug","seo.title"]}}]}"#,
                    #"{"transactionId":"T","mutations":[{"delete":{"id":"ID"}}]}"#,
                ],
                "\(bodies)"
            )
            #expect(keys.count == 4 && ids[0] == ids[1] && ids[0] == ids[3] && ids[0] != ids[2])
        }
    }

    @Test func allIdentifiersAreAskedForAndOneDocumentByItsOwn() async throws {
        let entities =
            Self.post.replacing("key: id", with: "key: id\n    deletes: propagate") + """

                  - type: article
                    resource: documents
                    key: id
                    field_mappings: [{ source: fields.title, target: title, direction: push }]
                """
        let answer: @Sendable (LoopbackService.Request) -> LoopbackService.Answer = { request in
            guard request.target.contains("/query/") else {
                return LoopbackService.Answer(#"{"transactionId":"x","results":[]}"#)
            }
            let isFirst = request.body.contains(#""lastId":"""#) && !request.body.contains("2025")
            let document =
                #"{"_id":"post-1","_rev":"r1","_type":"post","_updatedAt":"2025-05-02T20:44:48Z","title":"Hei"}"#
            return LoopbackService.Answer(#"{"result":[\#(isFirst ? document : "")],"ms":1}"#)
        }
        let sql =
            Self.table
            + "CREATE TABLE article (id INTEGER PRIMARY KEY, title TEXT); INSERT INTO article VALUES (1, 'x');"
        try await Self.with(entities, settings: "perspective: raw", sql, answering: answer) {
            world,
            service async throws in
            #expect(try await world.once("blog", .pull).job.state == .succeeded)
            #expect(try await world.once("blog", .push).job.progress.created == 1)
            service.forgetRequests()
            // A look at all identifiers is due once a day, or when everything is asked for.
            #expect(try await world.startOnce("blog", .pull, ["--full"]).end().exitCode == 0)
            let sweep = #"{"query":"*[_type == $type && _id > $lastId] | order(_id asc) [0...$n]{_id,_rev}","#
            #expect(
                service.requests.map(\.body).filter { $0.contains("{_id,_rev}") }
                    == ["", "post-1"].map { sweep + #""params":{"type":"post","lastId":"\#($0)","n":5000}}"# }
            )
            try world.writeShop("UPDATE article SET title = 'y'")
            let daemon = try await world.startDaemon()
            service.forgetRequests()
            _ = try await world.ferryctl("plan", "blog", "--push")
            try await world.stop(daemon)
            let bodies = service.requests.map { $0.body.replacing(/ferry-[0-9a-f-]{36}/, with: "ID") }
            #expect(bodies == [#"{"query":"*[_id == $id][0...1]","params":{"id":"ID"}}"#], "\(bodies)")
            #expect(
                Set(service.requests.map { "\($0.method) \($0.target)" }) == [
                    "POST /v2025-02-19/data/query/~pr_1-a?perspective=raw&returnQuery=false"
                ]
            )
        }
    }

    /// The service's words in each of the three shapes that it has for errors.
    @Test(arguments: [
        (
            401, #"{"statusCode":401,"error":"Unauthorized","message":"Session not found"}"#, "auth.rejected",
            "Session not found"
        ),
        (
            409,
            #"{"error":{"type":"mutationError","description":"The mutation(s) failed: …","items":[{"index":0,"error":{"type":"documentAlreadyExistsError","description":"Document by ID \"post-1\" already exists"}}]}}"#,
            "record.refused", #"Document by ID "post-1" already exists"#
        ),
        (400, #"{"error":{"description":"Dataset is not writable"}}"#, "record.refused", "Dataset is not writable"),
        (404, "no such place", "service.not_found", "no such place"),
    ])
    func refusalsAreToldInSanitysWords(status: Int, body: String, code: String, words: String) async throws {
        let entity = """
              - type: article
                resource: documents
                field_mappings: [{ source: fields.title, target: title, direction: push }]
            """
        let sql = "CREATE TABLE article (id INTEGER PRIMARY KEY, title TEXT); INSERT INTO article VALUES (1, 'x');"
        let refuse: @Sendable (LoopbackService.Request) -> LoopbackService.Answer = { _ in
            LoopbackService.Answer(body, status: status)
        }
        try await Self.with(entity, sql, answering: refuse) { world, service async throws in
            let job = try await world.once("blog", .push).job
            guard code == "record.refused" else {
                #expect(job.error?.code == code && job.error?.message.contains(words) == true, "\(job)")
                return
            }
            #expect(job.progress.quarantined == 1, "\(job)")
            let daemon = try await world.startDaemon()
            let list = try await world.ferryctl("quarantine", job.id, "--json").output
            #expect(list.contains(words.replacing("\"", with: "\\\"")), "\(list)")
            try await world.stop(daemon)
        }
    }

    @Test func aQueryThatIsRefusedIsShownWithSanitysWords() async throws {
        let refuse: @Sendable (LoopbackService.Request) -> LoopbackService.Answer = { _ in
            LoopbackService.Answer(
                #"{"error":{"type":"queryParseError","description":"expected ']'","query":"*[_type","start":0,"end":7}}"#,
                status: 400
            )
        }
        try await Self.with(Self.post, settings: "perspective: raw", Self.table, answering: refuse) {
            world,
            _ async throws in
            let job = try await world.once("blog", .pull).job
            #expect(job.state == .failed && job.error?.message.contains("expected ']'") == true, "\(job)")
        }
    }
}
