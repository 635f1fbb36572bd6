import FerryCore

/// Where a scan by offset stands: what the next request, and the reading of its answer, need to know.
struct OffsetPosition: Sendable, Equatable {
    /// Rows that lie behind, in the service's order.
    var offset = 0
    /// Hashes of the identifiers of the rows seen last, in the service's order: the next page must hold one of them.
    var anchors: [UInt64] = []
    /// How many pages in a row held none of the rows seen last.
    var searches = 0
    /// Whether the next page does not overlap: it asks whether there is anything after the last row.
    var isProbe = false
    /// Hash of the last page's identifiers.
    var digest: UInt64 = 0
    /// How many times in a row the same page came again.
    var repeats = 0
    /// How many times the scan started anew, because none of the rows seen last could be found.
    var restarts = 0
}

extension OffsetPosition {
    /// The position as the checkpoint keeps it.
    var value: JSONValue {
        .object([
            .init(key: "offset", value: .integer(offset)),
            .init(key: "anchors", value: .string(HexDigits.text(of: anchors))),
            .init(key: "searches", value: .integer(searches)),
            .init(key: "probe", value: .bool(isProbe)),
            .init(key: "digest", value: .string(HexDigits.text(of: digest))),
            .init(key: "repeats", value: .integer(repeats)),
            .init(key: "restarts", value: .integer(restarts)),
        ])
    }

    /// The position that a checkpoint kept; the start if it is not one of this paginator's.
    init(_ value: JSONValue?) {
        // A checkpoint of another version starts the scan anew, which is always safe.
        guard let value, let offset = value["offset"]?.integer, offset >= 0,
            let anchors = HexDigits.numbers(in: value["anchors"]?.string), let searches = value["searches"]?.integer,
            let isProbe = value["probe"]?.bool, let digest = HexDigits.numbers(in: value["digest"]?.string)?.first,
            let repeats = value["repeats"]?.integer, let restarts = value["restarts"]?.integer,
            offset == 0 || !anchors.isEmpty, 0...OffsetPaginator.maximumSearches ~= searches
        else {
            self.init()
            return
        }
        self.init(
            offset: offset,
            anchors: anchors,
            searches: searches,
            isProbe: isProbe,
            digest: digest,
            repeats: repeats,
            restarts: restarts
        )
    }
}
