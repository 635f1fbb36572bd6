/// What a job is asked to do other than move everything that flows in its direction.
///
/// The options belong to the job: they outlive a crash with it, and no other job inherits them.
public struct JobOptions: Sendable, Hashable {
    /// What becomes of records that an earlier job has set aside.
    public enum SetAside: String, Sendable, CaseIterable {
        /// Each is left alone unless its content or the mapping has changed.
        case leave
        /// Each is tried again, along with everything else.
        case retry
        /// Each is tried again, and nothing else is touched.
        case retryOnly = "only"
    }

    /// Whether everything is read, and not only what tells that it has changed.
    public var isFull: Bool
    /// The entity types it is restricted to, each once and in order; `nil` for all.
    public let entityTypes: [String]?
    /// Whether it may delete more than the integration's guard allows (design §4.5).
    public var allowsDeletes: Bool
    /// What becomes of records that are set aside.
    public var setAside: SetAside

    /// Options; by default none.
    ///
    /// - Parameter entityTypes: in any order; `nil` for all.
    public init(
        isFull: Bool = false,
        entityTypes: [String]? = nil,
        allowsDeletes: Bool = false,
        setAside: SetAside = .leave
    ) {
        self.isFull = isFull
        self.entityTypes = entityTypes.map { Set($0).sorted() }
        self.allowsDeletes = allowsDeletes
        self.setAside = setAside
    }
}
