public import FerryCore

/// Everything about one integration but its secrets.
///
/// The keys up to `lastSyncAt` are those of the Integrations API document; those after it are Ferry's own.
public struct IntegrationDetails: Codable, Sendable, Equatable {
    /// The identifier.
    public var id: String
    /// The name of its service description.
    public var type: String
    /// What people call it.
    public var name: String
    /// Whether it runs and works.
    public var status: IntegrationStatus
    /// The service's settings; a secret stands as where it is to be had, such as `{"credential": "shop-key"}`.
    public var config: JSONValue
    /// The field mappings of all entity types, in the file's order.
    public var fieldMappings: [FieldMappingDetails]
    /// When a job of it last succeeded, in Unix milliseconds; `null` before the first time.
    public var lastSyncAt: Int64?
    /// The entity types and the resources they map to.
    public var entities: [EntityDetails]
    /// The schedules and their next runs.
    public var schedules: [ScheduleDetails]
    /// The name of the local store.
    public var store: String
    /// Reasons to look at it, one sentence each.
    public var attention: [String]

    /// The details of an integration as its file declares it, with what the daemon knows of it.
    ///
    /// - Parameter nextRuns: When each schedule is due next, in Unix milliseconds.
    public init(
        _ integration: Integration,
        status: IntegrationStatus,
        lastSyncAt: Int64?,
        nextRuns: [Direction: Int64] = [:],
        attention: [String] = []
    ) {
        id = integration.id
        type = integration.type
        name = integration.name
        self.status = status
        config = Self.config(settings: integration.settings, secrets: integration.secrets)
        fieldMappings = integration.entities.flatMap { entity in
            entity.mappings.map { FieldMappingDetails($0, entity: entity.type) }
        }
        self.lastSyncAt = lastSyncAt
        entities = integration.entities.map(EntityDetails.init)
        schedules = Direction.allCases.compactMap { direction in
            integration.schedules[direction].map {
                ScheduleDetails(direction: direction, schedule: $0, nextRun: nextRuns[direction])
            }
        }
        store = integration.store
        self.attention = attention
    }

    // By name, because the file's order is not kept and an answer should not change from one call to the next.
    private static func config(settings: [String: JSONValue], secrets: [String: SecretReference]) -> JSONValue {
        let plain = settings.map { JSONValue.Member(key: $0.key, value: $0.value) }
        let hidden = secrets.map { JSONValue.Member(key: $0.key, value: reference($0.value)) }
        return .object((plain + hidden).sorted { $0.key < $1.key })
    }

    private static func reference(_ secret: SecretReference) -> JSONValue {
        switch secret {
        case .credential(let name): ["credential": .string(name)]
        case .file(let path): ["file": .string(path)]
        case .environment(let name): ["env": .string(name)]
        case .literal: ["literal": "‹secret›"]
        }
    }
}

/// One entity type of an integration and the resource it maps to.
public struct EntityDetails: Codable, Sendable, Equatable {
    /// The entity type: the local table, unless there is a query.
    public var type: String
    /// The remote resource.
    public var resource: String
    /// The SQL query that stands in for a table.
    public var query: String?
    /// The table's key column, if the file names one.
    public var key: String?
    /// What happens when a record is gone at the other end: `keep` or `propagate`.
    public var deletes: String

    /// The entity type as the file declares it.
    public init(_ entity: EntityMapping) {
        type = entity.type
        resource = entity.resource
        query = entity.query
        key = entity.key
        deletes = entity.deletes.rawValue
    }
}

/// When one direction of an integration runs by itself.
public struct ScheduleDetails: Codable, Sendable, Equatable {
    /// The direction it runs.
    public var direction: Direction
    /// The number of seconds between two runs, for an `every` schedule.
    public var everySeconds: Double?
    /// The expression, for a `cron` schedule.
    public var cron: String?
    /// The expression, for a `calendar` schedule.
    public var calendar: String?
    /// The time zone's name; `null` for the host's.
    public var timezone: String?
    /// When it is due next, in Unix milliseconds; `null` while it is not planned.
    public var nextRun: Int64?

    /// The schedule as the file declares it.
    public init(direction: Direction, schedule: SyncSchedule, nextRun: Int64?) {
        self.direction = direction
        switch schedule.timing {
        case .every(let interval): everySeconds = interval / .seconds(1)
        case .cron(let expression): cron = expression.text
        case .calendar(let expression): calendar = expression.text
        }
        timezone = schedule.timeZone
        self.nextRun = nextRun
    }
}
