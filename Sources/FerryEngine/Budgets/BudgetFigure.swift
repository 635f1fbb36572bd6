public import FerryCore
import Synchronization

/// How much of an account's budget is left.
public struct BudgetFigure: Sendable {
    /// The account: the host, and a salted fingerprint of what identifies it there.
    public var account: String
    /// The budget.
    public var budget: RequestBudget
    /// How many requests could be made now.
    public var left: Int
}

extension Account {
    /// What is left of its budgets.
    var figures: [BudgetFigure] {
        let now = clocks.elapsed()
        return state.withLock { state in
            state.lanes.values.map { lane in
                var bucket = lane.bucket
                // Brings back what is due by now.
                _ = bucket.delay(under: lane.budget, at: now)
                let left = max(lane.budget.requests - bucket.spent, 0)
                return BudgetFigure(account: key.rawValue, budget: lane.budget, left: left)
            }
        }
    }
}
