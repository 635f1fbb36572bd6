/// One thing that was looked at by `GET /api/v1/doctor`, or by `ferryctl doctor` itself.
public struct Finding: Codable, Sendable, Equatable {
    /// How it is.
    public enum State: String, Codable, Sendable {
        /// As it should be.
        case ok
        /// It works, but may not for long.
        case warning
        /// Something does not work.
        case failed
    }

    /// What was looked at, such as `disk` or `service products`.
    public var subject: String
    /// How it is.
    public var state: State
    /// One sentence for people.
    public var message: String
    /// What to do about it.
    public var hint: String?

    /// A finding.
    public init(_ subject: String, _ state: State, _ message: String, hint: String? = nil) {
        self.subject = subject
        self.state = state
        self.message = message
        self.hint = hint
    }
}

/// The answer to `GET /api/v1/doctor`.
public struct Examination: Codable, Sendable, Equatable {
    /// What was looked at.
    public var findings: [Finding]

    /// An examination.
    public init(findings: [Finding]) {
        self.findings = findings
    }
}
