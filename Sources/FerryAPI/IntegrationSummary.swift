/// One integration in a list, as the Integrations API document has it, and why it may need a person.
public struct IntegrationSummary: Codable, Sendable, Equatable {
    /// The identifier.
    public var id: String
    /// The name of its service description.
    public var type: String
    /// What people call it.
    public var name: String
    /// Whether it runs and works.
    public var status: IntegrationStatus
    /// When a job of it last succeeded, in Unix milliseconds; `null` before the first time.
    public var lastSyncAt: Int64?
    /// Reasons to look at it, one sentence each; not in the API document.
    public var attention: [String]

    /// A summary.
    public init(
        id: String,
        type: String,
        name: String,
        status: IntegrationStatus,
        lastSyncAt: Int64? = nil,
        attention: [String] = []
    ) {
        self.id = id
        self.type = type
        self.name = name
        self.status = status
        self.lastSyncAt = lastSyncAt
        self.attention = attention
    }
}

/// Whether an integration runs and works.
public enum IntegrationStatus: String, Codable, Sendable, CaseIterable {
    /// Its last job succeeded.
    case active
    /// Its file disables it, or a person paused it.
    case inactive
    /// Its last job failed, or its file is broken.
    case error
    /// It never synced.
    case pending
}
