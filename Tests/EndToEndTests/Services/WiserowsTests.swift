import FerryAPI
import FerryCore
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// WISEROWS: what is asked, as its pages write it, and what arrives through refusals, lost answers and deletes.
@Suite struct WiserowsTests {
    private static let entities = """
        entities:
          - type: post
            resource: entities
            key: slug
            match: { source: fields.slug, target: slug }
            deletes: propagate
            field_mappings:
              - { source: fields.slug, target: slug }
              - { source: fields.title, target: title }
              - { source: fields.published, target: published }
        """

    private static func with(
        posts: Int = 3,
        settings: String = "page_size: 20",
        entities: String = entities,
        _ body: (FerryWorld) async throws -> Void
    ) async throws {
        try await FerryWorld.with { world async throws in
            let project = world.sandbox.wiserows
            project.setLimit(requestsPerMinute: nil)
            project.requireProject("proj/1")
            project.add(
                WiserowsType(
                    id: "et_post",
                    fields: [("slug", "text"), ("title", "text"), ("published", "boolean")],
                    required: ["title"]
                )
            )
            try world.writeShop(
                """
                CREATE TABLE post (slug TEXT PRIMARY KEY, title TEXT, published BOOLEAN);
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(posts))
                INSERT INTO post SELECT printf('p-%03d', i), 'Post ' || i, i % 2 FROM n WHERE \(posts) > 0;
                """
            )
            try world.write(
                integration: "posts",
                """
                type: wiserows
                store: shop
                config:
                  base_url: "\(world.sandbox.baseURL)/wiserows/api/v1"
                  key: \(project.key)
                  project_id: proj/1
                  entity_type_id: et_post
                  requests_per_minute: 100000
                  burst: 1000
                  \(settings)
                \(entities)
                """
            )
            try await body(world)
        }
    }

    private func writes(_ world: FerryWorld) -> [String] {
        world.sandbox.wiserows.requests.filter { $0.method != "GET" }.map { "\($0.method) \($0.path) \($0.body)" }
    }

