import FerryCore
import FerrySQLite

/// One table, view or query of an SQLite store.
final class SQLiteTable: LocalTable {
    let identity: String
    let worker: SQLiteWorker
    let layout: TableLayout
    /// The session that the table was opened in.
    let session: Int
    /// Reads beside the worker.
    let second: SecondReader

    init(_ layout: TableLayout, identity: String, session: Int, worker: SQLiteWorker) {
        self.layout = layout
        self.identity = identity
        self.session = session
        self.worker = worker
        second = SecondReader(beside: worker)
    }

    var keyColumn: String { layout.key }
    var isExact: Bool { layout.isExact }

    func count() async throws -> Int? {
        // A query may take long to count.
        guard !layout.isQuery else { return nil }
        return try await worker.run(in: session) { [layout] session in
            let statement = try session.statement("SELECT count(*) FROM \(layout.relation)")
            defer { statement.reset() }
            return try statement.step() ? Int(statement.int64(0)) : nil
        }
    }

    func scan(after position: ScanPosition?, limit: Int) async throws -> LocalPage {
        try await worker.run(in: session) { [layout] session in
            var reader = RowReader(
                try layout.refreshed(in: session.connection),
                reserving: min(limit, 10_000),
                bytesPerRow: min(session.bytesPerRow, 4096)
            )
            defer { session.bytesPerRow = reader.bytesPerRow }
            let next = try Self.scan(layout, after: position, limit: limit, in: session) { statement in
                guard !reader.isRepeated(statement) else { return false }
                if reader.count < limit { reader.read(statement) }
                return true
            }
            return reader.page(next: next)
        }
    }

    /// Calls `body` with each of up to `limit` rows after a position, and with one more if there is.
    ///
    /// - Parameter body: says whether the row's key is another than the one before it.
    /// - Returns: where to go on.
    static func scan(
        _ layout: TableLayout,
        after position: ScanPosition?,
        limit: Int,
        in session: StoreSession,
        _ body: (SQLiteStatement) throws -> Bool
    ) throws -> ScanPosition? {
        let key = quoted(layout.key)
        let statement = try session.statement(
            """
            SELECT \(RowReader.columns(of: layout)) FROM \(layout.relation)
            WHERE \(key) \(position == nil ? "IS NOT NULL" : "> ?") ORDER BY \(key) LIMIT \(limit + 1)
            """
        )
        defer { statement.reset() }
        func read() throws -> ScanPosition? {
            var last: ScanPosition?
            var count = 0
            while try statement.step() {
                // Rows that share a key would be one to Ferry, and lost where a page ends between them.
                guard try body(statement) else {
                    throw ambiguous(layout, RowReader.withKey(of: statement) { String(decoding: $0, as: UTF8.self) })
                }
                count += 1
                guard count <= limit else { return last }
                if count == limit { last = KeyPosition.read(statement) }
            }
            return nil
        }
        guard let position else { return try read() }
        return try KeyPosition.bind(position, to: statement, read)
    }

    func rows(ids: PackedStrings) async throws -> LocalPage {
        try await worker.run(in: session) { [layout] session in
            let statement = try session.statement(
                "SELECT \(RowReader.columns(of: layout)) FROM \(layout.relation) WHERE \(quoted(layout.key)) = ?"
            )
            var reader = RowReader(try layout.refreshed(in: session.connection), reserving: ids.count)
            for index in 0..<ids.count {
                defer { statement.reset() }
                try ids.withBytes(at: index) { id in
                    statement.bindText(id, at: 0)
                    if try statement.step() { return reader.read(statement) }
                    guard let integer = layout.untypedInteger(id) else { return }
                    statement.reset()
                    statement.bind(integer, at: 0)
                    if try statement.step() { reader.read(statement) }
                }
            }
            return reader.page(next: nil)
        }
    }

    func rows(where field: Int, isOneOf values: RecordBatch) async throws -> LocalPage {
        guard let column = layout.columns.first(where: { $0.isWhole && $0.fields[0].index == field }) else {
            return try await scan(for: values, in: field)
        }
        return try await worker.run(in: session) { [layout] session in
            let places = Array(repeating: "?", count: Self.valuesAtATime).joined(separator: ", ")
            let statement = try session.statement(
                """
                SELECT \(RowReader.columns(of: layout)) FROM \(layout.relation)
                WHERE \(quoted(layout.key)) IS NOT NULL AND \(quoted(column.name)) IN (\(places))
                """
            )
            var reader = RowReader(try layout.refreshed(in: session.connection), reserving: values.count)
            for start in stride(from: 0, to: values.count, by: Self.valuesAtATime) {
                defer { statement.reset() }
                for place in 0..<Self.valuesAtATime {
                    guard start + place < values.count else {
                        statement.bindNull(at: place)
                        continue
                    }
                    Self.bind(values[start + place, 0], of: values, for: column.affinity, to: statement, at: place)
                }
                while try statement.step() { reader.read(statement) }
            }
            return reader.page(next: nil)
        }
    }

    /// How many values a statement looks for: it is always the same one.
    private static let valuesAtATime = 250

    /// Binds a value to look for: SQLite compares it as the column's type says.
    private static func bind(
        _ cell: Cell,
        of batch: RecordBatch,
        for affinity: Affinity,
        to statement: SQLiteStatement,
        at index: Int
    ) {
        switch cell.kind {
        case .missing, .null: statement.bindNull(at: index)
        case .false, .true: statement.bind(cell.kind == .true ? 1 : 0 as Int64, at: index)
        case .number where affinity != .text:
            switch batch.withBytes(of: cell, { StoredNumber($0) }) {
            case .integer(let value): statement.bind(value, at: index)
            case .real(let value, _): statement.bind(value, at: index)
            case .text: statement.bind(batch.string(of: cell), at: index)
            }
        case .string, .json, .number: statement.bind(batch.string(of: cell), at: index)
        }
    }

    func apply(_ changes: LocalChanges) async throws -> AppliedChanges {
        try await worker.run(in: session) { [layout] session in
            try session.connection.transaction {
                var writer = try RowWriter(try layout.refreshed(in: session.connection), session: session)
                return try writer.apply(changes)
            }
        }
    }

    static func ambiguous(_ layout: TableLayout, _ key: String) -> SyncFailure {
        SyncFailure(
            .config,
            .storeMissingKey,
            "'\(layout.table)' has more than one row with the key '\(key)'",
            hint: "choose as the entity's 'key' a column whose values are unique"
        )
    }
}

extension TableLayout {
    /// The integer that an identifier may stand for where the key has no declared type, so that SQLite does not compare
    /// the text with numbers by itself.
    func untypedInteger(_ id: UnsafeRawBufferPointer) -> Int64? {
        guard keyAffinity == .none, !isOwned, case .integer(let value) = StoredNumber(id) else { return nil }
        return String(value).utf8.elementsEqual(id) ? value : nil
    }
}
