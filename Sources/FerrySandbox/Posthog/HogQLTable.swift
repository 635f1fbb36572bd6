/// Rows that a query can be asked of.
struct HogQLTable: Sendable {
    let columns: [String]
    /// The columns that the rows are sorted by, times and identifiers.
    let order: [String]
    let rows: [[HogQLValue]]

    /// The first rows that a query selects, in its order.
    ///
    /// Where the query's order is the table's own, only as many rows are looked at as it takes.
    ///
    /// - Throws: ``Refusal`` with status 400.
    func select(_ query: HogQLQuery, limit: Int) throws(Refusal) -> [[HogQLValue]] {
        let isOrdered = query.order.compactMap(\.column) == order && query.order.count == order.count
        var kept: [(keys: [HogQLValue], values: [HogQLValue])] = []
        let start = try isOrdered ? start(of: query) : 0
        for row in rows[start...] {
            if let condition = query.condition, try !holds(condition, row) { continue }
            var keys: [HogQLValue] = []
            if !isOrdered { for term in query.order { keys.append(try value(of: term, row)) } }
            var values: [HogQLValue] = []
            for term in query.columns { values.append(try value(of: term, row)) }
            kept.append((keys, values))
            if isOrdered, kept.count == limit { break }
        }
        if !isOrdered {
            kept.sort { left, right in
                for (left, right) in zip(left.keys, right.keys) where left != right { return left < right }
                return false
            }
        }
        return kept.prefix(limit).map(\.values)
    }

    /// The first row that can meet the query's condition, by what it says of the first column of the order.
    private func start(of query: HogQLQuery) throws(Refusal) -> Int {
        guard let condition = query.condition, let first = order.first else { return 0 }
        var parts = [condition]
        if case .and(let all) = condition { parts = all }
        var start = 0
        for case .compare(let left, let sign, let right) in parts where [">", ">="].contains(sign) {
            guard left.column == first, right.isConstant, let row = rows.first else { continue }
            let bound = try value(of: right, row)
            guard bound.isComparable(with: try value(of: left, row)) else { continue }
            var (low, high) = (0, rows.count)
            while low < high {
                let middle = (low + high) / 2
                if try value(of: left, rows[middle]) < bound { low = middle + 1 } else { high = middle }
            }
            start = max(start, low)
        }
        return start
    }

    private func holds(_ condition: HogQLQuery.Condition, _ row: [HogQLValue]) throws(Refusal) -> Bool {
        switch condition {
        case .and(let parts):
            for part in parts where try !holds(part, row) { return false }
            return true
        case .or(let parts):
            for part in parts where try holds(part, row) { return true }
            return false
        case .compare(let left, let sign, let right):
            let left = try value(of: left, row)
            let right = try value(of: right, row)
            guard left.isComparable(with: right) else { throw Refusal(400, "There is no supertype for these types") }
            return switch sign {
            case ">": left > right
            case ">=": left >= right
            case "<": left < right
            case "<=": left <= right
            case "=": left == right
            default: left != right
            }
        }
    }

    private func value(of term: HogQLQuery.Term, _ row: [HogQLValue]) throws(Refusal) -> HogQLValue {
        switch term {
        case .value(let value): return value
        case .column(let name):
            guard let index = columns.firstIndex(of: name) else {
                throw Refusal(400, "Unable to resolve field: \(name)")
            }
            return row[index]
        case .toString(let term):
            switch try value(of: term, row) {
            case .text(let text), .uuid(let text): return .text(text)
            case .number(let number): return .text(String(number))
            case .time(let time): return .text(PosthogTime.text(time))
            }
        case .toTime(let term):
            switch try value(of: term, row) {
            case .time(let time): return .time(time)
            case .text(let text):
                guard let time = PosthogTime.microseconds(clickhouse: text) else {
                    throw Refusal(400, "Cannot parse string '\(text)' as DateTime64(6, 'UTC')")
                }
                return .time(time)
            default: throw Refusal(400, "Illegal type of argument of function toDateTime64")
            }
        }
    }
}
