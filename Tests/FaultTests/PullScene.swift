import FerryCore
import FerrySQLite
import FerrySandbox
import FerryTesting

/// A table of the sandbox that is pulled into the embedded store.
enum PullScene {
    static let rowCount = FaultSeeds.isSoak ? 3000 : 400
    static let pageSize = FaultSeeds.isSoak ? 150 : 50
    /// A fault-free run: the full pages, the empty one at the end.
    static let requestCount = rowCount / pageSize + 1

    /// Plants the rows and the integration `products`.
    static func set(_ world: FerryWorld, isTwoWay: Bool, rows: Int = rowCount) throws {
        world.sandbox.tables.addTable(SeededProducts.definition, rows: SeededProducts.rows(count: rows, seed: 11))
        let direction = isTwoWay ? "both" : "pull"
        let columns = SeededProducts.columns.map(\.name).filter { $0 != "description" }
        let mappings = columns.map { "- { source: fields.\($0), target: \($0), direction: \(direction) }" }
        try world.write(
            integration: "products",
            """
            type: dynamic_table
            \(world.config(SeededProducts.definition, extra: "page_size: \(pageSize)"))
            entities:
              - type: product
                resource: rows
                field_mappings:
                  \(mappings.joined(separator: "\n      "))
                  - { source: fields.body, target: description, direction: pull, transform: markdown_to_html }
            """
        )
    }

    /// Every column of every row at the destination, in the order of the keys.
    static func contents(_ world: FerryWorld) throws -> [String] {
        try SQLiteConnection(path: world.store, mode: .readOnly).lines("SELECT * FROM product ORDER BY sku, id")
    }

    /// A table of two columns.
    static let items = TableDefinition(
        collectionID: "items",
        primaryKeyColumn: "sku",
        columns: [.init("sku", .text, isRequired: true), .init("name", .text)],
        primarySecret: "items-primary-5d02c1",
        secondarySecret: "items-secondary-88f3e0"
    )

    /// Rows of ``items``.
    static func itemRows(_ count: Int) -> [SandboxRow.Data] {
        (1...count).map { [("sku", "\"S-\($0)\""), ("name", "\"Item \($0), as good as any other\"")] }
    }

    /// The integration `items`, which pulls them into a table of the user's own in the store `shop`.
    static func itemsIntegration(_ world: FerryWorld) -> String {
        """
        type: dynamic_table
        store: shop
        \(world.config(items, extra: "page_size: 100"))
        entities:
          - type: item
            resource: rows
            key: sku
            field_mappings:
              - { source: fields.sku, target: sku }
              - { source: fields.name, target: name }
        """
    }
}
