public import FerryCore
public import FoundationEssentials

/// What the ledger keeps of an integration between its jobs.
public struct KeptState: Sendable, Equatable {
    /// Changes with every job that is started and every change by people: two that are equal are of one state.
    public var revision: String
    /// Whether a job works on it now.
    public var isBusy: Bool
    /// What is kept of each entity type, in the order in which they were first met.
    public var entities: [KeptEntity]
    /// What people did with it, newest first.
    public var changes: [StateChange]

    /// A state.
    public init(revision: String, isBusy: Bool, entities: [KeptEntity] = [], changes: [StateChange] = []) {
        self.revision = revision
        self.isBusy = isBusy
        self.entities = entities
        self.changes = changes
    }
}

/// What the ledger keeps of one entity type.
public struct KeptEntity: Sendable, Equatable {
    /// What can be moved to another ledger, links aside.
    public var origin: EntityOrigin
    /// The number of links.
    public var links: Int
    /// The links whose records the service says are deleted.
    public var tombstones: Int
    /// The records and rows that are set aside.
    public var setAside: Int
    /// The open conflicts.
    public var conflicts: Int
    /// The requests and writes of which it is not known whether they were carried out.
    public var unsettled: Int
    /// How far pushes have compared; `nil` where the table does not tell when its rows changed.
    public var pushCursor: PushCursor?

    /// An entity type's state.
    public init(
        origin: EntityOrigin,
        links: Int,
        tombstones: Int = 0,
        setAside: Int = 0,
        conflicts: Int = 0,
        unsettled: Int = 0,
        pushCursor: PushCursor? = nil
    ) {
        self.origin = origin
        self.links = links
        self.tombstones = tombstones
        self.setAside = setAside
        self.conflicts = conflicts
        self.unsettled = unsettled
        self.pushCursor = pushCursor
    }
}

/// What an entity type's links belong to, and how far its pulls have come.
public struct EntityOrigin: Sendable, Equatable {
    /// The entity type.
    public var entityType: String
    /// The service's resource.
    public var resource: String
    /// The service's end: links are of no use at another one.
    public var remoteIdentity: String
    /// Whether anything was ever pulled.
    public var isPulled: Bool
    /// How far pulls have come; `nil` when they read everything.
    public var pullCursor: PullCursor?
    /// When the service's identifiers were last looked at in full.
    public var sweptAt: Date?
    /// What the links' field hashes stand for.
    public var layouts: [FieldLayout]

    /// An origin.
    public init(
        entityType: String,
        resource: String,
        remoteIdentity: String,
        isPulled: Bool,
        pullCursor: PullCursor? = nil,
        sweptAt: Date? = nil,
        layouts: [FieldLayout] = []
    ) {
        self.entityType = entityType
        self.resource = resource
        self.remoteIdentity = remoteIdentity
        self.isPulled = isPulled
        self.pullCursor = pullCursor
        self.sweptAt = sweptAt
        self.layouts = layouts
    }
}

/// A link on its way from one ledger to another.
///
/// Without the mark of the row's input, which says something about one database file only.
public struct TransferredLink: Sendable, Equatable {
    /// The row's identifier.
    public var localID: String
    /// The record's identifier.
    public var remoteID: String
    /// The hash of the record as it was read last.
    public var remoteHash: RecordHash
    /// The hash of the row as it was written or read last.
    public var localHash: RecordHash
    /// The hash of what was sent last.
    public var payloadHash: RecordHash
    /// How many complete reads the record was missing from.
    public var missingScans: Int
    /// The hashes of the fields on which both sides agreed; empty where none are kept.
    public var fieldHashes: [UInt64]

    /// A link.
    public init(
        localID: String,
        remoteID: String,
        remoteHash: RecordHash = .unknown,
        localHash: RecordHash = .unknown,
        payloadHash: RecordHash = .unknown,
        missingScans: Int = 0,
        fieldHashes: [UInt64] = []
    ) {
        self.localID = localID
        self.remoteID = remoteID
        self.remoteHash = remoteHash
        self.localHash = localHash
        self.payloadHash = payloadHash
        self.missingScans = missingScans
        self.fieldHashes = fieldHashes
    }
}

/// What somebody did with an integration's state.
public struct StateChange: Sendable, Equatable {
    /// What can be done with it.
    public enum Action: String, Sendable, CaseIterable {
        /// It was copied out.
        case export
        /// It was replaced by another one.
        case `import`
        /// It was forgotten.
        case reset
    }

    /// What was done.
    public var action: Action
    /// When.
    public var date: Date
    /// The number of the user who asked for it, as the kernel knows it.
    public var user: UInt32
    /// The entity types.
    public var entityTypes: [String]
    /// The links that were copied, put in or forgotten.
    public var links: Int
    /// Whether it was all that is kept, or only how far jobs have come.
    public var isWhole: Bool

    /// A change.
    public init(
        _ action: Action,
        date: Date,
        user: UInt32,
        entityTypes: [String] = [],
        links: Int = 0,
        isWhole: Bool = true
    ) {
        self.action = action
        self.date = date
        self.user = user
        self.entityTypes = entityTypes
        self.links = links
        self.isWhole = isWhole
    }
}
