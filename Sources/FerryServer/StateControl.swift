public import FerryAPI
import FerryCore

/// What the socket can ask the daemon to do with what it keeps of an integration.
///
/// `user` is who asks, as the kernel tells it: what is done is noted with it.
public protocol StateControl: Sendable {
    /// What is kept of an integration.
    func state(_ id: String) async throws -> StateDetails

    /// Begins to copy it out.
    func exportState(_ id: String, entityTypes: [String]?, user: UInt32) async throws -> StateHeader

    /// A page of the links that are copied out.
    func stateLinks(_ id: String, _ part: StateLinksPart) async throws -> StateLinks

    /// Begins to take in what another daemon has copied out.
    func importState(_ id: String, _ request: StateImportRequest) async throws -> StateImportAccepted

    /// Takes in some links.
    func addLinks(_ links: StateLinks, toImport id: String) async throws

    /// Puts what was taken in into its place, all at once.
    func finishImport(_ id: String, _ request: StateImportEnd, user: UInt32) async throws -> StateChangeDetails

    /// Forgets what is kept of an integration.
    func resetState(_ id: String, _ request: StateResetRequest, user: UInt32) async throws -> StateChangeDetails
}

/// Which of an integration's links a client wants to see.
public struct StateLinksPart: Sendable, Equatable {
    /// The entity type.
    public var entityType: String
    /// The state's revision, from its header.
    public var revision: String
    /// Where the page before ended: the number in its `nextCursor`.
    public var cursor: Int64
    /// The most links on a page, from 1 to 1000.
    public var limit: Int

    /// A part; by default the first 1000.
    public init(entityType: String, revision: String, cursor: Int64 = 0, limit: Int = 1000) {
        self.entityType = entityType
        self.revision = revision
        self.cursor = cursor
        self.limit = limit
    }
}

extension StateLinksPart {
    /// The part as a query says it.
    ///
    /// - Throws: ``Refusal`` that names the parameter.
    init(query: [(name: String, value: String)]) throws(Refusal) {
        var (entityType, revision): (String?, String?) = (nil, nil)
        var part = StateLinksPart(entityType: "", revision: "")
        for (name, value) in query {
            switch name {
            case "entityType": entityType = value
            case "revision": revision = value
            case "cursor":
                guard let cursor = Int64(value) else { throw Self.refusal(of: name, value, "a page's nextCursor") }
                part.cursor = cursor
            case "limit":
                guard let limit = Int(value), (1...1000).contains(limit) else {
                    throw Self.refusal(of: name, value, "a number from 1 to 1000")
                }
                part.limit = limit
            default:
                throw Refusal(
                    .requestInvalid,
                    "Unknown query parameter '\(name)'.",
                    hint: "The parameters are entityType, revision, cursor and limit."
                )
            }
        }
        guard let entityType, let revision else {
            throw Refusal(
                .requestInvalid,
                "'\(entityType == nil ? "entityType" : "revision")' is missing in the query.",
                hint: "Both are in the answer to the export that was begun before."
            )
        }
        part.entityType = entityType
        part.revision = revision
        self = part
    }

    private static func refusal(of name: String, _ value: String, _ rule: String) -> Refusal {
        Refusal(.requestInvalid, "'\(name)' cannot be '\(value)'.", hint: "It is \(rule).")
    }
}
