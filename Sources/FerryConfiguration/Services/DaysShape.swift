import FerryCore

/// How records are read day by day.
enum DaysShape {
    struct Draft {
        var position: Position
        var zone: String?
        var start: Positioned<Template>?
        var history: Int?
        var lag: Int?
        var lookback: Int?
        var readsProvisional: Positioned<Template>?
        var states: Positioned<[String]>?
        var probe: ProbeDraft?
        var most: Int?
        /// Whether there was something that is no mapping at all, which was reported.
        var isUnreadable = false
    }

    struct ProbeDraft {
        var request: RequestShape.Draft?
        var firstOpenDay: FieldPath?
        var days: Int?
    }

    static var shape: ValueShape<Draft> {
        let template = ValueShape<Template>.template.positioned
        return MappingShape { Draft(position: $0) }
            .key("zone", zone, \.zone, required: true, "The time zone whose days these are, such as Europe/Berlin.")
            .key("start", template, \.start, "The first day that is read, such as ${settings.since}: 2026-01-31.")
            .key("history", .integer(1, 36_500), \.history, "How many days back the service has any.")
            .key(
                "lag",
                .integer(0, 365),
                \.lag,
                default: 0,
                "How many days before today the last final one is, where no 'probe' tells."
            )
            .key(
                "lookback",
                .integer(0, 365),
                \.lookback,
                default: 0,
                "How many days before the last final one that was read a pull begins."
            )
            .key(
                "provisional",
                template,
                \.readsProvisional,
                default: "false",
                "Whether days are read that are not final yet; each pull reads them again until they are."
            )
            .key(
                "states",
                ValueShape.nonEmptyString.list.positioned,
                \.states,
                default: ["final", "provisional"],
                "What ${window.state} is for days that are final, and for those that are not."
            )
            .key("probe", probe, \.probe, "The request that tells which days are final.")
            .key(
                "most",
                .integer(1),
                \.most,
                "The most records of a day that the service shows: a day that has so many is noted."
            )
            .value
    }

    private static var probe: ValueShape<ProbeDraft> {
        MappingShape { _ in ProbeDraft() }
            .key(
                "request",
                RequestShape.shape,
                \.request,
                required: true,
                "The request, for the days from ${window.start} to ${window.end}, which is today."
            )
            .key(
                "from",
                .path,
                \.firstOpenDay,
                required: true,
                "Where its answer has the first day that is not final; nothing there says nothing."
            )
            .key("days", .integer(1, 365), \.days, default: 10, "How many days it is for.")
            .value
    }

    private static var zone: ValueShape<String> {
        ValueShape.nonEmptyString.map { name, node, report in
            do throws(TimeZoneError) {
                return try TimeZoneRules(named: name).name
            } catch {
                report.error(.configInvalidValue, at: node.position, error.message, hint: error.hint)
                return nil
            }
        }
    }
}

extension DaysShape.Draft {
    /// The days; `nil` when they lack something that was reported.
    var description: DaysDescription? {
        guard let zone else { return nil }
        let states = states?.value ?? []
        return DaysDescription(
            zone: zone,
            start: start?.value,
            history: history,
            lag: lag ?? 0,
            lookback: lookback ?? 0,
            readsProvisional: readsProvisional?.value,
            states: states.count == 2 ? (states[0], states[1]) : ("final", "provisional"),
            probe: probe.flatMap { probe in
                guard let request = probe.request?.template, let path = probe.firstOpenDay else { return nil }
                return DaysDescription.Probe(request: request, firstOpenDay: path, days: probe.days ?? 10)
            },
            most: most
        )
    }
}
