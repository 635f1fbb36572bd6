public import FoundationEssentials

/// How far pushes have compared a table whose rows tell when they changed last.
public struct PushCursor: Sendable, Equatable {
    /// What the rows were compared under: a cursor of another mapping says nothing.
    public var fingerprint: UInt64
    /// Where the changes stood that have all been compared; `nil` when all rows are to be.
    ///
    /// No row that changed before is looked at again.
    public var settled: ScanPosition?
    /// Where the changes stood at `latestAt`.
    ///
    /// Rows that changed before may have come to light since, when the transaction that wrote them ended.
    public var latest: ScanPosition
    /// When that was.
    public var latestAt: Date
    /// When all rows were last compared.
    public var comparedAt: Date

    /// A cursor.
    public init(
        fingerprint: UInt64,
        settled: ScanPosition?,
        latest: ScanPosition,
        latestAt: Date,
        comparedAt: Date
    ) {
        self.fingerprint = fingerprint
        self.settled = settled
        self.latest = latest
        self.latestAt = latestAt
        self.comparedAt = comparedAt
    }
}
