import FerryCore

/// Pages by offset over a live table: neighbouring pages overlap by one row, so that a row deleted or inserted
/// meanwhile cannot hide another one (design §4.2).
///
/// Rows that were seen last are remembered. A page that holds one of them tells what is new: every row after it that
/// is not remembered, since whatever stands before it was read before or was inserted since. A page that holds none
/// of them shows that rows were deleted or inserted before it; they are then looked for around it, and the scan
/// starts anew if they are nowhere near.
///
/// The end of the data is an empty page, never a short one: a service may give fewer rows than asked for. One that
/// gives a single row a page leaves nothing to overlap: rows deleted meanwhile can hide others there.
struct OffsetPaginator: Paginator {
    /// What a page means.
    struct Outcome: Equatable {
        /// The rows of the page that are new.
        var kept: [Int]
        /// Where to go on; `nil` at the end.
        var next: OffsetPosition?
    }

    /// Rows asked for; at least two, since one overlaps.
    let size: Int
    /// How often in a row the same page may come, though other ones were asked for.
    static let maximumRepeats = 8
    /// How many pages are read in search of the rows that were seen last, before the scan starts anew.
    static let maximumSearches = 17
    /// How often a scan may start anew.
    static let maximumRestarts = 8
    /// How many rows are remembered at least, however few a page has.
    static let minimumMemory = 64

    init(size: Int) {
        self.size = max(size, 2)
    }

    func turn(
        at position: JSONValue?,
        from lowest: JSONValue?,
        reading read: (PageQuery) async throws -> PageAnswer
    ) async throws -> PageTurn {
        let position = OffsetPosition(position)
        let answer = try await read(
            PageQuery(page: ["offset": .integer(skip(position)), "size": .integer(size)])
        )
        let outcome = try self.outcome(of: answer.marks, at: position, total: answer.total)
        return PageTurn(
            answer: answer,
            kept: outcome.kept,
            next: outcome.next?.value,
            isDistinct: answer.digests == nil
        )
    }

    /// Rows to skip.
    func skip(_ position: OffsetPosition) -> Int {
        guard position.offset > 0, !position.isProbe else { return position.offset }
        return max(0, position.offset - 1 + displacement(of: position))
    }

    /// Decides which rows of a page are new, and what to ask for next.
    ///
    /// - Parameters:
    ///   - start: how many rows lie before the page, if it does not begin where it was asked to.
    ///   - total: how many rows the answer says there are: a page that ends there is the last.
    /// - Throws: ``SyncFailure`` with the code `contract.page_repeated` when the service gives the same rows whatever
    ///   is skipped, or none that were there before.
    func outcome(
        of ids: [UInt64],
        at position: OffsetPosition,
        start: Int? = nil,
        total: Int? = nil
    ) throws(SyncFailure) -> Outcome {
        let start = start ?? skip(position)
        var outcome = try outcome(of: ids, at: position, start: start)
        // Equal, not greater: a number that is too small, such as -1 for "not known", is no total. And while rows are
        // looked for, the place in the table is not known.
        if let next = outcome.next, !ids.isEmpty, next.searches == 0, next.offset == total { outcome.next = nil }
        return outcome
    }

    private func outcome(of ids: [UInt64], at position: OffsetPosition, start: Int) throws(SyncFailure) -> Outcome {
        if ids.isEmpty, start == 0 || position.isProbe { return Outcome(kept: [], next: nil) }
        let known = Set(position.anchors)
        guard let anchor = ids.firstIndex(where: known.contains) else {
            return try outcomeWithoutAnchor(of: ids, at: position, start: start)
        }
        var seen = known
        let kept = ids.indices.filter { $0 > anchor && seen.insert(ids[$0]).inserted }
        return Outcome(
            kept: kept,
            next: try self.position(after: ids, at: position, start: start, hasNews: !kept.isEmpty)
        )
    }

    private func outcomeWithoutAnchor(
        of ids: [UInt64],
        at position: OffsetPosition,
        start: Int
    ) throws(SyncFailure) -> Outcome {
        // At the very beginning everything is new. A probe follows the last row: what it finds is new, too.
        if start == 0 || position.isProbe {
            var next = position
            if !position.isProbe {
                next = OffsetPosition(digest: position.digest, restarts: position.restarts)
                if position.offset > 0 { next.restarts = try restarts(after: position) }
            }
            var seen = Set<UInt64>()
            let kept = ids.indices.filter { seen.insert(ids[$0]).inserted }
            return Outcome(kept: kept, next: try self.position(after: ids, at: next, start: start, hasNews: true))
        }
        var next = position
        next.searches += 1
        // Behind the end of the table there is nothing to be found.
        if ids.isEmpty, displacement(of: next) > 0 { next.searches += 1 }
        guard next.searches > Self.maximumSearches else { return Outcome(kept: [], next: next) }
        var anew = OffsetPosition()
        anew.restarts = try restarts(after: position)
        return Outcome(kept: [], next: anew)
    }

    /// How far beside the overlap a page is asked for that shall find the rows seen last: a few rows back first,
    /// since mostly one or two were deleted, then half of what is remembered at a time, back and forth.
    private func displacement(of position: OffsetPosition) -> Int {
        let half = max(1, position.anchors.count / 2)
        switch position.searches {
        case 0: return 0
        case 1: return -min(8, half)
        case let search: return (search.isMultiple(of: 2) ? -1 : 1) * (search / 2) * half
        }
    }

    private func position(
        after ids: [UInt64],
        at position: OffsetPosition,
        start: Int,
        hasNews: Bool
    ) throws(SyncFailure) -> OffsetPosition {
        let digest = ids.withUnsafeBytes { RecordHash.of($0).low }
        let isRepeated = !hasNews && digest == position.digest
        guard !isRepeated || position.repeats < Self.maximumRepeats else {
            throw Self.failure("the service gives the same rows whatever number of rows is skipped")
        }
        return OffsetPosition(
            offset: start + ids.count,
            anchors: memory(of: ids, after: position.anchors),
            // One row that is known: the next page would be the same.
            isProbe: !hasNews && ids.count == 1,
            digest: digest,
            repeats: isRepeated ? position.repeats + 1 : 0,
            restarts: position.restarts
        )
    }

    /// The rows seen last, in the table's order: those of the page, and around it what was known before, as far as
    /// memory goes.
    private func memory(of ids: [UInt64], after known: [UInt64]) -> [UInt64] {
        let onPage = Set(ids)
        let room = max(0, max(size, Self.minimumMemory) - ids.count)
        guard let last = known.lastIndex(where: onPage.contains) else { return known.suffix(room) + ids }
        // The page may end before rows that were seen already, because others were inserted before it.
        let after = known[(last + 1)...].prefix(size)
        return known[..<last].filter { !onPage.contains($0) }.suffix(room) + ids + after
    }

    private func restarts(after position: OffsetPosition) throws(SyncFailure) -> Int {
        guard position.restarts < Self.maximumRestarts else {
            throw Self.failure("the service does not give its rows in the order that was asked for")
        }
        return position.restarts + 1
    }

    private static func failure(_ message: String) -> SyncFailure {
        .repeatedPage(
            message,
            hint: "it does not page as its description says, or the table changes faster than it can be read; "
                + "nothing was lost, but the scan cannot go on"
        )
    }
}
