import FerryCore
import Synchronization

/// What a plan remembers of a row that a job would have written.
struct WrittenRow {
    /// Where the row comes from, and whether it is there.
    enum State: UInt8 {
        /// It would be deleted.
        case gone
        /// It is in the table, and would be changed.
        case changed
        /// It would be made, whatever the table has under its key now.
        case made
    }

    var state: State
    /// The values that would be written, packed: each with the number of its column.
    private(set) var cells: [UInt8] = []

    init(_ state: State) {
        self.state = state
    }

    /// The row that `bytes` stand for.
    init(bytes: [UInt8]) {
        state = bytes.first.flatMap { State(rawValue: $0) } ?? .gone
        cells = Array(bytes.dropFirst())
    }

    /// The bytes that stand for the row.
    var bytes: [UInt8] { [state.rawValue] + cells }

    /// Adds a value over what was there of its column: the column, the kind, the number of bytes, the bytes.
    mutating func append(_ cell: Cell, of batch: RecordBatch, column: Int) {
        append(UInt32(truncatingIfNeeded: column))
        cells.append(cell.kind.rawValue)
        append(cell.count)
        batch.withBytes(of: cell) { cells.append(contentsOf: $0) }
    }

    /// Calls `body` with each value's column, kind and bytes, older ones first.
    func forEach(_ body: (_ column: Int, _ kind: ValueKind, _ bytes: ArraySlice<UInt8>) -> Void) {
        var place = 0
        while place + 9 <= cells.count {
            let count = number(at: place + 5)
            let start = place + 9
            guard let kind = ValueKind(rawValue: cells[place + 4]), start + count <= cells.count else { return }
            body(number(at: place), kind, cells[start..<start + count])
            place = start + count
        }
    }

    private mutating func append(_ number: UInt32) {
        withUnsafeBytes(of: number.littleEndian) { cells.append(contentsOf: $0) }
    }

    private func number(at place: Int) -> Int {
        cells[place..<place + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
}

/// The columns of an entity type's rows that a plan remembers, whichever of its tables they were written through.
final class WrittenColumns: Sendable {
    private let numbers = Mutex<[[UInt8]: Int]>([:])

    /// The numbers of the given paths: the same for the same path.
    func numbers(of paths: [FieldPath]) -> [Int] {
        numbers.withLock { numbers in
            paths.map { path in
                let key = Array(path.description.utf8)
                let number = numbers[key] ?? numbers.count
                numbers[key] = number
                return number
            }
        }
    }
}
