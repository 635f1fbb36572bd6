public import FoundationEssentials

/// One of the two ends of an integration.
public enum ConflictSide: String, Sendable, Codable, CaseIterable {
    /// The local store.
    case local
    /// The remote service.
    case remote
}

/// What happened to a record on both sides since they last agreed.
public enum ConflictKind: String, Sendable, Codable, CaseIterable {
    /// Both sides changed the same field, or met for the first time with different values.
    case changed
    /// The local entity was deleted, the remote record changed.
    case localDeleted = "local_deleted"
    /// The remote record was deleted, the local entity changed.
    case remoteDeleted = "remote_deleted"
}

/// A record that is left alone on both sides until somebody decides (design §4.4).
public struct HeldRecord: Sendable, Equatable {
    /// What happened.
    public var kind: ConflictKind
    /// The local entity's identifier.
    public var localID: String
    /// The remote record's identifier.
    public var remoteID: String
    /// The remote paths of the fields that both sides changed; empty where one side is deleted.
    public var fields: [String]
    /// Both versions, as far as they were read.
    public var versions: Versions
    /// When it was found.
    public var foundAt: Date

    /// Both sides' versions of a record.
    public struct Versions: Sendable, Equatable {
        /// The local values by path as a JSON object's text; `nil` when there is no local entity, or it was not read.
        public var local: String?
        /// The remote values alike.
        public var remote: String?
        /// Tells this local version from others; 0 for none.
        public var localHash: UInt64
        /// Tells this remote version from others; 0 for none.
        public var remoteHash: UInt64

        /// Versions.
        public init(local: String? = nil, remote: String? = nil, localHash: UInt64 = 0, remoteHash: UInt64 = 0) {
            self.local = local
            self.remote = remote
            self.localHash = localHash
            self.remoteHash = remoteHash
        }
    }

    /// A record to hold.
    public init(
        kind: ConflictKind,
        localID: String,
        remoteID: String,
        fields: [String] = [],
        versions: Versions,
        foundAt: Date
    ) {
        self.kind = kind
        self.localID = localID
        self.remoteID = remoteID
        self.fields = fields
        self.versions = versions
        self.foundAt = foundAt
    }
}

/// What a person decided about an open conflict: it counts for the versions that were seen, and for no others.
public struct ConflictResolution: Sendable, Equatable {
    /// The side whose version is to be taken.
    public var side: ConflictSide
    /// The local version that was seen.
    public var localHash: UInt64
    /// The remote version that was seen.
    public var remoteHash: UInt64

    /// A resolution.
    public init(side: ConflictSide, localHash: UInt64, remoteHash: UInt64) {
        self.side = side
        self.localHash = localHash
        self.remoteHash = remoteHash
    }
}

/// An open conflict, as people see it.
public struct Conflict: Sendable, Identifiable {
    /// The conflict's number.
    public var id: Int64
    /// The integration's identifier.
    public var integration: String
    /// The entity type.
    public var entityType: String
    /// What happened, both versions, and when it was found first.
    public var record: HeldRecord
    /// What was decided and is still to be carried out.
    public var resolution: ConflictSide?

    /// A conflict.
    public init(
        id: Int64,
        integration: String,
        entityType: String,
        record: HeldRecord,
        resolution: ConflictSide? = nil
    ) {
        self.id = id
        self.integration = integration
        self.entityType = entityType
        self.record = record
        self.resolution = resolution
    }
}

/// Which paths the field hashes of a two-way link stand for: mappings change, and links outlive them.
public struct FieldLayout: Sendable, Equatable {
    /// The hash of the paths, with which the links' field hashes begin.
    public var fingerprint: UInt64
    /// The remote paths, in order.
    public var remotePaths: [String]
    /// The local paths below `fields` that follow them.
    public var localPaths: [String]

    /// A layout.
    public init(fingerprint: UInt64, remotePaths: [String], localPaths: [String]) {
        self.fingerprint = fingerprint
        self.remotePaths = remotePaths
        self.localPaths = localPaths
    }
}

/// What a complete read of the remote resource found, kept while a push compares with it.
public struct Sighting: Sendable, Equatable {
    /// The remote record's identifier.
    public var remoteID: String
    /// The hashes of the values at the remote paths of a two-way entity.
    public var fieldHashes: [UInt64]

    /// A sighting.
    public init(remoteID: String, fieldHashes: [UInt64]) {
        self.remoteID = remoteID
        self.fieldHashes = fieldHashes
    }
}

/// The two-way part of the daemon's memory: open conflicts, the paths behind kept field hashes, and what a push saw.
public protocol ConflictLedger: Sendable {
    /// An integration's open conflicts, oldest first; all integrations' where it is `nil`.
    func conflicts(of integration: String?, limit: Int) async throws -> [Conflict]

    /// One open conflict.
    func conflict(_ id: Int64) async throws -> Conflict?

    /// Notes whose version is to be taken; `nil` takes the decision back.
    ///
    /// - Returns: whether the conflict is still open.
    func resolve(_ id: Int64, taking side: ConflictSide?) async throws -> Bool

    /// What was decided about conflicts of the scope and is still to be carried out, by the number of the link.
    func resolutions(in scope: LinkScope) async throws -> [Int64: ConflictResolution]

    /// Whether anything of the scope has ever been pulled.
    func isPulled(_ scope: LinkScope) async throws -> Bool

    /// Keeps which paths the field hashes of a layout stand for.
    ///
    /// - Returns: all layouts that links of the scope may have been kept under, this one included.
    func keepLayout(_ layout: FieldLayout, in scope: LinkScope) async throws -> [FieldLayout]

    /// Keeps what a complete read of the remote resource sees; `isFirst` forgets what an earlier read saw.
    func keepSightings(_ sightings: [Sighting], isFirst: Bool, in scope: LinkScope) async throws

    /// What was seen of the given remote records, one for each in order; `nil` for those that were not there.
    func sightings(in scope: LinkScope, remoteIDs: PackedStrings) async throws -> [Sighting?]
}
