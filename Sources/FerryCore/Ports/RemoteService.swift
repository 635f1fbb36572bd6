/// One remote service, as one integration reaches it.
///
/// Every call is one attempt and leaves nothing behind: waiting, retrying, checkpoints and identity belong to the
/// engine.
public protocol RemoteService: Sendable {
    /// What the far end is (host, project, collection): links start anew when it changes. No secrets.
    var identity: String { get }

    /// The directions in which a resource can be synced; empty when there is no such resource.
    func directions(of resource: String) -> Set<Direction>

    /// The natural key's path in a resource's records, for entities that do not set one.
    func defaultMatch(of resource: String) -> FieldPath?

    /// Makes the cheapest call that proves that the service answers this configuration.
    ///
    /// - Throws: ``SyncFailure``.
    func check() async throws

    /// A reader of a resource that gives the values at `fields`, which are rooted where the description says.
    ///
    /// - Throws: ``SyncFailure`` of kind `config` when the resource cannot be read.
    func source(_ resource: String, fields: [FieldPath], match: FieldPath?) throws -> any RecordSource

    /// A writer of a resource that takes the values for `fields`, rooted alike.
    ///
    /// - Throws: ``SyncFailure`` of kind `config` when the resource cannot be written.
    func sink(_ resource: String, fields: [FieldPath], match: FieldPath?) throws -> any RecordSink

    /// Work that the service does by itself when it is asked; `nil` for a resource that has records.
    func action(_ resource: String) -> (any RemoteAction)?

    /// The bytes and requests of all attempts since the service was made.
    var traffic: Traffic { get }

    /// What people should know about the connection, such as a primary key that no longer works.
    var attention: [String] { get }
}

extension RemoteService {
    /// None: resources have records.
    public func action(_ resource: String) -> (any RemoteAction)? { nil }
}

/// What went over the wire.
public struct Traffic: Sendable, Equatable {
    /// Bytes received.
    public var bytesIn = 0
    /// Bytes sent.
    public var bytesOut = 0
    /// Requests sent.
    public var requests = 0

    /// Nothing yet.
    public init() {}

    /// Adds what went over another connection.
    public static func += (total: inout Traffic, other: Traffic) {
        total.bytesIn += other.bytesIn
        total.bytesOut += other.bytesOut
        total.requests += other.requests
    }
}
