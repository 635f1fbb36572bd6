/// What a list of rows is asked for: which part, in which order, filtered by what.
struct RowListing {
    var skip = 0
    var take = 20
    var order = RowOrder()
    var search: RowSearch?

    /// Reads the query.
    ///
    /// - Throws: ``Refusal`` for a parameter that makes no sense, so that a client which misspells one finds out.
    init(_ request: SandboxRequest, in table: TableState) throws(Refusal) {
        skip = try Self.count(request.parameter("skip"), "skip") ?? skip
        take = try Self.count(request.parameter("take"), "take") ?? take
        for cap in [table.definition.maximumTake, request.clampedTake] {
            if let cap { take = min(take, cap) }
        }
        if let name = request.parameter("sortColumn") {
            let column = try Self.column(name, in: table)
            order.column = column
            order.comparesNumbers = table.definition.columns[column].type == .number
        }
        switch request.parameter("sortDirection") {
        case nil, "asc": break
        case "desc": order.descends = true
        default: throw Refusal(400, "sortDirection must be asc or desc")
        }
        guard let term = request.parameter("searchTerm") else { return }
        let columns: [Int]
        if let name = request.parameter("searchColumn") {
            columns = [try Self.column(name, in: table)]
        } else {
            columns = Array(table.definition.columns.indices)
        }
        search = RowSearch(term: term, columns: columns)
    }

    private static func count(_ text: String?, _ name: String) throws(Refusal) -> Int? {
        guard let text else { return nil }
        guard let count = Int(text), count >= 0 else { throw Refusal(400, "\(name) must be a whole number from 0") }
        return count
    }

    private static func column(_ name: String, in table: TableState) throws(Refusal) -> Int {
        guard let index = table.columnIndexes[name] else { throw Refusal(400, "The table has no column \(name)") }
        return index
    }
}
