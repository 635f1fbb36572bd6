/// A shop at work: edits to a few products at a time, the same sequence for the same seed.
public struct LiveEdits: Sendable {
    private var random: SeededGenerator

    /// The edits of a seed from the first.
    public init(seed: UInt64 = 1) {
        random = SeededGenerator(seed: seed ^ 0x11FE)
    }

    /// Makes the next few edits: prices, stock and ratings of one to three products.
    ///
    /// - Returns: The SKUs of the products edited, as JSON literals.
    @discardableResult
    public mutating func step(_ tables: DynamicTables, in collection: String = "products") -> [String] {
        let rows = tables.rows(of: collection)
        guard !rows.isEmpty else { return [] }
        return (0...random.next(below: 3)).map { _ in
            let row = random.pick(rows)
            let change: (column: String, json: String)
            switch random.next(below: 3) {
            case 0: change = ("price", SeededProducts.price(&random))
            case 1: change = ("in_stock", row["in_stock"] == "true" ? "false" : "true")
            default: change = ("rating", "\(1 + random.next(below: 4)).\(random.next(below: 10))")
            }
            tables.setData([change], of: row.id, in: collection)
            return row["sku"] ?? jsonLiteral(row.id)
        }
    }
}
