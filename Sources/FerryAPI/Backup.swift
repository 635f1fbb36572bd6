/// The body of `POST /api/v1/backup`.
public struct BackupRequest: Codable, Sendable, Equatable {
    /// How many backups are kept, the new one included; older ones are removed.
    public var keep: Int

    /// How many are kept unless somebody says otherwise.
    public static let standardCount = 7

    /// A request.
    public init(keep: Int = BackupRequest.standardCount) {
        self.keep = keep
    }
}

/// The answer to `POST /api/v1/backup`.
public struct BackupReport: Codable, Sendable, Equatable {
    /// The directory with the copies.
    public var path: String
    /// The size of the copies, in bytes.
    public var bytes: Int64
    /// The older backups that were removed.
    public var removed: [String]

    /// A report.
    public init(path: String, bytes: Int64, removed: [String] = []) {
        self.path = path
        self.bytes = bytes
        self.removed = removed
    }
}
