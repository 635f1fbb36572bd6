import Synchronization

/// The quotas of the Search Console API, those of a minute and of a second, of a property or of the user.
///
/// The quotas of a day and the load quota, which is not told in numbers, are left out.
final class SearchQuotas: Sendable {
    /// What a request counts as.
    enum Kind: Hashable, Sendable {
        /// A query of a property's searches.
        case analytics(site: String)
        /// An inspection of one of a property's addresses.
        case inspection(site: String)
        /// Anything else.
        case other
    }

    private struct State {
        var limits: [Kind: [SlidingLimit]] = [:]
        var replacement: [SlidingLimit]?
    }

    private let state = Mutex(State())

    /// Puts one limit of requests a minute in the place of all quotas; `nil` lifts them.
    func replace(by requests: Int?) {
        let limits = requests.map { [SlidingLimit($0, per: .seconds(60))] } ?? []
        state.withLock { $0.replacement = limits }
    }

    /// Counts a request.
    ///
    /// - Returns: whether it is within the quotas.
    func takes(_ kind: Kind) -> Bool {
        let limits = state.withLock { state in
            if let replacement = state.replacement { return replacement }
            if let known = state.limits[kind] { return known }
            let made: [SlidingLimit] =
                switch kind {
                case .analytics: [SlidingLimit(1200, per: .seconds(60))]
                case .inspection: [SlidingLimit(600, per: .seconds(60)), SlidingLimit(2000, per: .seconds(86_400))]
                case .other: [SlidingLimit(20, per: .seconds(1)), SlidingLimit(200, per: .seconds(60))]
                }
            state.limits[kind] = made
            return made
        }
        return limits.allSatisfy { ($0.count()?.remaining ?? 0) >= 0 }
    }
}
