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
    }

    private let layout: TableLayout
    private let sources: [Source]
    private var notes: RowNotes
    private var ids: PackedStrings
    private var records: RecordBatch
    private var problems: [Int: String] = [:]

    init(_ layout: TableLayout, reserving rows: Int, bytesPerRow: Int = 64) {
        self.layout = layout
        sources = layout.columns.map { Source(kind: $0.kind, field: $0.isWhole ? $0.fields[0].index : nil) }
        notes = RowNotes(columns: layout.columns.map(\.name) + [layout.key])
        ids = PackedStrings(reserving: rows)
        records = RecordBatch(columnCount: layout.fieldCount, reservingRows: rows, arenaBytes: rows * bytesPerRow)
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
    func isRepeated(_ statement: SQLiteStatement) -> Bool {
        guard let last = ids.ends.indices.last else { return false }
        return Self.withKey(of: statement) { key in ids.withBytes(at: last) { $0.elementsEqual(key) } }
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

        readKey(statement, row: row, first: first)
        for index in sources.indices {
            do throws(ValueProblem) {
                let cell = try ValueReading.read(
                    statement,
                    index + 1,
                    kind: sources[index].kind,
                    note: notes[index],
                    into: &records
                )
                if let field = sources[index].field {
                    records.cells[first + field] = cell
                } else {
                    spread(cell, over: layout.columns[index], first: first)
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
                    into: &records
                )
            } catch {
                problems[row] = error.sentence(layout.key)
            }
        }
    }

    /// Takes the fields of a column that holds JSON out of it.
    private mutating func spread(_ cell: Cell, over column: TableLayout.Column, first: Int) {
        // What is not JSON has nothing inside.
        let document =
            cell.kind == .json || cell.kind == .string ? try? JSONValue(parsing: records.string(of: cell)) : nil
        for field in column.fields {
            if field.path.segments.isEmpty {
                records.cells[first + field.index] = cell
            } else if let value = document?.value(at: field.path) {
                records.cells[first + field.index] = records.store(value)
            }
        }
    }

    func page(next: ScanPosition?) -> LocalPage {
        LocalPage(ids: ids, records: records, next: next, problems: problems)
    }
}

extension RecordBatch {
    /// Puts a document's value into the arena.
    mutating func store(_ value: JSONValue) -> Cell {
        switch value {
        case .null: .null
        case .bool(let value): Cell(value ? .true : .false)
        case .number(let literal): store(literal.utf8, as: .number)
        case .string(let text): store(text.utf8, as: .string)
        case .array, .object: store(value.serialized.utf8, as: .json)
        }
    }

    /// A cell's value as a document.
    func value(of cell: Cell) -> JSONValue {
        switch cell.kind {
        case .missing, .null: .null
        case .false, .true: .bool(cell.kind == .true)
        case .number: .number(string(of: cell))
        case .string: .string(string(of: cell))
        case .json: (try? JSONValue(parsing: string(of: cell))) ?? .null  // it was parsed once already
        }
    }
}
