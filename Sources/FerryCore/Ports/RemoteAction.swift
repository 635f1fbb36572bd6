/// Work that a service does by itself when it is asked.
///
/// Like everything remote, each call is one attempt and remembers nothing.
public protocol RemoteAction: Sendable {
    /// How often, and how long, to look how the work stands.
    var pace: ActionPace { get }

    /// What the service shows of the last such work; it changes when more has been done.
    ///
    /// - Returns: `nil` when the service shows nothing of the kind, or has never done such work.
    /// - Throws: ``SyncFailure``.
    func trace() async throws -> String?

    /// Asks for the work.
    ///
    /// - Returns: what it is called, if the service says.
    /// - Throws: ``SyncFailure``; its `effect` says whether the work may have begun all the same.
    func start() async throws -> String?

    /// Looks how the work stands.
    ///
    /// - Returns: `nil` when the service knows of no work of this name.
    /// - Throws: ``SyncFailure``.
    func state(of id: String) async throws -> ActionState?
}

/// How work stands that a service was asked for.
public enum ActionState: Sendable, Equatable {
    /// It is not over.
    case running
    /// It is done.
    case done
    /// It has failed, for this reason.
    case failed(String)
}

/// How often, and how long, to look how work stands.
public struct ActionPace: Sendable, Equatable {
    /// How long to wait before looking for the first time; the waits grow from there.
    public var firstWait: Duration
    /// The longest wait between two looks.
    public var longestWait: Duration
    /// How long the work may take before its end is no longer waited for.
    public var patience: Duration

    /// A pace.
    public init(firstWait: Duration, longestWait: Duration, patience: Duration) {
        self.firstWait = firstWait
        self.longestWait = longestWait
        self.patience = patience
    }
}
