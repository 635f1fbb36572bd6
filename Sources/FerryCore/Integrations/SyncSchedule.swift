/// When a direction of an integration runs by itself.
public struct SyncSchedule: Sendable, Equatable {
    /// What happens to runs that were due while the daemon could not run them.
    public enum CatchUp: String, Sendable, CaseIterable {
        /// One run makes up for all that were missed.
        case one
        /// Missed runs are dropped.
        case none
        /// Every missed run is made up for, one after the other.
        case all
    }

    /// What happens to a run that is due while the one before it still runs.
    public enum Overlap: String, Sendable, CaseIterable {
        /// It is dropped.
        case skip
        /// It waits.
        case queue
    }

    /// The times.
    public var timing: ScheduleTiming
    /// The time zone's name in the system's tz database; `nil` for the host's.
    ///
    /// The zone that a calendar expression names itself comes before it.
    public var timeZone: String?
    /// The longest delay added to a run; the actual one is fixed by the integration's id.
    public var jitter: Duration
    /// What happens to missed runs.
    public var catchUp: CatchUp
    /// What happens to overlapping runs.
    public var overlap: Overlap

    /// A schedule.
    public init(
        timing: ScheduleTiming,
        timeZone: String? = nil,
        jitter: Duration = .zero,
        catchUp: CatchUp = .one,
        overlap: Overlap = .skip
    ) {
        self.timing = timing
        self.timeZone = timeZone
        self.jitter = jitter
        self.catchUp = catchUp
        self.overlap = overlap
    }
}

/// The times at which a schedule is due.
public enum ScheduleTiming: Sendable, Equatable {
    /// Every so often, anchored so that runs do not drift.
    case every(Duration)
    /// The five fields of Vixie cron.
    case cron(CronExpression)
    /// A calendar event of systemd.time(7).
    case calendar(CalendarExpression)
}
