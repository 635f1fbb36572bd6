public import FerryCore

/// The body of `POST /api/v1/integrations/{id}/plan`: a sync's, and how much of the plan is listed.
public struct PlanRequest: Encodable, Sendable, Equatable {
    /// The sync that is planned.
    public var sync: SyncRequest
    /// The most changes of each kind that are listed; `nil` for the daemon's own limit.
    public var limit: Int?

    /// A request.
    public init(_ sync: SyncRequest, limit: Int? = nil) {
        self.sync = sync
        self.limit = limit
    }

    private enum Key: CodingKey { case limit }

    /// Encodes the sync's members and the limit beside them, without what the request leaves open.
    public func encode(to encoder: any Encoder) throws {
        try sync.encode(to: encoder)
        guard let limit else { return }
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(limit, forKey: .limit)
    }
}

/// What a job would do if it ran now: counts in full, and the first changes of each kind.
///
/// It is read as a JSON document, since its values are other people's and every digit of theirs counts.
public struct Plan: Encodable, Sendable {
    /// The integration's identifier.
    public var integrationId: String
    /// Which way the job would move records.
    public var direction: Direction
    /// The entities it would be restricted to; `null` for all.
    public var entityIds: [String]?
    /// How the job would end, as far as that can be known.
    public var state: JobState
    /// Why it would fail, or what its success would lack.
    public var error: ErrorBody?
    /// Whether the job would change nothing.
    public var isEmpty: Bool
    /// What the job would count; bytes and requests are those that the plan itself took.
    public var progress: ProgressCounts
    /// Each entity type that would be synced, in the file's order.
    public var entities: [Entity]
    /// What cannot be known in advance, one sentence each.
    public var unknown: [String]
    /// What else people should know, one sentence each.
    public var notes: [String]

    /// A plan.
    public init(
        integrationId: String,
        direction: Direction,
        entityIds: [String]?,
        state: JobState,
        error: ErrorBody?,
        isEmpty: Bool,
        progress: ProgressCounts,
        entities: [Entity],
        unknown: [String],
        notes: [String]
    ) {
        self.integrationId = integrationId
        self.direction = direction
        self.entityIds = entityIds
        self.state = state
        self.error = error
        self.isEmpty = isEmpty
        self.progress = progress
        self.entities = entities
        self.unknown = unknown
        self.notes = notes
    }
}

extension Plan {
    /// What a job would do with one entity type.
    public struct Entity: Encodable, Sendable {
        /// The entity type.
        public var type: String
        /// The remote resource.
        public var resource: String
        /// Whether the local table would be made.
        public var makesTable: Bool
        /// The columns that the local table would get.
        public var addsColumns: [String]
        /// Whether its links start anew, because an end is another one than before.
        public var startsAnew: Bool
        /// What the job would count of this entity type.
        public var counts: Counts
        /// Records that would be made.
        public var creates: Listing<Write>
        /// Records that would be changed.
        public var updates: Listing<Write>
        /// Records that would be deleted.
        public var deletes: Listing<Pair>
        /// What the delete guard says to that; `null` when nothing would be deleted.
        public var deleteGuard: Guard?
        /// Records that would be linked with what is there already.
        public var links: Listing<Pair>
        /// Records that both sides changed, and that nobody has decided about.
        public var held: Listing<Conflict>
        /// Records that would be set aside.
        public var refused: Listing<Refusal>
        /// Records that are set aside already, and would not be tried again.
        public var setAside: Listing<Refusal>
        /// What earlier jobs have sent without learning what became of it.
        public var leftovers: [Leftover]

        /// An entity type's part of a plan.
        public init(
            type: String,
            resource: String,
            makesTable: Bool,
            addsColumns: [String],
            startsAnew: Bool,
            counts: Counts,
            creates: Listing<Write>,
            updates: Listing<Write>,
            deletes: Listing<Pair>,
            deleteGuard: Guard?,
            links: Listing<Pair>,
            held: Listing<Conflict>,
            refused: Listing<Refusal>,
            setAside: Listing<Refusal>,
            leftovers: [Leftover]
        ) {
            self.type = type
            self.resource = resource
            self.makesTable = makesTable
            self.addsColumns = addsColumns
            self.startsAnew = startsAnew
            self.counts = counts
            self.creates = creates
            self.updates = updates
            self.deletes = deletes
            self.deleteGuard = deleteGuard
            self.links = links
            self.held = held
            self.refused = refused
            self.setAside = setAside
            self.leftovers = leftovers
        }
    }

