import FerryAPI
import FerryCore
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// The examples of `etc/ferry/integrations`, run against the sandbox as they stand but for addresses and keys.
@Suite struct ExampleRunsTests {
    /// Writes an example into a world, with some of its lines replaced.
    private func write(
        _ name: String,
        _ lines: [(old: String, new: String)],
        in world: FerryWorld
    ) throws {
        let path = try #require(Repository.path("etc/ferry/integrations/\(name).yaml"))
        var text = try String(contentsOfFile: path, encoding: .utf8)
        for (old, new) in [("enabled: false", "enabled: true")] + lines {
            try #require(text.contains(old), "\(name).yaml has no '\(old)'")
            text = text.replacingOccurrences(of: old, with: new)
        }
        try world.write(integration: name, text)
    }

    @Test func theProductsGoBothWays() async throws {
        try await FerryWorld.with { world async throws in
            let table = TableDefinition(
                agentID: "agent-123",
                configurationID: "config-456",
                collectionID: "collection-789",
                primaryKeyColumn: "sku",
                columns: [
                    .init("sku", isRequired: true), .init("product_name"), .init("slug"), .init("body_html"),
                    .init("price", .number),
                ],
                primarySecret: "dt-primary-0001",
                secondarySecret: "dt-secondary-0002"
            )
            world.sandbox.tables.addTable(table)
            try write(
                "products",
                [
                    ("store: main", "store: shop"), ("https://plugins.example.com", world.sandbox.baseURL),
                    ("{ credential: dynamic-table-primary }", table.primarySecret),
                    ("{ credential: dynamic-table-secondary }", table.secondarySecret),
                ],
                in: world
            )
            try world.writeShop(
                """
                CREATE TABLE product (id TEXT PRIMARY KEY, sku TEXT, name TEXT, body TEXT, price REAL);
                INSERT INTO product VALUES ('1', 'LP-14', 'Laptop Pro 14', '**fast**', 4500.5),
                    ('2', 'WM-01', 'Wireless Mouse', NULL, 89);
                """
            )
            let push = try await world.once("products", .push).job
            #expect(push.state == .succeeded && push.progress.created == 2, "\(push)")
            let laptop = world.sandbox.tables.rows(of: table.collectionID).first { $0["sku"] == "\"LP-14\"" }
            #expect(laptop?["slug"] == "\"laptop-pro-14\"" && laptop?["price"] == "4500.5")
            #expect(laptop?["body_html"]?.contains("<strong>fast</strong>") == true)
            let row: SandboxRow.Data = [("sku", "\"KB-02\""), ("product_name", "\"Keyboard\""), ("price", "45")]
            world.sandbox.tables.upsert(row, in: table.collectionID)
            let pull = try await world.once("products", .pull).job
            #expect(pull.state == .succeeded && pull.progress.created == 1, "\(pull)")
            #expect(
                try world.rows(world.shop, "SELECT sku, name, price FROM product ORDER BY sku LIMIT 1") == [
                    "KB-02|Keyboard|45.0"
                ]
            )
            try world.writeShop("UPDATE product SET price = 79 WHERE sku = 'WM-01'")
            // What was pulled lacks what only pushes make.
            let second = try await world.once("products", .push).job
            #expect(second.state == .succeeded && second.progress.updated == 2, "\(second)")
            #expect(try await world.once("products", .pull).job.progress.updated == 0)
            #expect(try await world.once("products", .push).job.progress.unchanged == 3)
        }
    }

    @Test func theNewsletterPushesContactsAndEvents() async throws {
        try await FerryWorld.with { world async throws in
            let team = world.sandbox.loops
            team.addProperty("planName", type: "string")
            team.add(LoopsList(id: "cm06f5v0e45nf0ml5754o9cix", name: "News"))
            try write(
                "newsletter",
                [
                    ("store: main", "store: shop"),
                    ("{ credential: loops-key }", team.key),
                    (
                        "requests_per_second: 8 ",
                        "base_url: \(world.sandbox.baseURL)/loops/api/v1\n  requests_per_second: 8 "
                    ),
                ],
                in: world
            )
            try world.writeShop(
                """
                CREATE TABLE customer (id INTEGER PRIMARY KEY, email TEXT, first_name TEXT, plan TEXT, news BOOLEAN);
                INSERT INTO customer VALUES (1, 'Ada@Shop.test', 'Ada', 'pro', TRUE), (2, 'bo@shop.test', NULL, NULL, NULL);
                CREATE TABLE purchase (id INTEGER PRIMARY KEY, email TEXT, amount REAL);
                INSERT INTO purchase VALUES (1, 'ada@shop.test', 12.5);
                """
            )
            let job = try await world.once("newsletter", .push).job
            #expect(job.state == .succeeded && job.progress.created == 3, "\(job)")
            let ada = try #require(team.contact(email: "ada@shop.test"))
            #expect(ada["planName"] == "\"pro\"" && ada.mailingLists == ["cm06f5v0e45nf0ml5754o9cix": true])
            #expect(team.events.map(\.name) == ["purchase"])
            #expect(try await world.once("newsletter", .push).job.progress.unchanged == 3)
        }
    }

    @Test func theAnalyticsSendWhatHappenedAndKeepACopy() async throws {
        try await FerryWorld.with { world async throws in
            let project = world.sandbox.posthog
            SeededPosthog.fill(project)
            try write(
                "analytics",
                [
                    ("store: main", "store: shop"), ("\"12345\"", "\"\(project.id)\""),
                    ("{ credential: posthog-project-key }", project.projectKey),
                    ("{ credential: posthog-personal-key }", project.personalKey),
                    ("api_host: https://us.posthog.com\n", "api_host: \(world.sandbox.baseURL)/posthog/app\n"),
                    (
                        "ingest_host: https://us.i.posthog.com\n",
                        "ingest_host: \(world.sandbox.baseURL)/posthog/ingest\n"
                    ),
                ],
                in: world
            )
            try world.writeShop(
                """
                CREATE TABLE purchase (id INTEGER PRIMARY KEY, customer INTEGER, bought_at TEXT, amount REAL);
                INSERT INTO purchase VALUES (1, 7, '2026-11-20 10:00:00', 12.5);
                CREATE TABLE customer (id INTEGER PRIMARY KEY, email TEXT, plan TEXT, source TEXT);
                INSERT INTO customer VALUES (7, 'Ada@Shop.test', 'pro', 'ad');
                CREATE TABLE event (uuid TEXT PRIMARY KEY, name TEXT, person TEXT, happened_at TEXT, properties TEXT);
                """
            )
            let push = try await world.once("analytics", .push).job
            #expect(push.state == .succeeded && push.progress.created == 2, "\(push)")
            #expect(project.person("7")?["email"] == "\"ada@shop.test\"")
            let pull = try await world.once("analytics", .pull).job
            #expect(pull.state == .succeeded && pull.progress.created == 23, "\(pull)")
            #expect(
                try world.rows(world.shop, "SELECT properties ->> 'amount' FROM event WHERE name = 'purchase'") == [
                    "12.5"
                ]
            )
            #expect(try await world.once("analytics", .push).job.progress.unchanged == 2)
            #expect(project.receivedCount == 23)
        }
    }

    @Test func theBlogPushesArticlesAndKeepsTheMagazine() async throws {
        try await FerryWorld.with { world async throws in
            let dataset = world.sandbox.sanity
            SeededDataset.fill(dataset, posts: 4)
            try write(
                "blog",
                [
                    ("store: main", "store: shop"), ("{ credential: sanity-token }", dataset.token),
                    ("  dataset: production\n", "  dataset: production\n  api_host: \(world.sandbox.baseURL)/sanity\n"),
                ],
                in: world
            )
            try world.writeShop(
                """
                CREATE TABLE article (id INTEGER PRIMARY KEY, title TEXT, author_id TEXT, tags TEXT, body TEXT, published_at TEXT);
                INSERT INTO article VALUES (1, 'Ten Years of Ferries', 'author-cy', 'news,ships', '# Ten years

                and *one* more', '2026-11-20');
                CREATE TABLE post (id TEXT PRIMARY KEY, title TEXT, slug TEXT, author_id TEXT, body TEXT, changed TEXT);
                CREATE TABLE author (id TEXT PRIMARY KEY, name TEXT);
                """
            )
            let push = try await world.once("blog", .push).job
            #expect(push.state == .succeeded && push.progress.created == 1, "\(push)")
            let article = try #require(dataset.documents.first { $0.id.hasPrefix("ferry-") })
            #expect(article["slug"] == #"{"_type":"slug","current":"ten-years-of-ferries"}"#)
            #expect(article["author"] == #"{"_type":"reference","_ref":"author-cy"}"# && article.keylessCount == 0)
            #expect(article["tags"] == #"["news","ships"]"# && article["publishedAt"] == "\"2026-11-20T00:00:00Z\"")
            let pull = try await world.once("blog", .pull).job
            #expect(pull.state == .succeeded && pull.progress.created == 8, "\(pull)")
            #expect(try world.rows(world.shop, "SELECT name FROM author ORDER BY id") == ["Ada", "Bo", "Cy"])
            #expect(
                try world.rows(world.shop, "SELECT slug, author_id FROM post ORDER BY id LIMIT 2") == [
                    "ten-years-of-ferries|author-cy", "post-1|author-bo",
                ]
            )
            #expect(try await world.once("blog", .push).job.progress.unchanged == 1)
            #expect(try await world.once("blog", .pull).job.progress.updated == 0)
        }
    }

    @Test func theSearchesArePulledAndTheSitemapsSubmitted() async throws {
        try await FerryWorld.with { world async throws in
            let console = world.sandbox.searchConsole
            SeededSearchConsole.fill(console)
            let key = try world.folder.write(console.keyFile(at: world.sandbox.baseURL), to: "key.json")
            let zone = try TimeZoneRules(named: "America/Los_Angeles")
            let since = CalendarDay(at: Date(), in: zone).adding(days: -6).text
            try write(
                "search",
                [
                    ("store: main", "store: shop"), ("{ credential: search-console-key }", "{ file: \(key) }"),
                    ("2026-01-01", since),
                    (
                        "requests_per_second: 5 ",
                        "base_url: \(world.sandbox.baseURL)/google_search_console\n  requests_per_second: 1000 "
                    ),
                ],
                in: world
            )
            try world.writeShop(
                """
                CREATE TABLE search (id TEXT PRIMARY KEY, site TEXT, type TEXT, day TEXT, page TEXT, query TEXT, clicks REAL,
                    impressions REAL, position REAL);
                CREATE TABLE property (url TEXT PRIMARY KEY, level TEXT);
                CREATE TABLE sitemap (url TEXT PRIMARY KEY);
                INSERT INTO sitemap VALUES ('https://www.example.com/sitemap.xml'), ('https://www.example.com/more.xml');
                """
            )
            let pull = try await world.once("search", .pull).job
            #expect(pull.state == .succeeded && pull.progress.created >= 18, "\(pull)")
            let days = try world.rows(world.shop, "SELECT DISTINCT day FROM search ORDER BY day")
            #expect(days.first == since && (3...5).contains(days.count), "\(days)")
            #expect(
                try world.rows(world.shop, "SELECT url, level FROM property WHERE url LIKE 'sc%'") == [
                    "sc-domain:example.com|siteOwner"
                ]
            )
            let push = try await world.once("search", .push).job
            #expect(push.state == .succeeded && push.progress.created == 2, "\(push)")
            #expect(
                console.sitemaps(of: "https://www.example.com/").sorted() == [
                    "https://www.example.com/more.xml", "https://www.example.com/sitemap.xml",
                ]
            )
            #expect(try await world.once("search", .push).job.progress.unchanged == 2)
        }
    }

    @Test func theEntitiesGoBothWays() async throws {
        try await FerryWorld.with { world async throws in
            let project = world.sandbox.wiserows
            SeededProject.fill(project)
            try write(
                "entities",
                [
                    ("store: main", "store: shop"),
                    ("{ credential: wiserows-key }", project.key),
                    (
                        "# base_url: https://example.convex.site/api ",
                        "base_url: \(world.sandbox.baseURL)/wiserows/api/v1"
                    ),
                    ("requests_per_minute: 60 ", "requests_per_minute: 10000 "), ("burst: 10 ", "burst: 1000 "),
                ],
                in: world
            )
            try world.writeShop(
                """
                CREATE TABLE post (slug TEXT PRIMARY KEY, title TEXT, body TEXT, published BOOLEAN);
                INSERT INTO post VALUES ('mine', 'Mine', 'A *text*.', FALSE);
                """
            )
            let push = try await world.once("entities", .push).job
            #expect(push.state == .succeeded && push.progress.created == 1, "\(push)")
            let pull = try await world.once("entities", .pull).job
            #expect(pull.state == .succeeded && pull.progress.created == 3, "\(pull)")
            #expect(
                try world.rows(world.shop, "SELECT slug FROM post ORDER BY slug") == [
                    "hello", "mine", "second-post", "ten-years",
                ]
            )
            try world.writeShop("UPDATE post SET title = 'Yours' WHERE slug = 'hello'")
            #expect(try await world.once("entities", .push).job.progress.updated == 1)
            #expect(project.entities.first?["title"] == "\"Yours\"" && project.entities.count == 4)
            // Each record is read by itself before it is changed.
            #expect(project.requests.contains { $0.method == "GET" && $0.path.hasSuffix("/entities/ent_00001") })
            #expect(try await world.once("entities", .pull).job.progress.updated == 0)
        }
    }
}
