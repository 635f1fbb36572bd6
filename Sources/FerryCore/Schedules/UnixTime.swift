import FoundationEssentials

extension Date {
    /// The last whole second of Unix time at or before the date, held within ±100,000 years of 1970.
    ///
    /// The bound lets all that follows count in `Int` without a thought for overflows and infinite dates.
    var wholeUnixSeconds: Int {
        let bound = 3_155_760_000_000.0
        let seconds = timeIntervalSince1970.rounded(.down)
        // Not a number compares as false both times.
        return seconds < bound ? (seconds > -bound ? Int(seconds) : -Int(bound)) : Int(bound)
    }

    /// The nearest microsecond of Unix time, within the same bounds.
    ///
    /// A `Date` of our times resolves about 0.1 µs, so this undoes the rounding of `init(unixMicroseconds:)`.
    var unixMicroseconds: Int {
        let whole = wholeUnixSeconds
        let fraction = (timeIntervalSince1970 - Double(whole)) * 1_000_000
        return whole * 1_000_000 + (fraction >= 0 && fraction <= 1_000_000 ? Int(fraction.rounded()) : 0)
    }

    init(unixSeconds: Int) {
        self.init(timeIntervalSince1970: Double(unixSeconds))
    }

    init(unixMicroseconds: Int) {
        let (seconds, rest) = unixMicroseconds.flooredDivision(by: 1_000_000)
        self.init(timeIntervalSince1970: Double(seconds) + Double(rest) / 1_000_000)
    }
}

extension Duration {
    /// The duration in microseconds, rounded towards zero and held within ±100,000 years.
    var wholeMicroseconds: Int {
        let (seconds, attoseconds) = components
        let bound = 3_155_760_000_000
        return min(max(Int(seconds), -bound), bound) * 1_000_000 + Int(attoseconds / 1_000_000_000_000)
    }
}
