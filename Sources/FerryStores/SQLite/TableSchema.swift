import FerryCore
import FerrySQLite

/// A table's columns and its key, as SQLite declares them.
struct TableSchema: Sendable {
    struct Column: Sendable {
        let name: String
        let declaredType: String
        var isGenerated = false
        var primaryKeyPosition = 0

        var affinity: Affinity { Affinity(declaredType: declaredType) }

        /// What a user's column holds by its declared type.
        var kind: ColumnKind {
            let type = declaredType.uppercased()
            if type.contains("BOOL") { return .boolean }
            return type.contains("JSON") ? .json : .plain
        }
    }

    let columns: [Column]
    let key: String
    let isView: Bool

    /// The columns in the table's order; none when there is no such table or view.
    static func columns(of table: String, in connection: SQLiteConnection) throws -> [Column] {
        let statement = try connection.prepare(
            "SELECT name, type, pk, hidden FROM pragma_table_xinfo(?) WHERE hidden <> 1"
        )
        statement.bind(table, at: 0)
        defer { statement.reset() }
        var columns: [Column] = []
        while try statement.step() {
            columns.append(
                Column(
                    name: statement.string(0),
                    declaredType: statement.string(1),
                    isGenerated: statement.int64(3) != 0,
                    primaryKeyPosition: Int(statement.int64(2))
                )
            )
        }
        return columns
    }

    /// The schema of a table or view.
    ///
    /// - Throws: ``SyncFailure`` of kind `config` that names what is missing.
    init(table: String, key wanted: String?, in connection: SQLiteConnection) throws {
        columns = try Self.columns(of: table, in: connection)
        guard !columns.isEmpty else {
            let names = try Self.tables(in: connection)
            throw SyncFailure(
                .config,
                .storeMissingTable,
                "the store has no table '\(table)'",
                hint: names.isEmpty
                    ? "it has no tables yet: a pull makes the one it fills, a push needs one that is there"
                    : "it has: \(names.joined(separator: ", "))"
            )
        }
        let primary = columns.filter { $0.primaryKeyPosition > 0 }.map(\.name)
        guard let key = wanted ?? (primary.count == 1 ? primary[0] : nil) else {
            throw SyncFailure(
                .config,
                .storeMissingKey,
                "the table '\(table)' has \(primary.isEmpty ? "no primary key" : "a primary key of several columns")",
                hint: "name a unique column as the entity's 'key'"
            )
        }
        guard columns.contains(where: { $0.name.isSame(as: key) }) else {
            throw Self.missing([key], in: table, columns: columns)
        }
        self.key = key
        isView = try Self.isView(table, in: connection)
        let isPrimary = primary.count == 1 && primary[0].isSame(as: key)
        guard try isView || isPrimary || Self.isUnique(key, in: table, connection) else {
            throw SyncFailure(
                .config,
                .storeMissingKey,
                "the key column '\(key)' of the table '\(table)' is not unique",
                hint: "add a unique index: CREATE UNIQUE INDEX … ON \(quoted(table)) (\(quoted(key)))"
            )
        }
    }

    /// Says which columns are missing, if any of `names` is.
    func check(_ names: [String], of table: String) throws {
        let missing = names.filter { name in !columns.contains { $0.name.isSame(as: name) } }
        guard missing.isEmpty else { throw Self.missing(missing, in: table, columns: columns) }
    }

    /// Says why rows with the given columns cannot be written, if they cannot.
    func checkWriting(_ fields: [FieldPath], of table: String) throws {
        var reason: String?
        if isView { reason = "'\(table)' is a view, and only tables can be written" }
        for path in fields {
            guard case .name(let name)? = path.segments.first else { continue }
            if columns.contains(where: { $0.isGenerated && $0.name.isSame(as: name) }) {
                reason = "the column '\(name)' of '\(table)' is computed by SQLite and cannot be written"
            } else if name.isSame(as: key), path.segments.count > 1 {
                reason = "the key column '\(key)' of '\(table)' can only be written as a whole"
            }
        }
        guard let reason else { return }
        throw SyncFailure(
            .config,
            .storeRefused,
            reason,
            hint: "leave it out of the pull: give the mapping 'direction: push', or the entity another 'type'"
        )
    }

    private static func missing(_ names: [String], in table: String, columns: [Column]) -> SyncFailure {
        let list = names.map { "'\($0)'" }.joined(separator: ", ")
        return SyncFailure(
            .config,
            .storeMissingColumn,
            "the table '\(table)' has no column \(list)",
            hint: "it has: \(columns.map(\.name).filter { $0 != OwnedTables.noteColumn }.joined(separator: ", "))"
        )
    }

    private static func tables(in connection: SQLiteConnection) throws -> [String] {
        let statement = try connection.prepare(
            "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite!_%' ESCAPE '!' "
                + "AND name NOT LIKE '!_ferry%' ESCAPE '!' ORDER BY name LIMIT 20"
        )
        defer { statement.reset() }
        var names: [String] = []
        while try statement.step() { names.append(statement.string(0)) }
        return names
    }

    private static func isView(_ name: String, in connection: SQLiteConnection) throws -> Bool {
        let statement = try connection.prepare(
            "SELECT 1 FROM sqlite_schema WHERE type = 'view' AND name = ? COLLATE NOCASE"
        )
        statement.bind(name, at: 0)
        defer { statement.reset() }
        return try statement.step()
    }

    private static func isUnique(_ column: String, in table: String, _ connection: SQLiteConnection) throws -> Bool {
        let statement = try connection.prepare(
            """
            SELECT 1 FROM pragma_index_list(?1) AS list
            WHERE list."unique" AND NOT list.partial
                AND (SELECT count(*) FROM pragma_index_info(list.name)) = 1
                AND (SELECT name FROM pragma_index_info(list.name)) = ?2
            """
        )
        statement.bind(table, at: 0)
        statement.bind(column, at: 1)
        defer { statement.reset() }
        return try statement.step()
    }
}

/// What SQLite does with values that are stored in a column (datatype3.html, §3.1).
enum Affinity: Sendable {
    case integer
    case real
    case numeric
    case text
    /// Values stay as they are.
    case none

    init(declaredType: String) {
        let type = declaredType.uppercased()
        if type.contains("INT") {
            self = .integer
        } else if type.contains("CHAR") || type.contains("CLOB") || type.contains("TEXT") {
            self = .text
        } else if type.contains("BLOB") || type.isEmpty {
            self = .none
        } else if type.contains("REAL") || type.contains("FLOA") || type.contains("DOUB") {
            self = .real
        } else {
            self = .numeric
        }
    }

    /// Whether texts that look like numbers become numbers.
    var isNumeric: Bool { self == .integer || self == .real || self == .numeric }
}
