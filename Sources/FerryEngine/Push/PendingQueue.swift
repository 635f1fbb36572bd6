import FerryCore

/// Records that wait to be sent, a request's each together: they are copied once, into the request they leave with.
struct PendingQueue: Sendable {
    /// What one request takes; `nil` where the service takes none.
    private let ability: WriteAbility?
    private let columnCount: Int
    /// Those of requests that are full.
    private var full: [PendingWrites] = []
    /// Those of the request that is not.
    private var rest: PendingWrites

    init(columnCount: Int, ability: WriteAbility?) {
        self.ability = ability
        self.columnCount = columnCount
        rest = PendingWrites(columnCount: columnCount)
    }

    var count: Int { full.reduce(rest.count) { $0 + $1.count } }
    var isEmpty: Bool { full.isEmpty && rest.isEmpty }

    /// All of them, a request's each.
    var requests: [PendingWrites] { rest.isEmpty ? full : full + [rest] }

    /// Adds a row of a mapped batch; only the columns for which `isSent` holds are to be sent.
    mutating func append(row: Int, of records: RecordBatch, entry: PendingWrites.Entry, isSent: (Int) -> Bool) {
        makeRoom(for: PendingWrites.size(of: row, in: records))
        rest.append(row: row, of: records, entry: entry, isSent: isSent)
        sealIfFull()
    }

    /// Adds all records of a list.
    mutating func append(_ records: PendingWrites) {
        for index in records.entries.indices {
            makeRoom(for: records.size(at: index))
            rest.append(records, at: index)
            sealIfFull()
        }
    }

    /// Takes the records of the requests that are full; all of them unless `whenFull` is set.
    mutating func take(whenFull: Bool) -> [PendingWrites] {
        if !whenFull, !rest.isEmpty { seal() }
        defer { full = [] }
        return full
    }

    private mutating func makeRoom(for size: Int) {
        guard let ability, !rest.isEmpty, rest.size + size > ability.maximumBytes else { return }
        seal()
    }

    private mutating func sealIfFull() {
        guard let ability, rest.count >= ability.maximumRecords || rest.size >= ability.maximumBytes else { return }
        seal()
    }

    private mutating func seal() {
        let next = PendingWrites(columnCount: columnCount, sizedAs: rest)
        full.append(rest)
        rest = next
    }
}
