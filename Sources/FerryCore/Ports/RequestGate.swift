/// What an endpoint asks before each exchange with its service: the engine's hand on the account's budget.
///
/// The endpoint remembers nothing of limits, and waits for none: it asks, and it passes on what the answer says.
public protocol RequestGate: Sendable {
    /// Returns when the account may make one more request that draws from `budgets`.
    ///
    /// Every permit must be given back by ``settle(_:_:)``, whatever becomes of the request.
    ///
    /// - Throws: ``SyncFailure`` when the waiting would be too long or the ledger fails, or whatever else ends the wait.
    func admit(_ account: AccountKey, drawing budgets: [RequestBudget]) async throws -> RequestPermit

    /// Tells what became of a request: what its answer says of the service's limits.
    func settle(_ permit: RequestPermit, _ signal: RateSignal) async
}

/// The right to make one request.
public struct RequestPermit: Sendable {
    /// The account that makes it.
    public var account: AccountKey
    /// The budgets it was counted in.
    public var budgets: [RequestBudget]
    /// Whether there was a wait, over which secrets may have been renewed.
    public var hasWaited: Bool

    /// A permit.
    public init(account: AccountKey, budgets: [RequestBudget], hasWaited: Bool = false) {
        self.account = account
        self.budgets = budgets
        self.hasWaited = hasWaited
    }
}

/// Lets everybody pass: for what makes no requests, and for tests.
public struct OpenGate: RequestGate {
    /// A gate that stands open.
    public init() {}

    /// Returns at once.
    public func admit(_ account: AccountKey, drawing budgets: [RequestBudget]) -> RequestPermit {
        RequestPermit(account: account, budgets: budgets)
    }

    /// Does nothing.
    public func settle(_ permit: RequestPermit, _ signal: RateSignal) {}
}
