import FerryCore
import FerryJSON
import FerrySQLite

/// Reads a column of a statement's current row.
enum ValueReading {
    /// Reads a value into `batch`; JSON may be nested `maximumJSONDepth` deep.
    ///
    /// - Throws: ``ValueProblem`` when the value cannot be kept as it is.
    static func read(
        _ statement: SQLiteStatement,
        _ index: Int,
        kind: ColumnKind,
        note: [UInt8],
        maximumJSONDepth: Int,
        into batch: inout RecordBatch
    ) throws(ValueProblem) -> Cell {
        switch statement.columnType(index) {
        case StorageClass.null:
            return note.first == ValueNote.missing ? .missing : .null
        case StorageClass.integer:
            let value = statement.int64(index)
            let isBoolean = (kind == .boolean && note.first != ValueNote.number) || note.first == ValueNote.boolean
            if isBoolean, value == 0 || value == 1 { return Cell(value == 1 ? .true : .false) }
            return append(String(value), to: &batch)
        case StorageClass.real:
            let value = statement.double(index)
            guard value.isFinite else { throw .notANumber }
            if note.first == ValueNote.literal {
                let literal = String(decoding: note.dropFirst(), as: UTF8.self)
                if Double(literal) == value { return append(literal, to: &batch) }
            }
            return append(value.description, to: &batch)
        case StorageClass.blob:
            return statement.withBlob(index) { batch.store(Base64.encode($0), as: .string) }
        default:
            return try text(
                statement,
                index,
                kind: kind,
                note: note,
                maximumJSONDepth: maximumJSONDepth,
                into: &batch
            )
        }
    }

    private static func text(
        _ statement: SQLiteStatement,
        _ index: Int,
        kind: ColumnKind,
        note: [UInt8],
        maximumJSONDepth: Int,
        into batch: inout RecordBatch
    ) throws(ValueProblem) -> Cell {
        let outcome = statement.withText(index) { text -> Result<Cell, ValueProblem> in
            guard JSONText.isValidUTF8(text) else { return .failure(.invalidText) }
            let stored: ValueKind
            do throws(ValueProblem) {
                stored = try Self.kind(of: text, in: kind, note: note.first, maximumJSONDepth: maximumJSONDepth)
            } catch {
                return .failure(error)
            }
            if stored == .true || stored == .false { return .success(Cell(stored)) }
            let offset = batch.arena.count
            // A raw buffer would be copied byte by byte.
            text.withMemoryRebound(to: UInt8.self) { batch.arena.append(contentsOf: $0) }
            return .success(Cell(kind: stored, isInArena: true, offset: offset, count: text.count))
        }
        return try outcome.get()
    }

    private static func kind(
        of text: UnsafeRawBufferPointer,
        in kind: ColumnKind,
        note: UInt8?,
        maximumJSONDepth: Int
    ) throws(ValueProblem) -> ValueKind {
        let isNumber = (kind == .number && note != ValueNote.string) || note == ValueNote.number
        if isNumber, JSONText.isValidNumber(text) { return .number }
        let isJSON = (kind == .json && note != ValueNote.string) || note == ValueNote.json
        if isJSON, text.first == UInt8(ascii: "{") || text.first == UInt8(ascii: "[") {
            switch JSONText.validity(of: text, maximumDepth: maximumJSONDepth) {
            case .valid: return .json
            // As a string it would be another value to whoever gets it.
            case .tooDeep: throw .tooDeep(maximumJSONDepth)
            case .invalid: break
            }
        }
        guard note == ValueNote.boolean else { return .string }
        if text.elementsEqual("true".utf8) { return .true }
        return text.elementsEqual("false".utf8) ? .false : .string
    }

    private static func append(_ literal: String, to batch: inout RecordBatch) -> Cell {
        let offset = batch.arena.count
        var literal = literal
        literal.withUTF8 { batch.arena.append(contentsOf: $0) }
        return Cell(kind: .number, isInArena: true, offset: offset, count: batch.arena.count - offset)
    }
}

/// A stored value that has no JSON form.
enum ValueProblem: Error {
    case invalidText
    case notANumber
    case tooDeep(Int)

    func sentence(_ column: String) -> String {
        switch self {
        case .invalidText: "the column '\(column)' holds text that is not UTF-8"
        case .notANumber: "the column '\(column)' holds a number that JSON cannot express"
        case .tooDeep(let limit):
            "the column '\(column)' holds JSON that is nested more than \(limit) deep ('max_depth' under 'json' in "
                + "ferry.yaml is the limit)"
        }
    }
}

/// RFC 4648, §4: how a BLOB travels.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var bits: UInt32 = 0
            for (place, byte) in group.enumerated() { bits |= UInt32(byte) << (16 - 8 * UInt32(place)) }
            for place in 0..<4 {
                let isPadding = place > group.count
                output.append(isPadding ? UInt8(ascii: "=") : alphabet[Int(bits >> (18 - 6 * UInt32(place)) & 63)])
            }
        }
        return output
    }
}
