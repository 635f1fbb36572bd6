import FerryCore

/// A page on its way to the table, or several in a row that are written as one.
///
/// What a transaction costs does not depend on its rows: when the table is slower than the service, pages that wait for
/// it are written together.
struct MappedPage: Sendable {
    /// The records.
    private(set) var remote: RemotePage
    /// What becomes of all records, where that was made ahead.
    private(set) var made: MappedRecords?
    /// The hashes of the records' identifiers.
    private(set) var keys: Set<UInt64>

    /// How many records are written as one at most, and how many bytes of them.
    static let recordLimit = 1000
    static let sizeLimit = 2 << 20

    /// A page.
    init(_ page: RemotePage, made: MappedRecords? = nil) {
        remote = page
        self.made = made
        keys = Set(page.ids.hashes)
    }

    /// Whether another page may be written with this one.
    var hasRoom: Bool { isPlain && remote.count < Self.recordLimit && remote.size < Self.sizeLimit }

    /// Whether the page that comes next can be written with this one.
    ///
    /// Nothing may be lost by it that a page says of itself alone, and a record that comes twice must be met twice.
    func canTake(_ next: MappedPage) -> Bool {
        remote.count + next.remote.count <= Self.recordLimit
            && remote.size + next.remote.size <= Self.sizeLimit
            && isPlain && next.isPlain
            && (made == nil) == (next.made == nil)
            && keys.isDisjoint(with: next.keys)
    }

    /// Adds the page that comes next.
    mutating func take(_ next: MappedPage) {
        let (first, second, count) = (remote.extract, next.remote.extract, remote.count)
        remote.extract = { indices in
            let own = indices.prefix { $0 < count }
            let others = indices.dropFirst(own.count).map { $0 - count }
            guard !own.isEmpty else { return try second(others) }
            guard !others.isEmpty else { return try first(Array(own)) }
            let (values, otherValues) = (try first(Array(own)), try second(others))
            guard 4 * indices.count > count else { return ExtractedValues(copying: [values, otherValues]) }
            var problems = values.problems
            for (row, problem) in otherValues.problems { problems[own.count + row] = problem }
            let page = values.records.page + otherValues.records.page
            return ExtractedValues(
                records: values.records.joined(to: otherValues.records, over: page),
                problems: problems
            )
        }
        remote.append(next.remote)
        keys.formUnion(next.keys)
        if let others = next.made { made?.append(others) }
    }

    /// Whether it says nothing of itself alone that would be lost with another's.
    var isPlain: Bool {
        remote.isConclusive && remote.tombstones.isEmpty && remote.slice == nil && remote.resume == nil
            && remote.notes.isEmpty && remote.shortfalls.isEmpty && made?.isClean ?? true
    }
}

extension RemotePage {
    /// Adds the records of the page that comes next, but for their values.
    mutating func append(_ next: RemotePage) {
        ids += next.ids
        hashes += next.hashes
        size += next.size
        self.next = next.next
        total = next.total ?? total
        cursor = next.cursor ?? cursor
    }
}
