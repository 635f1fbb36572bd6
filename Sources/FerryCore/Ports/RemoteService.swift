public import FoundationEssentials

/// One remote service, as one integration reaches it.
///
/// Every call is one attempt and leaves nothing behind: waiting, retrying, checkpoints and identity belong to the
/// engine.
public protocol RemoteService: Sendable {
    /// What the far end is (host, project, collection): links start anew when it changes. No secrets.
    var identity: String { get }

    /// The directions in which a resource can be synced; empty when there is no such resource.
    func directions(of resource: String) -> Set<Direction>

    /// The natural key's path in a resource's records, for entities that do not set one.
    func defaultMatch(of resource: String) -> FieldPath?

    /// Makes the cheapest call that proves that the service answers this configuration.
    ///
    /// - Throws: ``SyncFailure``.
    func check() async throws

    /// A reader of a resource that gives the values at `fields`, which are rooted where the description says.
    ///
    /// - Throws: ``SyncFailure`` of kind `config` when the resource cannot be read.
    func source(_ resource: String, fields: [FieldPath], match: FieldPath?) throws -> any RecordSource

    /// A writer of a resource that takes the values for `fields`, rooted alike.
    ///
    /// - Throws: ``SyncFailure`` of kind `config` when the resource cannot be written.
    func sink(_ resource: String, fields: [FieldPath], match: FieldPath?) throws -> any RecordSink

    /// Work that the service does by itself when it is asked; `nil` for a resource that has records.
    func action(_ resource: String) -> (any RemoteAction)?

    /// The bytes and requests of all attempts since the service was made.
    var traffic: Traffic { get }

    /// What people should know about the connection, such as a primary key that no longer works.
    var attention: [String] { get }
}

extension RemoteService {
    /// None: resources have records.
    public func action(_ resource: String) -> (any RemoteAction)? { nil }
}

/// What went over the wire.
public struct Traffic: Sendable, Equatable {
    /// Bytes received.
    public var bytesIn = 0
    /// Bytes sent.
    public var bytesOut = 0
    /// Requests sent.
    public var requests = 0

    /// Nothing yet.
    public init() {}

    /// Adds what went over another connection.
    public static func += (total: inout Traffic, other: Traffic) {
        total.bytesIn += other.bytesIn
        total.bytesOut += other.bytesOut
        total.requests += other.requests
    }
}

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

/// What a write does.
public enum WriteOperation: String, Sendable, Codable, CaseIterable {
    /// Makes a record.
    case create
    /// Changes fields of a record.
    case update
    /// Deletes a record.
    case delete
}

/// Writes to a resource.
public protocol RecordSink: Sendable {
    /// What the resource takes for an operation; `nil` when it does not take it at all.
    func ability(for operation: WriteOperation) -> WriteAbility?

    /// What is wrong with records that are refused without asking the service, by their place in the batch.
    func refusals(of batch: WriteBatch) -> [Int: String]

    /// What would be made at the service first so that it takes a batch, in words for people.
    ///
    /// - Throws: ``SyncFailure``.
    func preparations(for batch: WriteBatch) async throws -> [String]

    /// What records are called that are made of the rows with the given keys (``WriteBatch/recordKeys``).
    ///
    /// - Returns: `nil` where that is the service's or the natural key's to say.
    func identifiers(of recordKeys: PackedStrings) -> PackedStrings?

    /// Writes a batch's request ahead as far as it is known, so that it can leave at once when its turn comes.
    func written(_ batch: WriteBatch) -> WriteBatch

    /// Writes one batch: one request, one attempt.
    ///
    /// - Returns: what became of each record, in the batch's order.
    /// - Throws: ``SyncFailure`` when the whole batch failed. `effect` says whether it may have landed all the same.
    func write(_ batch: WriteBatch) async throws -> [WriteResult]
}

extension RecordSink {
    /// Nothing: most services say themselves what they do not take.
    public func refusals(of batch: WriteBatch) -> [Int: String] { [:] }

    /// Nothing: most services take batches as they are.
    public func preparations(for batch: WriteBatch) async throws -> [String] { [] }

    /// As it is: what is small is written when it leaves.
    public func written(_ batch: WriteBatch) -> WriteBatch { batch }

    /// None: most services give identifiers themselves.
    public func identifiers(of recordKeys: PackedStrings) -> PackedStrings? { nil }
}

