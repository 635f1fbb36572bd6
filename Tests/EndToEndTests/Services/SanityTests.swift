import FerryAPI
import FerryCore
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// Sanity as the sandbox plays it: documents that come once through ties and exports that break off, and documents that
/// arrive once through refusals, lost answers and kills.
@Suite struct SanityTests {
    private static func with(
        settings: String = "",
        type: String = "post",
        entity: String,
        more: String = "",
        _ body: (FerryWorld) async throws -> Void
    ) async throws {
        try await FerryWorld.with { world async throws in
            let dataset = world.sandbox.sanity
            dataset.setLimit(mutationsPerSecond: nil)
            try world.writeShop(
                """
                CREATE TABLE article (id INTEGER PRIMARY KEY, title TEXT, slug TEXT, author TEXT, tags TEXT, body TEXT);
                CREATE TABLE post (id TEXT PRIMARY KEY, title TEXT, slug TEXT, author TEXT, tags TEXT, body TEXT);
                """
            )
            try world.write(
                integration: "blog",
                """
                type: sanity
                store: shop
                config:
                  api_host: "\(world.sandbox.baseURL)/sanity/"
                  project_id: \(dataset.projectID)
                  token: \(dataset.token)
                  document_type: \(type)
                  mutations_per_second: 1000
                  \(settings)
                \(more)
                entities:
                \(entity)
                """
            )
            try await body(world)
        }
    }

    private static let post = """
          - type: post
            resource: documents
            key: id
            deletes: propagate
            field_mappings:
              - { source: fields.id, target: _id, direction: pull }
              - { source: fields.title, target: title, direction: pull }
              - { source: fields.slug, target: slug, as: slug, direction: pull }
              - { source: fields.author, target: author, as: reference, direction: pull }
              - { source: fields.tags, target: tags, direction: pull }
        """

    private static let article = """
          - type: article
            resource: documents
            deletes: propagate
            field_mappings:
              - { source: fields.title, target: title, direction: push }
              - { source: fields.slug, target: slug, as: slug, direction: push }
              - { source: fields.author, target: author, as: reference, direction: push }
              - { source: fields.tags, target: tags, transform: json_decode, direction: push }
              - { source: fields.body, target: body, transform: markdown_to_portable_text, direction: push }
        """

    private static func put(_ numbers: ClosedRange<Int>, in dataset: SanityDataset, type: String = "post") {
        for number in numbers {
            let digits = String(number)
            let id = "p-" + String(repeating: "0", count: 4 - digits.count) + digits
            dataset.put(id, type: type, [("title", "\"Post \(number)\"")])
        }
    }

    private static func addArticles(_ numbers: ClosedRange<Int>, to world: FerryWorld) throws {
        try world.writeShop(
            """
            WITH RECURSIVE n(i) AS (SELECT \(numbers.lowerBound) UNION ALL SELECT i + 1 FROM n WHERE i < \(numbers.upperBound))
            INSERT INTO article SELECT i, 'Article ' || i, 'article-' || i, NULL, '["a","b"]', '# Hi' FROM n;
            """
        )
    }

    private func requests(_ world: FerryWorld, _ part: String) -> [LoggedRequest] {
        world.sandbox.sanity.requests.filter { $0.path.contains("/data/\(part)/") }
    }

    /// A pull that reads everything.
    private func full(_ world: FerryWorld) async throws -> FerryAPI.Job {
        let result = try await world.startOnce("blog", .pull, ["--full", "--json"]).end()
        struct Summary: Decodable { var job: FerryAPI.Job }
        return try WireFormat.decode(Summary.self, from: Array(result.output.utf8)).job
    }

    /// The document of a row.
    private func document(_ title: String, in world: FerryWorld) -> SanityDocument? {
        world.sandbox.sanity.documents.first { $0["title"] == "\"\(title)\"" }
    }

    // MARK: Pull