    @Test func entitiesAreMadeChangedByFieldAndArchived() async throws {
        try await Self.with(posts: 1) { world async throws in
            let first = try await world.once("posts", .push).job
            #expect(first.state == .succeeded && first.progress.created == 1, "\(first)")
            try world.writeShop("UPDATE post SET title = 'Hello again'")
            #expect(try await world.once("posts", .push).job.progress.updated == 1)
            try world.writeShop("INSERT INTO post VALUES ('p-2', 'Two', NULL)")
            #expect(try await world.once("posts", .push).job.progress.created == 1)
            try world.writeShop("DELETE FROM post WHERE slug = 'p-001'")
            #expect(try await world.once("posts", .push).job.progress.deleted == 1)
            let path = "/wiserows/api/v1/entities"
            #expect(
                writes(world) == [
                    #"POST \#(path) {"entityTypeId":"et_post","fields":{"slug":"p-001","title":"Post 1","published":true}}"#,
                    #"PATCH \#(path)/ent_00001 {"fields":{"title":"Hello again"}}"#,
                    #"POST \#(path) {"entityTypeId":"et_post","fields":{"slug":"p-2","title":"Two","published":null}}"#,
                    "DELETE \(path)/ent_00001 ",
                ]
            )
            #expect(world.sandbox.wiserows.living.map { $0["slug"] } == ["\"p-2\""])
            #expect(try await world.once("posts", .push).job.progress.unchanged == 1)
        }
    }

    @Test func entitiesArePulledPageByPageAndArchivedOnesDeleted() async throws {
        try await Self.with(posts: 0) { world async throws in
            let project = world.sandbox.wiserows
            for number in 1...45 { project.create("et_post", [("slug", "\"s\(number)\""), ("title", "\"T\"")]) }
            let job = try await world.once("posts", .pull).job
            #expect(job.state == .succeeded && job.progress.created == 45, "\(job)")
            let pages = project.requests.filter { $0.method == "GET" }
            #expect(pages.first?.query == "entityTypeId=et_post&limit=20&offset=0")
            #expect(
                pages.allSatisfy { $0.headerNames.contains("X-Project-Id") && $0.headerNames.contains("Authorization") }
            )
            project.archive("ent_00001")
            project.set("title", of: "ent_00002", to: "\"New\"")
            let second = try await world.once("posts", .pull).job
            #expect(second.progress.deleted == 1 && second.progress.updated == 1, "\(second)")
            // One that has vanished counts after two complete scans.
            project.remove("ent_00003")
            #expect(try await world.once("posts", .pull).job.progress.deleted == 0)
            #expect(try await world.once("posts", .pull).job.progress.deleted == 1)
            #expect(try world.rows(world.shop, "SELECT count(*) FROM post") == ["43"])
        }
    }

    @Test func howManyEntitiesThereAreIsShownWhileTheyAreRead() async throws {
        try await Self.with(posts: 0) { world async throws in
            let project = world.sandbox.wiserows
            for number in 1...45 { project.create("et_post", [("slug", "\"s\(number)\""), ("title", "\"T\"")]) }
            world.sandbox.faults.add(FaultRule(.status(400), path: "/entities", nth: 2))
            let broken = try await world.once("posts", .pull).job
            #expect(broken.state == .failed && broken.progress.total == 45 && broken.progress.read <= 20, "\(broken)")
            let whole = try await world.once("posts", .pull).job
            #expect(whole.progress.total == 45 && whole.progress.read == 45)
        }
    }

    @Test func typesOfOneIntegrationHaveSettingsOfTheirOwn() async throws {
        let two = """
            entities:
              - type: post
                resource: entities
                key: slug
                match: { source: fields.slug, target: slug }
                field_mappings:
                  - { source: fields.slug, target: slug }
                  - { source: fields.title, target: title }
              - type: author
                resource: entities
                config: { entity_type_id: et_author, page_size: 10 }
                key: slug
                match: { source: fields.slug, target: slug }
                field_mappings:
                  - { source: fields.slug, target: slug }
            """
        try await Self.with(posts: 2, entities: two) { world async throws in
            let project = world.sandbox.wiserows
            project.add(WiserowsType(id: "et_author", fields: [("slug", "text")]))
            for number in 1...12 { project.create("et_author", [("slug", "\"a\(number)\"")]) }
            try world.writeShop("CREATE TABLE author (slug TEXT PRIMARY KEY); INSERT INTO author VALUES ('me')")
            let push = try await world.once("posts", .push).job
            #expect(push.state == .succeeded && push.progress.created == 3, "\(push)")
            #expect(project.entities.filter { $0.type == "et_author" }.count == 13)
            let pull = try await world.once("posts", .pull).job
            #expect(pull.progress.read == 15 && pull.progress.created == 12, "\(pull)")
            #expect(try world.rows(world.shop, "SELECT count(*) FROM author") == ["13"])
            #expect(try world.rows(world.shop, "SELECT count(*) FROM post") == ["2"])
            // What went over both connections counts.
            #expect(pull.progress.requests == project.requests.count - push.progress.requests)
            let plan = try await world.startDaemon()
            try world.writeShop("UPDATE post SET title = 'New' WHERE slug = 'p-001'; INSERT INTO author VALUES ('you')")
            let shown = try await world.ferryctl("plan", "posts", "--push")
            #expect(shown.output.contains("Post 1") && shown.output.contains("you"), "\(shown.output)\(shown.errors)")
            try await world.stop(plan)
        }
    }

    @Test func aCreateWhoseAnswerIsLostIsFoundAmongAllAndMadeOnce() async throws {
        try await Self.with { world async throws in
            world.sandbox.faults.add(FaultRule(.reset(afterEffect: true), method: "POST", times: 1))
            let job = try await world.once("posts", .push).job
            #expect(job.state == .succeeded && job.progress.created == 3, "\(job)")
            #expect(world.sandbox.wiserows.entities.map { $0["slug"] } == ["\"p-001\"", "\"p-002\"", "\"p-003\""])
        }
    }

    @Test func aCreateThatDiedWithTheProgramIsMadeOnce() async throws {
        try await Self.with { world async throws in
            world.sandbox.faults.add(FaultRule(.delay(milliseconds: 60_000, afterEffect: true), method: "POST", nth: 2))
            let push = try world.startOnce("posts", .push)
            try await eventually("the second entity has landed") { world.sandbox.wiserows.entities.count == 2 }
            try await push.terminate()
            #expect(try await world.once("posts", .push).job.state == .succeeded)
            #expect(world.sandbox.wiserows.entities.count == 3)
        }
    }

    @Test func whatIsThereAlreadyIsAdoptedByItsKey() async throws {
        try await Self.with { world async throws in
            world.sandbox.wiserows.create("et_post", [("slug", "\"p-002\""), ("title", "\"Old\"")])
            let job = try await world.once("posts", .push).job
            #expect(job.progress.created == 2 && job.progress.updated == 1, "\(job)")
            #expect(world.sandbox.wiserows.entities.count == 3)
        }
    }

    @Test func anEntityThatIsGoneIsMadeAnewAndARefusedOneSetAside() async throws {
        try await Self.with { world async throws in
            _ = try await world.once("posts", .push)
            world.sandbox.wiserows.archive("ent_00001")
            try world.writeShop("UPDATE post SET title = 'New' WHERE slug = 'p-001'")
            try world.writeShop("UPDATE post SET title = NULL WHERE slug = 'p-002'")
            let job = try await world.once("posts", .push).job
            #expect(job.state == .partial && job.progress.quarantined == 1, "\(job)")
            #expect(
                world.sandbox.wiserows.living.compactMap { $0["title"] }.sorted() == [
                    "\"New\"", "\"Post 2\"", "\"Post 3\"",
                ]
            )
        }
    }

    @Test func aLimitIsWaitedOut() async throws {
        try await Self.with { world async throws in
            world.sandbox.faults.add(FaultRule(.status(429, retryAfter: "1"), method: "POST", nth: 2))
            let job = try await world.once("posts", .push).job
            #expect(job.state == .succeeded && job.progress.created == 3, "\(job)")
        }
    }

    @Test func integrationsArePulledAndTheConnectionIsTested() async throws {
        let list = """
            entities:
              - type: post
                resource: integrations
                key: slug
                field_mappings:
                  - { source: fields.slug, target: id }
                  - { source: fields.title, target: name }
            """
        try await Self.with(posts: 0, entities: list) { world async throws in
            let project = world.sandbox.wiserows
            project.add(WiserowsIntegration(id: "int_01", type: "sanity", name: "Blog", lastSyncAt: 1_795_312_800_000))
            project.add(WiserowsIntegration(id: "int_02", type: "else", name: "Other", status: "pending"))
            #expect(try await world.once("posts", .pull).job.progress.created == 2)
            #expect(
                try world.rows(world.shop, "SELECT slug, title FROM post ORDER BY slug") == [
                    "int_01|Blog", "int_02|Other",
                ]
            )
            let daemon = try await world.startDaemon()
            #expect(try await world.ferryctl("test", "posts").exitCode == 0)
            project.key = "ds_other"
            let refused = try await world.ferryctl("test", "posts")
            #expect(refused.exitCode != 0 && (refused.output + refused.errors).contains("Invalid API key"))
            try await world.stop(daemon)
        }
    }
}
