/// What an integration's state begins with on its way to another daemon: the answer to
/// `POST /api/v1/integrations/{id}/state/export`, and the first line of an exported file.
public struct StateHeader: Codable, Sendable, Equatable {
    /// What the text is.
    public var format: String
    /// The format's version.
    public var version: Int
    /// The integration it was exported from.
    public var integrationId: String
    /// When, in Unix ms.
    public var exportedAt: Int64
    /// The version of the daemon that has written it.
    public var ferry: String
    /// What the pages of links are asked for with, so that all are of one state.
    public var revision: String
    /// What the links belong to.
    public var entities: [StateOrigin]

    /// The one format there is.
    public static let format = "ferry-state"
    /// The format's version that this program reads and writes.
    public static let version = 1

    /// A header.
    public init(integrationId: String, exportedAt: Int64, revision: String, entities: [StateOrigin]) {
        format = Self.format
        version = Self.version
        self.integrationId = integrationId
        self.exportedAt = exportedAt
        ferry = FerryVersion.current
        self.revision = revision
        self.entities = entities
    }
}

/// What an entity type's links belong to, and how far its pulls have come.
public struct StateOrigin: Codable, Sendable, Equatable {
    /// The entity type.
    public var entityType: String
    /// The service's resource.
    public var resource: String
    /// The service's end.
    public var remoteIdentity: String
    /// The number of its links.
    public var links: Int
    /// Whether anything was ever pulled.
    public var isPulled: Bool
    /// How far pulls have come; `null` when they read everything.
    public var pullCursor: String?
    /// What the records were pulled with, in hexadecimal: the cursor is of use with the same mapping only.
    public var pullFingerprint: String?
    /// When the service's identifiers were last looked at in full, in Unix ms.
    public var sweptAt: Int64?
    /// What the links' field hashes stand for.
    public var layouts: [Layout]

    /// The paths that field hashes stand for.
    public struct Layout: Codable, Sendable, Equatable {
        /// The hash of the paths, in hexadecimal.
        public var fingerprint: String
        /// The service's paths, in order.
        public var remotePaths: [String]
        /// The row's paths that follow them.
        public var localPaths: [String]

        /// A layout.
        public init(fingerprint: String, remotePaths: [String], localPaths: [String]) {
            self.fingerprint = fingerprint
            self.remotePaths = remotePaths
            self.localPaths = localPaths
        }
    }

    /// An origin.
    public init(
        entityType: String,
        resource: String,
        remoteIdentity: String,
        links: Int,
        isPulled: Bool,
        pullCursor: String? = nil,
        pullFingerprint: String? = nil,
        sweptAt: Int64? = nil,
        layouts: [Layout] = []
    ) {
        self.entityType = entityType
        self.resource = resource
        self.remoteIdentity = remoteIdentity
        self.links = links
        self.isPulled = isPulled
        self.pullCursor = pullCursor
        self.pullFingerprint = pullFingerprint
        self.sweptAt = sweptAt
        self.layouts = layouts
    }
}

/// Links of one entity type: a page of an export, a part of an import, and a line of an exported file.
public struct StateLinks: Codable, Sendable, Equatable {
    /// The entity type.
    public var entityType: String
    /// The links.
    public var links: [Link]
    /// What `cursor` to ask for the next page with; `null` on the last one.
    public var nextCursor: String?

    /// Which record a row belongs to, and what both held when they were last in step.
    ///
    /// Hashes are in hexadecimal: 32 digits for that of a whole, 16 for each field; empty where nothing is known.
    public struct Link: Codable, Sendable, Equatable {
        /// The row's identifier.
        public var localId: String
        /// The record's identifier.
        public var remoteId: String
        /// The hash of the record as it was read last.
        public var remoteHash: String
        /// The hash of the row as it was written or read last.
        public var localHash: String
        /// The hash of what was sent last.
        public var payloadHash: String
        /// The hashes of the fields on which both sides agreed, one after the other.
        public var fieldHashes: String
        /// How many complete reads the record was missing from.
        public var missingScans: Int

        /// A link.
        public init(
            localId: String,
            remoteId: String,
            remoteHash: String,
            localHash: String,
            payloadHash: String,
            fieldHashes: String,
            missingScans: Int
        ) {
            self.localId = localId
            self.remoteId = remoteId
            self.remoteHash = remoteHash
            self.localHash = localHash
            self.payloadHash = payloadHash
            self.fieldHashes = fieldHashes
            self.missingScans = missingScans
        }
    }

    /// Some links.
    public init(entityType: String, links: [Link], nextCursor: String? = nil) {
        self.entityType = entityType
        self.links = links
        self.nextCursor = nextCursor
    }
}

/// The last line of an exported file: one that lacks it was cut short.
public struct StateEnd: Codable, Sendable, Equatable {
    /// The number of links in the file.
    public var totalLinks: Int

    /// An end.
    public init(totalLinks: Int) {
        self.totalLinks = totalLinks
    }
}

/// The body of `POST /api/v1/integrations/{id}/state/export`.
public struct StateExportRequest: Encodable, Sendable, Equatable {
    /// The entity types; `nil` for all.
    public var entityTypes: [String]?

    /// A request; by default for all.
    public init(entityTypes: [String]? = nil) {
        self.entityTypes = entityTypes
    }

    private enum Key: CodingKey { case entityTypes }

    /// Encodes the request without what it does not ask for.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        if let entityTypes { try container.encode(entityTypes, forKey: .entityTypes) }
    }
}

/// The body of `POST /api/v1/integrations/{id}/state/import`.
public struct StateImportRequest: Codable, Sendable, Equatable {
    /// What the links that follow belong to.
    public var entities: [StateOrigin]

    /// A request.
    public init(entities: [StateOrigin]) {
        self.entities = entities
    }
}

/// The answer to a request to take in a state: links are sent to `/api/v1/state-imports/{importId}/links`, and put in
/// place by `POST /api/v1/state-imports/{importId}/finish`.
public struct StateImportAccepted: Codable, Sendable, Equatable {
    /// The import's identifier.
    public var importId: String

    /// An answer.
    public init(importId: String) {
        self.importId = importId
    }
}

/// The body of `POST /api/v1/state-imports/{importId}/finish`.
public struct StateImportEnd: Codable, Sendable, Equatable {
    /// The number of links that were sent.
    public var links: Int
    /// Whether links that are there already are forgotten for them.
    public var replace: Bool

    /// A request.
    public init(links: Int, replace: Bool = false) {
        self.links = links
        self.replace = replace
    }
}
