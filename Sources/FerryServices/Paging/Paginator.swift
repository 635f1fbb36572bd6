import FerryCore
import FerryJSON

/// How the pages of one stream follow each other: what to ask for, and what an answer means.
///
/// A paginator remembers nothing: what it needs to know of the pages before stands in the position, as JSON that goes
/// through the checkpoint. A position that is not one of its own, such as one of an older version, is the start, which
/// is always safe.
protocol Paginator: Sendable {
    /// Reads the page at `position`, mostly by one request.
    ///
    /// - Parameters:
    ///   - position: `nil` for the first page.
    ///   - lowest: what the scan's cursor begins at, for paginators that go by it themselves.
    /// - Throws: ``SyncFailure``; `JSONFailure` when a record lacks what the order needs; what `read` throws.
    func turn(
        at position: JSONValue?,
        from lowest: JSONValue?,
        reading read: (PageQuery) async throws -> PageAnswer
    ) async throws -> PageTurn
}

/// What to ask for.
struct PageQuery: Sendable {
    /// What the request can refer to as `${page.…}`.
    var page: [String: JSONValue] = [:]
    /// The path and query to ask for instead of the request's own.
    var target: String?
    /// The status codes that say that there is no such page.
    var endStatuses: Set<Int> = []
}

/// What came.
struct PageAnswer: Sendable {
    /// The records.
    var index: PageIndex
    /// The hashes of their identifiers.
    var ids: [UInt64]
    /// The hashes of all that they have, in a stream whose records move when they change.
    var digests: [UInt64]?
    /// What the answer says of the next page.
    var next: JSONValue?
    /// How many records the answer says there are.
    var total: Int?
    /// About how many records the answer says there are.
    var estimate: Int?
    /// The address that was asked.
    var url = ""
    /// What time it was at the service, if it says, in seconds since 1970.
    var time: Int?

    /// What the records are known again by: one that has moved to another place must not be taken for that place.
    var marks: [UInt64] { digests ?? ids }

    /// The hash of the identifiers: two pages with the same one hold the same records.
    var digest: UInt64 { ids.withUnsafeBytes { RecordHash.of($0).low } }
}

/// What a page means.
struct PageTurn: Sendable {
    /// The answer.
    var answer: PageAnswer
    /// The records of the page that are new.
    var kept: [Int]
    /// Where to go on; `nil` at the end.
    var next: JSONValue?
    /// Whether no record is among them twice.
    var isDistinct = false
    /// Whether nothing can have escaped a scan that ends here.
    var isConclusive = true
}

extension SyncFailure {
    /// A service that pages in circles.
    static func repeatedPage(_ message: String, hint: String) -> SyncFailure {
        SyncFailure(.contract, .contractPageRepeated, message, hint: hint)
    }
}

/// One page that is all there is.
struct SinglePage: Paginator {
    func turn(
        at position: JSONValue?,
        from lowest: JSONValue?,
        reading read: (PageQuery) async throws -> PageAnswer
    ) async throws -> PageTurn {
        let answer = try await read(PageQuery())
        return PageTurn(answer: answer, kept: Array(answer.ids.indices), next: nil)
    }
}
