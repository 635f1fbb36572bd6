import FerryCore

/// The links of a scope when a scan begins.
struct KnownLinks: Sendable {
    /// The highest one's number: later ones are made by the scan.
    let last: Int64
    private let count: Int

    init(in scope: LinkScope, of ledger: any SyncLedger) async throws {
        last = try await ledger.highestLink()
        count = try await ledger.linkCount(in: scope)
    }

    /// Whether a scan has come by every one of them.
    func areAll(in seen: LinkSet) -> Bool { seen.count(upTo: last) == count }

    /// How many of the rows that are there have none.
    func lacking(of rows: Int) -> Int { max(0, rows - count) }

    /// Whether a link was there, and a scan has not come by it.
    func contain(_ link: Int64, missingFrom seen: LinkSet) -> Bool { link <= last && !seen.contains(link) }
}
