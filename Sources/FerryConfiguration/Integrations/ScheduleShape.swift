import FerryCore

/// When one direction of an integration runs by itself.
enum ScheduleShape {
    struct Draft {
        var position: Position
        var every: Duration?
        var cron: CronExpression?
        var calendar: CalendarExpression?
        var jitter: Duration?
        var timeZone: String?
        var catchUp: SyncSchedule.CatchUp?
        var overlap: SyncSchedule.Overlap?
    }

    /// Both directions.
    struct Pair {
        var pull: Positioned<SyncSchedule?>?
        var push: Positioned<SyncSchedule?>?
    }

    static var pair: MappingShape<Pair> {
        MappingShape { _ in Pair() }
            .key("pull", direction, \.pull, "When records are pulled: remote service to local store.")
            .key("push", direction, \.push, "When records are pushed: local store to remote service.")
    }

    private static var direction: ValueShape<Positioned<SyncSchedule?>> {
        ValueShape(schema: mapping.schema) { node, subject, report in
            guard let draft = mapping.decode(node, subject, &report) else { return nil }
            return Positioned(value: schedule(draft, node, subject, &report), position: node.position)
        }
    }

    private static var mapping: MappingShape<Draft> {
        MappingShape { Draft(position: $0) }
            .key(
                "every",
                .interval,
                \.every,
                "A time span between runs, such as 10m or 1h 30m; or say cron or calendar."
            )
            .key(
                "cron",
                .cron,
                \.cron,
                "The five fields of cron, such as '*/15 * * * *' or '0 2 * * mon-fri'; or say every or calendar."
            )
            .key(
                "calendar",
                .calendar,
                \.calendar,
                "A calendar event of systemd, such as 'Mon..Fri 02:00' or 'daily'; or say every or cron."
            )
            .key(
                "jitter",
                .timeSpan(code: .configInvalidSchedule),
                \.jitter,
                default: "0s",
                "The longest delay added to a run."
            )
            .key(
                "timezone",
                .timeZone,
                \.timeZone,
                "The time zone of cron and calendar, such as Europe/Berlin; default: the host's."
            )
            .key(
                "catch_up",
                .choice,
                \.catchUp,
                default: "one",
                "What happens to runs missed while the daemon was down: one run for all, none, or all."
            )
            .key(
                "overlap",
                .choice,
                \.overlap,
                default: "skip",
                "What happens to a run that is due while the one before still runs."
            )
    }

    private static func schedule(
        _ draft: Draft,
        _ node: YAMLNode,
        _ subject: String,
        _ report: inout Report
    ) -> SyncSchedule? {
        guard case .mapping(let entries) = node.content else { return nil }
        let timings = entries.filter { ["every", "cron", "calendar"].contains($0.key) && !$0.value.isNull }
        guard let first = timings.first else {
            report.error(
                .configInvalidSchedule,
                at: node.position,
                "\(subject) does not say when",
                hint: "add 'every: 10m', 'calendar: \"Mon..Fri 02:00\"' or 'cron: \"*/15 * * * *\"'"
            )
            return nil
        }
        if let second = timings.dropFirst().first {
            report.error(
                .configInvalidSchedule,
                at: second.keyPosition,
                "\(subject) says both '\(first.key)' and '\(second.key)'",
                hint: "keep one of the two"
            )
            return nil
        }
        let timing =
            draft.every.map(ScheduleTiming.every) ?? draft.cron.map(ScheduleTiming.cron)
            ?? draft.calendar.map(ScheduleTiming.calendar)
        guard let timing else { return nil }
        if let zone = draft.calendar?.timeZone, draft.timeZone != nil,
            let key = entries.first(where: { $0.key == "timezone" })
        {
            report.error(
                .configInvalidSchedule,
                at: key.keyPosition,
                "'calendar' names a time zone already: \(zone.name)",
                hint: "keep one of the two"
            )
            return nil
        }
        return SyncSchedule(
            timing: timing,
            timeZone: draft.timeZone,
            jitter: draft.jitter ?? .zero,
            catchUp: draft.catchUp ?? .one,
            overlap: draft.overlap ?? .skip
        )
    }
}

extension ValueShape where Value == Duration {
    /// The time between runs.
    fileprivate static var interval: ValueShape {
        timeSpan(code: .configInvalidSchedule).map { span, node, report in
            guard span < .seconds(1) else { return span }
            report.error(.configInvalidSchedule, at: node.position, "'every' must be at least one second")
            return nil
        }
    }
}

extension ValueShape where Value == CronExpression {
    /// The five fields of cron.
    fileprivate static var cron: ValueShape {
        ValueShape(schema: ["type": "string"]) { node, subject, report in
            guard let text = ValueShape<String>.string.decode(node, subject, &report) else { return nil }
            do throws(CronError) {
                return try CronExpression(parsing: text)
            } catch {
                report.error(
                    .configInvalidSchedule,
                    at: node.position(ofByte: error.offset),
                    "\(subject) is not a cron expression: \(error.message)",
                    hint: "the fields are minute, hour, day of the month, month and day of the week"
                )
                return nil
            }
        }
    }
}

extension ValueShape where Value == String {
    /// A name of the system's time zone database.
    fileprivate static var timeZone: ValueShape {
        nonEmptyString.map { name, node, report in
            do {
                _ = try TimeZoneRules(named: name)
                return name
            } catch {
                report.error(
                    .configInvalidSchedule,
                    at: node.position,
                    "there is no time zone '\(name)'",
                    hint: "use a name of the tz database, such as Europe/Berlin or UTC"
                )
                return nil
            }
        }
    }
}

extension ValueShape where Value == CalendarExpression {
    /// A calendar event of systemd.time(7).
    fileprivate static var calendar: ValueShape {
        ValueShape(schema: ["type": "string"]) { node, subject, report in
            guard let text = ValueShape<String>.string.decode(node, subject, &report) else { return nil }
            do throws(CalendarError) {
                let expression = try CalendarExpression(parsing: text)
                if expression.comes { return expression }
                report.error(
                    .configInvalidSchedule,
                    at: node.position,
                    "\(subject) never comes: no year has such a date",
                    hint: "it means \(expression.normalized)"
                )
            } catch {
                report.error(
                    .configInvalidSchedule,
                    at: node.position(ofByte: error.offset),
                    "\(subject) is not a calendar expression: \(error.message)",
                    hint: "weekdays, date and time, such as 'Mon..Fri 02:00' or '*-*-01 03:30:00'"
                )
            }
            return nil
        }
    }
}
