/// Work that a service does by itself when it is asked: asked for by a push, and followed to its end.
public struct ActionDescription: Sendable {
    /// The request that asks for it: it must not be made twice.
    public var start: RequestTemplate
    /// Where the answer says what the work is called; `nil` when it does not.
    public var id: FieldPath?
    /// The status codes that say that such work is under way already.
    public var busyStatuses: Set<Int>
    /// How the work is followed by what it is called.
    public var follow: FollowDescription?
    /// How the service shows that such work has been done lately, whatever it is called.
    public var trace: TraceDescription?
    /// How long to wait before looking for the first time; the waits grow from there.
    public var firstWait: Duration
    /// The longest wait between two looks.
    public var longestWait: Duration
    /// How long the work may take before its end is no longer waited for.
    public var patience: Duration

    /// An action.
    public init(
        start: RequestTemplate,
        id: FieldPath? = nil,
        busyStatuses: Set<Int> = [],
        follow: FollowDescription? = nil,
        trace: TraceDescription? = nil,
        firstWait: Duration = .seconds(2),
        longestWait: Duration = .seconds(30),
        patience: Duration = .seconds(900)
    ) {
        self.start = start
        self.id = id
        self.busyStatuses = busyStatuses
        self.follow = follow
        self.trace = trace
        self.firstWait = firstWait
        self.longestWait = longestWait
        self.patience = patience
    }

    /// All its requests.
    public var requests: [RequestTemplate] { [start] + [follow?.request, trace?.request].compactMap(\.self) }
}

/// How work is followed that has a name.
public struct FollowDescription: Sendable {
    /// The request.
    public var request: RequestTemplate
    /// Where the answer says how the work stands.
    public var state: FieldPath
    /// The states in which it is done, in small letters.
    public var done: Set<String>
    /// The states in which it has failed, in small letters.
    public var failed: Set<String>
    /// Where the answer says why it failed, first match first.
    public var messages: [FieldPath]

    /// A way to follow work.
    public init(
        request: RequestTemplate,
        state: FieldPath,
        done: Set<String>,
        failed: Set<String>,
        messages: [FieldPath] = []
    ) {
        self.request = request
        self.state = state
        self.done = done
        self.failed = failed
        self.messages = messages
    }
}

/// A record of the service's that changes whenever such work is done.
public struct TraceDescription: Sendable {
    /// The request.
    public var request: RequestTemplate
    /// Where the answer keeps the records; the first path that leads to an array counts.
    public var records: [FieldPath]
    /// Where a record keeps its identifier.
    public var id: FieldPath
    /// The identifier of the record.
    public var name: Template
    /// The value that changes.
    public var value: FieldPath

    /// A trace.
    public init(request: RequestTemplate, records: [FieldPath], id: FieldPath, name: Template, value: FieldPath) {
        self.request = request
        self.records = records
        self.id = id
        self.name = name
        self.value = value
    }
}
