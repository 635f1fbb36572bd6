/// The answer to `GET /api/v1/integrations/{id}/state`: what the daemon keeps of an integration between jobs.
public struct StateDetails: Codable, Sendable, Equatable {
    /// The integration's identifier.
    public var integrationId: String
    /// Whether a job works on it now.
    public var isBusy: Bool
    /// What is kept of each entity type.
    public var entities: [Entity]
    /// What people did with it, newest first; the last 100.
    public var changes: [StateChangeDetails]

    /// What is kept of one entity type.
    public struct Entity: Codable, Sendable, Equatable {
        /// The entity type.
        public var entityType: String
        /// The service's resource.
        public var resource: String
        /// The service's end: the links are of no use at another one.
        public var remoteIdentity: String
        /// The number of links.
        public var links: Int
        /// The links whose records the service says are deleted.
        public var tombstones: Int
        /// The records and rows that are set aside.
        public var quarantined: Int
        /// The open conflicts.
        public var conflicts: Int
        /// The requests and writes of which it is not known whether they were carried out: the next job finds out.
        public var unsettled: Int
        /// How far pulls have come; `null` when they read everything.
        public var pullCursor: String?
        /// When the service's identifiers were last looked at in full, in Unix ms.
        public var sweptAt: Int64?
        /// The newest change in the table that pushes have compared, in Unix ms; `null` when they compare everything.
        public var pushedUntil: Int64?

        /// An entity type's state.
        public init(
            entityType: String,
            resource: String,
            remoteIdentity: String,
            links: Int,
            tombstones: Int = 0,
            quarantined: Int = 0,
            conflicts: Int = 0,
            unsettled: Int = 0,
            pullCursor: String? = nil,
            sweptAt: Int64? = nil,
            pushedUntil: Int64? = nil
        ) {
            self.entityType = entityType
            self.resource = resource
            self.remoteIdentity = remoteIdentity
            self.links = links
            self.tombstones = tombstones
            self.quarantined = quarantined
            self.conflicts = conflicts
            self.unsettled = unsettled
            self.pullCursor = pullCursor
            self.sweptAt = sweptAt
            self.pushedUntil = pushedUntil
        }
    }

    /// A state.
    public init(
        integrationId: String,
        isBusy: Bool = false,
        entities: [Entity] = [],
        changes: [StateChangeDetails] = []
    ) {
        self.integrationId = integrationId
        self.isBusy = isBusy
        self.entities = entities
        self.changes = changes
    }
}

/// What somebody did with an integration's state.
public struct StateChangeDetails: Codable, Sendable, Equatable {
    /// `export`, `import` or `reset`.
    public var action: String
    /// When, in Unix ms.
    public var at: Int64
    /// The number of the user who asked for it, as the kernel told it.
    public var user: UInt32
    /// The entity types.
    public var entityTypes: [String]
    /// The links that were copied, put in or forgotten.
    public var links: Int
    /// Whether a reset forgot only how far jobs had come.
    public var cursorsOnly: Bool

    /// A change.
    public init(
        action: String,
        at: Int64,
        user: UInt32,
        entityTypes: [String],
        links: Int,
        cursorsOnly: Bool = false
    ) {
        self.action = action
        self.at = at
        self.user = user
        self.entityTypes = entityTypes
        self.links = links
        self.cursorsOnly = cursorsOnly
    }
}

/// The body of `POST /api/v1/integrations/{id}/state/reset`.
public struct StateResetRequest: Encodable, Sendable, Equatable {
    /// The entity types; `nil` for all.
    public var entityTypes: [String]?
    /// Whether only how far jobs have come is forgotten, and the links are kept.
    public var cursorsOnly: Bool

    /// A request; by default to forget everything.
    public init(entityTypes: [String]? = nil, cursorsOnly: Bool = false) {
        self.entityTypes = entityTypes
        self.cursorsOnly = cursorsOnly
    }

    private enum Key: CodingKey { case entityTypes, cursorsOnly }

    /// Encodes the request without what it does not ask for.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        if let entityTypes { try container.encode(entityTypes, forKey: .entityTypes) }
        if cursorsOnly { try container.encode(true, forKey: .cursorsOnly) }
    }
}
