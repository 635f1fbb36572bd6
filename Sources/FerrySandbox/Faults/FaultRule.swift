/// A way in which the sandbox misbehaves, and when.
///
/// Each rule counts the requests that its method and path match, and fires on those that `nth` or `probability` pick,
/// `times` times at most. Several rules may fire on one request: delays add up, and of two that end the request the
/// first one counts. Requests to `/_sandbox` itself are never touched.
public struct FaultRule: Sendable {
    /// The method of the requests it is for; `nil` for any.
    public var method: String?
    /// A text that is in the path or the query (`/bulk`, `skip=200`); `nil` for any.
    public var path: String?
    /// The first matching request it fires on, counted from 1.
    public var nth: Int
    /// How probable it is, from 0 to 1, that it fires on a matching request.
    public var probability: Double
    /// Where the dice of `probability` start.
    public var seed: UInt64
    /// How often it fires at most; `nil` for no limit.
    public var times: Int?
    /// What happens then.
    public var action: FaultAction

    /// A rule for the requests that match.
    public init(
        _ action: FaultAction,
        method: String? = nil,
        path: String? = nil,
        nth: Int = 1,
        probability: Double = 1,
        seed: UInt64 = 1,
        times: Int? = 1
    ) {
        self.action = action
        self.method = method
        self.path = path
        self.nth = nth
        self.probability = probability
        self.seed = seed
        self.times = times
    }
}

/// What happens to a request when a rule fires.
///
/// "The effect" is what the request does to the service; a fault before it leaves the service untouched, one after it
/// leaves the client not knowing that it happened.
public enum FaultAction: Sendable {
    /// Answers a status instead of the true answer, with a Retry-After header and a body if given.
    case status(Int, retryAfter: String? = nil, body: String? = nil, afterEffect: Bool = false)
    /// Waits so many milliseconds.
    case delay(milliseconds: Int, afterEffect: Bool = false)
    /// Resets the connection (RST) without an answer.
    case reset(afterEffect: Bool = false)
    /// Closes the connection (FIN) without an answer.
    case close(afterEffect: Bool = false)
    /// Sends the head with the true Content-Length and so many bytes of the body, then closes or resets.
    case cutBody(afterBytes: Int, resets: Bool = false)
    /// Answers half of the JSON with a Content-Length that fits, so that only a reader of JSON notices.
    case truncatedJSON
    /// Answers with that Content-Type.
    case contentType(String)
    /// Gives no more records than that on a page, whatever is asked for, in each service where lists have pages.
    ///
    /// What the service says of the rest stays true: its total, its next cursor, that there is more.
    case clampedPages(Int)
    /// Runs before the effect, to insert, change or delete records of any service between two requests of a client.
    case drift(@Sendable (DynamicTables) -> Void)
    /// Refuses the request's key in the service's own words, as if it had expired or been rotated.
    ///
    /// A token of Search Console that is refused is good for nothing from then on; at its token endpoint, it is the
    /// service account's key that is refused.
    case expiredKey
    /// Refuses the table's primary key with 401, as if it had been rotated.
    case expiredPrimaryKey
    /// Sets the clock of the request's service so many seconds ahead, or behind if negative, from this request on.
    ///
    /// It shows in `Date` headers, in the times that the service gives records, and in what it makes of the times of
    /// others. ``Faults/clear()`` sets it right.
    case clockSkew(seconds: Int)
}