/// What a resource takes for one operation.
public struct WriteAbility: Sendable, Equatable {
    /// The most records in a request.
    public var maximumRecords: Int
    /// The most bytes in a request.
    public var maximumBytes: Int
    /// Whether sending the same request again leaves the same result.
    public var isRepeatable: Bool
    /// Whether fields that are left out keep their values.
    public var isPartial: Bool
    /// How long after a request was sent the service may still be working on it, when no answer comes.
    public var settlesWithin: Duration
    /// Whether a record's natural key is its identifier, and a create changes what has it already: updates always carry
    /// the key then, and another key is another record.
    public var identifiesByMatch: Bool
    /// Whether the service knows a batch again by its idempotency key, so that one whose answer was lost must be sent
    /// under that key and no other.
    public var isKeyed: Bool
    /// Whether the batch must have ``WriteBatch/recordKeys``.
    public var needsRecordKeys: Bool
    /// How many requests a second may be made of this kind, in the long run; `nil` for as many as the work needs.
    public var requestsPerSecond: Double?

    /// An ability.
    public init(
        maximumRecords: Int,
        maximumBytes: Int,
        isRepeatable: Bool,
        isPartial: Bool,
        settlesWithin: Duration = .zero,
        identifiesByMatch: Bool = false,
        isKeyed: Bool = false,
        needsRecordKeys: Bool = false,
        requestsPerSecond: Double? = nil
    ) {
        self.maximumRecords = maximumRecords
        self.maximumBytes = maximumBytes
        self.isRepeatable = isRepeatable
        self.isPartial = isPartial
        self.settlesWithin = settlesWithin
        self.identifiesByMatch = identifiesByMatch
        self.isKeyed = isKeyed
        self.needsRecordKeys = needsRecordKeys
        self.requestsPerSecond = requestsPerSecond
    }

    /// How many seconds it takes to send so many records at the service's pace; `nil` where it sets none.
    public func seconds(for records: Int) -> Double? {
        requestsPerSecond.map { rate in
            Double((records + maximumRecords - 1) / max(maximumRecords, 1)) / rate
        }
    }
}

/// The records of one write request.
public struct WriteBatch: Sendable {
    /// What to do with them.
    public var operation: WriteOperation
    /// One column per field of the sink, the match field among them if it is mapped; missing cells are left out of
    /// the request.
    ///
    /// Empty for deletes.
    public var records: RecordBatch { didSet { body = nil } }
    /// The remote identifiers, for updates and deletes.
    public var remoteIDs: PackedStrings { didSet { body = nil } }
    /// Stays the same however often the batch is sent.
    public var idempotencyKey: String { didSet { body = nil } }
    /// Texts that tell each record from all others, where the sink needs them.
    ///
    /// They stay the same however often the batch is sent. Where records cannot be changed once they are sent, or are
    /// called by them, they are those of the local rows, and the same in any batch.
    public var recordKeys = PackedStrings() { didSet { body = nil } }
    /// The request's body, where it was written ahead (``RecordSink/written(_:)``): it says nothing that another attempt
    /// would say otherwise, and is gone as soon as the batch is another one.
    public private(set) var body: [UInt8]?
    /// 1 for the first time.
    public var attempt: Int
    /// When the batch was first made, which stays the same however often it is sent; `nil` when that is not known.
    public var madeAt: Date?
    /// Whether an attempt whose answer was lost may have had its effect.
    public var mayHaveLanded = false

    /// A batch.
    public init(
        operation: WriteOperation,
        records: RecordBatch,
        remoteIDs: PackedStrings,
        idempotencyKey: String,
        attempt: Int = 1
    ) {
        self.operation = operation
        self.records = records
        self.remoteIDs = remoteIDs
        self.idempotencyKey = idempotencyKey
        self.attempt = attempt
    }

    /// The number of records.
    public var count: Int { operation == .create ? records.count : remoteIDs.count }

    /// The batch with the body that its request is to have.
    public func written(as body: [UInt8]) -> WriteBatch {
        var batch = self
        batch.body = body
        return batch
    }

    /// The records at the given places, as a batch under the same key.
    public func selecting(_ rows: [Int]) -> WriteBatch {
        var selection = self
        selection.records.cells = rows.flatMap { row in
            records.cells[row * records.columnCount..<(row + 1) * records.columnCount]
        }
        selection.remoteIDs = remoteIDs.isEmpty ? remoteIDs : remoteIDs.selecting(rows)
        selection.recordKeys = recordKeys.isEmpty ? recordKeys : recordKeys.selecting(rows)
        return selection
    }
}

/// What became of one record of a write.
public enum WriteResult: Sendable, Equatable {
    /// It is durable at the service under this identifier.
    case accepted(remoteID: String)
    /// The service refused it, in these words.
    case refused(String)
    /// It does not exist at the service (any more).
    case gone
    /// It has had no effect, and should be sent once more, in the service's words.
    case again(String)
}
