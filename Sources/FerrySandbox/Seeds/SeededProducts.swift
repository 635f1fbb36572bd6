/// A shop's products, the same for the same seed: what the demo and the tests pull.
///
/// Half of the names are not ASCII; descriptions are Markdown of 300 to 600 bytes with headings, emphasis, lists, links,
/// code and now and then a table; prices keep trailing zeros (`19.90`); weights and some other values may be null. The
/// SKUs are unique up to a million rows and not in the order of the rows.
public enum SeededProducts {
    /// The products' columns: `sku` is the primary key.
    public static let columns: [TableDefinition.Column] = [
        .init("sku", .text, isRequired: true),
        .init("product_name", .text, isRequired: true),
        .init("category", .text),
        .init("brand", .text),
        .init("description", .text),
        .init("price", .number, isRequired: true),
        .init("weight", .number),
        .init("in_stock", .boolean),
        .init("rating", .number),
        .init("released_on", .date),
        .init("email", .email),
        .init("phone", .phone),
    ]

    /// A table for them, at `agent-demo/config-demo/products` with the keys `demo-products-primary` and `-secondary`.
    public static let definition = TableDefinition(
        collectionID: "products",
        primaryKeyColumn: "sku",
        columns: columns,
        primarySecret: "demo-products-primary",
        secondarySecret: "demo-products-secondary"
    )

    /// An empty table for what is made of them, at `agent-demo/config-demo/catalog` with the keys `demo-catalog-primary`
    /// and `-secondary`: a product has a slug there and a description in HTML.
    public static let catalog = TableDefinition(
        collectionID: "catalog",
        primaryKeyColumn: "sku",
        columns: columns.flatMap { column -> [TableDefinition.Column] in
            switch column.name {
            case "product_name": [column, .init("slug", .text)]
            case "description": [.init("description_html", .text)]
            default: [column]
            }
        },
        primarySecret: "demo-catalog-primary",
        secondarySecret: "demo-catalog-secondary"
    )

    /// So many products.
    ///
    /// - Parameter keysRise: whether their SKUs count up.
    public static func rows(count: Int, seed: UInt64 = 1, keysRise: Bool = false) -> [SandboxRow.Data] {
        var random = SeededGenerator(seed: seed)
        let offset = random.next(below: skuCount)
        return (0..<max(count, 0)).map { number in
            var row = row(number: number, offset: offset, random: &random)
            if keysRise { row[0].json = jsonLiteral("P-\(padded(number, to: 7))") }
            return row
        }
    }

    private static func padded(_ number: Int, to count: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, count - digits.count)) + digits
    }

    /// A prime, so that multiplying the row's number with anything else gives each SKU once.
    private static let skuCount = 1_000_003

    private static func row(number: Int, offset: Int, random: inout SeededGenerator) -> SandboxRow.Data {
        let kind = random.pick(ProductWords.kinds)
        let brand = random.pick(ProductWords.brands)
        let material = random.pick(ProductWords.materials)
        // Every other name, so that short tables have their share too.
        let name = number.isMultiple(of: 2) ? random.pick(kind.accentedNames) : random.pick(kind.plainNames)
        let fullName = "\(name), \(random.pick(ProductWords.variants))"
        let sku = "\(kind.prefix)-\(padded((number * 618_033 + offset) % skuCount, to: 6))"
        let description = ProductDescription.markdown(
            name: name,
            brand: brand.name,
            material: material,
            random: &random
        )
        return [
            ("sku", jsonLiteral(sku)),
            ("product_name", jsonLiteral(fullName)),
            ("category", jsonLiteral(kind.category)),
            ("brand", random.nextIsOne(in: 12) ? "null" : jsonLiteral(brand.name)),
            ("description", jsonLiteral(description)),
            ("price", price(&random)),
            ("weight", random.nextIsOne(in: 5) ? "null" : "\(random.next(below: 24)).\(1 + random.next(below: 999))"),
            ("in_stock", random.nextIsOne(in: 4) ? "false" : "true"),
            ("rating", random.nextIsOne(in: 6) ? "null" : "\(1 + random.next(below: 4)).\(random.next(below: 10))"),
            ("released_on", jsonLiteral(date(&random))),
            ("email", jsonLiteral("\(random.pick(ProductWords.mailboxes))@\(brand.domain)")),
            (
                "phone",
                random.nextIsOne(in: 8) ? "null" : jsonLiteral("+60\(120_000_000 + random.next(below: 9_999_999))")
            ),
        ]
    }

    static func price(_ random: inout SeededGenerator) -> String {
        let cents = random.pick(["00", "50", "90", "95", "99", "10", "05"])
        return "\(1 + random.next(below: 480)).\(cents)"
    }

    private static func date(_ random: inout SeededGenerator) -> String {
        let (year, month, day) = (2012 + random.next(below: 14), 1 + random.next(below: 12), 1 + random.next(below: 28))
        return "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
    }
}
