import FerryCore

/// Records that leave with one request.
struct PendingWrites: Sendable {
    /// What is kept with each payload until the service has acknowledged it.
    struct Entry: Sendable {
        var localID: String
        var remoteID: String?
        /// The natural key's value as JSON text.
        var matchValue: String?
        var payloadHash: RecordHash = .unknown
        var localHash: RecordHash = .unknown
        /// The mark of the row that the payload was made of; 0 after a crash.
        var inputMark: UInt64 = 0
        var fieldHashes: [UInt64] = []
    }

    /// The payloads as they are sent: for updates, unchanged fields are missing.
    ///
    /// What was mapped with the first record is shared, not copied: mostly the others were mapped with it.
    private(set) var batch: RecordBatch
    private(set) var entries: [Entry] = []
    /// The whole payloads' cells, row after row, over the bytes of `batch`; none for deletes.
    private var whole: [Cell] = []
    /// About how many bytes the payloads take.
    private(set) var size = 0

    init(columnCount: Int) {
        batch = RecordBatch(columnCount: columnCount)
    }

    /// An empty list with room for as much as another one holds.
    init(columnCount: Int, sizedAs other: PendingWrites) {
        let bytes = other.batch.arena.count
        batch = RecordBatch(columnCount: columnCount, reservingRows: other.count, arenaBytes: bytes + bytes / 16)
        whole.reserveCapacity(other.whole.count)
        entries.reserveCapacity(other.count)
    }

    var count: Int { entries.count }
    var isEmpty: Bool { entries.isEmpty }

    /// Adds a row of a mapped batch; only the columns for which `isSent` holds are to be sent.
    mutating func append(row: Int, of records: RecordBatch, entry: Entry, isSent: (Int) -> Bool) {
        if entries.isEmpty, records.page.isEmpty { share(records) }
        let isShared = !batch.page.isEmpty && batch.page.sharesItsBytes(with: records.arena)
        for column in 0..<batch.columnCount {
            let cell = records[row, column]
            append(isShared ? cell.inPage : batch.copy(cell, of: records), isSent: isSent(column))
        }
        size += Self.size(of: row, in: records)
        entries.append(entry)
    }

    /// Takes the bytes of a mapped batch for its own page.
    private mutating func share(_ records: RecordBatch) {
        var shared = RecordBatch(columnCount: batch.columnCount, page: records.arena)
        // Both have room for as much as there was before.
        shared.cells = batch.cells
        shared.arena = batch.arena
        batch = shared
    }

    /// Adds a record that has no payload: a delete.
    mutating func append(delete entry: Entry) {
        entries.append(entry)
    }

    /// Adds all records of another list.
    mutating func append(_ other: PendingWrites) {
        for index in other.entries.indices { append(other, at: index) }
    }

    /// The records at the given places.
    func selecting(_ indices: some Sequence<Int>) -> PendingWrites {
        var selection = PendingWrites(columnCount: batch.columnCount)
        for index in indices { selection.append(self, at: index) }
        return selection
    }

    /// The records at the given places, each with its whole payload and without its link: what is needed to make
    /// them anew.
    func recreating(_ indices: [Int]) -> PendingWrites {
        var selection = selecting(indices)
        for index in selection.entries.indices { selection.entries[index].remoteID = nil }
        selection.batch.cells = selection.whole
        return selection
    }

    /// The same records as updates of the given remote records.
    func linked(to remoteIDs: [String]) -> PendingWrites {
        var copy = self
        for (index, id) in remoteIDs.enumerated() { copy.entries[index].remoteID = id }
        return copy
    }

    /// Takes the first `count` records off.
    mutating func removeFirst(_ count: Int) {
        guard count > 0 else { return }
        self = selecting(count..<entries.count)
    }

    /// About how many bytes the payload of a mapped row takes.
    static func size(of row: Int, in records: RecordBatch) -> Int {
        size(of: (0..<records.columnCount).lazy.map { records[row, $0] })
    }

    /// About how many bytes the payload of a record takes.
    func size(at index: Int) -> Int {
        Self.size(of: whole.isEmpty ? [] : whole[index * batch.columnCount..<(index + 1) * batch.columnCount])
    }

    /// Names and punctuation around each value, and something around each record.
    private static func size(of cells: some Collection<Cell>) -> Int {
        cells.reduce(16 + 24 * cells.count) { $0 + Int($1.count) }
    }

    /// Adds a record of another list.
    mutating func append(_ other: PendingWrites, at index: Int) {
        if !other.whole.isEmpty {
            for column in 0..<batch.columnCount {
                let cell = other.whole[index * batch.columnCount + column]
                append(batch.copy(cell, of: other.batch), isSent: other.batch[index, column].kind != .missing)
            }
        }
        size += other.size(at: index)
        entries.append(other.entries[index])
    }

    private mutating func append(_ cell: Cell, isSent: Bool) {
        whole.append(cell)
        batch.cells.append(isSent ? cell : .missing)
    }
}

extension Cell {
    /// The same value where the batch's arena has become a page.
    fileprivate var inPage: Cell {
        Cell(kind: kind, isInArena: false, offset: Int(offset), count: Int(count))
    }
}

extension [UInt8] {
    /// Whether both are one array in memory.
    fileprivate func sharesItsBytes(with other: [UInt8]) -> Bool {
        withUnsafeBytes { own in other.withUnsafeBytes { own.baseAddress == $0.baseAddress && own.count == $0.count } }
    }
}