    /// Records by what would become of them.
    public struct Counts: Encodable, Sendable, Equatable {
        /// Records read at the source.
        public var read: Int
        /// Records that would be new at the destination.
        public var created: Int
        /// Records that would be changed at the destination.
        public var updated: Int
        /// Records that are already as they should be.
        public var unchanged: Int
        /// Records that would be deleted at the destination.
        public var deleted: Int
        /// Records that would be left out on purpose.
        public var skipped: Int
        /// Records that would be, or stay, set aside.
        public var quarantined: Int
        /// Records that both sides changed.
        public var held: Int

        /// What a job would count.
        public init(_ progress: JobProgress) {
            read = progress.read
            created = progress.created
            updated = progress.updated
            unchanged = progress.unchanged
            deleted = progress.deleted
            skipped = progress.skipped
            quarantined = progress.quarantined
            held = progress.held
        }
    }

    /// Some of many.
    public struct Listing<Element: Encodable & Sendable>: Encodable, Sendable {
        /// How many there are.
        public var count: Int
        /// The first of them.
        public var listed: [Element]

        /// A listing.
        public init(count: Int, listed: [Element]) {
            self.count = count
            self.listed = listed
        }
    }

    /// A record that would be made or changed.
    public struct Write: Encodable, Sendable {
        /// The local identifier.
        public var localId: String
        /// The remote identifier; `null` where the service gives it.
        public var remoteId: String?
        /// The local identifier that the row has now, if it would get another.
        public var formerLocalId: String?
        /// Whether it would be linked with the record that is there already.
        public var isLinked: Bool
        /// The fields that would be written.
        public var fields: [Field]

        /// A write.
        public init(localId: String, remoteId: String?, formerLocalId: String?, isLinked: Bool, fields: [Field]) {
            self.localId = localId
            self.remoteId = remoteId
            self.formerLocalId = formerLocalId
            self.isLinked = isLinked
            self.fields = fields
        }
    }

    /// A field that would be written.
    public struct Field: Encodable, Sendable {
        /// Its path at the destination.
        public var field: String
        /// What is known of what it holds now: `none` for a record that is yet to be made, `missing` where there is no
        /// value, `unknown`, `value`, or `beginning` of a value that is too long to be shown.
        public var oldIs: String
        /// What it holds now; `null` where there is nothing to show.
        public var old: JSONValue
        /// What `new` is: `value`, or `beginning` of a value that is too long to be shown.
        public var newIs: String
        /// What it would hold.
        public var new: JSONValue

        /// A field.
        public init(field: String, oldIs: String, old: JSONValue, newIs: String, new: JSONValue) {
            self.field = field
            self.oldIs = oldIs
            self.old = old
            self.newIs = newIs
            self.new = new
        }
    }

    /// A record's two identifiers.
    public struct Pair: Encodable, Sendable {
        /// The local identifier.
        public var localId: String
        /// The remote identifier.
        public var remoteId: String?

        /// A record's identifiers.
        public init(localId: String, remoteId: String?) {
            self.localId = localId
            self.remoteId = remoteId
        }
    }

    /// A record that both sides changed, and that is left alone.
    public struct Conflict: Encodable, Sendable {
        /// The conflict's number, if it is open already.
        public var id: Int64?
        /// What happened: `changed`, `local_deleted` or `remote_deleted`.
        public var kind: String
        /// The local identifier.
        public var localId: String
        /// The remote identifier.
        public var remoteId: String
        /// The remote paths of the fields that both sides changed.
        public var fields: [String]

        /// A conflict.
        public init(id: Int64?, kind: String, localId: String, remoteId: String, fields: [String]) {
            self.id = id
            self.kind = kind
            self.localId = localId
            self.remoteId = remoteId
            self.fields = fields
        }
    }

    /// A record that is refused.
    public struct Refusal: Encodable, Sendable {
        /// The record: the local identifier for a push, the remote one for a pull.
        public var id: String
        /// The stable code.
        public var code: String
        /// Why.
        public var message: String

        /// A refusal.
        public init(id: String, code: String, message: String) {
            self.id = id
            self.code = code
            self.message = message
        }
    }

    /// What the delete guard says.
    public struct Guard: Encodable, Sendable {
        /// The linked records that would be deleted.
        public var deletes: Int
        /// The records that are linked.
        public var linked: Int
        /// Whether the guard would stop the job before any of them.
        public var stopsJob: Bool

        /// A verdict.
        public init(deletes: Int, linked: Int, stopsJob: Bool) {
            self.deletes = deletes
            self.linked = linked
            self.stopsJob = stopsJob
        }
    }

    /// A batch that an earlier job sent without learning what became of it.
    public struct Leftover: Encodable, Sendable {
        /// What its request was to do: `create`, `update` or `delete`.
        public var operation: String
        /// The number of records in it.
        public var records: Int
        /// How many of them are at the service; `null` where that cannot be told.
        public var landed: Int?

        /// A batch.
        public init(operation: String, records: Int, landed: Int?) {
            self.operation = operation
            self.records = records
            self.landed = landed
        }
    }
}
