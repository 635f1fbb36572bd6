/// A part of a resource that a pull could not read, while it read the others.
///
/// Kept with the job, since it shows in no record.
public struct JobShortfall: Sendable, Equatable, Codable {
    /// The part, as people know it.
    public var part: String
    /// The stable code.
    public var code: ErrorCode
    /// One sentence.
    public var message: String
    /// What to do next.
    public var hint: String?

    /// How many of them a job remembers.
    public static let limit = 100

    /// A shortfall for the reason that a failure has.
    public init(part: String, _ failure: SyncFailure) {
        self.part = part
        code = failure.code
        message = failure.message
        hint = failure.hint
    }
}
