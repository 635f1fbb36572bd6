import FerryCore

/// The integration that most tests use: products with the key `sku`.
enum Products {
    /// A mapping between `fields.<name>` and `<name>`.
    static func field(
        _ name: String,
        to target: String? = nil,
        _ transforms: [String] = [],
        required: Bool = false,
        onError: FieldMapping.ErrorPolicy = .failRow,
        direction: FlowDirection? = nil
    ) throws -> FieldMapping {
        FieldMapping(
            source: try FieldPath(parsing: "fields.\(name)"),
            target: try FieldPath(parsing: target ?? name),
            transforms: transforms.map { TransformReference(name: $0) },
            isRequired: required,
            onError: onError,
            direction: direction
        )
    }

    /// The integration with `sku`, `name` and `price`.
    static func integration(
        _ directions: Set<Direction>,
        deletes: EntityMapping.DeletePolicy = .keep,
        conflicts: ConflictPolicy = .hold,
        maximumFailures: FailureLimit? = nil,
        query: String? = nil,
        mappings: [FieldMapping]? = nil
    ) throws -> Integration {
        let hourly = SyncSchedule(timing: .every(.seconds(3600)))
        return Integration(
            id: "products",
            name: "Products",
            type: "scripted",
            schedules: Dictionary(uniqueKeysWithValues: directions.map { ($0, hourly) }),
            entities: [
                EntityMapping(
                    type: "product",
                    query: query,
                    resource: "rows",
                    key: "sku",
                    match: EntityMapping.Match(
                        source: try FieldPath(parsing: "fields.sku"),
                        target: try FieldPath(parsing: "sku")
                    ),
                    deletes: deletes,
                    mappings: try mappings ?? [field("sku"), field("name"), field("price")]
                )
            ],
            maximumFailures: maximumFailures,
            conflicts: conflicts
        )
    }

    /// The natural key of the product with a number, in an order that is the numbers'.
    static func sku(_ number: Int) -> String {
        let digits = String(number)
        return "p" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }

    /// A record as the service keeps it.
    static func record(_ number: Int, name: String? = nil, price: String = "9.5") -> [(key: String, value: JSONValue)] {
        [
            (key: "sku", value: .string(sku(number))),
            (key: "name", value: .string(name ?? "Product \(number)")),
            (key: "price", value: .number(price)),
        ]
    }

    /// The columns of ``row(_:name:price:)``.
    static let columns = ["sku", "name", "price"]

    /// A local row.
    static func row(_ number: Int, name: String? = nil, price: String = "9.5") -> [JSONValue] {
        record(number, name: name, price: price).map(\.value)
    }
}

extension EngineWorld {
    /// Puts products 1…`count` into the service's table.
    func seedRemote(_ count: Int) {
        changeRemote { table in
            for number in 1...count { table.insert(Products.record(number), id: "r\(number)") }
        }
    }

    /// Puts products 1…`count` into the local table.
    func seedLocal(_ count: Int) async throws {
        try await write((1...count).map { Products.row($0) }, columns: Products.columns)
    }
}
