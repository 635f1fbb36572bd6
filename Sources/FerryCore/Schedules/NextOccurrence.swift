import CXXHash
public import FoundationEssentials

extension ScheduleTiming {
    /// The first time due after `date`.
    ///
    /// `every` is due at `anchor` and every span before and after it, so runs do not drift, whatever they take; a span
    /// of less than a second counts as one second. Cron and calendar expressions take no notice of the anchor.
    public func next(after date: Date, anchor: Date, in zone: TimeZoneRules) -> Date? {
        switch self {
        case .every(let span):
            let span = max(span.wholeMicroseconds, 1_000_000)
            let (after, anchor) = (date.unixMicroseconds, anchor.unixMicroseconds)
            let due = anchor + ((after - anchor).flooredDivision(by: span).quotient + 1) * span
            let next = Date(unixMicroseconds: due)
            // `date` may lie within the microsecond that it was rounded to.
            return next > date ? next : Date(unixMicroseconds: due + span)
        case .cron(let expression):
            return expression.next(after: date, in: zone)
        case .calendar(let expression):
            return expression.next(after: date, in: zone)
        }
    }
}

extension SyncSchedule {
    /// The first time due after `date`, with this schedule's jitter for `key`.
    ///
    /// The engine passes the integration's id and the direction as the key. The delay is the same for the same key, so
    /// the spans between runs stay as they were written, and restarts change nothing.
    ///
    /// - Parameter zone: The rules of ``timeZone``, or the host's.
    public func next(after date: Date, key: String, anchor: Date, zone: TimeZoneRules) -> Date? {
        let delay = TimeInterval(delayInMilliseconds(for: key)) / 1000
        guard delay > 0 else { return timing.next(after: date, anchor: anchor, in: zone) }
        guard let due = timing.next(after: date - delay, anchor: anchor, in: zone) else { return nil }
        if due + delay > date { return due + delay }
        // The subtraction may have been rounded to just before a time that is over.
        return timing.next(after: due, anchor: anchor, in: zone).map { $0 + delay }
    }

    /// How much later than written the runs of `key` are: from 0 to ``jitter``, in whole milliseconds.
    public func delay(for key: String) -> Duration {
        .milliseconds(delayInMilliseconds(for: key))
    }

    private func delayInMilliseconds(for key: String) -> Int {
        let longest = jitter.wholeMicroseconds / 1000
        guard longest > 0 else { return 0 }
        var key = key
        let hash = key.withUTF8 { ferry_xxh3_64($0.baseAddress, $0.count, 0) }
        return Int(hash % UInt64(longest + 1))
    }
}
