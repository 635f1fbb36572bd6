import FerryCore

/// What a scan by a cursor carries from page to page.
struct ScanState: Sendable, Equatable {
    /// What earlier scans have seen; `nil` when everything is read.
    var since: CursorMark?
    /// The highest value seen, by this scan or an earlier one.
    var highest: CursorMark?
    /// The highest value on the pages before.
    var reached: JSONValue?
    /// The time at which the scan began, by the service's clock if it tells, in seconds since 1970: no scan is taken to
    /// have seen what has a later time.
    var ceiling: Int?
    /// When the scan began, by this machine's clock, in seconds since 1970.
    var began = 0
    /// How many records the largest page had.
    var largestPage = 0
    /// Whether the pages turned out not to come in the order that the description says.
    var isOutOfOrder = false

    init(since: CursorMark? = nil) {
        self.since = since
        highest = since
    }
}

extension ScanState {
    init(_ json: JSONValue?) {
        self.init(since: CursorMark(json?["since"]))
        guard let json, let began = json["began"]?.integer, let largest = json["largest"]?.integer,
            let isOutOfOrder = json["disorder"]?.bool
        else { return }
        highest = CursorMark(json["highest"])
        reached = json["reached"]
        ceiling = json["ceiling"]?.integer
        self.began = began
        largestPage = largest
        self.isOutOfOrder = isOutOfOrder
    }

    var json: JSONValue {
        var members: [JSONValue.Member] = [
            .init(key: "began", value: .integer(began)), .init(key: "largest", value: .integer(largestPage)),
            .init(key: "disorder", value: .bool(isOutOfOrder)),
        ]
        if let since { members.append(.init(key: "since", value: since.json)) }
        if let highest { members.append(.init(key: "highest", value: highest.json)) }
        if let reached { members.append(.init(key: "reached", value: reached)) }
        if let ceiling { members.append(.init(key: "ceiling", value: .integer(ceiling))) }
        return .object(members)
    }
}
