/// One local store joined to one remote service, as its file declares it.
public struct Integration: Sendable {
    /// The identifier: `[a-z0-9_-]+`.
    public var id: String
    /// What people call it.
    public var name: String
    /// The name of the service description.
    public var type: String
    /// Whether its schedules run; the file's `enabled`.
    public var isEnabled: Bool
    /// The name of the store in `ferry.yaml`.
    public var store: String
    /// The service's settings, checked against its description.
    ///
    /// Secrets are not among them.
    public var settings: [String: JSONValue]
    /// Where each secret setting is to be had.
    public var secrets: [String: SecretReference]
    /// How its requests reach the service.
    public var connection: ConnectionSettings
    /// The schedules, by direction.
    public var schedules: [Direction: SyncSchedule]
    /// The entity types, in the file's order.
    public var entities: [EntityMapping]
    /// The share or number of refused rows at which a job stops; `nil` for no limit.
    public var maximumFailures: FailureLimit?
    /// What happens when both sides changed the same field.
    public var conflicts: ConflictPolicy
    /// How many records a direction's job is expected to read at least.
    public var expectations: [Direction: Int]
    /// How much may be deleted at one go.
    public var deleteGuard: DeleteGuard
    /// A fingerprint of the file: a job finishes on the revision it began with.
    public var revision: String

    /// An integration.
    public init(
        id: String,
        name: String,
        type: String,
        isEnabled: Bool = true,
        store: String = "main",
        settings: [String: JSONValue] = [:],
        secrets: [String: SecretReference] = [:],
        connection: ConnectionSettings = ConnectionSettings(),
        schedules: [Direction: SyncSchedule] = [:],
        entities: [EntityMapping] = [],
        maximumFailures: FailureLimit? = nil,
        conflicts: ConflictPolicy = .hold,
        expectations: [Direction: Int] = [:],
        deleteGuard: DeleteGuard = DeleteGuard(),
        revision: String = ""
    ) {
        self.id = id
        self.name = name
        self.type = type
        self.isEnabled = isEnabled
        self.store = store
        self.settings = settings
        self.secrets = secrets
        self.connection = connection
        self.schedules = schedules
        self.entities = entities
        self.maximumFailures = maximumFailures
        self.conflicts = conflicts
        self.expectations = expectations
        self.deleteGuard = deleteGuard
        self.revision = revision
    }

    /// The integration with the settings that it has for one of its entity types.
    public func configured(for entity: EntityMapping) -> Integration {
        var integration = self
        integration.settings.merge(entity.settings) { $1 }
        return integration
    }

    /// The integration with the settings by which its connection is tried: those of its first entity type.
    public var configuredForTest: Integration { entities.first.map(configured) ?? self }
}

/// What happens when both sides changed the same field of a record.
public enum ConflictPolicy: String, Sendable, CaseIterable {
    /// Nothing is written; both versions wait for a person.
    case hold
    /// The local version is written to the service.
    case localWins = "local_wins"
    /// The remote version is written to the store.
    case remoteWins = "remote_wins"
    /// The version that changed last is written.
    case newest
}

/// How many refused rows a job bears.
public enum FailureLimit: Sendable, Equatable {
    /// A number of rows.
    case rows(Int)
    /// A share of the rows read, from 0 to 1.
    case share(Double)

    /// Whether `failed` rows out of `read` are more than the limit.
    public func isExceeded(failed: Int, of read: Int) -> Bool {
        switch self {
        case .rows(let limit): failed > limit
        // A share of the first few rows says nothing yet.
        case .share(let limit): failed > 10 && Double(failed) > limit * Double(max(read, 1))
        }
    }
}

/// How much may be deleted at one go: more than both bounds stops the job before any delete.
public struct DeleteGuard: Sendable, Equatable {
    /// The share of the linked records, from 0 to 1.
    public var share: Double
    /// The number of records up to which the share does not matter.
    public var count: Int

    /// A guard; by default 20 % of the linked records, and more than 10.
    public init(share: Double = 0.2, count: Int = 10) {
        self.share = share
        self.count = count
    }

    /// Whether deleting `deletes` of `linked` records is too much.
    public func stops(deletes: Int, of linked: Int) -> Bool {
        deletes > count && Double(deletes) > share * Double(linked)
    }
}
