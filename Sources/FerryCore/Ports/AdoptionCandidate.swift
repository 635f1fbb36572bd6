/// A remote record found on first contact.
public struct AdoptionCandidate: Sendable, Equatable {
    /// The natural key's value as JSON text.
    public var matchValue: String
    /// The remote record's identifier.
    public var remoteID: String
    /// The hashes of the remote values of the pushed fields.
    public var fieldHashes: [UInt64]

    /// A candidate.
    public init(matchValue: String, remoteID: String, fieldHashes: [UInt64]) {
        self.matchValue = matchValue
        self.remoteID = remoteID
        self.fieldHashes = fieldHashes
    }
}
