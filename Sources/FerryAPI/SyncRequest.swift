public import FerryCore

/// The body of `POST /api/v1/integrations/{id}/sync`.
public struct SyncRequest: Codable, Sendable, Equatable {
    /// Which way to move records.
    public var direction: Direction
    /// The entities to sync; `nil` for all, empty for none.
    public var entityIds: [String]?
    /// Whether a pull reads everything, whatever earlier ones have seen; not in the API document.
    public var full: Bool?

    /// A request.
    public init(direction: Direction, entityIds: [String]? = nil, full: Bool? = nil) {
        self.direction = direction
        self.entityIds = entityIds
        self.full = full
    }

    private enum Key: CodingKey { case direction, entityIds, full }

    /// Encodes the request, `entityIds` and `full` only if they are set: the API document has them left out.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(direction, forKey: .direction)
        if let entityIds { try container.encode(entityIds, forKey: .entityIds) }
        if let full { try container.encode(full, forKey: .full) }
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
