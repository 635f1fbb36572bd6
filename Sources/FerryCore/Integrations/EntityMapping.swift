/// One kind of local entity and the remote resource it maps to.
public struct EntityMapping: Sendable {
    /// What happens at one end when a record is gone at the other.
    public enum DeletePolicy: String, Sendable, CaseIterable {
        /// The record stays.
        case keep
        /// The record is deleted too, within the guard.
        case propagate
    }

    /// The natural key by which records meet for the first time.
    public struct Match: Sendable, Equatable {
        /// The local path.
        public var source: FieldPath
        /// The remote path.
        public var target: FieldPath

        /// A natural key.
        public init(source: FieldPath, target: FieldPath) {
            self.source = source
            self.target = target
        }
    }

    /// Where both sides keep the time of a record's last change.
    public struct Modified: Sendable, Equatable {
        /// The local path.
        public var source: FieldPath
        /// The remote path.
        public var target: FieldPath

        /// The places of both times.
        public init(source: FieldPath, target: FieldPath) {
            self.source = source
            self.target = target
        }
    }

    /// The entity type, and the table's name unless `query` is set.
    public var type: String
    /// An SQL query instead of a table: push only.
    public var query: String?
    /// The remote resource's name in the service description.
    public var resource: String
    /// The table's key column; `nil` for its primary key.
    public var key: String?
    /// The natural key.
    public var match: Match?
    /// What happens when a record is gone at the other end.
    public var deletes: DeletePolicy
    /// The column that tells when a row changed last, if one is configured.
    public var changedSince: String?
    /// Where both sides keep the time of a record's last change, by which the newest version wins.
    public var modified: Modified?
    /// The field mappings, in the file's order.
    public var mappings: [FieldMapping]
    /// The service's settings that are this entity type's own, instead of the integration's.
    public var settings: [String: JSONValue]

    /// An entity mapping.
    public init(
        type: String,
        query: String? = nil,
        resource: String,
        key: String? = nil,
        match: Match? = nil,
        deletes: DeletePolicy = .keep,
        changedSince: String? = nil,
        modified: Modified? = nil,
        mappings: [FieldMapping] = [],
        settings: [String: JSONValue] = [:]
    ) {
        self.type = type
        self.query = query
        self.resource = resource
        self.key = key
        self.match = match
        self.deletes = deletes
        self.changedSince = changedSince
        self.modified = modified
        self.mappings = mappings
        self.settings = settings
    }
}
