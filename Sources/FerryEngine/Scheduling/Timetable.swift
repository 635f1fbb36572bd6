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

    /// The next run of each schedule.
    package private(set) var runs: [ScheduleKey: Date] = [:]
    private var schedules: [ScheduleKey: SyncSchedule] = [:]
    private let host: TimeZoneRules

    /// An empty timetable; `host` is the zone of schedules that name none.
    package init(host: TimeZoneRules) {
        self.host = host
    }

    /// Plans the schedules of `integrations` anew, from the runs that were planned before.
    ///
    /// A schedule that has never run is due at once if it is an interval, at its next time otherwise. A run that was
    /// planned further away than the schedule's next time belongs to another schedule or to a clock that was set
    /// back: it is planned anew.
    package mutating func plan(_ integrations: [Integration], kept: [ScheduleKey: Date], now: Date) {
        var next: [ScheduleKey: Date] = [:]
        var current: [ScheduleKey: SyncSchedule] = [:]
        for integration in integrations where integration.isEnabled {
            for (direction, schedule) in integration.schedules {
                let key = ScheduleKey(integration: integration.id, direction: direction)
                current[key] = schedule
                let following = self.next(of: schedule, key: key, after: now)
                guard let planned = kept[key] else {
                    if case .every = schedule.timing { next[key] = now } else { next[key] = following }
                    continue
                }
                if planned <= now, schedule.catchUp == .none, planned < now.addingTimeInterval(-Self.lateness) {
                    next[key] = following
                } else {
                    next[key] = following.map { min(planned, $0) } ?? (planned <= now ? planned : nil)
                }
            }
        }
        runs = next
        schedules = current
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

    /// Goes on to the run after the one that was due.
    package mutating func advance(_ key: ScheduleKey, now: Date) {
        guard let schedule = schedules[key], let date = runs[key] else { return }
        runs[key] = next(of: schedule, key: key, after: schedule.catchUp == .all ? date : now)
    }

    private func next(of schedule: SyncSchedule, key: ScheduleKey, after date: Date) -> Date? {
        // The zone was found when the file was checked; if it has gone since, the host's is the nearest to it.
        let zone = schedule.timeZone.flatMap { try? TimeZoneRules(named: $0) } ?? host
        return schedule.next(
            after: date,
            key: "\(key.integration)/\(key.direction.rawValue)",
            anchor: Self.anchor,
            zone: zone
        )
    }
}
