public import FerryCore

/// The body of `POST /api/v1/integrations/{id}/sync`.
public struct SyncRequest: Codable, Sendable, Equatable {
    /// Which way to move records.
    public var direction: Direction
    /// The entities to sync; `nil` for all, empty for none.
    public var entityIds: [String]?
    /// Whether everything is read, and not only what tells that it has changed; not in the API document.
    public var full: Bool
    /// The entity types to sync; `nil` for all.
    public var entityTypes: [String]?
    /// Whether this job may delete more than the integration's guard allows.
    public var allowDeletes: Bool
    /// Whether only what is set aside is tried again.
    public var quarantinedOnly: Bool

    /// A request.
    public init(
        direction: Direction,
        entityIds: [String]? = nil,
        full: Bool = false,
        entityTypes: [String]? = nil,
        allowDeletes: Bool = false,
        quarantinedOnly: Bool = false
    ) {
        self.direction = direction
        self.entityIds = entityIds
        self.full = full
        self.entityTypes = entityTypes
        self.allowDeletes = allowDeletes
        self.quarantinedOnly = quarantinedOnly
    }

    private enum Key: CodingKey { case direction, entityIds, full, entityTypes, allowDeletes, quarantinedOnly }

    /// Decodes a request; all but the direction may be left out.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        direction = try container.decode(Direction.self, forKey: .direction)
        entityIds = try container.decodeIfPresent([String].self, forKey: .entityIds)
        full = try container.decodeIfPresent(Bool.self, forKey: .full) ?? false
        entityTypes = try container.decodeIfPresent([String].self, forKey: .entityTypes)
        allowDeletes = try container.decodeIfPresent(Bool.self, forKey: .allowDeletes) ?? false
        quarantinedOnly = try container.decodeIfPresent(Bool.self, forKey: .quarantinedOnly) ?? false
    }

    /// Encodes the request without what it does not ask for: the API document has `entityIds` left out for all.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(direction, forKey: .direction)
        if let entityIds { try container.encode(entityIds, forKey: .entityIds) }
        if full { try container.encode(true, forKey: .full) }
        if let entityTypes { try container.encode(entityTypes, forKey: .entityTypes) }
        if allowDeletes { try container.encode(true, forKey: .allowDeletes) }
        if quarantinedOnly { try container.encode(true, forKey: .quarantinedOnly) }
    }
}

/// The body of `POST /api/v1/jobs/{jobId}/retry`: what is done other than by the job itself.
public struct RetryRequest: Encodable, Sendable, Equatable {
    /// The entity types to sync; `nil` for those of the job.
    public var entityTypes: [String]?
    /// Whether the new job may delete more than the integration's guard allows; never taken from the job.
    public var allowDeletes: Bool
    /// Whether only what is set aside is tried again.
    public var quarantinedOnly: Bool

    /// A request; by default for the same once more.
    public init(entityTypes: [String]? = nil, allowDeletes: Bool = false, quarantinedOnly: Bool = false) {
        self.entityTypes = entityTypes
        self.allowDeletes = allowDeletes
        self.quarantinedOnly = quarantinedOnly
    }

    private enum Key: CodingKey { case entityTypes, allowDeletes, quarantinedOnly }

    /// Encodes the request without what it does not ask for.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        if let entityTypes { try container.encode(entityTypes, forKey: .entityTypes) }
        if allowDeletes { try container.encode(true, forKey: .allowDeletes) }
        if quarantinedOnly { try container.encode(true, forKey: .quarantinedOnly) }
    }
}

/// The answer to a request for a sync or a retry.
public struct SyncAccepted: Codable, Sendable, Equatable {
    /// The job to follow: a new one, or the live one that does the same already.
    public var jobId: String

    /// An answer.
    public init(jobId: String) {
        self.jobId = jobId
    }
}

/// The answer to `POST /api/v1/integrations/{id}/test`: HTTP status 200 whether connected or not.
public struct ConnectionTest: Codable, Sendable, Equatable {
    /// Whether the service answered as it should.
    public var connected: Bool
    /// How long the round trip took, in milliseconds.
    public var latencyMs: Int64
    /// Why it did not work; `null` when connected, and not in the API document.
    public var error: ErrorBody?

    /// An answer.
    public init(connected: Bool, latencyMs: Int64, error: ErrorBody? = nil) {
        self.connected = connected
        self.latencyMs = latencyMs
        self.error = error
    }
}
