import FerryCore
import FerryHTTP
import FerryJSON

/// Decides which days of a part are read.
struct DayPlanner {
    let service: HTTPService
    let days: DaysDescription
    let scope: TemplateScope

    /// What requests can refer to as `${window.…}`.
    static func window(_ start: CalendarDay, _ end: CalendarDay, state: String) -> [String: JSONValue] {
        ["start": .string(start.text), "end": .string(end.text), "state": .string(state)]
    }

    /// The days to read; `nil` where there are none.
    ///
    /// - Parameter watermark: the last final day that was read; `nil` before the first.
    /// - Throws: ``SyncFailure``, `CancellationError`.
    func span(after watermark: CalendarDay?) async throws -> DaySpan? {
        let zone: TimeZoneRules
        do throws(TimeZoneError) {
            zone = try TimeZoneRules(named: days.zone)
        } catch {
            throw SyncFailure(.config, .configInvalidValue, error.message, hint: error.hint)
        }
        let today = CalendarDay(at: service.time, in: zone)
        let lastFinal = try await lastFinalDay(before: today)
        let isProvisional = days.readsProvisional.flatMap { scope.text($0) } == "true"
        let end = isProvisional ? today : lastFinal
        var first = try start
        if let history = days.history {
            let oldest = today.adding(days: -history)
            first = max(first ?? oldest, oldest)
        }
        if let watermark {
            let again = watermark.adding(days: -days.lookback)
            first = max(first ?? again, again)
        }
        guard let first, first <= end else { return nil }
        return DaySpan(day: first, end: end, lastFinal: lastFinal)
    }

    private var start: CalendarDay? {
        get throws {
            guard let text = days.start.flatMap({ scope.text($0) }), !text.isEmpty else { return nil }
            guard let day = CalendarDay(text) else {
                throw SyncFailure(
                    .config,
                    .configInvalidValue,
                    "'\(text)' is no day",
                    hint: "write the first day to read like 2026-01-31"
                )
            }
            return day
        }
    }

    private func lastFinalDay(before today: CalendarDay) async throws -> CalendarDay {
        let usual = today.adding(days: -days.lag)
        guard let probe = days.probe else { return usual }
        var scope = scope
        scope.window = Self.window(
            today.adding(days: 1 - probe.days),
            today,
            state: days.states.provisional
        )
        let response = try await service.send(probe.request, scope: scope, body: nil, isWrite: false)
        do throws(JSONFailure) {
            let body = try JSONValue(parsing: response.body, maximumDepth: service.maximumDepth)
            guard let value = body.value(at: probe.firstOpenDay), !value.isNull else { return usual }
            guard let open = value.string.flatMap({ CalendarDay($0) }) else {
                throw JSONFailure(message: "it has no day at '\(probe.firstOpenDay)'", offset: 0)
            }
            return min(open.adding(days: -1), today)
        } catch {
            throw service.contractFailure(error, of: response.body)
        }
    }
}
