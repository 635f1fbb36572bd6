import FerryCore
import FerrySQLite
import FoundationEssentials

// Reading rows by the column that tells when they changed last.
extension SQLiteTable {
    func lastChange(notAfter date: Date) async throws -> ScanPosition? {
        guard let column = layout.changes else { return nil }
        return try await worker.run(in: session) { [layout] session in
            let statement = try session.statement("SELECT max(\(column.name)) FROM \(layout.relation)")
            defer { statement.reset() }
            guard try statement.step(), !statement.isNull(0) else { return nil }
            if let earlier = try Self.now(date, before: statement, in: session.connection) { return earlier }
            return KeyPosition.read(statement)
        }
    }

    func scan(changedSince change: ScanPosition, after position: ScanPosition?, limit: Int) async throws -> LocalPage {
        guard let column = layout.changes else { return try await scan(after: position, limit: limit) }
        let after = position.flatMap { ChangePosition($0) }
        return try await worker.run(in: session) { [layout] session in
            if position == nil, column.mayRepeatKeys {
                try Self.checkKeys(of: layout, changedSince: change, column, in: session)
            }
            var reader = RowReader(
                try layout.refreshed(in: session.connection),
                reserving: min(limit, 10_000),
                bytesPerRow: min(session.bytesPerRow, 4096)
            )
            defer { session.bytesPerRow = reader.bytesPerRow }
            let scan = ChangeScan(layout: layout, column: column, limit: limit)
            var last: ScanPosition?
            var hasMore = false
            if after?.change == nil {
                hasMore = try scan.readUnknown(after: after?.tie, &reader, &last, in: session)
            }
            if !hasMore { hasMore = try scan.read(since: change, after: after, &reader, &last, in: session) }
            return reader.page(next: hasMore ? last : nil)
        }
    }

    /// Refuses rows that share a key: they would be one to Ferry.
    private static func checkKeys(
        of layout: TableLayout,
        changedSince change: ScanPosition,
        _ column: ChangeColumn,
        in session: StoreSession
    ) throws {
        let key = quoted(layout.key)
        let statement = try session.statement(
            """
            SELECT \(key) FROM \(layout.relation)
            WHERE \(key) IS NOT NULL AND (\(column.name) >= ? OR \(column.name) IS NULL)
            GROUP BY \(key) HAVING count(*) > 1 LIMIT 1
            """
        )
        defer { statement.reset() }
        try KeyPosition.bind(change, to: statement) {
            guard try statement.step() else { return }
            throw ambiguous(layout, RowReader.withKey(of: statement) { String(decoding: $0, as: UTF8.self) })
        }
    }

    /// The time in the form of the statement's value, if that is a later one: a text that begins with a date as ISO 8601
    /// has it, in UTC, or a number of seconds, ms, µs or ns since 1970, by its size.
    private static func now(
        _ date: Date,
        before statement: SQLiteStatement,
        in connection: SQLiteConnection
    ) throws -> ScanPosition? {
        let seconds = date.timeIntervalSince1970
        func unit(_ value: Double) -> Double? {
            switch value {
            case 1e9..<1e11: 1
            case 1e11..<1e14: 1e3
            case 1e14..<1e17: 1e6
            case 1e17..<1e20: 1e9
            default: nil
            }
        }
        switch statement.columnType(0) {
        case StorageClass.integer:
            let value = statement.int64(0)
            guard let unit = unit(Double(value)), let now = Int64(exactly: (seconds * unit).rounded()) else {
                return nil
            }
            return value > now ? ScanPosition(rawValue: "i:\(now)") : nil
        case StorageClass.real:
            let value = statement.double(0)
            guard let unit = unit(value) else { return nil }
            return value > seconds * unit ? ScanPosition(rawValue: "r:\(seconds * unit)") : nil
        case StorageClass.text:
            let text = statement.string(0)
            let bytes = Array(text.utf8.prefix(11))
            let isDate =
                bytes.count >= 10
                && bytes.prefix(10).enumerated().allSatisfy { index, byte in
                    index == 4 || index == 7 ? byte == UInt8(ascii: "-") : (0x30...0x39).contains(byte)
                }
            guard isDate else { return nil }
            let separator = bytes.count > 10 ? String(UnicodeScalar(bytes[10])) : " "
            let format = try connection.prepare("SELECT strftime('%Y-%m-%d' || ?2 || '%H:%M:%S', ?1, 'unixepoch')")
            format.bind(Int64(seconds.rounded(.down)), at: 0)
            format.bind(separator, at: 1)
            guard try format.step() else { return nil }
            let now = format.string(0)
            return now.utf8.lexicographicallyPrecedes(text.utf8) ? ScanPosition(rawValue: "t:" + now) : nil
        default: return nil
        }
    }
}

/// Reads a page of rows in the order of their changes.
private struct ChangeScan {
    let layout: TableLayout
    let column: ChangeColumn
    let limit: Int

    private var selection: String {
        "SELECT \(RowReader.columns(of: layout)), \(column.name), \(column.tie) FROM \(layout.relation) "
            + "WHERE \(quoted(layout.key)) IS NOT NULL"
    }

    /// Reads the rows of which it is not known when they changed.
    ///
    /// - Parameter last: where to go on, once there are enough rows.
    /// - Returns: whether there are more.
    func readUnknown(
        after tie: ScanPosition?,
        _ reader: inout RowReader,
        _ last: inout ScanPosition?,
        in session: StoreSession
    ) throws -> Bool {
        let statement = try session.statement(
            """
            \(selection) AND \(column.name) IS NULL \(tie == nil ? "" : "AND \(column.tie) > ?")
            ORDER BY \(column.tie) LIMIT \(limit + 1)
            """
        )
        defer { statement.reset() }
        guard let tie else { return try read(statement, &reader, &last) }
        return try KeyPosition.bind(tie, to: statement) { try read(statement, &reader, &last) }
    }

    /// Reads the rows that changed since, as far as there is room.
    ///
    /// - Parameter last: where to go on, once there are enough rows.
    /// - Returns: whether there are more.
    func read(
        since change: ScanPosition,
        after position: ChangePosition?,
        _ reader: inout RowReader,
        _ last: inout ScanPosition?,
        in session: StoreSession
    ) throws -> Bool {
        let former = position?.change
        let statement = try session.statement(
            """
            \(selection) AND \(former == nil ? "\(column.name) >= ?" : "(\(column.name), \(column.tie)) > (?, ?)")
            ORDER BY \(column.name), \(column.tie) LIMIT \(limit + 1)
            """
        )
        defer { statement.reset() }
        guard let former, let position else {
            return try KeyPosition.bind(change, to: statement) { try read(statement, &reader, &last) }
        }
        return try KeyPosition.bind(former, to: statement) {
            try KeyPosition.bind(position.tie, to: statement, at: 1) { try read(statement, &reader, &last) }
        }
    }

    private func read(
        _ statement: SQLiteStatement,
        _ reader: inout RowReader,
        _ last: inout ScanPosition?
    ) throws -> Bool {
        let place = statement.columnCount - 2
        while try statement.step() {
            guard reader.count < limit else { return true }
            reader.read(statement)
            guard reader.count == limit else { continue }
            last =
                ChangePosition(
                    change: statement.isNull(place) ? nil : KeyPosition.read(statement, at: place),
                    tie: KeyPosition.read(statement, at: place + 1)
                ).text
        }
        return false
    }
}
