import FerryAPI
import FerryCore
import FerryJSON
import FerrySQLite
import FerryHTTP
import FerrySandbox
import FerryTesting
import Foundation

/// A small table that most tests push to or pull from, and the local table that belongs to it.
enum Items {
    /// The remote table.
    static let definition = TableDefinition(
        collectionID: "items",
        primaryKeyColumn: "sku",
        columns: [
            .init("sku", .text, isRequired: true),
            .init("name", .text),
            .init("price", .number),
            .init("in_stock", .boolean),
        ],
        primarySecret: "items-primary-3f9a77",
        secondarySecret: "items-secondary-7c1d52"
    )

    /// What somebody's own file holds: so many items, `S-0001` and on, the prices with a trailing .5.
    static func sql(_ count: Int) -> String {
        """
        CREATE TABLE item (sku TEXT PRIMARY KEY, name TEXT, price REAL, in_stock BOOLEAN);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(count))
        INSERT INTO item SELECT printf('S-%04d', i), 'Item ' || i, i + 0.5, i % 2 FROM n WHERE \(count) > 0;
        """
    }

    /// The same items as the remote table has them once they are pushed.
    static func rows(_ numbers: some Sequence<Int>) -> [SandboxRow.Data] {
        numbers.map { number in
            [
                ("sku", "\"\(sku(number))\""), ("name", "\"Item \(number)\""), ("price", "\(number).5"),
                ("in_stock", number.isMultiple(of: 2) ? "false" : "true"),
            ]
        }
    }

    /// The key of an item.
    static func sku(_ number: Int) -> String {
        let digits = String(number)
        return "S-" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// An integration file: the local table `item` in the store `store`, mapped column by column.
    static func integration(
        _ world: FerryWorld,
        table: TableDefinition = definition,
        store: String = "shop",
        entity: String = "",
        settings: String = "",
        rest: String = ""
    ) -> String {
        """
        type: dynamic_table
        store: \(store)
        \(world.config(table, extra: settings))
        \(rest)
        entities:
          - type: item
            resource: rows
            key: sku
            \(entity)
            field_mappings:
              - { source: fields.sku, target: sku }
              - { source: fields.name, target: name }
              - { source: fields.price, target: price }
              - { source: fields.in_stock, target: in_stock }
        """
    }
}

extension FerryWorld {
    /// Somebody's own SQLite file, the store `shop`.
    var shop: String { "\(folder.path)/shop.db" }

    /// Makes or changes somebody's own SQLite file, and declares it as the store `shop`.
    func writeShop(_ sql: String) throws {
        try changeShop(sql)
        try write(settings: "stores: { shop: { type: sqlite, path: \(shop) } }\n")
    }

    /// Changes somebody's own SQLite file alone.
    func changeShop(_ sql: String) throws {
        try SQLiteConnection(path: shop, mode: .create).execute(sql)
    }

    /// Rows of an SQLite file, the values of each joined by `|` as the sqlite3 shell does.
    func rows(_ path: String, _ sql: String) throws -> [String] {
        let statement = try SQLiteConnection(path: path, mode: .readOnly).prepare(sql)
        var rows: [String] = []
        while try statement.step() {
            rows.append((0..<statement.columnCount).map { statement.string($0) }.joined(separator: "|"))
        }
        return rows
    }

    /// The requests to a table that would change it.
    func writes(_ collection: String) -> [LoggedRequest] {
        sandbox.tables.requests(of: collection).filter { $0.method != "GET" }
    }

    /// Asks the socket for JSON.
    func json(_ method: String, _ path: String, body: String? = nil) async throws -> (status: Int, body: JSONValue) {
        let answer = try await request(method, path, body: body)
        return (answer.status, try JSONValue(parsing: answer.body))
    }

    /// Asks for a job without waiting for its end.
    ///
    /// - Returns: the job's identifier.
    func enqueue(_ integration: String, _ direction: Direction, more: String = "") async throws -> String {
        let answer = try await json(
            "POST",
            "/api/v1/integrations/\(integration)/sync",
            body: "{\"direction\":\"\(direction.rawValue)\"\(more)}"
        )
        guard let id = answer.body["data"]?["jobId"]?.string else {
            throw NeverHappened(description: "no job: \(answer.body.compactText)")
        }
        return id
    }

    /// A job as the socket shows it now.
    func jobNow(_ id: String) async throws -> JSONValue {
        try await json("GET", "/api/v1/jobs/\(id)").body["data"] ?? .null
    }

    /// One integration's line in the status.
    func statusLine(_ integration: String) async throws -> JSONValue? {
        let status = try await json("GET", "/api/v1/status").body["data"]
        return status?["integrations"]?.elements.first { $0["id"]?.string == integration }
    }

    /// Asks a daemon to end, and waits for it.
    @discardableResult
    func stop(_ daemon: Program) async throws -> Program.Result {
        daemon.send(SIGTERM)
        return try await daemon.end()
    }
}

extension JSONValue {
    /// The keys of an object in order.
    var keys: [String] {
        guard case .object(let members) = self else { return [] }
        return members.map(\.key)
    }

    /// The elements of a list.
    var elements: [JSONValue] {
        guard case .array(let elements) = self else { return [] }
        return elements
    }
}

extension LoggedRequest {
    /// The body as JSON.
    var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }
}

/// Whether the programs are built with a sanitizer, whose memory and whose start are its own.
#if SANITIZED
    let isSanitized = true
#else
    let isSanitized = false
#endif
