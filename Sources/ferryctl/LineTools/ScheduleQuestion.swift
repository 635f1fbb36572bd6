import FerryCore
import FoundationEssentials

/// The kinds of schedules, by the names that files have for them.
enum ScheduleKind: String, CaseIterable {
    case cron
    case calendar
    case every

    /// Reads an expression of this kind.
    func timing(_ text: String) throws(LineFailure) -> ScheduleTiming {
        switch self {
        case .cron:
            do throws(CronError) {
                return .cron(try CronExpression(parsing: text))
            } catch {
                throw Self.failure("'\(text)' is not a cron expression: \(error.message)")
            }
        case .calendar:
            do throws(CalendarError) {
                return .calendar(try CalendarExpression(parsing: text))
            } catch {
                throw Self.failure("'\(text)' is not a calendar expression: \(error.message)")
            }
        case .every:
            let span: Duration
            do throws(TimeSpanError) {
                span = try TimeSpan.parse(text)
            } catch {
                throw Self.failure("'\(text)' is not a time span: \(error.message)")
            }
            guard span >= .seconds(1) else { throw Self.failure("'every' must be at least one second") }
            return .every(span)
        }
    }

    /// The kind that a person means who writes just the expression.
    static func guess(_ text: String) -> ScheduleKind {
        let words = text.split(separator: " ")
        if (try? CronExpression(parsing: text)) != nil { return .cron }
        if (try? TimeSpan.parse(text)) != nil { return .every }
        if (try? CalendarExpression(parsing: text)) != nil { return .calendar }
        // None of these is wholly right: the one that it looks like can say best what is wrong.
        if text.hasPrefix("@") || words.count >= 5 && !text.contains(":") { return .cron }
        return words.first.flatMap { $0.first?.isNumber } == true && !text.contains { ":-*".contains($0) }
            ? .every : .calendar
    }

    private static func failure(_ message: String) -> LineFailure {
        LineFailure(.configInvalidSchedule, message)
    }
}

/// A schedule and the zone whose clocks it follows.
struct ScheduleQuestion {
    let timing: ScheduleTiming
    let zone: TimeZoneRules

    /// A schedule in a zone; a calendar expression that names a zone itself follows that one.
    init(timing: ScheduleTiming, zone: TimeZoneRules) {
        self.timing = timing
        if case .calendar(let expression) = timing, let own = expression.timeZone {
            self.zone = own
        } else {
            self.zone = zone
        }
    }

    /// A calendar expression with nothing left out, as `systemd-analyze calendar` prints it.
    var normalized: String? {
        guard case .calendar(let expression) = timing else { return nil }
        return expression.normalized
    }

    /// Reads a time zone's name; the host's zone for `nil`.
    static func zone(_ name: String?) throws(LineFailure) -> TimeZoneRules {
        guard let name else { return TimeZoneRules.host() }
        do throws(TimeZoneError) {
            return try TimeZoneRules(named: name)
        } catch {
            throw LineFailure(.configInvalidSchedule, error.message, hint: error.hint)
        }
    }

    /// The first `count` times after `date`; fewer if there are no more.
    func next(_ count: Int, after date: Date) -> [Date] {
        var dates: [Date] = []
        forEachNext(count, after: date) { dates.append($0) }
        return dates
    }

    /// Calls `body` with the first `count` times after `date`; with fewer if there are no more.
    func forEachNext(_ count: Int, after date: Date, _ body: (Date) -> Void) {
        var date = date
        // As in the daemon, spans are anchored at the epoch.
        let anchor = Date(timeIntervalSince1970: 0)
        for _ in 0..<count {
            guard let next = timing.next(after: date, anchor: anchor, in: zone) else { return }
            body(next)
            date = next
        }
    }

    /// A time as RFC 3339 has it.
    func text(_ date: Date) -> String {
        var bytes: [UInt8] = []
        append(date, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends a time as RFC 3339 has it, with the zone's offset and as many digits after the second as it needs.
    ///
    /// The offset is cut to whole minutes, which is all the format can say; the instant stays the same.
    func append(_ date: Date, to output: inout [UInt8]) {
        let microseconds = Int((date.timeIntervalSince1970 * 1_000_000).rounded())
        let fraction = (microseconds % 1_000_000 + 1_000_000) % 1_000_000
        let seconds = (microseconds - fraction) / 1_000_000
        let minutes = zone.offset(at: date) / 60
        let local = TimeZoneRules.utc.local(at: Date(timeIntervalSince1970: Double(seconds + minutes * 60)))
        // Spans of centuries may lead beyond the years of four digits.
        let year = abs(local.year)
        if local.year < 0 { output.append(UInt8(ascii: "-")) }
        if year > 9999 { Self.append(year / 10_000, to: &output) }
        Self.append(year / 100 % 100, to: &output)
        Self.append(year % 100, to: &output)
        Self.append("-", local.month, to: &output)
        Self.append("-", local.day, to: &output)
        Self.append("T", local.hour, to: &output)
        Self.append(":", local.minute, to: &output)
        Self.append(":", local.second, to: &output)
        if fraction > 0 {
            output.append(UInt8(ascii: "."))
            let places = fraction.isMultiple(of: 1000) ? 3 : 6
            for power in [100_000, 10_000, 1000, 100, 10, 1].prefix(places) {
                output.append(UInt8(ascii: "0") + UInt8(fraction / power % 10))
            }
        }
        guard minutes != 0 else { return output.append(UInt8(ascii: "Z")) }
        Self.append(minutes < 0 ? "-" : "+", abs(minutes) / 60, to: &output)
        Self.append(":", abs(minutes) % 60, to: &output)
    }

    /// Appends a separator and a number as two digits.
    private static func append(_ separator: Unicode.Scalar, _ number: Int, to output: inout [UInt8]) {
        output.append(UInt8(ascii: separator))
        append(number, to: &output)
    }

    /// Appends a number below 100 as two digits.
    private static func append(_ number: Int, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "0") + UInt8(number / 10))
        output.append(UInt8(ascii: "0") + UInt8(number % 10))
    }
}
