/// An entity type of an integration between two particular ends.
public struct LinkScope: Sendable, Hashable {
    /// The scope's number in the ledger.
    public var id: Int64
    /// The integration's identifier.
    public var integration: String
    /// The entity type.
    public var entityType: String

    /// A scope.
    public init(id: Int64, integration: String, entityType: String) {
        self.id = id
        self.integration = integration
        self.entityType = entityType
    }
}

/// What both sides looked like when they last agreed.
public struct Link: Sendable, Equatable {
    /// The link's number; 0 for no link.
    public var id: Int64
    /// The hash of the remote record's bytes as they came, mixed with the mapping's fingerprint.
    public var remoteHash: RecordHash
    /// The hash of the local values that a pull wrote or a push read, over the pull's mapping.
    public var localHash: RecordHash
    /// The hash of the payload the remote last acknowledged, over the push's mapping.
    public var payloadHash: RecordHash
    /// The mark by which a push knows, without mapping the row, that it would make that very payload again; 0 for none.
    public var inputMark: UInt64
    /// How many complete scans in a row the remote record was missing from.
    public var missingScans: Int

    /// A link.
    public init(
        id: Int64,
        remoteHash: RecordHash = .unknown,
        localHash: RecordHash = .unknown,
        payloadHash: RecordHash = .unknown,
        inputMark: UInt64 = 0,
        missingScans: Int = 0
    ) {
        self.id = id
        self.remoteHash = remoteHash
        self.localHash = localHash
        self.payloadHash = payloadHash
        self.inputMark = inputMark
        self.missingScans = missingScans
    }

    /// No link.
    public static let none = Link(id: 0)

    /// Whether there is a link.
    public var exists: Bool { id != 0 }
}

/// A link's two identifiers.
public struct LinkedPair: Sendable, Equatable {
    /// The link's number.
    public var id: Int64
    /// The local entity's identifier.
    public var localID: String
    /// The remote record's identifier.
    public var remoteID: String
    /// How many complete scans in a row the remote record was missing from.
    public var missingScans: Int

    /// The count of a link whose record the service says is deleted: more than any description asks for.
    public static let tombstoneScans = 1_000_000

    /// Whether the service says that the record is deleted.
    public var isTombstone: Bool { missingScans >= Self.tombstoneScans }

    /// A pair.
    public init(id: Int64, localID: String, remoteID: String, missingScans: Int = 0) {
        self.id = id
        self.localID = localID
        self.remoteID = remoteID
        self.missingScans = missingScans
    }
}

/// The mark of a link whose row is known to make the payload that the link knows.
public struct LinkMark: Sendable, Equatable {
    /// The link's number.
    public var link: Int64
    /// The mark.
    public var mark: UInt64

    /// A mark.
    public init(link: Int64, mark: UInt64) {
        self.link = link
        self.mark = mark
    }
}

/// Links to write: column by column, a row each.
public struct LinkChanges: Sendable {
    /// The local identifiers.
    public var localIDs = PackedStrings()
    /// The remote identifiers.
    public var remoteIDs = PackedStrings()
    /// The remote records' hashes; ``RecordHash/unknown`` keeps what the link has.
    public var remoteHashes: [RecordHash] = []
    /// The local hashes; ``RecordHash/unknown`` keeps what the link has.
    public var localHashes: [RecordHash] = []
    /// The payload hashes; ``RecordHash/unknown`` keeps what the link has.
    public var payloadHashes: [RecordHash] = []
    /// The marks of the rows that the payloads were made of; 0 keeps what the link has.
    public var inputMarks: [UInt64] = []
    /// The payload's field hashes; empty keeps what the link has.
    public var fieldHashes: [[UInt64]] = []
    /// Whether remote identifiers that have no link yet are ones that the service has made just now: nobody need look
    /// whether they stand for other rows.
    public var areNew = false

    /// No changes.
    public init() {}

    /// Adds a link, or changes the one of the same pair.
    public mutating func append(
        localID: String,
        remoteID: String,
        remoteHash: RecordHash = .unknown,
        localHash: RecordHash = .unknown,
        payloadHash: RecordHash = .unknown,
        inputMark: UInt64 = 0,
        fieldHashes fields: [UInt64] = []
    ) {
        localIDs.append(localID)
        remoteIDs.append(remoteID)
        remoteHashes.append(remoteHash)
        localHashes.append(localHash)
        payloadHashes.append(payloadHash)
        inputMarks.append(inputMark)
        fieldHashes.append(fields)
    }

    /// Adds the links of others, of other pairs.
    public mutating func append(_ others: LinkChanges) {
        localIDs += others.localIDs
        remoteIDs += others.remoteIDs
        remoteHashes += others.remoteHashes
        localHashes += others.localHashes
        payloadHashes += others.payloadHashes
        inputMarks += others.inputMarks
        fieldHashes += others.fieldHashes
        areNew = areNew && others.areNew
    }

    /// The number of links.
    public var count: Int { localIDs.count }
}
