import FerryCore
import FerryJSON
import FerrySQLite

/// A note to keep with a value.
struct WrittenNote {
    let note: UInt8
    /// Whether the number's literal belongs to it.
    var hasLiteral = false
}

/// Binds cells to statements by pointer: the cells' bytes must stay where they are until the statement has run.
enum ValueWriting {
    /// Binds a cell for a column that Ferry owns.
    ///
    /// - Returns: the note that must be kept with it, if any.
    static func bind(
        _ cell: Cell,
        _ bytes: UnsafeRawBufferPointer,
        kind: ColumnKind,
        to statement: SQLiteStatement,
        at index: Int
    ) -> WrittenNote? {
        switch cell.kind {
        case .missing:
            statement.bindNull(at: index)
            return WrittenNote(note: ValueNote.missing)
        case .null:
            statement.bindNull(at: index)
            return nil
        case .false, .true:
            statement.bind(cell.kind == .true ? 1 : 0 as Int64, at: index)
            return kind == .boolean ? nil : WrittenNote(note: ValueNote.boolean)
        case .string:
            statement.bindText(bytes, at: index)
            let looksLikeJSON = bytes.first == UInt8(ascii: "{") || bytes.first == UInt8(ascii: "[")
            return kind == .json && looksLikeJSON ? WrittenNote(note: ValueNote.string) : nil
        case .json:
            statement.bindText(bytes, at: index)
            return kind == .json ? nil : WrittenNote(note: ValueNote.json)
        case .number:
            switch StoredNumber(bytes) {
            case .integer(let value):
                statement.bind(value, at: index)
                return kind == .boolean && (value == 0 || value == 1) ? WrittenNote(note: ValueNote.number) : nil
            case .real(let value, let isLiteral):
                statement.bind(value, at: index)
                return isLiteral ? nil : WrittenNote(note: ValueNote.literal, hasLiteral: true)
            case .text:
                statement.bindText(bytes, at: index)
                return WrittenNote(note: ValueNote.number)
            }
        }
    }

    /// The note that a key needs: keys of owned tables are stored as text.
    static func keyNote(_ cell: Cell, _ bytes: UnsafeRawBufferPointer, kind: ColumnKind) -> UInt8? {
        switch cell.kind {
        case .missing, .null, .json: nil
        case .false, .true: ValueNote.boolean
        case .number: kind == .number ? nil : ValueNote.number
        case .string: kind == .number && JSONText.isValidNumber(bytes) ? ValueNote.string : nil
        }
    }

    /// Binds a cell for a user's column.
    ///
    /// - Returns: why the column cannot hold the value, if it cannot.
    static func bindForeign(
        _ cell: Cell,
        _ bytes: UnsafeRawBufferPointer,
        affinity: Affinity,
        to statement: SQLiteStatement,
        at index: Int
    ) -> String? {
        switch cell.kind {
        case .missing, .null: statement.bindNull(at: index)
        case .false, .true: statement.bind(cell.kind == .true ? 1 : 0 as Int64, at: index)
        case .json: statement.bindText(bytes, at: index)
        case .string:
            if affinity.isNumeric, let problem = problem(ofText: bytes, affinity: affinity) { return problem }
            statement.bindText(bytes, at: index)
        case .number:
            // SQLite would write a number into a text column in its own way: 19.90 as 19.9.
            if affinity == .text {
                statement.bindText(bytes, at: index)
                return nil
            }
            switch StoredNumber(bytes) {
            case .integer(let value):
                if affinity == .real, Int64(exactly: Double(value)) != value { return tooManyDigits }
                statement.bind(value, at: index)
            case .real(let value, _):
                statement.bind(value, at: index)
            case .text:
                guard !affinity.isNumeric else { return tooManyDigits }
                statement.bindText(bytes, at: index)
            }
        }
        return nil
    }

    private static let tooManyDigits = "has more digits than a numeric SQLite column can hold"

    /// Why a text would not be the same after SQLite has turned it into a number: `007`, `+49…`, twenty digits.
    static func problem(ofText bytes: UnsafeRawBufferPointer, affinity: Affinity) -> String? {
        guard NumericText.isNumeric(bytes) else { return nil }
        guard JSONText.isValidNumber(bytes) else {
            return "is a text that a numeric SQLite column would turn into another number or text"
        }
        switch StoredNumber(bytes) {
        case .integer(let value):
            return affinity == .real && Int64(exactly: Double(value)) != value ? tooManyDigits : nil
        case .real: return nil
        case .text: return tooManyDigits
        }
    }
}
