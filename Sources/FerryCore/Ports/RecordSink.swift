public import FoundationEssentials

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
    /// Whether every create makes an identifier that no record has had before.
    public var givesNewIdentifiers: Bool
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
        givesNewIdentifiers: Bool = false,
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
        self.givesNewIdentifiers = givesNewIdentifiers
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
