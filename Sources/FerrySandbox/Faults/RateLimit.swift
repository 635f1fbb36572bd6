/// A rate limit of the sandbox: so many requests in any window, the others are refused with 429.
public struct RateLimit: Sendable {
    /// How the sandbox tells of its limit.
    public enum Announcement: String, Sendable, CaseIterable {
        /// Not at all.
        case silent
        /// A refusal says `Retry-After` in seconds.
        case retryAfterSeconds = "retry_after_seconds"
        /// A refusal says `Retry-After` as a date.
        case retryAfterDate = "retry_after_date"
        /// Every answer says `X-RateLimit-Remaining`, and `X-RateLimit-Reset` in seconds from now.
        case secondsLeft = "x_ratelimit_seconds"
        /// The same, with the reset in Unix time.
        case epoch = "x_ratelimit_epoch"
        /// The same, with the reset in Unix time in milliseconds.
        case epochMilliseconds = "x_ratelimit_epoch_ms"
        /// Every answer says `RateLimit-Remaining` and `RateLimit-Reset`, as the older drafts of the IETF have it.
        case draft = "ratelimit"
        /// Every answer says `RateLimit: "default";r=…;t=…`, as the current draft has it.
        case structured = "ratelimit_structured"
        /// Every answer says `Left` and `Back-In`, which nobody can know.
        case peculiar
    }

    /// The most requests in a window.
    public var requests: Int
    /// The length of the window.
    public var milliseconds: Int
    /// How it tells of the limit.
    public var announcement: Announcement

    /// A limit.
    public init(requests: Int, milliseconds: Int, announcement: Announcement = .silent) {
        self.requests = requests
        self.milliseconds = milliseconds
        self.announcement = announcement
    }
}
