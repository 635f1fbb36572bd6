import FerryCore
import FerryJSON

/// Reads a stream by the field that says when its records changed (design §4.2).
///
/// The lower bound of a scan is closed: it begins at the highest value seen, not after it, since records with that very
/// value may have come since. Those that were seen there are remembered and dropped, unless they have changed.
struct StreamCursor: Sendable {
    private let description: CursorDescription
    private let order: CursorOrder
    /// Stands for all that decides what a request gives: a cursor of another one says nothing.
    private let fingerprint: String
    /// What the request says when everything is read.
    private let start: JSONValue?
    /// Whether pages follow the cursor, so that a scan of a table that changes all the time would never end.
    private let followsTime: Bool

    init(_ description: CursorDescription, start: JSONValue?, fingerprint: String, isPagedByCursor: Bool) {
        self.description = description
        self.start = start
        self.fingerprint = fingerprint
        order = CursorOrder(type: description.type)
        followsTime = description.type.isTime && (description.isOrdered || isPagedByCursor)
    }

    /// What a scan asks for: the value from which on records are wanted.
    func lowest(since mark: CursorMark?) -> JSONValue? {
        guard let mark else { return start }
        guard description.lookback > .zero, let seconds = order.seconds(of: mark.value) else { return mark.value }
        let lookback = Int((description.lookback / .seconds(1)).rounded(.up))
        return order.value(ofSeconds: seconds - lookback, like: mark.value) ?? mark.value
    }

    /// The mark that a cursor's text stands for; `nil` when it is not one of this stream's.
    func mark(_ text: String) -> CursorMark? {
        guard let json = try? JSONValue(parsing: text), json["stream"]?.string == fingerprint else { return nil }
        return CursorMark(json)
    }

    /// A text that stands for nothing that was seen.
    private static let none = "{}"

    private func text(_ mark: CursorMark) -> String {
        guard case .object(let members) = mark.json else { return Self.none }
        return JSONValue.object([.init(key: "stream", value: .string(fingerprint))] + members).serialized
    }

    // MARK: Pages

    /// A record's place in the order, if it has one.
    struct Row {
        var value: JSONValue?
        var key: CursorOrder.Key?
    }

    /// The rows' values as something to compare by.
    func rows(_ values: [JSONValue?]) -> [Row] {
        values.map { Row(value: $0, key: order.key(of: $0)) }
    }

    /// Takes a page: notes how far it goes, and says which of its records an earlier scan has given.
    ///
    /// - Parameter digest: the hash of all that a record has, by its place on the page.
    /// - Returns: the places of those that were given.
    func take(_ rows: [Row], into state: inout ScanState, digest: (Int) -> UInt64) -> Set<Int> {
        let known = known(rows, since: state.since, digest: digest)
        let keys = rows.compactMap(\.key)
        state.largestPage = max(state.largestPage, rows.count)
        guard let lowest = keys.min(), let highest = keys.max() else { return known }
        if let reached = order.key(of: state.reached) {
            if lowest < reached { state.isOutOfOrder = true }
            if highest > reached { state.reached = rows.first { $0.key == highest }?.value }
        } else {
            state.reached = rows.first { $0.key == highest }?.value
        }
        let before = order.key(of: state.highest?.value)
        guard before.map({ highest >= $0 }) ?? true else { return known }
        var ties = before == highest ? state.highest?.ties ?? [] : []
        var remembered = Set(ties)
        for (place, row) in rows.enumerated() where row.key == highest && ties.count < CursorMark.maximumTies {
            let digest = digest(place)
            if remembered.insert(digest).inserted { ties.append(digest) }
        }
        let value = before == highest ? state.highest?.value : rows.first { $0.key == highest }?.value
        state.highest = value.map { CursorMark(value: $0, ties: ties, began: state.began) }
        return known
    }

    private func known(_ rows: [Row], since: CursorMark?, digest: (Int) -> UInt64) -> Set<Int> {
        guard let since, let bound = order.key(of: since.value), !since.ties.isEmpty else { return [] }
        let ties = Set(since.ties)
        return Set(rows.indices.filter { rows[$0].key == bound && ties.contains(digest($0)) })
    }

    /// Whether all that is left is what has changed since the scan began, so that the next one may have it.
    func hasReachedPresent(_ rows: [Row], _ state: ScanState) -> Bool {
        guard followsTime, rows.count < state.largestPage, let ceiling = state.ceiling,
            let last = rows.last?.value.flatMap({ order.seconds(of: $0) })
        else { return false }
        return last > ceiling
    }

    /// What the next pull begins at when it has all up to here; `nil` leaves what there is.
    func text(after state: ScanState, isLast: Bool) -> String? {
        guard isLast || description.isOrdered else { return nil }
        if !isLast, state.isOutOfOrder {
            // What pages said may not hold: until the end, back to what held before.
            return state.since.map(text) ?? Self.none
        }
        guard let highest = state.highest else { return nil }
        return text(held(highest, in: state))
    }

    /// The mark, held back to when the scan began: a record of the future, from a clock that was wrong for a while,
    /// must not hide all others until then.
    ///
    /// Where even earlier scans had seen later times, the service's clock was set back. What has changed since the last
    /// scan may have any time since then, by the new clock.
    private func held(_ mark: CursorMark, in state: ScanState) -> CursorMark {
        guard let ceiling = state.ceiling, let seconds = order.seconds(of: mark.value), seconds > ceiling else {
            return mark
        }
        var bound = ceiling
        if let since = state.since, let last = order.seconds(of: since.value), last > ceiling {
            bound -= max(0, state.began - since.began)
        }
        guard let value = order.value(ofSeconds: bound, like: mark.value) else { return mark }
        return CursorMark(value: value, began: state.began)
    }
}
