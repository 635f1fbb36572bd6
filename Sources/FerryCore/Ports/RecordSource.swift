/// Reads a resource page by page.
public protocol RecordSource: Sendable {
    /// Whether there are pages at all; else records can only be found or read one by one.
    var canList: Bool { get }

    /// Whether a scan from the start to the end sees every record, so that one not seen may be taken for deleted.
    var isComplete: Bool { get }

    /// Complete scans a record must be missing from before it counts as deleted.
    var scansBeforeDelete: Int { get }

    /// The look at all identifiers by which a source shows what is gone, when its scans do not.
    var sweep: KeySweep? { get }

    /// Where a scan begins that sees only what changed since an earlier one.
    ///
    /// - Parameter cursor: what the last page of that scan left (``RemotePage/cursor``).
    /// - Returns: `nil` when the cursor means nothing to this source (any more): everything must be read.
    func start(since cursor: String) -> PagePosition?

    /// Reads the page at `position`; `nil` is the start of all there is.
    ///
    /// - Throws: ``SyncFailure``.
    func page(at position: PagePosition?) async throws -> RemotePage

    /// Whether ``find(_:)`` is a request of its own rather than a scan.
    var canFind: Bool { get }

    /// Reads the records whose match field has exactly `value`.
    ///
    /// - Throws: ``SyncFailure``.
    func find(_ value: JSONValue) async throws -> RemotePage

    /// Whether ``get(_:)`` is possible.
    var canGet: Bool { get }

    /// Reads the record with the given remote identifier; an empty page when there is none (any more).
    ///
    /// - Throws: ``SyncFailure``.
    func get(_ remoteID: String) async throws -> RemotePage
}

extension RecordSource {
    /// Most resources cannot be read record by record.
    public var canGet: Bool { false }

    /// Not to be called where ``canGet`` is false.
    public func get(_ remoteID: String) async throws -> RemotePage {
        throw SyncFailure(.config, .configUnsafeService, "the resource cannot be read record by record")
    }
}

extension RecordSource {
    /// Nearly every resource can be listed.
    public var canList: Bool { true }

    /// None: most sources show everything in every scan.
    public var sweep: KeySweep? { nil }

    /// Nowhere: most sources read everything every time.
    public func start(since cursor: String) -> PagePosition? { nil }
}

/// A look at the identifiers of all records.
public struct KeySweep: Sendable {
    /// Reads the identifiers; its records have no other values.
    public var source: any RecordSource
    /// How long a look is good for.
    public var interval: Duration

    /// A sweep.
    public init(source: any RecordSource, interval: Duration) {
        self.source = source
        self.interval = interval
    }
}

/// A place in a paged resource: what the paginator needs to know to ask for the next page, as JSON text that the
/// engine keeps in the checkpoint without looking into it.
public struct PagePosition: Sendable, Equatable, RawRepresentable {
    /// The JSON text.
    public var rawValue: String

    /// A position.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }
}

/// One page of a remote resource: records by identifier and hash, their values extracted only when asked for.
public struct RemotePage: Sendable {
    /// The records' remote identifiers.
    public var ids: PackedStrings
    /// Hash of each record's bytes as they came: equal means unchanged without parsing.
    public var hashes: [RecordHash]
    /// The next page's position; `nil` at the end of the data.
    public var next: PagePosition?
    /// How many records the service says there are, if it does.
    public var total: Int?
    /// How many bytes the page keeps in memory, about.
    public var size = 0
    /// The identifiers of records that the service says are deleted; they are not among `ids`.
    public var tombstones = PackedStrings()
    /// What ``RecordSource/start(since:)`` takes once everything up to this page is in place; `nil` leaves what there
    /// is.
    public var cursor: String?
    /// Whether nothing can have escaped the scan that ends with this page; `false` when the records moved about too
    /// much to be sure, so that nothing can be said of those that were not seen.
    public var isConclusive = true
    /// The slice that all of the page's records belong to, where the resource is read slice by slice.
    public var slice: RemoteSlice?
    /// Where a later attempt goes on, if that is not ``next``: at the beginning of a slice that has not ended.
    public var resume: PagePosition?
    /// What the service does not give of the resource with this page, and why.
    public var shortfalls: [JobShortfall] = []
    /// What people should know about what was read up to here: a sentence each.
    public var notes: [String] = []
    /// Extracts the values of the source's `fields` (and the match field, last, if there is one) for the records at
    /// the given indices, in that order.
    ///
    /// Throws ``SyncFailure``.
    public var extract: @Sendable (_ indices: [Int]) throws -> ExtractedValues

    /// A page.
    public init(
        ids: PackedStrings,
        hashes: [RecordHash],
        next: PagePosition?,
        total: Int? = nil,
        extract: @escaping @Sendable (_ indices: [Int]) throws -> ExtractedValues
    ) {
        self.ids = ids
        self.hashes = hashes
        self.next = next
        self.total = total
        self.extract = extract
    }

    /// The number of records.
    public var count: Int { ids.count }
}

/// Some records of a resource that are read as a whole, such as those of a day: what was among them before and is not any
/// more is gone.
public struct RemoteSlice: Sendable, Equatable {
    /// What the identifiers of all its records begin with, and no others.
    public var prefix: String
    /// Whether the page is its last one: it has been read as a whole then, in one go.
    public var isEnd: Bool

    /// A slice.
    public init(prefix: String, isEnd: Bool) {
        self.prefix = prefix
        self.isEnd = isEnd
    }
}

/// The values of some records of a page.
public struct ExtractedValues: Sendable {
    /// A row per record.
    public var records: RecordBatch
    /// The rows that hold a value that cannot be kept as it is, by their position, each with the reason.
    public var problems: [Int: String]

    /// Values.
    public init(records: RecordBatch, problems: [Int: String] = [:]) {
        self.records = records
        self.problems = problems
    }
}
