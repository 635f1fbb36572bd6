/// A record to set aside.
///
/// It is tried again when its content or the mapping changes, or on request.
public struct QuarantinedRecord: Sendable, Equatable {
    /// The identifier at the source: local for a push, remote for a pull.
    public var id: String
    /// The hash of the content that was refused, mixed with the mapping's fingerprint.
    public var contentHash: RecordHash
    /// The stable code.
    public var code: ErrorCode
    /// The service's or the transform's own words.
    public var message: String

    /// A record.
    public init(id: String, contentHash: RecordHash, code: ErrorCode, message: String) {
        self.id = id
        self.contentHash = contentHash
        self.code = code
        self.message = message
    }
}

/// A record that is set aside, as people see it.
public struct QuarantineEntry: Sendable {
    /// Its number: the later it was set aside, the higher.
    public var number: Int64
    /// The integration's identifier.
    public var integration: String
    /// The entity type.
    public var entityType: String
    /// The direction in which it was refused.
    public var direction: Direction
    /// The record.
    public var record: QuarantinedRecord

    /// An entry.
    public init(
        number: Int64,
        integration: String,
        entityType: String,
        direction: Direction,
        record: QuarantinedRecord
    ) {
        self.number = number
        self.integration = integration
        self.entityType = entityType
        self.direction = direction
        self.record = record
    }
}

/// Which records that are set aside somebody asks for.
public struct QuarantineFilter: Sendable, Equatable {
    /// Only those of this integration; `nil` for all.
    public var integration: String?
    /// Only those that were refused in this direction; `nil` for both.
    public var direction: Direction?
    /// Only those of these entity types; `nil` for all.
    public var entityTypes: [String]?

    /// A filter; by default everything.
    public init(integration: String? = nil, direction: Direction? = nil, entityTypes: [String]? = nil) {
        self.integration = integration
        self.direction = direction
        self.entityTypes = entityTypes
    }
}
