public import FoundationEssentials

/// One local store.
public protocol LocalStore: Sendable {
    /// Opens the table (or query) of an entity type for one job.
    ///
    /// A table that Ferry owns is made, and columns it lacks are added, when `forWriting` is set; a user's table is
    /// never altered.
    ///
    /// - Throws: ``SyncFailure`` of kind `config` that names a table, column or key that is not there.
    func table(_ entity: EntityMapping, fields: [FieldPath], forWriting: Bool) async throws -> any LocalTable

    /// Finds out what ``table(_:fields:forWriting:)`` would open or make, and makes nothing: for plans.
    ///
    /// A store that makes nothing when a table is opened for writing needs none of its own.
    ///
    /// - Throws: as opening the table would.
    func draft(_ entity: EntityMapping, fields: [FieldPath], forWriting: Bool) async throws -> TableDraft

    /// Whether a pull may write rows while the links of those before are committed, as it may in any real store.
    var takesRowsAhead: Bool { get }
}

extension LocalStore {
    /// It may.
    public var takesRowsAhead: Bool { true }

    /// The table as it is when it is opened for reading, whatever it is wanted for: that makes nothing in any store.
    public func draft(
        _ entity: EntityMapping,
        fields: [FieldPath],
        forWriting: Bool
    ) async throws -> TableDraft {
        let table = try await table(entity, fields: fields, forWriting: false)
        return TableDraft(table: table, places: Array(fields.indices))
    }
}

/// What opening a table would find or make.
public struct TableDraft: Sendable {
    /// The table, with the fields that it has columns for; `nil` when it would be made.
    public var table: (any LocalTable)?
    /// For each of the job's fields its place among the table's fields; `nil` where its column would be added.
    public var places: [Int?]
    /// The name of the column that holds the key.
    public var keyColumn: String
    /// The names of the columns that would be added.
    public var addedColumns: [String]

    /// A table that is there.
    public init(table: any LocalTable, places: [Int?], addedColumns: [String] = []) {
        self.table = table
        self.places = places
        keyColumn = table.keyColumn
        self.addedColumns = addedColumns
    }

    /// A table that would be made; every value that is written to it is then read back just the same.
    public init(madeWith columns: [String], keyColumn: String, fieldCount: Int) {
        places = Array(repeating: nil, count: fieldCount)
        self.keyColumn = keyColumn
        addedColumns = columns
    }
}

/// The rows of one entity type.
///
/// Fields are paths below `fields`, in the order given when the table was opened.
public protocol LocalTable: Sendable {
    /// What the table is; links start anew when it changes (another file, a table made afresh).
    var identity: String { get }

    /// The name of the column that holds the key.
    var keyColumn: String { get }

    /// Whether every value that is written is read back just the same.
    var isExact: Bool { get }

    /// The number of rows, where that is cheap.
    func count() async throws -> Int?

    /// Reads up to `limit` rows in key order after `position`; `nil` is the start.
    ///
    /// - Throws: ``SyncFailure`` of kind `local`.
    func scan(after position: ScanPosition?, limit: Int) async throws -> LocalPage

    /// Reads as ``scan(after:limit:)`` does, but only what tells whether rows are as they were: a lot less work.
    ///
    /// - Returns: `nil` when the store cannot tell.
    /// - Throws: ``SyncFailure`` of kind `local`.
    func digests(after position: ScanPosition?, limit: Int) async throws -> RowDigests?

    /// How far the changes go by the column that tells when a row changed last (``EntityMapping/changedSince``).
    ///
    /// - Parameter date: now. Where the column holds times, the answer is none after it: a row whose time lies ahead must
    ///   not hide those that change before then.
    /// - Returns: `nil` when there is no such column, or no row has a value there.
    /// - Throws: ``SyncFailure`` of kind `local`.
    func lastChange(notAfter date: Date) async throws -> ScanPosition?

    /// Reads up to `limit` rows after `position` of those that changed at or after `change`, or of which that is not
    /// known, in the order of their changes; `nil` is the start.
    ///
    /// - Parameter change: what ``lastChange(notAfter:)`` returned once.
    /// - Throws: ``SyncFailure`` of kind `local`.
    func scan(changedSince change: ScanPosition, after position: ScanPosition?, limit: Int) async throws -> LocalPage

    /// Reads the rows with the given identifiers, in no particular order; those that do not exist are left out.
    ///
    /// - Throws: ``SyncFailure`` of kind `local`.
    func rows(ids: PackedStrings) async throws -> LocalPage

    /// Reads the rows that hold one of the given values in a field, as texts, in no particular order.
    ///
    /// - Parameters:
    ///   - field: the field's place among those that the table was opened with.
    ///   - values: a batch of one column, without nulls.
    /// - Throws: ``SyncFailure`` of kind `local`.
    func rows(where field: Int, isOneOf values: RecordBatch) async throws -> LocalPage

    /// Applies all changes in one transaction that is durable when the call returns.
    ///
    /// - Returns: what became of the rows; those that the table did not refuse are in place.
    /// - Throws: ``SyncFailure`` of kind `local`; nothing is then applied.
    func apply(_ changes: LocalChanges) async throws -> AppliedChanges
}

