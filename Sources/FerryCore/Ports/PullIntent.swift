/// The rows that a pull is about to write under keys that are not linked to their records yet.
///
/// The table's transaction comes before the ledger's: a crash between the two leaves rows that no link explains, and
/// their records may be gone or renamed by the time of the next pull. By this the next job knows them all the same.
public struct PullIntent: Sendable, Equatable {
    /// Tells it from those of the batches before, which may not be committed yet.
    public var number = 0
    /// The local paths that are written.
    public var paths: [String]
    /// The rows' keys.
    public var localIDs = PackedStrings()
    /// Their records' identifiers.
    public var remoteIDs = PackedStrings()
    /// The hashes of what is written at `paths`, row by row; unknown for rows that are deleted.
    public var contents: [RecordHash] = []
    /// What links remember of two-way rows, row by row; empty where they remember nothing.
    public var fieldHashes: [[UInt64]] = []

    /// Nothing to be written at the paths.
    public init(paths: [String], number: Int = 0) {
        self.paths = paths
        self.number = number
    }

    /// Adds a row.
    ///
    /// - Parameters:
    ///   - fields: the hashes of its values at the intent's paths.
    ///   - kept: what its link will remember of both sides' fields.
    public mutating func append(localID: String, remoteID: String, fields: [UInt64], kept: [UInt64] = []) {
        localIDs.append(localID)
        remoteIDs.append(remoteID)
        contents.append(Self.content(of: fields))
        fieldHashes.append(kept)
    }

    /// Adds a row that is to be deleted.
    public mutating func append(deletedID: String, remoteID: String) {
        localIDs.append(deletedID)
        remoteIDs.append(remoteID)
        contents.append(.unknown)
        fieldHashes.append([])
    }

    /// Whether a row is to be deleted.
    public func isDelete(_ row: Int) -> Bool { contents[row] == .unknown }

    /// The hash of a row by the hashes of its values.
    public static func content(of fields: [UInt64]) -> RecordHash {
        fields.withUnsafeBytes { RecordHash.of($0) }
    }

    /// The number of rows.
    public var count: Int { localIDs.count }
}
