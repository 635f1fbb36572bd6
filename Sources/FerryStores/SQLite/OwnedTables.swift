import FerryCore
import FerrySQLite

/// What Ferry keeps about the tables that it makes itself.
///
/// SQLite knows neither booleans nor JSON, and its numbers are 64 bits wide. So that every value is read back as it
/// was written, the kind that a column usually holds is kept in `_ferry_columns`, and what deviates from it in a row
/// in the row's own `_ferry` column: see ``ValueNote``.
enum OwnedTables {
    /// The column of every owned table that holds a row's deviations, usually NULL.
    static let noteColumn = "_ferry"

    static func prepare(_ connection: SQLiteConnection) throws {
        try connection.execute(
            """
            CREATE TABLE IF NOT EXISTS _ferry_tables (
                name TEXT PRIMARY KEY NOT NULL COLLATE NOCASE,
                identity TEXT NOT NULL
            );
            CREATE TABLE IF NOT EXISTS _ferry_columns (
                table_name TEXT NOT NULL COLLATE NOCASE,
                name TEXT NOT NULL,
                kind TEXT NOT NULL CHECK (kind IN ('plain', 'boolean', 'json', 'number')),
                PRIMARY KEY (table_name, name)
            );
            """
        )
    }

    /// Makes the table, or the columns it lacks; leaves a table alone that a user made in the embedded store.
    static func make(_ table: String, key: String, columns: [String], in connection: SQLiteConnection) throws {
        try connection.transaction {
            guard let lack = try lack(of: table, key: key, columns: columns, in: connection) else { return }
            if lack.isWhole {
                try create(table, key: key, others: lack.columns.dropFirst(), in: connection)
            } else {
                for column in lack.columns where !column.isSame(as: key) {
                    try connection.execute("ALTER TABLE \(quoted(table)) ADD COLUMN \(quoted(column))")
                }
            }
        }
    }

    /// What a table lacks.
    struct Lack {
        /// Whether there is no table at all.
        var isWhole: Bool
        /// The columns: the key first, where the table is to be made.
        var columns: [String]
    }

    /// What the table lacks of what a job needs; `nil` when a user made it.
    ///
    /// - Throws: ``SyncFailure`` when it cannot be made as it is wanted.
    static func lack(
        of table: String,
        key: String,
        columns: [String],
        in connection: SQLiteConnection?
    ) throws -> Lack? {
        try check(table)
        let existing = try connection.map { try TableSchema.columns(of: table, in: $0).map(\.name) } ?? []
        let isOwned = existing.contains { $0.isSame(as: noteColumn) }
        guard existing.isEmpty || isOwned else { return nil }
        var missing: [String] = []
        for column in [key] + columns where !(existing + missing).contains(where: { $0.isSame(as: column) }) {
            try check(column, of: table, beside: existing + missing)
            missing.append(column)
        }
        return Lack(isWhole: existing.isEmpty, columns: missing)
    }

    private static func create(
        _ table: String,
        key: String,
        others: ArraySlice<String>,
        in connection: SQLiteConnection
    ) throws {
        // No declared types: SQLite then keeps each value as it is given.
        let columns = others.map { ", \(quoted($0))" }.joined()
        try connection.execute(
            """
            CREATE TABLE \(quoted(table)) (
                \(quoted(key)) TEXT PRIMARY KEY NOT NULL\(columns), \(quoted(noteColumn)) TEXT
            )
            """
        )
        // Somebody may have dropped a table of that name: this is another one.
        let forget = try connection.prepare("DELETE FROM _ferry_columns WHERE table_name = ?")
        forget.bind(table, at: 0)
        try forget.run()
        let name = try connection.prepare("INSERT OR REPLACE INTO _ferry_tables VALUES (?, lower(hex(randomblob(16))))")
        name.bind(table, at: 0)
        try name.run()
    }

    /// Refuses a table's name that SQLite or Ferry keeps for itself.
    private static func check(_ table: String) throws {
        guard !table.lowercased().hasPrefix("sqlite_"), !table.lowercased().hasPrefix("_ferry"),
            !table.utf8.contains(0)
        else {
            throw SyncFailure(
                .config,
                .configInvalidValue,
                "no table can be called '\(table)'",
                hint: "choose another 'type': names that begin with 'sqlite_' or '_ferry' are taken"
            )
        }
    }

    /// Refuses a column's name that SQLite cannot have beside the others.
    private static func check(_ column: String, of table: String, beside others: [String]) throws {
        let reason: String
        // SQLite compares names without regard to the case of ASCII letters.
        if column.utf8.contains(0) || column.utf8.elementsEqual(noteColumn.utf8) {
            reason = "no column can be called '\(column)'"
        } else if let other = others.first(where: { $0.asciiLowercased.elementsEqual(column.asciiLowercased) }) {
            reason = "the columns '\(other)' and '\(column)' differ only in case, which SQLite does not tell apart"
        } else {
            return
        }
        throw SyncFailure(
            .config,
            .configInvalidPath,
            "the table '\(table)': \(reason)",
            hint: "write the 'source' of the mapping with another name"
        )
    }

    /// The identity of a table: another one when it is made afresh, such as after its file was deleted.
    static func identity(of table: String, in connection: SQLiteConnection) throws -> String? {
        let statement = try connection.prepare("SELECT identity FROM _ferry_tables WHERE name = ?")
        statement.bind(table, at: 0)
        defer { statement.reset() }
        return try statement.step() ? statement.string(0) : nil
    }

    /// The kinds of a table's columns that are known, by the UTF-8 of their names.
    static func kinds(of table: String, in connection: SQLiteConnection) throws -> [[UInt8]: ColumnKind] {
        let statement = try connection.prepare("SELECT name, kind FROM _ferry_columns WHERE table_name = ?")
        statement.bind(table, at: 0)
        defer { statement.reset() }
        var kinds: [[UInt8]: ColumnKind] = [:]
        while try statement.step() {
            kinds[statement.withText(0) { Array($0) }] = ColumnKind(rawValue: statement.string(1))
        }
        return kinds
    }

    static func set(_ kind: ColumnKind, of column: String, in table: String, _ connection: SQLiteConnection) throws {
        let statement = try connection.prepare("INSERT OR REPLACE INTO _ferry_columns VALUES (?, ?, ?)")
        statement.bind(table, at: 0)
        statement.bind(column, at: 1)
        statement.bind(kind.rawValue, at: 2)
        try statement.run()
    }
}

/// What a column usually holds, beyond what SQLite itself can tell.
enum ColumnKind: String, Sendable {
    /// Numbers and strings, as they are stored.
    case plain
    /// 0 and 1 are booleans.
    case boolean
    /// Texts are JSON.
    case json
    /// Texts are numbers: a numeric key, which is stored as text.
    case number
}

extension String {
    fileprivate var asciiLowercased: [UInt8] {
        utf8.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    }
}
