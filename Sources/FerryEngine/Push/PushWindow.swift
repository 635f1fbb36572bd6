import FerryCore
import FoundationEssentials

/// Which rows of a table a push compares, where they tell when they changed last: those that changed since all others
/// were known to be compared (design §4.3).
///
/// A row may tell of a change before others see it: its transaction ends later. So nothing counts as compared by what the
/// changes were at a push's start before a push has begun that much later, and has read on from the place before.
struct PushWindow {
    /// How long a transaction may stay open, or a clock be behind, without a change being overlooked.
    static let overlap: TimeInterval = 600

    /// How long a change that was overlooked all the same may stay so: then all rows are compared again.
    static let longestTrust: TimeInterval = 86_400

    /// What pushes before this one have come to; `nil` when that says nothing here.
    private let former: PushCursor?
    private let fingerprint: UInt64
    private let startedAt: Date
    private let latest: ScanPosition?

    /// - Parameters:
    ///   - kept: what the ledger knows.
    ///   - latest: where the changes stand now.
    ///   - isFull: whether all rows are to be compared, whatever is known.
    init(_ kept: PushCursor?, fingerprint: UInt64, at now: Date, latest: ScanPosition?, isFull: Bool) {
        // A clock that was set back says nothing about how long ago something was.
        let isKnown = kept.map { $0.fingerprint == fingerprint && $0.latestAt <= now && $0.comparedAt <= now } ?? false
        former = isKnown ? kept : nil
        self.fingerprint = fingerprint
        self.latest = latest
        startedAt = now
        let isTrusted = former.map { now.timeIntervalSince($0.comparedAt) < Self.longestTrust } ?? false
        start = isFull || !isTrusted ? nil : former?.settled
    }

    /// Where the changes begin that are to be compared; `nil` for all rows.
    let start: ScanPosition?

    /// What pushes have come to once this one is over; `nil` when the rows tell nothing.
    var next: PushCursor? {
        guard let latest else { return nil }
        var next =
            former
            ?? PushCursor(
                fingerprint: fingerprint,
                settled: nil,
                latest: latest,
                latestAt: startedAt,
                comparedAt: startedAt
            )
        if let former, startedAt.timeIntervalSince(former.latestAt) >= Self.overlap {
            next.settled = former.latest
            next.latest = latest
            next.latestAt = startedAt
        }
        if start == nil { next.comparedAt = startedAt }
        return next
    }
}
