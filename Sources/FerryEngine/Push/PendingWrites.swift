import FerryCore

/// Records that wait until there are enough of them for a request.
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
    private(set) var batch: RecordBatch
    private(set) var entries: [Entry] = []
    /// The whole payloads' cells, row after row, over the bytes of `batch`; none for deletes.
    private var whole: [Cell] = []
    /// About how many bytes the payloads take up to and with each one.
    private var sizes: [Int] = []

    init(columnCount: Int) {
        batch = RecordBatch(columnCount: columnCount)
    }

    var count: Int { entries.count }
    var isEmpty: Bool { entries.isEmpty }

    /// Adds a row of a mapped batch; only the columns for which `isSent` holds are to be sent.
    mutating func append(row: Int, of records: RecordBatch, entry: Entry, isSent: (Int) -> Bool) {
        for column in 0..<batch.columnCount { append(records[row, column], of: records, isSent: isSent(column)) }
        append(entry)
    }

    /// Adds a record that has no payload: a delete.
    mutating func append(delete entry: Entry) {
        append(entry)
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

    /// The records from `start` on that one request takes: up to `count` of them and about `bytes` bytes, but one at
    /// least.
    ///
    /// - Returns: `nil` when they do not fill a request and `isPartialEnough` is not set, or when there are none.
    func request(from start: Int, count: Int, bytes: Int, isPartialEnough: Bool) -> Range<Int>? {
        guard start < entries.count else { return nil }
        let sizeBefore = start == 0 ? 0 : sizes[start - 1]
        var end = start + 1
        while end < entries.count, end - start < count, sizes[end] - sizeBefore <= bytes { end += 1 }
        let isFull = end < entries.count || end - start >= count || sizes[end - 1] - sizeBefore >= bytes
        return isFull || isPartialEnough ? start..<end : nil
    }

    /// Takes the first `count` records off.
    mutating func removeFirst(_ count: Int) {
        guard count > 0 else { return }
        self = selecting(count..<entries.count)
    }

    private mutating func append(_ other: PendingWrites, at index: Int) {
        if !other.whole.isEmpty {
            for column in 0..<batch.columnCount {
                append(
                    other.whole[index * batch.columnCount + column],
                    of: other.batch,
                    isSent: other.batch[index, column].kind != .missing
                )
            }
        }
        append(other.entries[index])
    }

    private mutating func append(_ cell: Cell, of records: RecordBatch, isSent: Bool) {
        let cell = batch.copy(cell, of: records)
        whole.append(cell)
        batch.cells.append(isSent ? cell : .missing)
    }

    private mutating func append(_ entry: Entry) {
        entries.append(entry)
        // Names and punctuation around each value, and something around each record.
        sizes.append(batch.arena.count + entries.count * (16 + 24 * batch.columnCount))
    }
}
