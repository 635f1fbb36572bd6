/// What is left of a budget: a bucket of tokens, one for each request of the budget's period.
///
/// A request takes a token out. The token comes back one period after the request was answered, not after it was
/// sent: the service counts the request somewhere between the two, and whatever the network does to it on the way, no
/// window of the service's own clock ever sees more requests than the budget has.
///
/// Time is what the caller says it is, counted from any instant. Should it run backwards, the bucket moves with it:
/// nothing is granted twice, and nobody waits longer than a period.
public struct TokenBucket: Sendable, Equatable {
    /// What stands between a request and its token.
    public enum Delay: Sendable, Equatable {
        /// The bucket gives one at this time.
        case until(Duration)
        /// Only an answer to a request that is under way brings one nearer.
        case untilAnswer
    }

    /// Tokens on their way back.
    public struct Return: Sendable, Equatable {
        /// When they are there.
        public var at: Duration
        /// How many they are.
        public var count: Int

        /// Tokens that come back together.
        public init(at: Duration, count: Int) {
            self.at = at
            self.count = count
        }
    }

    /// The tokens on their way back, the earliest first.
    public private(set) var returns: [Return] = []
    /// The requests that have a token and no answer yet.
    public private(set) var unanswered = 0
    /// When as many requests as the budget's burst may be made at once again.
    public private(set) var evenUntil: Duration
    private var latest: Duration

    /// Budgets of more requests keep their tokens' returns in so many steps, so that memory does not grow with them.
    private static let steps = 64

    /// A full bucket.
    public init(at now: Duration) {
        latest = now
        evenUntil = now
    }

    /// A bucket as it is known from before.
    ///
    /// - Parameters:
    ///   - spent: tokens that may have been spent since.
    ///   - arrival: when the service has surely counted the requests that took them: now, or in a while.
    public init(
        returns: [Return],
        evenUntil: Duration,
        spent: Int,
        arrival: Duration,
        under budget: RequestBudget,
        at now: Duration
    ) {
        self.returns = returns.sorted { $0.at < $1.at }
        latest = now
        self.evenUntil = max(evenUntil, now)
        guard spent > 0 else { return }
        self.evenUntil = max(evenUntil, arrival) + budget.spacing * spent
        giveBack(spent, under: budget, at: arrival)
    }

    /// How many tokens are not in the bucket.
    public var spent: Int { returns.reduce(unanswered) { $0 + $1.count } }

    /// What stands between the next request and its token; `nil` when there is one now.
    public mutating func delay(under budget: RequestBudget, at now: Duration) -> Delay? {
        advance(to: now)
        if let most = budget.maximumInFlight, unanswered >= most { return .untilAnswer }
        var missing = spent - budget.requests + 1
        var ready = now
        if missing > 0 {
            let last = returns.first { tokens in
                missing -= tokens.count
                return missing <= 0
            }
            guard let last else { return .untilAnswer }
            ready = last.at
        }
        if budget.burst < budget.requests { ready = max(ready, evenUntil - budget.spacing * (budget.burst - 1)) }
        return ready > now ? .until(ready) : nil
    }

    /// About when a request gets its token that `ahead` others go before.
    public func expected(behind ahead: Int, under budget: RequestBudget, at now: Duration) -> Duration {
        var ready = now
        var missing = spent + ahead - budget.requests + 1
        if missing > 0 {
            let last = returns.first { tokens in
                missing -= tokens.count
                return missing <= 0
            }
            ready = last?.at ?? now + budget.period + budget.spacing * missing
        }
        guard budget.burst < budget.requests else { return ready }
        return max(ready, evenUntil + budget.spacing * (ahead + 1 - budget.burst))
    }

    /// Takes a token if there is one.
    ///
    /// - Returns: `nil` when it was taken, else what stands in the way.
    public mutating func take(under budget: RequestBudget, at now: Duration) -> Delay? {
        if let delay = delay(under: budget, at: now) { return delay }
        unanswered += 1
        evenUntil = max(evenUntil, now) + budget.spacing
        return nil
    }

    /// Sends a token on its way back: its request was answered, or will not be any more.
    public mutating func answer(under budget: RequestBudget, at now: Duration) {
        advance(to: now)
        guard unanswered > 0 else { return }
        unanswered -= 1
        giveBack(1, under: budget, at: now)
    }

    private mutating func giveBack(_ count: Int, under budget: RequestBudget, at now: Duration) {
        var at = now + budget.period
        if budget.requests > Self.steps {
            // Later rather than earlier: a step too late costs little, too early it would break the promise.
            let step = max(budget.period.attoseconds / Int128(Self.steps), 1)
            at = Duration(attoseconds: (at.attoseconds + step - 1) / step * step)
        }
        if let last = returns.last, last.at >= at {
            returns[returns.count - 1].count += count
        } else {
            returns.append(Return(at: at, count: count))
        }
    }

    private mutating func advance(to now: Duration) {
        if now < latest {
            let shift = latest - now
            for index in returns.indices { returns[index].at -= shift }
            evenUntil -= shift
        }
        latest = now
        let back = returns.prefix { $0.at <= now }.count
        if back > 0 { returns.removeFirst(back) }
    }
}
