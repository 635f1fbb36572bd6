import FerryCore
import FerrySQLite
import FerrySandbox
import FerryTesting

/// A table of the user's own that is pushed to a table of the sandbox.
enum PushScene {
    static let rowCount = FaultSeeds.isSoak ? 3000 : 400
    static let batchSize = FaultSeeds.isSoak ? 150 : 50
    /// A fault-free run: one page to adopt from, and the bulk inserts.
    static let requestCount = rowCount / batchSize + 1

    /// The sandbox's table: without a primary key of its own nothing but Ferry keeps doubles away.
    static func definition(hasKey: Bool) -> TableDefinition {
        var definition = SeededArticles.definition
        if !hasKey { definition.primaryKeyColumn = nil }
        return definition
    }

    /// Plants the local rows, the empty table and the integration `articles`.
    static func set(
        _ world: FerryWorld,
        hasKey: Bool,
        rows: Int = rowCount,
        service: QuickTable? = nil
    ) throws {
        try service?.describe(in: world)
        world.sandbox.tables.addTable(definition(hasKey: hasKey))
        try world.write(settings: "stores: { shop: { type: sqlite, path: \(world.folder.path)/shop.db } }\n")
        try world.write(
            integration: "articles",
            """
            type: \(service == nil ? "dynamic_table" : QuickTable.name)
            store: shop
            \(world.config(SeededArticles.definition, extra: "page_size: 100\n  batch_size: \(batchSize)"))
            entities:
              - type: article
                resource: rows
                match: { source: fields.slug, target: slug }
                field_mappings:
                  - { source: fields.slug, target: slug, direction: push }
                  - { source: fields.title, target: title, direction: push }
                  - { source: fields.title, target: title_upper, direction: push, transform: uppercase }
                  - { source: fields.author, target: author, direction: push }
                  - { source: fields.body, target: body_html, direction: push, transform: markdown_to_html }
                  - { source: fields.minutes, target: reading_minutes, direction: push }
                  - { source: fields.published_on, target: published_on, direction: push }
            """
        )
        let shop = try SQLiteConnection(path: "\(world.folder.path)/shop.db", mode: .create)
        try shop.execute(
            """
            CREATE TABLE article (
                id INTEGER PRIMARY KEY, slug TEXT NOT NULL UNIQUE, title TEXT, author TEXT, body TEXT, minutes REAL,
                published_on TEXT
            );
            WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < \(rows))
            INSERT INTO article SELECT
                n, printf('article-%05d', n * 7919 % 100000), 'Größe № ' || n || ' "quoted"',
                CASE n % 5 WHEN 0 THEN NULL ELSE 'Zoë ' || n % 17 END,
                '# Heading ' || n || char(10, 10) || 'Some *emphasis*, `code` & a [link](https://example.com/' || n || ').',
                n % 30 + 0.5, printf('2024-%02d-%02d', n % 12 + 1, n % 28 + 1)
            FROM number;
            """
        )
    }

    /// Every column of every row at the destination, in the order of the keys.
    static func contents(_ world: FerryWorld) -> [String] {
        world.sandbox.tables.rows(of: SeededArticles.definition.collectionID).map { row in
            row.data.map { "\($0.column)=\($0.json)" }.joined(separator: "\t")
        }.sorted()
    }

    /// Whether every link ties a local row to the remote row with the same key.
    static func linksAreRight(_ links: [(local: String, remote: String)], in world: FerryWorld) throws -> Bool {
        let shop = try SQLiteConnection(path: "\(world.folder.path)/shop.db", mode: .readOnly)
        let rows = try shop.prepare("SELECT id, slug FROM article")
        var slugs: [String: String] = [:]
        while try rows.step() { slugs[rows.string(0)] = "\"\(rows.string(1))\"" }
        let remote = world.sandbox.tables.rows(of: SeededArticles.definition.collectionID)
        let remoteSlugs = Dictionary(remote.map { ($0.id, $0["slug"]) }, uniquingKeysWith: { $1 })
        return links.allSatisfy { link in slugs[link.local] != nil && remoteSlugs[link.remote] == slugs[link.local] }
    }
}
