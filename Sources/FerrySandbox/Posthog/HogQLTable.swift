/// Rows that a query can be asked of.
struct HogQLTable {
    let columns: [String]
    let rows: [[HogQLValue]]

    /// The rows that a query selects, sorted, before any limit.
    ///
    /// - Throws: ``Refusal`` with status 400.
    func select(_ query: HogQLQuery) throws(Refusal) -> [[HogQLValue]] {
        var kept: [(keys: [HogQLValue], values: [HogQLValue])] = []
        for row in rows {
            if let condition = query.condition, try !holds(condition, row) { continue }
            var keys: [HogQLValue] = []
            for term in query.order { keys.append(try value(of: term, row)) }
            var values: [HogQLValue] = []
            for term in query.columns { values.append(try value(of: term, row)) }
            kept.append((keys, values))
        }
        kept.sort { left, right in
            for (left, right) in zip(left.keys, right.keys) where left != right { return left < right }
            return false
        }
        return kept.map(\.values)
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
