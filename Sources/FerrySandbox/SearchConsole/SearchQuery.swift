/// A query of what was searched, checked as the service checks it.
///
/// Enumerations are taken in both spellings that the vendor has for them: `byPage` and `BY_PAGE`.
struct SearchQuery {
    /// A condition on a dimension.
    struct Filter {
        let dimension: String
        let operation: String
        let expression: String
        /// The expression, where the operation has one.
        let pattern: Regex<AnyRegexOutput>?
    }

    let start: String
    let end: String
    let dimensions: [String]
    let type: String
    let aggregation: String
    let dataState: String
    var rowLimit: Int
    let startRow: Int
    let filters: [Filter]

    private static let dimensionNames = ["date", "query", "page", "country", "device"]
    private static let operations = [
        "equals", "notEquals", "contains", "notContains", "includingRegex", "excludingRegex",
    ]
    private static let aggregations = ["auto", "byProperty", "byPage", "byNewsShowcasePanel"]
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
        var dimensions: [String] = []
        for element in body["dimensions"]?.elements ?? [] {
            dimensions.append(try Self.word(element, of: Self.dimensionNames, at: "dimensions"))
        }
        guard Set(dimensions).count == dimensions.count else { throw .invalid("Duplicate dimensions.") }
        self.dimensions = dimensions
        type = try Self.word(body["type"] ?? body["searchType"], of: Self.types, at: "type")
        aggregation = try Self.word(body["aggregationType"], of: Self.aggregations, at: "aggregation_type")
        dataState = try Self.word(body["dataState"], of: ["final", "all"], at: "data_state")
        rowLimit = body["rowLimit"]?.integer ?? 1000
        startRow = body["startRow"]?.integer ?? 0
        guard (1...25_000).contains(rowLimit), startRow >= 0 else {
            throw .invalid("'row_limit' must be between 1 and 25000.")
        }
        var filters: [Filter] = []
        for group in body["dimensionFilterGroups"]?.elements ?? [] {
            _ = try Self.word(group["groupType"], of: ["and"], at: "group_type")
            for filter in group["filters"]?.elements ?? [] {
                guard let expression = filter["expression"]?.string, filter["dimension"] != nil else {
                    throw .invalid("Invalid filter.")
                }
                let operation = try Self.word(filter["operator"], of: Self.operations, at: "operator")
                var pattern: Regex<AnyRegexOutput>?
                if operation.hasSuffix("Regex") {
                    guard let made = try? Regex(expression) else {
                        throw .invalid("Invalid regular expression: '\(expression)'.")
                    }
                    pattern = made
                }
                filters.append(
                    Filter(
                        dimension: try Self.word(filter["dimension"], of: Self.dimensionNames, at: "dimension"),
                        operation: operation,
                        expression: expression,
                        pattern: pattern
                    )
                )
            }
        }
        self.filters = filters
        let usesPage = dimensions.contains("page") || filters.contains { $0.dimension == "page" }
        guard !(usesPage && aggregation == "byProperty") else {
            throw .invalid("'BY_PROPERTY' is not a valid aggregationType in the context of the request.")
        }
    }

    /// One of several words, whatever its spelling; the first of them where nothing is said.
    private static func word(
        _ value: JSONSlice?,
        of words: [String],
        at place: String
    ) throws(SearchRefusal) -> String {
        guard let value else { return words[0] }
        let plain = { (text: String) in text.lowercased().filter { $0 != "_" } }
        guard let text = value.string, let word = words.first(where: { plain($0) == plain(text) }) else {
            throw .invalid("Invalid value at '\(place)': \(value.text)")
        }
        return word
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
            case "notContains": return !value.contains(filter.expression)
            case "includingRegex": return filter.pattern.map { value.contains($0) } ?? false
            default: return filter.pattern.map { !value.contains($0) } ?? false
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
        let isByPage = query.dimensions.contains("page")
        let aggregation = query.aggregation == "auto" ? isByPage ? "byPage" : "byProperty" : query.aggregation
        members.append("\"responseAggregationType\":\"\(aggregation)\"")
        if query.dataState == "all", query.dimensions.contains("date"), let open = firstIncompleteDate,
            open <= query.end
        {
            members.append("\"metadata\":{\"firstIncompleteDate\":\(jsonLiteral(open))}")
        }
        return "{\(members.joined(separator: ","))}"
    }
}