    /// An export has no order, so that what it brings says nothing of what is older; the queries that come after it lose
    /// nothing of what shares a second.
    @Test func everythingComesByExportAndWhatComesLaterByQueryEachOnce() async throws {
        try await Self.with(settings: "page_size: 4", entity: Self.post) { world async throws in
            let dataset = world.sandbox.sanity
            dataset.setExportSize(6)
            dataset.setTime("2026-01-01T10:00:00Z")
            Self.put(1...20, in: dataset)
            Self.put(21...22, in: dataset, type: "page")
            dataset.put("drafts.p-0001", type: "post", [("title", "\"A draft\"")])
            dataset.put("versions.r1.p-0001", type: "post", [("title", "\"A version\"")])
            let first = try await world.once("blog", .pull).job
            #expect(first.state == .succeeded && first.progress.created == 20, "\(first)")
            #expect(
                requests(world, "export").map(\.query).prefix(2) == [
                    "types=post&nextCursor=", "types=post&nextCursor=p-0005",
                ]
            )
            // The next pull asks for what has changed, and finds what is there already unchanged.
            dataset.setTime("2026-01-01T10:00:30Z")
            Self.put(30...41, in: dataset)
            dataset.put("p-0003", type: "post", [("title", "\"New\"")])
            let second = try await world.once("blog", .pull).job
            #expect(second.state == .succeeded && second.progress.created == 12, "\(second)")
            #expect(second.progress.updated == 1)
            let third = try await world.once("blog", .pull).job
            #expect(third.progress.created == 0 && third.progress.updated == 0, "\(third)")
            #expect(requests(world, "export").count == 4)
            #expect(try world.rows(world.shop, "SELECT count(*), count(DISTINCT id) FROM post") == ["32|32"])
            #expect(try world.rows(world.shop, "SELECT title FROM post WHERE id = 'p-0003'") == ["New"])
        }
    }

    @Test func theQueryAndTheExportBringTheSame() async throws {
        try await Self.with(settings: "perspective: raw", entity: Self.post) { world async throws in
            let dataset = world.sandbox.sanity
            SeededDataset.fill(dataset, posts: 30)
            // Drafts have documents of their own here, which the export leaves out where they are not wanted.
            #expect(try await world.once("blog", .pull).job.progress.created == 31)
            #expect(requests(world, "export").isEmpty)
            let path = "\(world.configuration)/integrations/blog.yaml"
            let text = try String(contentsOfFile: path, encoding: .utf8)
            try world.write(integration: "blog", text.replacing("perspective: raw", with: ""))
            let job = try await world.once("blog", .pull).job
            #expect(job.state == .succeeded && job.progress.created + job.progress.updated == 0, "\(job)")
            #expect(job.progress.read == 30 && requests(world, "export").count == 1)
        }
    }

    @Test(arguments: [false, true]) func anExportThatBreaksOffIsAnError(glued: Bool) async throws {
        try await Self.with(entity: Self.post) { world async throws in
            let dataset = world.sandbox.sanity
            Self.put(1...10, in: dataset)
            dataset.breakOffExport(after: 4, glued: glued)
            let job = try await world.once("blog", .pull).job
            // Tried again, it is all there.
            #expect(job.state == .succeeded && job.progress.created == 10 && job.progress.retries == 1, "\(job)")
        }
    }

    @Test func whatAnExportSaysWhenItBreaksOffIsShown() async throws {
        try await Self.with(entity: Self.post) { world async throws in
            // An odd number, so that half of them ends within a line.
            Self.put(1...11, in: world.sandbox.sanity)
            let half = #"{"_id":"p-0001","_type":"post","ti{"error":{"description":"The export was cut off"}}"#
            world.sandbox.faults.add(FaultRule(.status(200, body: half), path: "/export/", times: nil))
            let job = try await world.once("blog", .pull).job
            #expect(job.state == .failed && job.error?.code == "service.unavailable", "\(job)")
            #expect(job.error?.message.contains("broke off its answer: The export was cut off") == true)
            #expect(try world.rows(world.shop, "SELECT count(*) FROM post") == ["0"])
            world.sandbox.faults.clear()
            world.sandbox.faults.add(FaultRule(.truncatedJSON, path: "/export/", times: nil))
            #expect(try await world.once("blog", .pull).job.error?.code == "contract.unexpected_answer")
            #expect(try world.rows(world.shop, "SELECT count(*) FROM post") == ["0"])
            world.sandbox.faults.clear()
            #expect(try await world.once("blog", .pull).job.progress.created == 11)
        }
    }

    @Test func aPullThatDiesGoesOnWhereItWas() async throws {
        try await Self.with(entity: Self.post) { world async throws in
            let dataset = world.sandbox.sanity
            dataset.setExportSize(5)
            Self.put(1...20, in: dataset)
            world.sandbox.faults.add(FaultRule(.delay(milliseconds: 60_000), path: "/export/", nth: 3))
            let pull = try world.startOnce("blog", .pull)
            try await eventually("two answers are in place") {
                try world.rows(world.shop, "SELECT count(*) FROM post") == ["10"]
            }
            try await pull.terminate()
            let job = try await world.once("blog", .pull).job
            #expect(job.state == .succeeded, "\(job)")
            #expect(try world.rows(world.shop, "SELECT count(*) FROM post") == ["20"])
            // The third one was not answered the first time, and the first two may have been in the store alone.
            #expect((4...6).contains(requests(world, "export").count))
        }
    }

    /// An export in parts is no snapshot: what changes behind it must be asked for afterwards, however new the documents
    /// are that it has yet to bring.
    @Test func whatChangesBehindAnExportIsReadByTheNextPull() async throws {
        try await Self.with(entity: Self.post) { world async throws in
            let dataset = world.sandbox.sanity
            dataset.setExportSize(10)
            dataset.setTime("2026-01-01T10:00:00Z")
            Self.put(1...20, in: dataset)
            world.sandbox.faults.add(FaultRule(.delay(milliseconds: 3000), path: "/export/", nth: 2, times: 1))
            let pull = try world.startOnce("blog", .pull)
            try await eventually("the first part is in place") {
                try world.rows(world.shop, "SELECT count(*) FROM post") == ["10"]
            }
            dataset.setTime("2099-06-01T00:00:00Z")
            dataset.put("p-0001", type: "post", [("title", "\"Changed\"")])
            dataset.setTime("2099-07-01T00:00:00Z")
            dataset.put("p-0020", type: "post", [("title", "\"Last\"")])
            #expect(try await pull.end().exitCode == 0)
            #expect(try world.rows(world.shop, "SELECT title FROM post WHERE id = 'p-0020'") == ["Last"])
            let job = try await world.once("blog", .pull).job
            #expect(job.state == .succeeded && job.progress.updated == 1, "\(job)")
            #expect(try world.rows(world.shop, "SELECT title FROM post WHERE id = 'p-0001'") == ["Changed"])
        }
    }

    @Test func whatIsGoneIsFoundByALookAtAllIdentifiers() async throws {
        try await Self.with(entity: Self.post) { world async throws in
            let dataset = world.sandbox.sanity
            Self.put(1...20, in: dataset)
            _ = try await world.once("blog", .pull)
            dataset.remove("p-0007")
            // One that is no longer published is gone as well.
            dataset.remove("p-0008")
            dataset.put("drafts.p-0008", type: "post", [("title", "\"Again\"")])
            #expect(try await world.once("blog", .pull).job.progress.deleted == 0)
            let job = try await full(world)
            #expect(job.state == .succeeded && job.progress.deleted == 2, "\(job)")
            #expect(try world.rows(world.shop, "SELECT count(*) FROM post") == ["18"])
        }
    }

    @Test func slugsAndReferencesAreReadAsWhatTheyStandFor() async throws {
        try await Self.with(entity: Self.post) { world async throws in
            let dataset = world.sandbox.sanity
            SeededDataset.fill(dataset, posts: 1)
            dataset.put(
                "p-2",
                type: "post",
                [
                    (
                        "author",
                        #"[{"_type":"reference","_ref":"a","_key":"1"},{"_type":"reference","_ref":"b","_key":"2"}]"#
                    )
                ]
            )
            dataset.put("p-3", type: "post", [("slug", "\"bare\"")])
            let job = try await world.once("blog", .pull).job
            #expect(job.progress.created == 2 && job.progress.quarantined == 1, "\(job)")
            #expect(
                try world.rows(world.shop, "SELECT id, slug, author, tags FROM post ORDER BY id") == [
                    #"p-2||["a","b"]|"#, #"post-000001|post-1|author-bo|["news"]"#,
                ]
            )
        }
    }

    // MARK: Push

    @Test func anArticleLandsAsAnEditorExpectsIt() async throws {
        try await Self.with(entity: Self.article) { world async throws in
            let dataset = world.sandbox.sanity
            dataset.put("author-ada", type: "author", [("name", "\"Ada\"")])
            try world.writeShop(
                """
                INSERT INTO article VALUES (7, 'Hei "du"', 'hei', 'author-ada', '["a","b"]', '# Hei

                Some *text* and a [link](https://a.test).');
                """
            )
            let job = try await world.once("blog", .push).job
            #expect(job.state == .succeeded && job.progress.created == 1, "\(job)")
            let post = try #require(document(#"Hei \"du\""#, in: world))
            #expect(
                post.id.wholeMatch(of: /ferry-[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/) != nil
            )
            #expect(post.type == "post" && post["slug"] == #"{"_type":"slug","current":"hei"}"#)
            #expect(post["author"] == #"{"_type":"reference","_ref":"author-ada"}"# && post["tags"] == #"["a","b"]"#)
            #expect(post["body"]?.contains(#""_type":"block""#) == true && post.keylessCount == 0)

            // What editors add stays, and what is cleared here is gone there, not null.
            dataset.put(
                post.id,
                type: "post",
                [("title", #""Hei""#), ("slug", post["slug"] ?? ""), ("seo", #"{"title":"x"}"#), ("tags", "[\"a\"]")]
            )
            try world.writeShop("UPDATE article SET slug = 'moi', tags = NULL")
            let update = try await world.once("blog", .push).job
            #expect(update.state == .succeeded && update.progress.updated == 1, "\(update)")
            let changed = try #require(dataset.document(post.id))
            #expect(changed["slug"] == #"{"_type":"slug","current":"moi"}"# && changed["tags"] == nil)
            #expect(changed["seo"] == #"{"title":"x"}"# && changed["title"] == "\"Hei\"")
            #expect(try await world.once("blog", .push).job.progress.unchanged == 1)
        }
    }

    @Test func aPlanShowsWhatADocumentHoldsAndWritesNothing() async throws {
        try await Self.with(entity: Self.article) { world async throws in
            try Self.addArticles(1...2, to: world)
            _ = try await world.once("blog", .push)
            try world.writeShop("UPDATE article SET title = 'New title' WHERE id = 2; DELETE FROM article WHERE id = 1")
            let daemon = try await world.startDaemon()
            let plan = try await world.ferryctl("plan", "blog", "--push")
            #expect(plan.exitCode == 0 && plan.output.contains("New title") && plan.output.contains("Article 2"))
            #expect(world.sandbox.sanity.transactions.count == 1, "\(plan.output)")
            try await world.stop(daemon)
        }
    }

    @Test func documentsAreFoundAgainWhenTheLedgerIsLost() async throws {
        try await Self.with(entity: Self.article) { world async throws in
            try Self.addArticles(1...5, to: world)
            _ = try await world.once("blog", .push)
            let ids = world.sandbox.sanity.documents.map(\.id)
            try FileManager.default.removeItem(atPath: world.state)
            let job = try await world.once("blog", .push).job
            #expect(job.state == .succeeded, "\(job)")
            #expect(world.sandbox.sanity.documents.map(\.id) == ids && ids.count == 5)
        }
    }

    @Test func aLostAnswerDoublesNothingAndItsTransactionIsKnownAgain() async throws {
        try await Self.with(settings: "batch_size: 4", entity: Self.article) { world async throws in
            try Self.addArticles(1...9, to: world)
            world.sandbox.faults.add(
                FaultRule(.reset(afterEffect: true), path: "/mutate/"),
                FaultRule(.status(503, body: "oops", afterEffect: true), path: "/mutate/", nth: 4)
            )
            let job = try await world.once("blog", .push).job
            #expect(job.state == .succeeded && job.progress.created == 9 && job.progress.quarantined == 0, "\(job)")
            let dataset = world.sandbox.sanity
            #expect(dataset.documents.count == 9)
            let sent = requests(world, "mutate").compactMap {
                $0.body.firstMatch(of: /"transactionId":"([^"]+)"/).map { String($0.output.1) }
            }
            // Once more under its own name, which is refused, and then under another one.
            #expect(sent[0] == sent[1] && sent[2] == "\(sent[0])-2", "\(sent)")
            #expect(Set(dataset.transactions).count == dataset.transactions.count)
            #expect(try await world.once("blog", .push).job.progress.unchanged == 9)
        }
    }

    /// The case of one record, where halving cannot tell the refusal of the name from that of the record.
    @Test func oneDocumentWhoseAnswerIsLostIsNotTakenForARefusedOne() async throws {
        try await Self.with(entity: Self.article) { world async throws in
            try Self.addArticles(1...1, to: world)
            world.sandbox.faults.add(FaultRule(.reset(afterEffect: true), path: "/mutate/"))
            let job = try await world.once("blog", .push).job
            #expect(job.state == .succeeded && job.progress.created == 1, "\(job)")
            world.sandbox.faults.clear()
            world.sandbox.faults.add(FaultRule(.reset(afterEffect: true), path: "/mutate/"))
            try world.writeShop("UPDATE article SET title = 'B'")
            #expect(try await world.once("blog", .push).job.progress.updated == 1)
            world.sandbox.faults.clear()
            world.sandbox.faults.add(FaultRule(.reset(afterEffect: true), path: "/mutate/"))
            try Self.addArticles(2...2, to: world)
            try world.writeShop("DELETE FROM article WHERE id = 1")
            let last = try await world.once("blog", .push).job
            #expect(last.state == .succeeded && last.progress.created == 1, "\(last)")
            #expect(world.sandbox.sanity.documents.map { $0["title"] } == ["\"Article 2\""])
        }
    }

    @Test func whatDiedWithTheProgramIsSentAgainAsTheSameDocuments() async throws {
        try await Self.with(settings: "batch_size: 4", entity: Self.article) { world async throws in
            try Self.addArticles(1...6, to: world)
            world.sandbox.faults.add(FaultRule(.delay(milliseconds: 60_000, afterEffect: true), path: "/mutate/"))
            let push = try world.startOnce("blog", .push)
            try await eventually("the first batch has landed") { world.sandbox.sanity.documents.count == 4 }
            try await push.terminate()
            // A row that is gone takes along the document that nobody knows to have landed.
            try world.writeShop("DELETE FROM article WHERE id = 2; INSERT INTO article (id, title) VALUES (-1, 'Z')")
            let job = try await world.once("blog", .push).job
            #expect(job.state == .succeeded && job.progress.deleted == 1, "\(job)")
            let titles = world.sandbox.sanity.documents.compactMap { $0["title"] }
            #expect(
                titles.sorted() == [
                    "\"Article 1\"", "\"Article 3\"", "\"Article 4\"", "\"Article 5\"", "\"Article 6\"", "\"Z\"",
                ]
            )
        }
    }

    @Test func aTransactionWithABadDocumentIsHalvedUntilThatStandsAlone() async throws {
        try await Self.with(entity: Self.article) { world async throws in
            try Self.addArticles(1...20, to: world)
            try world.writeShop("UPDATE article SET author = 'nobody' WHERE id = 13")
            let job = try await world.once("blog", .push).job
            #expect(job.state == .partial && job.progress.created == 19 && job.progress.quarantined == 1, "\(job)")
            let daemon = try await world.startDaemon()
            let list = try await world.ferryctl("quarantine", job.id).output
            #expect(list.contains("references non-existent document") && list.contains("nobody"), "\(list)")
            try await world.stop(daemon)
            world.sandbox.sanity.put("nobody", type: "author", [])
            try world.writeShop("UPDATE article SET title = 'Now' WHERE id = 13")
            #expect(try await world.once("blog", .push).job.progress.created == 1)
        }
    }

    @Test func whatIsReferredToIsNotDeletedAndWhatIsNotThereCountsAsDeleted() async throws {
        try await Self.with(entity: Self.article) { world async throws in
            let dataset = world.sandbox.sanity
            try Self.addArticles(1...5, to: world)
            _ = try await world.once("blog", .push)
            let (first, second) = (
                try #require(document("Article 1", in: world)).id, try #require(document("Article 2", in: world)).id
            )
            dataset.put("list", type: "list", [("first", #"{"_type":"reference","_ref":"\#(first)"}"#)])
            dataset.remove(second)
            try world.writeShop("DELETE FROM article WHERE id <= 3")
            let job = try await world.once("blog", .push).job
            #expect(job.state == .partial && job.progress.deleted == 2 && job.progress.quarantined == 1, "\(job)")
            #expect(dataset.document(first) != nil && dataset.documents.count == 4)
            dataset.remove("list")
            // Tried again when somebody asks for it.
            let daemon = try await world.startDaemon()
            #expect(try await world.ferryctl("retry", job.id, "--wait").exitCode == 0)
            #expect(dataset.document(first) == nil)
            try await world.stop(daemon)
        }
    }

    @Test func aDocumentThatAnEditorDeletedIsMadeAnewAsAWhole() async throws {
        try await Self.with(entity: Self.article) { world async throws in
            try Self.addArticles(1...4, to: world)
            _ = try await world.once("blog", .push)
            let gone = try #require(document("Article 2", in: world))
            world.sandbox.sanity.remove(gone.id)
            try world.writeShop("UPDATE article SET title = title || '!'")
            let job = try await world.once("blog", .push).job
            #expect(job.state == .succeeded && job.progress.updated == 3 && job.progress.created == 1, "\(job)")
            let again = try #require(world.sandbox.sanity.document(gone.id))
            #expect(again["title"] == "\"Article 2!\"" && again["slug"] == gone["slug"])
        }
    }

    @Test func tooMuchIsHalvedAndALimitWaitedOut() async throws {
        try await Self.with(entity: Self.article) { world async throws in
            try Self.addArticles(1...8, to: world)
            let large =
                #"{"statusCode":413,"error":"Payload Too Large","message":"Request body exceeds limit of 4000000 bytes"}"#
            world.sandbox.faults.add(
                FaultRule(.status(413, body: large), path: "/mutate/"),
                FaultRule(.status(429, retryAfter: "1", body: "Too many requests"), path: "/mutate/", nth: 2)
            )
            let job = try await world.once("blog", .push).job
            #expect(job.state == .succeeded && job.progress.created == 8, "\(job)")
            // A request has 256 KB at most.
            try world.writeShop("UPDATE article SET title = printf('%0100000d', id)")
            #expect(try await world.once("blog", .push).job.progress.updated == 8)
            #expect(requests(world, "mutate").allSatisfy { $0.bodyBytes < 256_000 })
        }
    }

    @Test func draftsAreForEditorsToPublish() async throws {
        let entity = Self.article.replacing("resource: documents", with: "resource: drafts")
        try await Self.with(entity: entity) { world async throws in
            let dataset = world.sandbox.sanity
            try Self.addArticles(1...2, to: world)
            #expect(try await world.once("blog", .push).job.progress.created == 2)
            #expect(dataset.documents.allSatisfy { $0.id.hasPrefix("drafts.ferry-") })
            // Published meanwhile: the next change is a whole draft again.
            let draft = try #require(document("Article 1", in: world))
            dataset.remove(draft.id)
            dataset.put(String(draft.id.dropFirst(7)), type: "post", [("title", "\"Article 1\"")])
            try world.writeShop("UPDATE article SET slug = 'x' WHERE id = 1")
            #expect(try await world.once("blog", .push).job.progress.updated == 1)
            let again = try #require(dataset.document(draft.id))
            #expect(again["title"] == "\"Article 1\"" && again["slug"]?.contains("\"x\"") == true)
        }
    }

    @Test func bothWaysAFieldInAFormMeetsItself() async throws {
        let entity = """
              - type: post
                resource: documents
                key: id
                deletes: propagate
                match: { source: fields.slug, target: slug }
                field_mappings:
                  - { source: fields.title, target: title }
                  - { source: fields.slug, target: slug, as: slug }
                  - { source: fields.author, target: author, as: { reference: { weak: true } } }
            """
        let more = "schedule: { pull: { every: 1h }, push: { every: 1h } }"
        try await Self.with(entity: entity, more: more) { world async throws in
            let dataset = world.sandbox.sanity
            SeededDataset.fill(dataset, posts: 3)
            #expect(try await world.once("blog", .pull).job.progress.created == 3)
            for direction in [Direction.push, .pull] {
                let job = try await world.once("blog", direction).job
                #expect(job.state == .succeeded && job.progress.created + job.progress.updated == 0, "\(job)")
            }
            #expect(dataset.transactions.isEmpty)
            try world.writeShop("UPDATE post SET slug = 'mine' WHERE id = 'post-000001'")
            #expect(try await world.once("blog", .push).job.progress.updated == 1)
            #expect(dataset.document("post-000001")?["slug"] == #"{"_type":"slug","current":"mine"}"#)
            dataset.put(
                "post-000002",
                type: "post",
                [("slug", #"{"current":"theirs","_type":"slug"}"#), ("title", "1")]
            )
            #expect(try await world.once("blog", .pull).job.progress.updated == 1)
            #expect(try world.rows(world.shop, "SELECT slug FROM post ORDER BY id") == ["mine", "theirs", "post-3"])
            #expect(try await world.once("blog", .push).job.progress.updated == 0)
        }
    }

    // MARK: Connection

    @Test func theConnectionIsTestedWithItsToken() async throws {
        try await Self.with(entity: Self.post) { world async throws in
            let dataset = world.sandbox.sanity
            let daemon = try await world.startDaemon()
            #expect(try await world.ferryctl("test", "blog").exitCode == 0)
            #expect(
                dataset.requests.map { "\($0.method) \($0.path) \($0.status ?? 0)" } == [
                    "GET /sanity/v2025-02-19/data/query/production 200", "GET /sanity/v2025-02-19/users/me 200",
                ]
            )
            // A public dataset answers anybody: that alone would prove nothing.
            dataset.setPublic(true)
            dataset.token = "skOther"
            let refused = try await world.ferryctl("test", "blog")
            #expect(refused.exitCode != 0 && (refused.output + refused.errors).contains("Session not found"))
            try await world.stop(daemon)
            let pull = try await world.once("blog", .pull).job
            #expect(pull.error?.code == "auth.rejected", "\(pull)")
        }
    }

    @Test func aDatasetThatIsNotThereIsAMistakeInTheConfiguration() async throws {
        try await Self.with(settings: "dataset: staging", entity: Self.article) { world async throws in
            try Self.addArticles(1...3, to: world)
            let job = try await world.once("blog", .push).job
            #expect(job.state == .failed && job.error?.code == "service.not_found", "\(job)")
            #expect(job.error?.message.contains("Dataset \"staging\" not found") == true)
            world.sandbox.sanity.setWriteAccess(false)
            let path = "\(world.configuration)/integrations/blog.yaml"
            let text = try String(contentsOfFile: path, encoding: .utf8)
            try world.write(integration: "blog", text.replacing("dataset: staging", with: ""))
            let refused = try await world.once("blog", .push).job
            #expect(refused.error?.code == "auth.rejected", "\(refused)")
            #expect(refused.error?.message.contains("Insufficient permissions") == true)
        }
    }

    @Test func namesThatCannotBeAreFoundBeforeAnythingIsSent() async throws {
        try await Self.with(settings: "dataset: My Data", entity: Self.post) { world async throws in
            let result = try await Program.run("ferryctl", ["check", world.configuration], in: world.folder)
            #expect(result.exitCode == 3)
            #expect((result.output + result.errors).contains("'dataset' cannot be 'My Data'"), "\(result)")
        }
    }
}
