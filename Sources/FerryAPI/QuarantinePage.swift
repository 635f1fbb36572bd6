public import FerryCore

/// A page of records that are set aside, newest first.
public struct QuarantinePage: Codable, Sendable, Equatable {
    /// How many there are on all pages.
    public var total: Int
    /// The records.
    public var records: [Record]
    /// What `cursor` to ask for the next page with; `null` on the last one.
    public var nextCursor: String?

    /// A record that is set aside: tried again when it or its mapping changes, or on request.
    public struct Record: Codable, Sendable, Equatable {
        /// The integration's identifier.
        public var integrationId: String
        /// The entity type.
        public var entityType: String
        /// The direction in which it was refused.
        public var direction: Direction
        /// Its identifier at the source: local for a push, remote for a pull.
        public var id: String
        /// The stable code.
        public var code: String
        /// Why: the service's or the transform's own words.
        public var message: String

        /// The record as the ledger has it.
        public init(_ entry: QuarantineEntry) {
            integrationId = entry.integration
            entityType = entry.entityType
            direction = entry.direction
            id = entry.record.id
            code = entry.record.code.rawValue
            message = entry.record.message
        }
    }

    /// A page.
    public init(total: Int, records: [Record], nextCursor: String? = nil) {
        self.total = total
        self.records = records
        self.nextCursor = nextCursor
    }
}
