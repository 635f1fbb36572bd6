public import FerryCore

/// What a job would do if it ran now (design §4.7).
///
/// Counts are exact; of the changes themselves only the first ones are listed.
public struct SyncPlan: Sendable {
    /// The integration's identifier.
    public var integration: String
    /// Which way the job would move records.
    public var direction: Direction
    /// The entities it would be restricted to; `nil` for all.
    public var entityIDs: [String]?
    /// How the job would end, as far as that can be known.
    public var state: JobState
    /// Why it would fail, or what its success would lack.
    public var failure: JobFailure?
    /// What the job would count, the plan's own requests and bytes in place of the job's.
    public var progress: JobProgress
    /// Each entity type that would be synced, in the file's order.
    public var entities: [EntityTypePlan] = []
    /// What cannot be known in advance, one sentence each.
    public var unknowns: [String] = []
    /// What else people should know, one sentence each.
    public var notes: [String] = []

    /// Whether the job would change nothing on either side, and remember nothing new.
    public var isEmpty: Bool {
        failure == nil && entities.allSatisfy(\.isEmpty)
    }
}

/// What a job would do with one entity type.
public struct EntityTypePlan: Sendable {
    /// The entity type.
    public var type: String
    /// The remote resource.
    public var resource: String
    /// Whether the local table would be made.
    public var isTableMade = false
    /// The columns that the local table would get.
    public var addedColumns: [String] = []
    /// Whether what was known of the links is forgotten, because an end is another one than before.
    public var startsAnew = false
    /// What the job would count of this entity type.
    public var progress = JobProgress()
    /// Records that would be made.
    public var creates = Listing<PlannedWrite>()
    /// Records that would be changed.
    public var updates = Listing<PlannedWrite>()
    /// Records that would be deleted.
    public var deletes = Listing<PlannedPair>()
    /// Records that would be linked with what is there already, changed or not.
    public var links = Listing<PlannedPair>()
    /// Records that both sides changed, and that nobody has decided about.
    public var held = Listing<PlannedConflict>()
    /// Records that would be set aside.
    public var refused = Listing<PlannedRefusal>()
    /// Records that are set aside already, and would not be tried again.
    public var setAside = Listing<PlannedRefusal>()
    /// What the guard says to the deletes; `nil` when there are none.
    public var deleteGuard: GuardVerdict?
    /// What earlier jobs have left in the outbox, and what is found of it at the service now.
    public var leftovers: [PlannedLeftover] = []

    /// A plan that has nothing yet.
    init(type: String, resource: String) {
        self.type = type
        self.resource = resource
    }

    /// Whether nothing would change.
    public var isEmpty: Bool {
        !isTableMade && addedColumns.isEmpty && creates.count == 0 && updates.count == 0 && deletes.count == 0
            && links.count == 0 && held.count == 0 && refused.count == 0 && leftovers.isEmpty
    }
}

/// Some of many: how many there are, and the first of them.
public struct Listing<Element: Sendable>: Sendable {
    /// How many there are.
    public internal(set) var count = 0
    /// The first of them.
    public internal(set) var listed: [Element] = []

    init() {}
}

/// A record that would be made or changed.
public struct PlannedWrite: Sendable {
    /// The local identifier.
    public var localID: String
    /// The remote identifier; `nil` where the service gives it.
    public var remoteID: String?
    /// The local identifier that the row has now, if it would get another.
    public var formerID: String?
    /// Whether it would be linked with the record that is there already.
    public var isLinked = false
    /// The fields that would be written, in the mappings' order.
    public var fields: [PlannedField] = []
    /// How the record is found at the service, to see what its fields hold now.
    var matchValue: String?
}

/// A field that would be written.
public struct PlannedField: Sendable {
    /// Its path at the destination.
    public var path: String
    /// What it holds now.
    public var old: OldValue
    /// What it would hold.
    public var new: PlannedValue
    /// The new value's hash.
    var hash: UInt64

    /// What is known of a field's present value.
    public enum OldValue: Sendable, Equatable {
        /// The record is not there yet.
        case none
        /// There is a record, but no telling what the field holds.
        case unknown
        /// What it holds.
        case known(PlannedValue)
    }
}

/// A record's two identifiers.
public struct PlannedPair: Sendable, Equatable {
    /// The local identifier.
    public var localID: String
    /// The remote identifier; `nil` where it does not matter.
    public var remoteID: String?

    /// A record's identifiers.
    public init(localID: String, remoteID: String?) {
        self.localID = localID
        self.remoteID = remoteID
    }
}

/// A record that both sides changed, and that is left alone.
public struct PlannedConflict: Sendable, Equatable {
    /// The conflict's number, if it is open already.
    public var number: Int64?
    /// What happened.
    public var kind: ConflictKind
    /// The local identifier.
    public var localID: String
    /// The remote identifier.
    public var remoteID: String
    /// The remote paths of the fields that both sides changed; empty where one side is deleted.
    public var fields: [String]

    init(_ record: HeldRecord, number: Int64?) {
        self.number = number
        kind = record.kind
        localID = record.localID
        remoteID = record.remoteID
        fields = record.fields
    }
}

/// A record that is refused, and why.
public struct PlannedRefusal: Sendable {
    /// The record: the local identifier for a push, the remote one for a pull.
    public var id: String
    /// The stable code.
    public var code: ErrorCode
    /// Why.
    public var message: String
}

/// What the delete guard says.
public struct GuardVerdict: Sendable, Equatable {
    /// The links whose record would be deleted.
    public var deletes: Int
    /// The records that are linked.
    public var linked: Int
    /// Whether they would be for want of any record at the source.
    public var isSourceEmpty: Bool
    /// Whether the guard would stop the job before any of them.
    public var stopsJob: Bool

    /// A verdict.
    public init(deletes: Int, linked: Int, isSourceEmpty: Bool = false, stopsJob: Bool) {
        self.isSourceEmpty = isSourceEmpty
        self.deletes = deletes
        self.linked = linked
        self.stopsJob = stopsJob
    }
}

/// A batch that an earlier job sent without learning what became of it.
public struct PlannedLeftover: Sendable, Equatable {
    /// What its request was to do.
    public var operation: WriteOperation
    /// The number of records in it.
    public var records: Int
    /// The number of records that were found at the service; of changed and deleted ones that is not known.
    public var landed: Int?

    /// A batch.
    public init(operation: WriteOperation, records: Int, landed: Int?) {
        self.operation = operation
        self.records = records
        self.landed = landed
    }
}