extension LocalTable {
    /// None, for stores that have no quicker way than reading the rows.
    public func digests(after position: ScanPosition?, limit: Int) async throws -> RowDigests? { nil }

    /// The rows among all of them, for stores that have no quicker way.
    public func rows(where field: Int, isOneOf values: RecordBatch) async throws -> LocalPage {
        try await scan(for: values, in: field)
    }

    /// Reads all rows, and keeps those that hold one of the values of a batch of one column in a field, as texts.
    public func scan(for values: RecordBatch, in field: Int) async throws -> LocalPage {
        let wanted = Set((0..<values.count).map { values.string(of: values[$0, 0]) })
        var found: LocalPage?
        var position: ScanPosition?
        repeat {
            let page = try await scan(after: position, limit: 1000)
            var result =
                found
                ?? LocalPage(
                    ids: PackedStrings(),
                    records: RecordBatch(columnCount: page.records.columnCount),
                    next: nil
                )
            for row in 0..<page.ids.count
            where wanted.contains(page.records.string(of: page.records[row, field])) {
                page.problems[row].map { result.problems[result.ids.count] = $0 }
                result.ids.append(page.ids[row])
                result.records.append(row: row, of: page.records)
            }
            found = result
            position = page.next
        } while position != nil
        return found ?? LocalPage(ids: PackedStrings(), records: RecordBatch(columnCount: 0), next: nil)
    }
}

/// A place in the order of a table's rows or of their changes, such as where a scan goes on: opaque to the engine.
public struct ScanPosition: Sendable, Equatable, RawRepresentable {
    /// The last key read, or the last change, as the store wrote it.
    public var rawValue: String

    /// A position.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }
}

/// What tells whether the rows of a local table are as they were.
public struct RowDigests: Sendable {
    /// The rows' local identifiers.
    public var ids: PackedStrings
    /// For each row a hash of all that a job may read of it, and of how it is read: another value makes another.
    public var values: [UInt64]
    /// Where to go on; `nil` when there are no more rows.
    public var next: ScanPosition?

    /// Digests.
    public init(ids: PackedStrings, values: [UInt64], next: ScanPosition?) {
        self.ids = ids
        self.values = values
        self.next = next
    }
}

/// Rows read from a local table.
public struct LocalPage: Sendable {
    /// The rows' local identifiers.
    public var ids: PackedStrings
    /// One column per field.
    public var records: RecordBatch
    /// Where to go on; `nil` when there are no more rows.
    public var next: ScanPosition?
    /// The rows that hold a value that cannot be kept as it is, by their position, each with the reason.
    public var problems: [Int: String]
    /// The rows' digests as ``RowDigests`` has them; none where the store cannot tell.
    public var digests: [UInt64]

    /// A page.
    public init(
        ids: PackedStrings,
        records: RecordBatch,
        next: ScanPosition?,
        problems: [Int: String] = [:],
        digests: [UInt64] = []
    ) {
        self.ids = ids
        self.records = records
        self.next = next
        self.problems = problems
        self.digests = digests
    }

    /// The rows at the given places, over the same bytes.
    public func selecting(_ rows: [Int]) -> LocalPage {
        var chosen = LocalPage(
            ids: ids.selecting(rows),
            records: RecordBatch(columnCount: records.columnCount, page: records.page, reservingRows: rows.count),
            next: next
        )
        chosen.records.arena = records.arena
        if !digests.isEmpty { chosen.digests = rows.map { digests[$0] } }
        let columns = records.columnCount
        for (place, row) in rows.enumerated() {
            chosen.records.cells += records.cells[row * columns..<(row + 1) * columns]
            if let problem = problems[row] { chosen.problems[place] = problem }
        }
        return chosen
    }
}

/// Changes to a local table.
public struct LocalChanges: Sendable {
    /// The identifiers of the rows to insert or update.
    public var ids: PackedStrings
    /// Their values: one column per field; missing cells leave a row's column alone.
    public var records: RecordBatch
    /// For each row, whether it is believed to exist: the store then tries to update it before it inserts it.
    public var areKnown: [Bool]
    /// The identifiers of the rows to delete.
    public var deletedIDs: PackedStrings

    /// Changes.
    public init(
        ids: PackedStrings,
        records: RecordBatch,
        areKnown: [Bool],
        deletedIDs: PackedStrings = PackedStrings()
    ) {
        self.ids = ids
        self.records = records
        self.areKnown = areKnown
        self.deletedIDs = deletedIDs
    }

    /// Whether there is nothing to do.
    public var isEmpty: Bool { ids.isEmpty && deletedIDs.isEmpty }
}

/// What became of changes to a local table.
public struct AppliedChanges: Sendable {
    /// Rows that did not exist before.
    public var inserted = 0
    /// Rows that existed.
    public var updated = 0
    /// Rows that were deleted.
    public var deleted = 0
    /// The rows that the table refused, by their position among the upserts, each with the reason.
    public var refused: [Int: String] = [:]

    /// Nothing yet.
    public init() {}
}
