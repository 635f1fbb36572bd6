/// The accounts' part of the daemon's memory.
public protocol BudgetLedger: Sendable {
    /// Keeps what is known of an account, durable when it returns; what was kept of it before is replaced.
    ///
    /// - Throws: ``SyncFailure`` of kind `local`.
    func keep(_ record: AccountRecord) async throws
}

/// What must survive a restart of an account's budgets; spans are in milliseconds, from the moment it was made.
public struct AccountRecord: Sendable, Equatable, Codable {
    /// Tokens that come back together.
    public struct Tokens: Sendable, Equatable, Codable {
        /// In how long.
        public var delay: Int64
        /// How many they are.
        public var count: Int

        /// Tokens.
        public init(delay: Int64, count: Int) {
            self.delay = delay
            self.count = count
        }
    }

    /// One budget.
    public struct Budget: Sendable, Equatable, Codable {
        /// The budget's name; empty for the one of all requests.
        public var name: String
        /// Its period.
        public var period: Int64
        /// How many requests it has in a period.
        public var requests: Int
        /// The tokens that are on their way back.
        public var returns: [Tokens]
        /// Tokens that may be spent at any time after this was made, or have been.
        public var outstanding: Int
        /// In how long the whole burst may be spent at once again.
        public var even: Int64
        /// For how long the service takes no more requests of this budget.
        public var hold: Int64

        /// A budget.
        public init(
            name: String,
            period: Int64,
            requests: Int,
            returns: [Tokens],
            outstanding: Int,
            even: Int64,
            hold: Int64
        ) {
            self.name = name
            self.period = period
            self.requests = requests
            self.returns = returns
            self.outstanding = outstanding
            self.even = even
            self.hold = hold
        }
    }

    /// The account.
    public var account: String
    /// For how long the service takes no more requests at all.
    public var hold: Int64
    /// The budgets.
    public var budgets: [Budget]
    /// When it was made.
    public var madeAt: MachineTime

    /// What is known of an account.
    public init(account: AccountKey, hold: Int64, budgets: [Budget], madeAt: MachineTime) {
        self.account = account.rawValue
        self.hold = hold
        self.budgets = budgets
        self.madeAt = madeAt
    }
}

/// A moment by two clocks: the one that people set, and the one that only runs while the machine does.
public struct MachineTime: Sendable, Equatable, Codable {
    /// Unix time in ms.
    public var wall: Int64
    /// Which start of the machine `uptime` counts from; empty when it is not known.
    public var boot: String
    /// How long the machine has been up, in ms.
    public var uptime: Int64

    /// A moment.
    public init(wall: Int64, boot: String = "", uptime: Int64 = 0) {
        self.wall = wall
        self.boot = boot
        self.uptime = uptime
    }

    /// The time that has passed since an earlier moment, in ms.
    ///
    /// The wall clock is asked only across a restart of the machine: it may have been set meanwhile.
    public func milliseconds(since earlier: MachineTime) -> Int64 {
        let passed =
            !boot.isEmpty && boot == earlier.boot
            ? uptime.subtractingReportingOverflow(earlier.uptime) : wall.subtractingReportingOverflow(earlier.wall)
        return passed.overflow ? 0 : max(passed.partialValue, 0)
    }
}
