import FerryHTTP
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// Something to pull from a service of the sandbox: each record has a word of its own, which becomes its row's title.
struct PullScene: Sendable {
    /// The integration's `config`, in which BASE stands for the sandbox's address.
    let config: String
    let resource: String
    /// The remote field that is the word.
    let word: String
    /// Whether deletes are found by pulls.
    var deletes = true
    /// What is in the addresses of the requests for pages.
    let path: String
    /// The first of these requests that is not for the first page.
    var second = 2
    /// A number of records of which several pages are full.
    var clamp = 3
    /// Makes 25 records, or as many as it takes for three pages.
    let fill: @Sendable (Sandbox) -> Void
    /// The words that there are.
    let words: @Sendable (Sandbox) -> Set<String>
    /// An edit's members: one record more, and fewer of those that are listed first where there are deletes.
    let drift: @Sendable (Sandbox) -> String

    static let names = all.keys.sorted()

    static func named(_ name: String) throws -> PullScene { try #require(all[name]) }

    /// The day that it was so many days ago in California.
    static func day(_ ago: Int) -> String {
        SeededSearchConsole.day(ago, before: Int(Date().timeIntervalSince1970))
    }

    private static func sanity(_ settings: String, path: String) -> PullScene {
        PullScene(
            config: "api_host: BASE/sanity\n  project_id: zp7mbokg\n  document_type: post\n  token: skDemoToken\n"
                + "  page_size: 10\n  \(settings)",
            resource: "documents",
            word: "_id",
            path: path,
            fill: { sandbox in
                sandbox.sanity.setExportSize(10)
                for number in 1...25 { sandbox.sanity.put("p-\(number + 100)", type: "post", [("title", "\"T\"")]) }
            },
            words: { Set($0.sanity.documents.map(\.id)) },
            drift: { _ in #""service":"sanity","upsert":[{"_id":"p-103a","_type":"post"}],"deleteFirst":2"# }
        )
    }

    private static let site = "sc-domain:example.com"

    private static let all: [String: PullScene] = [
        "dynamic_table": PullScene(
            config: "plugin_host: BASE\n  agent_id: agent-demo\n  configuration_id: config-demo\n"
                + "  collection_id: items\n"
                + "  primary_key: sku\n  key: items-primary-3f9a77\n  secondary_key: items-secondary-7c1d52\n  page_size: 10",
            resource: "rows",
            word: "sku",
            path: "skip=",
            fill: { $0.tables.addTable(Items.definition, rows: Items.rows(1...25)) },
            words: { sandbox in
                Set(sandbox.tables.rows(of: "items").compactMap { $0["sku"].map { String($0.dropFirst().dropLast()) } })
            },
            drift: { _ in #""collection":"items","upsert":[{"sku":"A-0000","name":"New"}],"deleteFirst":2"# }
        ),
        "wiserows": PullScene(
            config: "base_url: BASE/wiserows/api/v1\n  key: ds_demo_key\n  entity_type_id: et_post\n  page_size: 10\n"
                + "  requests_per_minute: 100000\n  burst: 1000",
            resource: "entities",
            word: "slug",
            path: "/entities",
            fill: { sandbox in
                sandbox.wiserows.setLimit(requestsPerMinute: nil)
                SeededProject.fill(sandbox.wiserows, posts: 25)
            },
            words: { Set($0.wiserows.entities.compactMap { $0["slug"].map { String($0.dropFirst().dropLast()) } }) },
            drift: { _ in
                #""service":"wiserows","upsert":[{"entityTypeId":"et_post","fields":{"slug":"new","title":"N"}}],"deleteFirst":2"#
            }
        ),
        "sanity by export": sanity("", path: "/export/"),
        "sanity by query": sanity("perspective: raw", path: "/data/query/"),
        "posthog": PullScene(
            config: "api_host: BASE/posthog/app\n  ingest_host: BASE/posthog/ingest\n  project_id: \"42\"\n"
                + "  personal_api_key: phx_demo_personal_key\n  page_size: 10\n  queries_per_minute: 100000\n"
                + "  queries_per_hour: 1000000",
            resource: "events",
            word: "uuid",
            // An event is never deleted.
            deletes: false,
            path: "/query/",
            fill: { sandbox in
                sandbox.posthog.setLimit(queriesPerMinute: nil)
                SeededPosthog.fill(sandbox.posthog, events: 25)
            },
            words: { Set($0.posthog.events.map(\.uuid)) },
            // One that was late: just before the last one that there is.
            drift: { sandbox in
                let time = sandbox.posthog.events.last?.timestamp.replacing("T10:00", with: "T09:30") ?? ""
                return
                    #""service":"posthog","upsert":[{"event":"late","distinct_id":"u","uuid":"0190c3a0-0000-7000-8000-0000000000aa","timestamp":"\#(time)"}]"#
            }
        ),
        "loops": PullScene(
            config: "key: demo-loops-key\n  base_url: BASE/loops/api/v1\n  requests_per_second: 1000",
            resource: "transactional_emails",
            word: "id",
            path: "/transactional",
            // It takes sixty such requests a minute.
            clamp: 25,
            fill: { sandbox in
                sandbox.loops.setLimit(requestsPerSecond: nil)
                for number in 1...120 {
                    sandbox.loops.addTransactionalEmail(
                        id: "t\(number)",
                        name: "T",
                        lastUpdated: "2025-06-29 07:47:39.370000+00:00"
                    )
                }
            },
            words: { Set($0.loops.transactionalEmailIDs) },
            drift: { _ in
                #""service":"loops","resource":"transactional_emails","upsert":[{"id":"new","name":"N"}],"deleteFirst":2"#
            }
        ),
        "google_search_console": PullScene(
            config: "base_url: BASE/google_search_console\n  key_file: KEYFILE\n  site_urls: [\"\(site)\"]\n"
                + "  since: SINCE\n  requests_per_second: 1000\n  page_size: 10",
            resource: "search_analytics",
            word: "query",
            path: "/query",
            // The probe, and the first page of the first day.
            second: 3,
            fill: { sandbox in
                let console = sandbox.searchConsole
                console.addSite(site)
                console.setFirstIncompleteDate(day(2))
                console.setRows(rows(1...25), of: site, on: day(5))
            },
            words: { Set($0.searchConsole.rows(of: site, on: day(5)).map(\.query)) },
            drift: { _ in
                let list = rows(3...26).map { row in
                    #"{"query":"\#(row.query)","page":"\#(row.page)","clicks":\#(row.clicks)}"#
                }
                return
                    #""service":"google_search_console","upsert":[{"siteUrl":"\#(site)","date":"\#(day(5))","rows":[\#(list.joined(separator: ","))]}]"#
            }
        ),
    ]

    private static func rows(_ numbers: ClosedRange<Int>) -> [SearchRow] {
        // As many clicks as no other has: those come in an order.
        numbers.map { SearchRow(query: "w\($0)", page: "https://example.com/\($0)", clicks: 100 - $0) }
    }

    /// Writes an integration `all` that pulls the records into the table `record` of the store `shop`.
    func write(in world: FerryWorld, name: String) throws {
        fill(world.sandbox)
        try world.writeShop("CREATE TABLE record (id TEXT PRIMARY KEY, title TEXT);")
        let console = world.sandbox.searchConsole
        let key = name == "google_search_console" ? console.keyFile(at: world.sandbox.baseURL) : ""
        let file = try world.folder.write(key, to: "key.json")
        try world.write(
            integration: "all",
            """
            type: \(name.split(separator: " ")[0])
            store: shop
            config:
              \(config.replacing("BASE", with: world.sandbox.baseURL).replacing("KEYFILE", with: "{ file: \(file) }")
                .replacing("SINCE", with: "\"\(Self.day(5))\""))
            entities:
              - type: record
                resource: \(resource)
                key: id
                \(deletes ? "deletes: propagate" : "")
                field_mappings:
                  - { source: fields.title, target: \(word), direction: pull }
            """
        )
    }
}

extension FerryWorld {
    /// The titles of the rows that were pulled.
    func titles() throws -> [String] { try rows(shop, "SELECT title FROM record ORDER BY title") }

    /// Steers the sandbox as a script would.
    func steer(_ path: String, _ body: String) async throws {
        let client = HTTPClient()
        defer { client.shutdown() }
        let answer = try await client.send(
            HTTPRequest(
                method: "POST",
                url: "\(sandbox.baseURL)/_sandbox/\(path)",
                headers: [HTTPHeader(name: "Content-Type", value: "application/json")],
                body: Array(body.utf8)
            )
        )
        #expect(answer.status == 204, "\(String(decoding: answer.body, as: UTF8.self))")
    }
}
