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
}
