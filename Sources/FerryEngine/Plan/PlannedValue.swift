import FerryCore

/// A field's value as a plan shows it.
public enum PlannedValue: Sendable, Equatable {
    /// There is none.
    case missing
    /// The value as JSON text.
    case json(String)
    /// The beginning of a text or JSON text that is too long to be shown.
    case beginning(String)

    /// The longest JSON text that is shown whole, in bytes.
    static let limit = 2000

    /// The value of a cell.
    init(_ cell: Cell, of batch: RecordBatch) {
        switch cell.kind {
        case .missing: self = .missing
        case .null: self = .json("null")
        case .false: self = .json("false")
        case .true: self = .json("true")
        case .number, .string, .json:
            guard cell.count <= Self.limit else {
                self = .beginning(Self.beginning(of: cell, in: batch))
                return
            }
            let text = batch.string(of: cell)
            self = .json(cell.kind == .string ? JSONValue.string(text).compactText : text)
        }
    }

    private static func beginning(of cell: Cell, in batch: RecordBatch) -> String {
        batch.withBytes(of: cell) { bytes in
            // Cut before a character that would be cut in two (its later bytes are 10xxxxxx).
            var end = limit
            while end > 0, bytes[end] & 0xC0 == 0x80 { end -= 1 }
            return String(decoding: bytes[..<end], as: UTF8.self)
        }
    }

    /// About how many bytes of memory it takes.
    var size: Int {
        switch self {
        case .missing: 1
        case .json(let text), .beginning(let text): text.utf8.count
        }
    }
}
