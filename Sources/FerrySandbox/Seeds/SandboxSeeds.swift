/// What all services have at first.
public enum SandboxSeeds {
    /// Fills the services that a sandbox serves.
    ///
    /// - Parameters:
    ///   - records: how many products, entities, documents, contacts, events and rows of searches there are; `nil` for a
    ///     few of each.
    ///   - products: how many products there are, if not as many.
    ///   - seed: where the products come from.
    ///   - keysRise: whether the products' keys, and the ids of their table's rows and of the catalog's, count up.
    public static func fill(
        _ sandbox: Sandbox,
        records: Int? = nil,
        products: Int? = nil,
        seed: UInt64 = 1,
        keysRise: Bool = false
    ) {
        for service in sandbox.services {
            switch service {
            case .dynamicTable:
                let rows = SeededProducts.rows(count: products ?? records ?? 300, seed: seed, keysRise: keysRise)
                var (table, catalog) = (SeededProducts.definition, SeededProducts.catalog)
                table.hasRisingIDs = keysRise
                catalog.hasRisingIDs = keysRise
                sandbox.tables.addTable(table, rows: rows)
                sandbox.tables.addTable(SeededArticles.definition)
                sandbox.tables.addTable(catalog)
            case .wiserows: SeededProject.fill(sandbox.wiserows, posts: records ?? 3)
            case .sanity: SeededDataset.fill(sandbox.sanity, posts: records ?? 5)
            case .searchConsole: SeededSearchConsole.fill(sandbox.searchConsole, rows: records ?? 84)
            case .posthog: SeededPosthog.fill(sandbox.posthog, events: records ?? 21)
            case .loops: SeededTeam.fill(sandbox.loops, contacts: records ?? 0)
            }
        }
    }
}
