public import FerryCore
public import FoundationEssentials

/// A table before another, to which it passes on whatever it does not do itself.
public protocol TableWrapper: LocalTable {
    /// The other table.
    var inner: any LocalTable { get }
}

extension TableWrapper {
    /// The other table's.
    public var identity: String { inner.identity }

    /// The other table's.
    public var keyColumn: String { inner.keyColumn }

    /// The other table's.
    public var isExact: Bool { inner.isExact }

    /// Passed on.
    public func count() async throws -> Int? { try await inner.count() }

    /// Passed on.
    public func scan(after position: ScanPosition?, limit: Int) async throws -> LocalPage {
        try await inner.scan(after: position, limit: limit)
    }

    /// Passed on.
    public func digests(after position: ScanPosition?, limit: Int) async throws -> RowDigests? {
        try await inner.digests(after: position, limit: limit)
    }

    /// Passed on.
    public func lastChange(notAfter date: Date) async throws -> ScanPosition? {
        try await inner.lastChange(notAfter: date)
    }

    /// Passed on.
    public func scan(changedSince change: ScanPosition, after position: ScanPosition?, limit: Int) async throws
        -> LocalPage
    {
        try await inner.scan(changedSince: change, after: position, limit: limit)
    }

    /// Passed on.
    public func rows(ids: PackedStrings) async throws -> LocalPage { try await inner.rows(ids: ids) }

    /// Passed on.
    public func rows(where field: Int, isOneOf values: RecordBatch) async throws -> LocalPage {
        try await inner.rows(where: field, isOneOf: values)
    }

    /// Passed on.
    public func apply(_ changes: LocalChanges) async throws -> AppliedChanges { try await inner.apply(changes) }
}
