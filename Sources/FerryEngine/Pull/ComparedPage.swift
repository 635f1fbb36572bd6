import FerryCore

/// A page that was compared with the links, or several in a row whose changes are written as one.
///
/// What a transaction costs does not depend on its rows: where few records have changed, the others are let go of, and
/// the page waits for those that come next.
struct ComparedPage: Sendable {
    /// What the page says of itself, and the records that are left to look at.
    private(set) var remote: RemotePage
    /// What becomes of them, where that was made ahead.
    private(set) var made: MappedRecords?
    /// Their links.
    private(set) var links: [Link]
    /// The contents with which they are set aside.
    private(set) var refusedBefore: [RecordHash]
    /// Which of them have changed.
    private(set) var changed: [Int]
    /// How many records were read.
    private(set) var read: Int
    /// How many of them are as their links say.
    private(set) var unchanged: Int
    /// How many were left out by a job that tries only those again that are set aside.
    private(set) var skipped: Int
    /// Those that need not be set aside any more: they went back to what the table has before they could be written.
    private(set) var released = PackedStrings()
    /// Whether the page says nothing of itself alone.
    let isPlain: Bool
    /// The values of the records, where only those are left that have changed.
    private var values: ExtractedValues?
    /// The hashes of their identifiers then.
    private var keys: Set<UInt64> = []

    /// How many records are read at most before the changes among them are written: they are read again after a crash.
    private static let readLimit = 10_000

    /// - Parameters:
    ///   - changed: the records that are to be looked at.
    ///   - unchanged: those that are as their links say; all others are left out.
    init(_ page: MappedPage, links: [Link], refusedBefore: [RecordHash], changed: [Int], unchanged: [Int]) {
        remote = page.remote
        made = page.made
        isPlain = page.isPlain
        self.links = links
        self.refusedBefore = refusedBefore
        self.changed = changed
        read = page.remote.count
        self.unchanged = unchanged.count
        skipped = read - changed.count - unchanged.count
        for index in unchanged where refusedBefore[index] != .unknown { released.append(page.remote.ids[index]) }
        if page.isPlain, 4 * changed.count <= read { keepChanged() }
    }

    /// Whether it is worth while to wait for the next page before the changes are written.
    var canWait: Bool { values != nil && read < Self.readLimit }

    /// Whether the page that comes next can be compared before the changes of this one are written: a record that comes
    /// twice must be met twice.
    ///
    /// - Parameter between: how many records between the two are compared with the next.
    func canWait(for next: MappedPage, after between: Int = 0) -> Bool {
        canWait && next.isPlain && read + between + next.remote.count <= Self.readLimit
            && keys.isDisjoint(with: next.keys)
    }

    /// Whether the changes of the page that comes next can be written with those of this one.
    func canTake(_ next: ComparedPage) -> Bool {
        values != nil && next.values != nil
            && remote.count + next.remote.count <= MappedPage.recordLimit
            && remote.size + next.remote.size <= MappedPage.sizeLimit
    }

    /// Adds the page that comes next.
    mutating func take(_ next: ComparedPage) {
        guard let others = next.values else { return }
        changed += next.changed.map { $0 + remote.count }
        // Its values are held here alone while others are added.
        remote.extract = next.remote.extract
        values?.append(others)
        remote.append(next.remote)
        useValues()
        links += next.links
        refusedBefore += next.refusedBefore
        read += next.read
        unchanged += next.unchanged
        skipped += next.skipped
        released += next.released
        keys.formUnion(next.keys)
    }

    /// Lets go of the records that have not changed.
    private mutating func keepChanged() {
        // Where they cannot be read, that is said when they are written.
        guard let read = try? remote.extract(changed) else { return }
        let kept = ExtractedValues(copying: [read])
        values = kept
        made = nil
        remote.ids = remote.ids.selecting(changed)
        remote.hashes = changed.map { remote.hashes[$0] }
        remote.size = kept.records.arena.count
        links = changed.map { links[$0] }
        refusedBefore = changed.map { refusedBefore[$0] }
        changed = Array(changed.indices)
        keys = Set(remote.ids.hashes)
        useValues()
    }

    private mutating func useValues() {
        guard let values else { return }
        remote.extract = { values.selecting($0) }
    }
}

extension ExtractedValues {
    /// Copies of some values after each other, without the pages that they were read from.
    init(copying all: [ExtractedValues]) {
        self.init(records: RecordBatch(columnCount: all.first?.records.columnCount ?? 0))
        for values in all { append(values) }
    }

    /// The values at the given rows.
    fileprivate func selecting(_ rows: [Int]) -> ExtractedValues {
        guard rows.count < records.count || rows.last.map({ $0 + 1 }) != rows.count else { return self }
        var selection = ExtractedValues(
            records: RecordBatch(columnCount: records.columnCount, page: records.page, reservingRows: rows.count)
        )
        selection.records.arena = records.arena
        for (place, row) in rows.enumerated() {
            for column in 0..<records.columnCount { selection.records.cells.append(records[row, column]) }
            if let problem = problems[row] { selection.problems[place] = problem }
        }
        return selection
    }

    /// Adds copies of the values of others.
    fileprivate mutating func append(_ others: ExtractedValues) {
        let count = records.count
        for row in 0..<others.records.count { records.append(row: row, of: others.records) }
        for (row, problem) in others.problems { problems[count + row] = problem }
    }
}
