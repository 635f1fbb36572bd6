/// A dataset's documents, found by identifier and kept in the two orders in which clients go through them.
struct SanityDocuments: Sendable {
    private var documents: [String: SanityDocument] = [:]
    private var orders: [Order: [String]] = [:]

    /// An order that is sorted once for all queries until a document changes.
    enum Order: Sendable {
        /// By identifier.
        case byID
        /// By the time of the last change, then by identifier.
        case byTime
    }

    /// A document.
    subscript(id: String) -> SanityDocument? {
        get { documents[id] }
        set {
            let old = documents[id]
            documents[id] = newValue
            if (old == nil) != (newValue == nil) { orders[.byID] = nil }
            if old?.updatedAt != newValue?.updatedAt { orders[.byTime] = nil }
        }
    }

    /// How many there are.
    var count: Int { documents.count }

    /// All of them, in no order.
    var all: some Sequence<SanityDocument> { documents.values }

    /// All of them, by identifier.
    mutating func sorted() -> [SanityDocument] { identifiers(in: .byID).compactMap { documents[$0] } }

    /// The identifiers in an order.
    mutating func identifiers(in order: Order) -> [String] {
        if let known = orders[order] { return known }
        let sorted: [String]
        switch order {
        case .byID: sorted = documents.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        case .byTime:
            sorted = documents.values.sorted { left, right in
                if left.updatedAt != right.updatedAt {
                    return left.updatedAt.utf8.lexicographicallyPrecedes(right.updatedAt.utf8)
                }
                return left.id.utf8.lexicographicallyPrecedes(right.id.utf8)
            }
            .map(\.id)
        }
        orders[order] = sorted
        return sorted
    }

    /// The first documents that meet a condition, in the order of a query.
    ///
    /// Where that is one of the two orders, only as many documents are looked at as it takes.
    ///
    /// - Parameter limit: how many are wanted at most.
    mutating func select(
        _ query: GROQQuery,
        limit: Int,
        where isWanted: (SanityDocument) -> Bool
    ) -> [SanityDocument] {
        if let id = query.onlyID {
            return documents[id].flatMap { isWanted($0) ? [$0] : nil } ?? []
        }
        guard let order = query.knownOrder else {
            let found = documents.values.filter(isWanted)
            let sorted = query.order.isEmpty ? found : found.sorted(by: query.precedes)
            return Array(sorted.prefix(limit))
        }
        let identifiers = identifiers(in: order)
        var found: [SanityDocument] = []
        for id in identifiers[start(of: query, order, identifiers)...] {
            guard found.count < limit else { break }
            if let document = documents[id], isWanted(document) { found.append(document) }
        }
        return found
    }

    /// Where the first document is that can meet a query's condition, by what it says of the order's first field.
    private func start(of query: GROQQuery, _ order: Order, _ identifiers: [String]) -> Int {
        guard let bound = query.lowerBound(of: order == .byID ? "_id" : "_updatedAt") else { return 0 }
        var (low, high) = (0, identifiers.count)
        while low < high {
            let middle = (low + high) / 2
            let text = order == .byID ? identifiers[middle] : documents[identifiers[middle]]?.updatedAt ?? ""
            if text.utf8.lexicographicallyPrecedes(bound.utf8) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
