import FerryCore
import FerryJSON

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
    var text: String {
        JSONValue.object([
            .init(key: "offset", value: .integer(offset)),
            .init(key: "anchors", value: .string(anchors.map(Self.digits).joined())),
            .init(key: "searches", value: .integer(searches)),
            .init(key: "probe", value: .bool(isProbe)),
            .init(key: "digest", value: .string(Self.digits(of: digest))),
            .init(key: "repeats", value: .integer(repeats)),
            .init(key: "restarts", value: .integer(restarts)),
        ]).serialized
    }

    /// The position that a checkpoint kept; the start if it is not one of this paginator's.
    init(text: String) {
        // A checkpoint of another version starts the scan anew, which is always safe.
        guard let value = try? JSONValue(parsing: text), let offset = value["offset"]?.integer, offset >= 0,
            let anchors = Self.numbers(in: value["anchors"]?.string), let searches = value["searches"]?.integer,
            let isProbe = value["probe"]?.bool, let digest = Self.numbers(in: value["digest"]?.string)?.first,
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

    private static func digits(of number: UInt64) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: 16 - text.utf8.count) + text
    }

    private static func numbers(in digits: String?) -> [UInt64]? {
        guard let digits = digits?.utf8, digits.count.isMultiple(of: 16) else { return nil }
        var numbers: [UInt64] = []
        var rest = digits[...]
        while !rest.isEmpty {
            guard let number = UInt64(String(decoding: rest.prefix(16), as: UTF8.self), radix: 16) else { return nil }
            numbers.append(number)
            rest = rest.dropFirst(16)
        }
        return numbers
    }
}
