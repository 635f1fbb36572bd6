import FerryCore
import FerryJSON

/// Pages by number over a live table.
///
/// Where the service gives pages of the size that it is asked for, the sizes are chosen so that neighbouring pages
/// overlap, and everything is as with offsets (``OffsetPaginator``). Where it does not, pages cannot overlap, and the
/// table is read again until two scans agree (``FixedPages``): so too when a page shows that its size was not kept to.
struct NumberedPages: Paginator {
    private let numbering: PageNumbering
    private let fixed: FixedPages
    /// Decides over overlapping pages; `nil` where the service alone sets their size.
    private let overlap: OffsetPaginator?

    /// - Parameter size: records a page, if it can be asked for.
    init(_ numbering: PageNumbering, size: Int?) {
        self.numbering = numbering
        fixed = FixedPages(numbering, size: size)
        overlap = size.flatMap { $0 < PageWindow.minimumSize || numbering.isSettled ? nil : OffsetPaginator(size: $0) }
    }

    func turn(
        at position: JSONValue?,
        from lowest: JSONValue?,
        reading read: (PageQuery) async throws -> PageAnswer
    ) async throws -> PageTurn {
        if let overlap, position == nil || position?["overlap"] != nil {
            return try await turn(at: position, overlapping: overlap, reading: read)
        }
        return try await fixed.turn(at: position, from: lowest, reading: read)
    }

    private func turn(
        at position: JSONValue?,
        overlapping overlap: OffsetPaginator,
        reading read: (PageQuery) async throws -> PageAnswer
    ) async throws -> PageTurn {
        let place = OffsetPosition(position?["overlap"])
        let maximum = max(1, position?["size"]?.integer ?? overlap.size)
        guard let window = window(at: place, overlap: overlap, maximum: maximum) else {
            return try await fixed.turn(at: nil, from: nil, reading: read)
        }
        let answer = try await read(query(window))
        guard answer.ids.count <= window.size else {
            // The size was not kept to: it is not known where the page begins.
            return PageTurn(answer: answer, kept: Array(answer.ids.indices), next: fixed.start)
        }
        // What the first page has is what the service gives at most.
        let size = position == nil ? min(maximum, answer.ids.count) : maximum
        guard size >= PageWindow.minimumSize else {
            return try await fixed.turn(at: nil, from: nil) { _ in answer }
        }
        var outcome = try overlap.outcome(of: answer.marks, at: place, start: window.start, total: answer.total)
        let isStill = outcome.next?.searches == 0 && outcome.next?.offset == place.offset
        let isShort = answer.ids.count < window.size
        if isStill, isShort, outcome.kept.isEmpty, !answer.ids.isEmpty {
            // Nothing after the rows that are known: the same page again would show no more. A full page, as one of a
            // search may be, says nothing of what follows; what follows could move before a probe.
            outcome.next?.isProbe = true
        }
        var next = outcome.next.map { value(of: $0, size: size) }
        if let place = outcome.next, place.restarts > 0 { next = fixed.start }
        return PageTurn(answer: answer, kept: outcome.kept, next: next, isDistinct: answer.digests == nil)
    }

    private func window(at place: OffsetPosition, overlap: OffsetPaginator, maximum: Int) -> PageWindow? {
        let row = overlap.skip(place)
        if place.isProbe || place.offset == 0 { return .beginning(at: row, maximum: maximum) }
        // Where the rows seen last are looked for, any window is right that holds the place.
        return .covering(row, maximum: maximum)
            ?? (place.searches > 0 ? PageWindow(number: row / maximum + 1, size: maximum) : nil)
    }

    private func query(_ window: PageWindow) -> PageQuery {
        PageQuery(
            page: ["number": .integer(numbering.first + window.number - 1), "size": .integer(window.size)],
            endStatuses: numbering.endStatuses
        )
    }

    private func value(of place: OffsetPosition, size: Int) -> JSONValue {
        .object([.init(key: "overlap", value: place.value), .init(key: "size", value: .integer(size))])
    }
}
