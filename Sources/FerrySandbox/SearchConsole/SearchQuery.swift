/// A query of what was searched, checked as the service checks it.
struct SearchQuery: Sendable {
    /// A condition on a dimension.
    struct Filter: Sendable {
        let dimension: String
        let operation: String
        let expression: String
    }

    let start: String
    let end: String
    let dimensions: [String]
    let type: String
    let aggregation: String
    let dataState: String
    let rowLimit: Int
    let startRow: Int
    let filters: [Filter]

    private static let dimensionNames = ["date", "query", "page", "country", "device"]
    private static let types = ["web", "image", "video", "news", "discover", "googleNews"]
    private static let members: Set<String> = [
        "startDate", "endDate", "dimensions", "type", "searchType", "aggregationType", "dataState", "rowLimit",
        "startRow", "dimensionFilterGroups",
    ]

    init(_ request: SandboxRequest) throws(SearchRefusal) {
        guard request.announcesJSON, let document = try? JSONDocument(request.body), let members = document.root.members
        else { throw .invalid("Invalid JSON payload received.") }
        if let unknown = members.first(where: { !Self.members.contains($0.name) }) {
            throw .invalid("Invalid JSON payload received. Unknown name \"\(unknown.name)\": Cannot find field.")
        }
        let body = document.root
        guard let start = body["startDate"]?.string, let end = body["endDate"]?.string, Self.isDay(start),
            Self.isDay(end), start <= end
        else { throw .invalid("'start_date' and 'end_date' must be dates, and in order.") }
        self.start = start
        self.end = end
        dimensions = (body["dimensions"]?.elements ?? []).compactMap(\.string)
        if let wrong = dimensions.first(where: { !Self.dimensionNames.contains($0) }) {
            throw .invalid("Invalid value at 'dimensions': \"\(wrong)\"")
        }
        guard Set(dimensions).count == dimensions.count else { throw .invalid("Duplicate dimensions.") }
        type = (body["type"] ?? body["searchType"])?.string ?? "web"
        guard Self.types.contains(type) else { throw .invalid("Invalid value at 'type': \"\(type)\"") }
        aggregation = body["aggregationType"]?.string ?? "auto"
        guard ["auto", "byProperty", "byPage"].contains(aggregation) else {
            throw .invalid("Invalid value at 'aggregation_type': \"\(aggregation)\"")
        }
        dataState = body["dataState"]?.string ?? "final"
        guard ["final", "all"].contains(dataState) else { throw .invalid("Invalid value at 'data_state'") }
        rowLimit = body["rowLimit"]?.integer ?? 1000
        startRow = body["startRow"]?.integer ?? 0
        guard (1...25_000).contains(rowLimit), startRow >= 0 else {
            throw .invalid("'row_limit' must be between 1 and 25000.")
        }
        var filters: [Filter] = []
        for group in body["dimensionFilterGroups"]?.elements ?? [] {
            guard group["groupType"]?.string ?? "and" == "and" else { throw .invalid("Invalid value at 'group_type'") }
            for filter in group["filters"]?.elements ?? [] {
                guard let dimension = filter["dimension"]?.string, Self.dimensionNames.contains(dimension),
                    let expression = filter["expression"]?.string
                else { throw .invalid("Invalid filter.") }
                let operation = filter["operator"]?.string ?? "equals"
                guard ["equals", "notEquals", "contains", "notContains"].contains(operation) else {
                    throw .invalid("Invalid value at 'operator': \"\(operation)\"")
                }
                filters.append(Filter(dimension: dimension, operation: operation, expression: expression))
            }
        }
        self.filters = filters
        let usesPage = dimensions.contains("page") || filters.contains { $0.dimension == "page" }
        guard !(usesPage && aggregation == "byProperty") else {
            throw .invalid("'BY_PROPERTY' is not a valid aggregationType in the context of the request.")
        }
    }

    private static func isDay(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return bytes.count == 10 && bytes[4] == UInt8(ascii: "-") && bytes[7] == UInt8(ascii: "-")
            && bytes.enumerated().allSatisfy { $0.offset == 4 || $0.offset == 7 || (0x30...0x39).contains($0.element) }
    }

    func takes(_ row: SearchRow, on day: String) -> Bool {
        filters.allSatisfy { filter in
            let value = row.value(of: filter.dimension, on: day)
            switch filter.operation {
            case "equals": return value == filter.expression
            case "notEquals": return value != filter.expression
            case "contains": return value.contains(filter.expression)
            default: return !value.contains(filter.expression)
            }
        }
    }
}

extension SearchRow {
    fileprivate func value(of dimension: String, on day: String) -> String {
        switch dimension {
        case "date": day
        case "query": query
        case "page": page
        case "country": country
        default: device
        }
    }
}

extension SearchConsoleState {
    /// What was searched on several days that have the same keys.
    private struct Group {
        var clicks = 0
        var impressions = 0
        var positions = 0.0
    }

    /// The answer to a query.
    ///
    /// - Parameter random: gives the order among rows with as many clicks.
    func answer(to query: SearchQuery, of site: String, random: () -> UInt64) -> String {
        var groups: [[String]: Group] = [:]
        for (slice, rows) in rows where slice.site == site && slice.type == query.type {
            guard slice.day >= query.start, slice.day <= query.end else { continue }
            if query.dataState == "final", let open = firstIncompleteDate, slice.day >= open { continue }
            for row in rows where query.takes(row, on: slice.day) {
                let keys = query.dimensions.map { row.value(of: $0, on: slice.day) }
                groups[keys, default: Group()].clicks += row.clicks
                groups[keys, default: Group()].impressions += row.impressions
                groups[keys, default: Group()].positions += row.position * Double(row.impressions)
            }
        }
        let sorted = groups.map { (keys: $0.key, group: $0.value, order: random()) }
            .sorted { ($1.group.clicks, $0.order) < ($0.group.clicks, $1.order) }
        let shown = sorted.prefix(maximumRows).dropFirst(query.startRow).prefix(query.rowLimit).map { row in
            let impressions = Double(max(row.group.impressions, 1))
            return "{\"keys\":[\(row.keys.map(jsonLiteral).joined(separator: ","))],\"clicks\":\(row.group.clicks),"
                + "\"impressions\":\(row.group.impressions),\"ctr\":\(Double(row.group.clicks) / impressions),"
                + "\"position\":\(row.group.positions / impressions)}"
        }
        var members: [String] = []
        if !shown.isEmpty { members.append("\"rows\":[\(shown.joined(separator: ","))]") }
        let isByPage = query.aggregation == "byPage" || query.dimensions.contains("page")
        members.append("\"responseAggregationType\":\"\(isByPage ? "byPage" : "byProperty")\"")
        if query.dataState == "all", query.dimensions.contains("date"), let open = firstIncompleteDate,
            open <= query.end
        {
            members.append("\"metadata\":{\"firstIncompleteDate\":\(jsonLiteral(open))}")
        }
        return "{\(members.joined(separator: ","))}"
    }
}
