package import FerryCore
package import FoundationEssentials

/// When each schedule runs next.
///
/// Pure: what is kept and what is run is up to the supervisor.
package struct Timetable {
    /// A run that is later than this was missed, not merely late.
    package static let lateness: TimeInterval = 60
    /// Intervals are anchored at the epoch, so that they do not drift and survive restarts.
    package static let anchor = Date(timeIntervalSince1970: 0)
    /// A clock that is set back by less than this was corrected: what it showed before has been dealt with.
    ///
    /// Set back by more, it was wrong, and what it shows from then on is new. Cron draws the line here, too.
    private static let correction: TimeInterval = 3 * 3600

    /// The next run of each schedule.
    package private(set) var runs: [ScheduleKey: Date] = [:]
    /// The zone of schedules that name none.
    package private(set) var host: TimeZoneRules
    private var schedules: [ScheduleKey: SyncSchedule] = [:]
    /// Up to when each schedule's times have been dealt with.
    private var settled: [ScheduleKey: Date] = [:]
    /// Runs that were due in time and wait for the one before them.
    private var waiting: Set<ScheduleKey> = []
    /// The host's zone when the schedules were planned last, if it has changed since.
    private var formerHost: TimeZoneRules?

    /// An empty timetable; `host` is the zone of schedules that name none.
    package init(host: TimeZoneRules) {
        self.host = host
    }

    /// Takes another zone for the host's; the schedules must be planned anew then.
    package mutating func move(to host: TimeZoneRules) {
        formerHost = formerHost ?? self.host
        self.host = host
    }

    /// Whether there is a schedule whose times depend on the host's zone.
    package var followsHost: Bool { schedules.values.contains(where: \.followsHost) }

    /// Plans the schedules of `integrations` anew, from the runs that were planned before.
    ///
    /// A schedule that has never run is due at once if it is an interval, at its next time otherwise. What was due
    /// stays due. What was planned for later is planned by the schedule, the zone and the clock as they are now; a run
    /// that falls between an old zone and a new one is due at once.
    ///
    /// - Parameter kept: the runs that were planned before this timetable was made.
    package mutating func plan(_ integrations: [Integration], kept: [ScheduleKey: Date], now: Date) {
        var next: [ScheduleKey: Date] = [:]
        var current: [ScheduleKey: SyncSchedule] = [:]
        for integration in integrations where integration.isEnabled {
            for (direction, schedule) in integration.schedules {
                let key = ScheduleKey(integration: integration.id, direction: direction)
                current[key] = schedule
                if let planned = runs[key] ?? kept[key] {
                    next[key] = replanned(planned, of: schedule, key: key, now: now)
                } else if case .every = schedule.timing {
                    next[key] = now
                } else {
                    next[key] = self.next(of: schedule, key: key, after: now)
                }
            }
        }
        settled = settled.filter { current[$0.key] == schedules[$0.key] }
        waiting = waiting.filter { current[$0] == schedules[$0] && next[$0].map { $0 <= now } ?? false }
        runs = next
        schedules = current
        formerHost = nil
    }

    private func replanned(_ planned: Date, of schedule: SyncSchedule, key: ScheduleKey, now: Date) -> Date? {
        let following = next(of: schedule, key: key, after: now)
        if planned <= now {
            return schedule.catchUp == .none && isMissed(key, planned, now: now) ? following : planned
        }
        // What a timetable before this one has planned may be by another schedule or another zone: nothing is lost by
        // running it.
        guard let former = schedules[key] else { return earlier(planned, following) }
        guard former == schedule else { return following }
        if let formerHost, schedule.followsHost {
            let isSkipped = following.map { $0 > planned } ?? true
            guard isSkipped, schedule.catchUp != .none else { return following }
            let delay = schedule.delay(for: Self.name(of: key)) / .seconds(1)
            return isOver(formerHost.local(at: planned - delay), at: now - delay) ? now : following
        }
        if let settled = settled[key], settled > now {
            let setBack = settled.timeIntervalSince(now)
            // Else it would be waited for twice as long as between two runs.
            if setBack < Self.correction, setBack < planned.timeIntervalSince(settled) { return planned }
        }
        return earlier(planned, following)
    }

    private func earlier(_ planned: Date, _ following: Date?) -> Date? {
        following.map { min($0, planned) }
    }

    /// Whether the host's clocks have shown a time already.
    private func isOver(_ local: LocalTime, at now: Date) -> Bool {
        switch host.instants(ofLocal: local) {
        case .one(let date), .two(let date, _), .gap(let date): date <= now
        }
    }

    /// The earliest run.
    package var earliest: Date? { runs.values.min() }

    /// The schedules that are due.
    package func due(at now: Date) -> [(key: ScheduleKey, schedule: SyncSchedule, date: Date)] {
        runs.compactMap { key, date in
            guard date <= now, let schedule = schedules[key] else { return nil }
            return (key, schedule, date)
        }.sorted { ($0.date, $0.key.integration) < ($1.date, $1.key.integration) }
    }

    /// Whether a run that is due could not be run at its time.
    package func isMissed(_ key: ScheduleKey, _ date: Date, now: Date) -> Bool {
        date < now.addingTimeInterval(-Self.lateness) && !waiting.contains(key)
    }

    /// Notes that a run that came in time waits for the one before it: however long that takes, it was not missed.
    package mutating func wait(_ key: ScheduleKey) {
        waiting.insert(key)
    }

    /// Goes on to the run after the one that was due.
    package mutating func advance(_ key: ScheduleKey, now: Date) {
        guard let schedule = schedules[key], let date = runs[key] else { return }
        let done = schedule.catchUp == .all ? date : max(date, now)
        settled[key] = done
        waiting.remove(key)
        runs[key] = next(of: schedule, key: key, after: done)
    }

    private func next(of schedule: SyncSchedule, key: ScheduleKey, after date: Date) -> Date? {
        // The zone was found when the file was checked; if it has gone since, the host's is the nearest to it.
        let zone = schedule.timeZone.flatMap { try? TimeZoneRules(named: $0) } ?? host
        return schedule.next(after: date, key: Self.name(of: key), anchor: Self.anchor, zone: zone)
    }

    private static func name(of key: ScheduleKey) -> String {
        "\(key.integration)/\(key.direction.rawValue)"
    }
}

extension SyncSchedule {
    /// Whether its times depend on the host's zone.
    fileprivate var followsHost: Bool {
        switch timing {
        case .every: false
        case .cron: timeZone == nil
        case .calendar(let expression): timeZone == nil && expression.timeZone == nil
        }
    }
}
