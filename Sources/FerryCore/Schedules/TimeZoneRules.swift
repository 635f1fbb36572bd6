public import FoundationEssentials

/// A zone of the system's tz database: what its clocks show at any instant.
///
/// A value that is read once and asked often; it does not follow an update of the database.
public struct TimeZoneRules: Sendable, Equatable {
    /// The zone's name in the tz database, or the text of `$TZ` it was made from.
    public let name: String
    let file: TimeZoneFile

    init(name: String, file: TimeZoneFile) {
        self.name = name
        self.file = file
    }

    /// The seconds by which the zone's clocks are ahead of UTC at `date`.
    ///
    /// - Complexity: O(log *n*) in the number of the zone's transitions.
    public func offset(at date: Date) -> Int {
        period(at: date.wholeUnixSeconds).offset
    }

    /// What the zone's clocks show at `date`, without its fraction of a second.
    public func local(at date: Date) -> LocalTime {
        let seconds = date.wholeUnixSeconds
        return LocalTime(secondsSinceEpoch: seconds + period(at: seconds).offset)
    }

    /// The instants at which the zone's clocks show `local`.
    public func instants(ofLocal local: LocalTime) -> LocalInstants {
        let wall = local.secondsSinceEpoch
        // No offset reaches 26 hours: these are all periods in which the wall can show the time.
        var period = period(at: wall - 93_600)
        var found: [Int] = []
        var afterGap: Int?
        while true {
            let instant = wall - period.offset
            if instant >= period.start, instant < period.end {
                found.append(instant)
            } else if instant < period.start, wall >= period.start + period.previousOffset {
                afterGap = afterGap ?? period.start
            }
            guard period.end <= wall + 93_600 else { break }
            period = self.period(at: period.end)
        }
        guard let first = found.first else {
            return .gap(until: Date(unixSeconds: afterGap ?? wall - self.period(at: wall).offset))
        }
        guard let last = found.last, last != first else { return .one(Date(unixSeconds: first)) }
        return .two(Date(unixSeconds: first), Date(unixSeconds: last))
    }

    /// When the zone's clocks show something for the first time.
    enum FirstInstant {
        /// At an instant, in seconds of Unix time.
        case shown(Int)
        /// Never: they were set forward over it, to the given seconds since 1970 on the wall.
        case leftOut(until: Int)
    }

    /// When the clocks show `wall`, in seconds since 1970 there, for the first time from `instant` on, at which they show
    /// an earlier time.
    func firstInstant(ofWall wall: Int, notBefore instant: Int) -> FirstInstant {
        var period = period(at: max(instant, wall - Self.widestOffset))
        while wall - period.offset >= period.end { period = self.period(at: period.end) }
        let instant = wall - period.offset
        return instant >= period.start ? .shown(instant) : .leftOut(until: period.start + period.offset)
    }

    /// A stretch of time in which the offset stays the same.
    struct Period: Equatable {
        /// The first second; `Int.min / 2` when it has none.
        ///
        /// Half, so that offsets may be added.
        var start: Int
        /// The first second of the next period; `Int.max / 2` when there is none.
        var end: Int
        /// Seconds east of UTC.
        var offset: Int
        /// The offset of the period before.
        var previousOffset: Int
    }

    /// No zone's clocks are ahead of UTC, or behind it, by more seconds: RFC 9636, §3.2, has up to 25:59:59.
    static let widestOffset = 93_599

    /// Where to go on looking for a time that the wall shows, when it was sought from `start` and is not shown before
    /// `end`, the end of that period.
    ///
    /// `due` is the first time on the wall that was sought. Periods that end well before it need no look, since they
    /// show nothing but what was searched already; unless their clocks were set back to before the search began.
    static func instant(toGoOnFrom end: Int, searchedFrom start: Int, wallDue due: Int) -> Int {
        end - start > 2 * widestOffset ? max(end, due - widestOffset) : end
    }

    /// The period that `instant`, in seconds of Unix time, belongs to.
    func period(at instant: Int) -> Period {
        let transitions = file.transitions
        // The number of transitions up to and including `instant`.
        var low = 0
        var high = transitions.count
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle] <= instant { low = middle + 1 } else { high = middle }
        }
        let offset = low == 0 ? file.firstOffset : file.offsets[low - 1]
        var period = Period(start: Int.min / 2, end: Int.max / 2, offset: offset, previousOffset: offset)
        if low > 0 {
            period.start = transitions[low - 1]
            period.previousOffset = low == 1 ? file.firstOffset : file.offsets[low - 2]
        }
        if low < transitions.count {
            period.end = transitions[low]
        } else if let footer = file.footer {
            follow(footer, at: instant, in: &period)
        }
        return period
    }

    /// Narrows the time after the last transition to the footer's period around `instant`.
    private func follow(_ footer: TimeZoneFooter, at instant: Int, in period: inout Period) {
        guard footer.saving != nil else { return }
        for transition in footer.transitions(around: instant) where transition.instant > period.start {
            if transition.instant > instant {
                period.end = transition.instant
                return
            }
            period.start = transition.instant
            period.previousOffset = period.offset
            period.offset = transition.offset
        }
    }
}

/// The instants at which the clocks of a zone show a local time.
public enum LocalInstants: Sendable, Equatable {
    /// None: the clocks were set forward over it, at the given instant.
    case gap(until: Date)
    /// One, as nearly always.
    case one(Date)
    /// Two: the clocks were set back and show it twice; the earlier comes first.
    case two(Date, Date)
}
