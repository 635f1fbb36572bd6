import FerryCore
import FerrySQLite
import FerryStores
import Glibc
import Testing

/// A fresh directory with an SQLite file, as Ferry and others see it.
struct StoreFixture {
    let directory: String
    var path: String { directory + "/store.db" }

    /// Runs `body` in a directory of its own, which is removed whatever happens.
    static func with(_ body: (StoreFixture) async throws -> Void) async throws {
        var template = Array("/tmp/ferry-stores-XXXXXX".utf8CString)
        let isMade = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) } != nil
        }
        try #require(isMade)
        let directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let fixture = StoreFixture(directory: directory)
        defer { fixture.remove() }
        try await body(fixture)
    }

    private func remove() {
        guard let entries = opendir(directory) else { return }
        while let entry = readdir(entries) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            unlink(directory + "/" + name)
        }
        closedir(entries)
        rmdir(directory)
    }

    /// The embedded store.
    func owned(busyTimeout: Int32 = 10_000, maximumPages: Int? = nil) -> SQLiteStore {
        SQLiteStore(path: path, isOwned: true, busyTimeout: busyTimeout, maximumPages: maximumPages)
    }

    /// A user's store, whose tables `sql` makes.
    func foreign(_ sql: String = "", busyTimeout: Int32 = 10_000) throws -> SQLiteStore {
        try other().execute(sql)
        return SQLiteStore(path: path, isOwned: false, busyTimeout: busyTimeout)
    }

    /// Another program's connection to the file.
    func other() throws -> SQLiteConnection {
        try SQLiteConnection(path: path, mode: .create)
    }

    /// Runs a query of another program: rows of texts, `nil` for NULL.
    func query(_ sql: String) throws -> [[String?]] {
        let statement = try other().prepare(sql)
        defer { statement.reset() }
        var rows: [[String?]] = []
        while try statement.step() {
            rows.append((0..<statement.columnCount).map { statement.isNull($0) ? nil : statement.string($0) })
        }
        return rows
    }

    func execute(_ sql: String) throws {
        try other().execute(sql)
    }
}

/// A cell's kind and bytes, to compare.
enum Value: Equatable, CustomStringConvertible {
    case missing, null, yes, no
    case number(String), json(String), text([UInt8])

    static func string(_ text: String) -> Value { .text(Array(text.utf8)) }

    var description: String {
        switch self {
        case .missing: "missing"
        case .null: "null"
        case .yes: "true"
        case .no: "false"
        case .number(let literal): literal
        case .json(let text): "json \(text)"
        case .text(let bytes): "'\(String(decoding: bytes, as: UTF8.self))'"
        }
    }
}

extension RecordBatch {
    init(_ rows: [[Value]], columnCount: Int) {
        self.init(columnCount: columnCount)
        for row in rows {
            let cells: [Cell] = row.map { value in
                switch value {
                case .missing: .missing
                case .null: .null
                case .yes: Cell(.true)
                case .no: Cell(.false)
                case .number(let literal): store(literal.utf8, as: .number)
                case .json(let text): store(text.utf8, as: .json)
                case .text(let bytes): store(bytes, as: .string)
                }
            }
            append(row: cells)
        }
    }

    func value(_ row: Int, _ column: Int) -> Value {
        let cell = self[row, column]
        switch cell.kind {
        case .missing: return .missing
        case .null: return .null
        case .true: return .yes
        case .false: return .no
        case .number: return .number(string(of: cell))
        case .json: return .json(string(of: cell))
        case .string: return .text(withBytes(of: cell) { Array($0) })
        }
    }
}

extension LocalPage {
    /// The rows' values by their identifiers.
    var rows: [String: [Value]] {
        let pairs = (0..<ids.count).map { row in
            (ids[row], (0..<records.columnCount).map { records.value(row, $0) })
        }
        return Dictionary(pairs, uniquingKeysWith: { $1 })
    }
}

extension LocalTable {
    /// Writes rows, and says what became of them.
    @discardableResult
    func write(
        _ rows: [(String, [Value])],
        known: Bool = false,
        deleting: [String] = []
    ) async throws -> AppliedChanges {
        try await apply(
            LocalChanges(
                ids: PackedStrings(rows.map(\.0)),
                records: RecordBatch(rows.map(\.1), columnCount: rows.first?.1.count ?? 0),
                areKnown: rows.map { _ in known },
                deletedIDs: PackedStrings(deleting)
            )
        )
    }

    /// All rows, read in pages.
    func all(limit: Int = 1000) async throws -> [String: [Value]] {
        var result: [String: [Value]] = [:]
        var position: ScanPosition?
        repeat {
            let page = try await scan(after: position, limit: limit)
            result.merge(page.rows) { old, _ in
                Issue.record("a row was read twice")
                return old
            }
            position = page.next
        } while position != nil
        return result
    }
}

extension SQLiteStore {
    /// Opens a table with the given columns; a path in JSON columns is written with dots.
    func open(
        _ fields: [String],
        of type: String = "product",
        key: String? = nil,
        query: String? = nil,
        forWriting: Bool = true
    ) async throws -> any LocalTable {
        let entity = EntityMapping(type: type, query: query, resource: "rows", key: key)
        return try await table(entity, fields: try fields.map { try FieldPath(parsing: $0) }, forWriting: forWriting)
    }
}

/// The failure that `body` throws.
func failure(_ body: () async throws -> Void) async throws -> SyncFailure {
    do {
        try await body()
    } catch let failure as SyncFailure {
        return failure
    }
    Issue.record("nothing was thrown")
    throw CancellationError()
}
