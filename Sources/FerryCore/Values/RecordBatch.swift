/// One field of one record: its kind, and where its bytes stand in the batch.
///
/// `missing`, `null` and the booleans have no bytes.
public struct Cell: Sendable {
    /// What the value is.
    public var kind: ValueKind
    /// Whether the bytes stand in the batch's `arena` rather than in its `page`.
    public var isInArena: Bool
    /// The first byte's offset.
    public var offset: UInt32
    /// The number of bytes.
    public var count: UInt32

    /// A cell with bytes.
    @inlinable
    public init(kind: ValueKind, isInArena: Bool, offset: Int, count: Int) {
        self.kind = kind
        self.isInArena = isInArena
        self.offset = UInt32(truncatingIfNeeded: offset)
        self.count = UInt32(truncatingIfNeeded: count)
    }

    /// A cell of a kind that has no bytes.
    @inlinable
    public init(_ kind: ValueKind) {
        self.init(kind: kind, isInArena: false, offset: 0, count: 0)
    }

    /// The same value after others' bytes have been put in front of those that the cell's stand among.
    func moved(inPage page: Int, inArena arena: Int) -> Cell {
        guard count > 0 else { return self }
        return Cell(
            kind: kind,
            isInArena: isInArena,
            offset: Int(offset) + (isInArena ? arena : page),
            count: Int(count)
        )
    }

    /// No value.
    public static let missing = Cell(.missing)
    /// JSON's `null`.
    public static let null = Cell(.null)
}

/// Rows of cells over two byte buffers: the page they were read from, and an arena for values made since.
///
/// Rows and columns are plain indices; what a column means is known to whoever made the batch. Values stay slices of
/// the page until a transform, or an escape in a string, makes a new one in the arena: nothing is allocated per field.
public struct RecordBatch: Sendable {
    /// The number of columns in every row.
    public let columnCount: Int
    /// All cells, row after row.
    public var cells: [Cell]
    /// The bytes that were read; shared, never written.
    public let page: [UInt8]
    /// The bytes that were made.
    public var arena: [UInt8]

    /// An empty batch over `page`.
    public init(columnCount: Int, page: [UInt8] = [], reservingRows rows: Int = 0, arenaBytes: Int = 0) {
        self.columnCount = columnCount
        self.page = page
        cells = []
        cells.reserveCapacity(rows * columnCount)
        arena = []
        arena.reserveCapacity(arenaBytes)
    }

    /// The number of rows.
    @inlinable
    public var count: Int { columnCount == 0 ? 0 : cells.count / columnCount }

    /// Whether there are no rows.
    @inlinable
    public var isEmpty: Bool { cells.isEmpty }

    /// The cell at a row and column.
    @inlinable
    public subscript(row: Int, column: Int) -> Cell {
        get { cells[row * columnCount + column] }
        set { cells[row * columnCount + column] = newValue }
    }

    /// Calls `body` with a cell's bytes, which are valid only during the call.
    @inlinable
    @inline(__always)
    public func withBytes<Result, Failure: Error>(
        of cell: Cell,
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // `withUnsafeBytes` of an array cannot rethrow a typed error, so its outcome is carried out by hand.
        let outcome = (cell.isInArena ? arena : page).withUnsafeBytes {
            bytes -> Swift.Result<Result, Failure> in
            do throws(Failure) {
                return .success(
                    try body(UnsafeRawBufferPointer(rebasing: bytes[Int(cell.offset)..<Int(cell.offset + cell.count)]))
                )
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }

    /// A cell's bytes as a string: for messages and identifiers, not for the row path.
    public func string(of cell: Cell) -> String {
        switch cell.kind {
        case .missing, .null: ""
        case .false: "false"
        case .true: "true"
        case .number, .string, .json: withBytes(of: cell) { String(decoding: $0, as: UTF8.self) }
        }
    }

    /// Appends bytes to the arena and returns the cell that stands for them.
    @inlinable
    public mutating func store(_ bytes: some Collection<UInt8>, as kind: ValueKind) -> Cell {
        let offset = arena.count
        arena.append(contentsOf: bytes)
        return Cell(kind: kind, isInArena: true, offset: offset, count: arena.count - offset)
    }

    /// Appends a row; `row` has `columnCount` cells.
    @inlinable
    public mutating func append(row: some Collection<Cell>) {
        precondition(row.count == columnCount, "a row has as many cells as the batch has columns")
        cells.append(contentsOf: row)
    }

    /// Appends a row copied from another batch with as many columns, bytes included.
    public mutating func append(row: Int, of other: RecordBatch) {
        for column in 0..<columnCount {
            cells.append(copy(other[row, column], of: other))
        }
    }

    /// Copies one value of another batch into this one's arena.
    @inlinable
    public mutating func copy(_ cell: Cell, of other: RecordBatch) -> Cell {
        guard cell.count > 0 else { return Cell(kind: cell.kind, isInArena: false, offset: 0, count: 0) }
        let offset = arena.count
        other.withBytes(of: cell) { arena.append(contentsOf: $0) }
        return Cell(kind: cell.kind, isInArena: true, offset: offset, count: arena.count - offset)
    }

    /// The rows of this batch, then those of another with as many columns.
    ///
    /// - Parameter page: the bytes that were read for this batch, then those for the other: batches over the same bytes
    ///   can so share them.
    public func joined(to other: RecordBatch, over page: [UInt8]) -> RecordBatch {
        var batch = RecordBatch(columnCount: columnCount, page: page)
        batch.cells.reserveCapacity(cells.count + other.cells.count)
        batch.cells += cells
        for cell in other.cells { batch.cells.append(cell.moved(inPage: self.page.count, inArena: arena.count)) }
        batch.arena.reserveCapacity(arena.count + other.arena.count)
        batch.arena += arena
        batch.arena += other.arena
        return batch
    }

    /// Whether two cells hold the same value: the same kind and the same bytes.
    public func isEqual(_ cell: Cell, to otherCell: Cell, of other: RecordBatch) -> Bool {
        guard cell.kind == otherCell.kind, cell.count == otherCell.count else { return false }
        return withBytes(of: cell) { bytes in
            other.withBytes(of: otherCell) { bytes.elementsEqual($0) }
        }
    }
}
