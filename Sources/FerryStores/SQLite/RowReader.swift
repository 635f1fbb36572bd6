import FerryCore
import FerryJSON
import FerrySQLite

/// Reads rows into a page.
struct RowReader {
    /// What the row path needs to know of a column, without its name.
    private struct Source {
        let kind: ColumnKind
        /// The field that the column is as a whole; `nil` when fields lie inside it.
        let field: Int?
        /// Takes the fields that lie inside the column out of its JSON, in their order.
        let projection: RecordProjection?
    }

    private let layout: TableLayout
    private let sources: [Source]
    private var notes: RowNotes
    private var ids: PackedStrings
    private var records: RecordBatch
    private var problems: [Int: String] = [:]
    private let digester: RowDigester
    private var digests: [UInt64] = []

    init(_ layout: TableLayout, reserving rows: Int, bytesPerRow: Int = 64) {
        self.layout = layout
        sources = layout.columns.map { column in
            Source(
                kind: column.kind,
                field: column.isWhole ? column.fields[0].index : nil,
                projection: column.isWhole ? nil : RecordProjection(column.fields.map(\.path))
            )
        }
        digester = RowDigester(layout)
        digests.reserveCapacity(rows)
        notes = RowNotes(columns: layout.columns.map(\.name) + [layout.key])
        ids = PackedStrings(reserving: rows)
        // A mapping puts what it makes behind what was read; room that nobody writes to takes no memory.
        records = RecordBatch(columnCount: layout.fieldCount, reservingRows: rows, arenaBytes: 2 * rows * bytesPerRow)
    }

    var count: Int { ids.count }

    /// The bytes of the rows read, shared out among them, and some to spare.
    var bytesPerRow: Int { records.arena.count / max(count, 1) * 5 / 4 + 8 }

    /// The columns to select, in the order that ``read(_:)`` expects: the key, the layout's columns, the notes.
    static func columns(of layout: TableLayout) -> String {
        let names = [layout.key] + layout.columns.map(\.name) + (layout.isOwned ? [OwnedTables.noteColumn] : [])
        return names.map(quoted).joined(separator: ", ")
    }

    /// Whether the current row's key is that of the row read last.
    func isRepeated(_ statement: SQLiteStatement) -> Bool { Self.isLast(of: ids, statement) }

    /// Whether the current row's key is the last one of a list.
    static func isLast(of ids: PackedStrings, _ statement: SQLiteStatement) -> Bool {
        guard let last = ids.ends.indices.last else { return false }
        return withKey(of: statement) { key in ids.withBytes(at: last) { $0.elementsEqual(key) } }
    }

    /// Calls `body` with the identifier that the current row's key stands for.
    ///
    /// SQLite is never asked for a number or a BLOB as text: it would then hold it as one.
    static func withKey<Result>(
        of statement: SQLiteStatement,
        _ body: (UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result {
        var text: String
        switch statement.columnType(0) {
        case StorageClass.integer: text = String(statement.int64(0))
        case StorageClass.real: text = statement.double(0).description
        case StorageClass.blob: return statement.withBlob(0) { Base64.encode($0).withUnsafeBufferPointer(body) }
        default: return statement.withText(0) { $0.withMemoryRebound(to: UInt8.self, body) }
        }
        return text.withUTF8(body)
    }

    mutating func read(_ statement: SQLiteStatement) {
        let row = ids.count
        let first = records.cells.count
        records.cells.append(contentsOf: repeatElement(.missing, count: layout.fieldCount))
        notes.clear()
        let noteColumn = sources.count + 1
        if layout.isOwned, !statement.isNull(noteColumn) { statement.withText(noteColumn) { notes.read($0) } }

        digests.append(digester.digest(statement))
        readKey(statement, row: row, first: first)
        for index in sources.indices {
            do throws(ValueProblem) {
                let cell = try ValueReading.read(
                    statement,
                    index + 1,
                    kind: sources[index].kind,
                    note: notes[index],
                    maximumJSONDepth: layout.maximumJSONDepth,
                    into: &records
                )
                if let field = sources[index].field {
                    records.cells[first + field] = cell
                } else if let projection = sources[index].projection {
                    try spread(cell, over: layout.columns[index], by: projection, row: row, first: first)
                }
            } catch {
                problems[row] = error.sentence(layout.columns[index].name)
            }
        }
    }

    private mutating func readKey(_ statement: SQLiteStatement, row: Int, first: Int) {
        Self.withKey(of: statement) { key in
            ids.append(bytes: key)
            if !JSONText.isValidUTF8(UnsafeRawBufferPointer(key)) {
                problems[row] = ValueProblem.invalidText.sentence(layout.key)
            }
        }
        if statement.columnType(0) == StorageClass.blob {
            problems[row] = """
                the key '\(layout.key)' is a BLOB: use a query that gives it as text, such as \
                hex(\(quoted(layout.key)))
                """
        }
        for field in layout.keyFields {
            do throws(ValueProblem) {
                records.cells[first + field] = try ValueReading.read(
                    statement,
                    0,
                    kind: layout.keyKind,
                    note: notes[sources.count],
                    maximumJSONDepth: layout.maximumJSONDepth,
                    into: &records
                )
            } catch {
                problems[row] = error.sentence(layout.key)
            }
        }
    }

    /// Takes the fields of a column that holds JSON out of it, each as it is written there.
    private mutating func spread(
        _ cell: Cell,
        over column: TableLayout.Column,
        by projection: RecordProjection,
        row: Int,
        first: Int
    ) throws(ValueProblem) {
        for field in column.fields where field.path.segments.isEmpty { records.cells[first + field.index] = cell }
        guard cell.kind == .json || cell.kind == .string else { return }
        let text = records.withBytes(of: cell) { Array($0) }
        if cell.kind == .string {
            switch text.withUnsafeBytes({ JSONText.validity(of: $0, maximumDepth: layout.maximumJSONDepth) }) {
            case .valid: break
            case .tooDeep: throw .tooDeep(layout.maximumJSONDepth)
            // What is not JSON has nothing inside.
            case .invalid: return
            }
        }
        // It is valid: only what UTF-8 cannot represent is left to go wrong, and that is among the problems.
        guard let found = try? projection.extract([0..<text.count], from: text) else { return }
        for (place, field) in column.fields.enumerated() where !field.path.segments.isEmpty {
            records.cells[first + field.index] = records.copy(found.batch[0, place], of: found.batch)
        }
        if let problem = found.problems[0] { problems[row] = "in the column '\(column.name)' \(problem)" }
    }

    func page(next: ScanPosition?) -> LocalPage {
        LocalPage(ids: ids, records: records, next: next, problems: problems, digests: digests)
    }
}
