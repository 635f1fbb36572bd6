import FerryCore
import FerryJSON
import Testing

@testable import FerryServices

/// A sorted table behind an interface of pages, which changes between two requests.
struct PagedTable {
    var rows: [UInt64]
    /// The most rows a page has, whatever is asked for.
    var clamp = Int.max
    /// The size of the pages whatever is asked for.
    var fixedSize: Int?
    /// Whether answers say how many rows there are.
    var tellsTotal = false
    private(set) var queries: [PageQuery] = []

    init(rows: some Sequence<UInt64>) {
        self.rows = rows.sorted()
    }

    /// The page with the number of the query, counted from 1.
    mutating func numbered(_ query: PageQuery) throws -> PageAnswer {
        queries.append(query)
        let size = fixedSize ?? min(query.page["size"]?.integer ?? 20, clamp)
        let number = try #require(query.page["number"]?.integer)
        return try answer(rows.dropFirst((number - 1) * size).prefix(size))
    }

    /// The rows after the last one of the query, or from it on.
    mutating func after(_ query: PageQuery, isClosed: Bool = false) throws -> PageAnswer {
        queries.append(query)
        let size = min(query.page["size"]?.integer ?? 20, clamp)
        let last = query.page["last"]?["id"]?.integer.map { UInt64($0) }
        return try answer(rows.filter { row in last.map { row > $0 || isClosed && row == $0 } ?? true }.prefix(size))
    }

    func answer(_ ids: some Sequence<UInt64>) throws -> PageAnswer {
        try .of(ids, total: tellsTotal ? rows.count : nil)
    }

    /// Changes some rows beside each other, as people do: a range that is deleted, a range that is imported.
    ///
    /// - Returns: the rows that were deleted.
    mutating func change(_ number: Int, using random: inout SeededRandom) -> [UInt64] {
        if Bool.random(using: &random), !rows.isEmpty {
            let start = Int.random(in: 0..<rows.count, using: &random)
            let end = min(start + number, rows.count)
            let deleted = Array(rows[start..<end])
            rows.removeSubrange(start..<end)
            return deleted
        }
        let near = rows.randomElement(using: &random) ?? 0
        // Far apart, so that no identifier is used twice.
        rows = Set(rows + (0..<number).map { _ in near &+ UInt64.random(in: 1..<1 << 31, using: &random) }).sorted()
        return []
    }
}

extension PageAnswer {
    /// A page of records that are nothing but identifiers.
    static func of(
        _ ids: some Sequence<UInt64>,
        next: JSONValue? = nil,
        total: Int? = nil,
        url: String = "https://api.example.com/items?limit=2"
    ) throws -> PageAnswer {
        let body = "[" + ids.map { "{\"id\":\($0)}" }.joined(separator: ",") + "]"
        let id = FieldPath(segments: [.name("id")])
        let index = try PageReader(records: [.root], id: id, hashed: .root).index(Array(body.utf8))
        let hashes = (0..<index.ids.count).map { place in index.ids.withBytes(at: place) { RecordHash.of($0).low } }
        return PageAnswer(index: index, ids: hashes, next: next, total: total, url: url)
    }
}

/// What a scan has given.
struct Scan {
    var delivered: [UInt64] = []
    var turns: [PageTurn] = []
    var isConclusive: Bool { turns.last?.isConclusive ?? false }
}

/// Reads to the end, each position going through a checkpoint.
func scan(
    _ paginator: any Paginator,
    from lowest: JSONValue? = nil,
    most: Int = 20_000,
    reading read: (PageQuery) throws -> PageAnswer
) async throws -> Scan {
    var scan = Scan()
    var position: JSONValue?
    repeat {
        let turn = try await paginator.turn(at: position, from: lowest) { try read($0) }
        for place in turn.kept { scan.delivered.append(try #require(UInt64(turn.answer.index.ids[place]))) }
        scan.turns.append(turn)
        position = try turn.next.map { try JSONValue(parsing: $0.serialized) }
        try #require(scan.turns.count < most, "the scan does not end")
    } while position != nil
    return scan
}
