public import FerryCore

/// A record that both sides changed: `GET /api/v1/integrations/{id}/conflicts`.
public struct ConflictDetails: Codable, Sendable, Equatable {
    /// The conflict's number, by which it is resolved.
    public var id: Int64
    /// The integration.
    public var integrationId: String
    /// The entity type.
    public var entityType: String
    /// What happened: `changed`, `local_deleted` or `remote_deleted`.
    public var kind: ConflictKind
    /// The local entity.
    public var localId: String
    /// The remote record.
    public var remoteId: String
    /// The remote paths of the fields that both sides changed; empty where one side is deleted.
    public var fields: [String]
    /// The local values by path; `null` when the entity is deleted, or was not read.
    public var local: JSONValue?
    /// The remote values by path, alike.
    public var remote: JSONValue?
    /// When it was found first, in Unix ms.
    public var openedAt: Int64
    /// What was decided and is still to be carried out: `local` or `remote`; else `null`.
    public var resolution: ConflictSide?

    /// A conflict with its versions.
    public init(_ conflict: Conflict, local: JSONValue?, remote: JSONValue?) {
        id = conflict.id
        integrationId = conflict.integration
        entityType = conflict.entityType
        kind = conflict.record.kind
        localId = conflict.record.localID
        remoteId = conflict.record.remoteID
        fields = conflict.record.fields
        self.local = local
        self.remote = remote
        openedAt = UnixTime.milliseconds(conflict.record.foundAt)
        resolution = conflict.resolution
    }

    private enum Key: CodingKey {
        case id, integrationId, entityType, kind, localId, remoteId, fields, local, remote, openedAt, resolution
    }

    /// Encodes every key, `null` for what there is not.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(id, forKey: .id)
        try container.encode(integrationId, forKey: .integrationId)
        try container.encode(entityType, forKey: .entityType)
        try container.encode(kind, forKey: .kind)
        try container.encode(localId, forKey: .localId)
        try container.encode(remoteId, forKey: .remoteId)
        try container.encode(fields, forKey: .fields)
        try container.encode(local, forKey: .local)
        try container.encode(remote, forKey: .remote)
        try container.encode(openedAt, forKey: .openedAt)
        try container.encode(resolution, forKey: .resolution)
    }
}

/// The body of `POST /api/v1/conflicts/{id}/resolve`.
public struct ResolveRequest: Codable, Sendable, Equatable {
    /// Whose version is to be taken.
    public var side: ConflictSide

    /// A decision.
    public init(side: ConflictSide) {
        self.side = side
    }
}
