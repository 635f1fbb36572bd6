import FerryCore
import FoundationEssentials

/// `ferryctl schedule --ndjson`: lists the times at which each line's schedule is due.
struct ScheduleLines: LineTool {
    static let members = ["kind", "expr", "timezone", "after", "count"]

    /// The most times that one answer lists.
    static let limit = 10_000
    private static let cacheLimit = 1000

    private struct Expression: Hashable {
        let kind: String
        let text: String
    }

    // Whoever makes up a new schedule for every line must not fill the memory with them.
    private var timings: [Expression: Result<ScheduleTiming, LineFailure>] = [:]
    private var zones: [String?: Result<TimeZoneRules, LineFailure>] = [:]

    mutating func answer(row: Int, of batch: RecordBatch, into output: inout [UInt8]) throws(LineFailure) {
        guard let kind = try text(row, 0, of: batch) else {
            throw LineFailure(.requestInvalid, "the member 'kind' is missing")
        }
        guard let expression = try text(row, 1, of: batch) else {
            throw LineFailure(.requestInvalid, "the member 'expr' is missing")
        }
        let timing = try timing(Expression(kind: kind, text: expression)).get()
        let zone = try zone(text(row, 2, of: batch)).get()
        let after = try text(row, 3, of: batch).map { text throws(LineFailure) in try Self.instant(text) } ?? Date()
        let question = ScheduleQuestion(timing: timing, zone: zone)
        let count = try count(batch[row, 4], of: batch)
        LineText.append("{\"next\":[", to: &output)
        var isFirst = true
        question.forEachNext(count, after: after) { date in
            if !isFirst { output.append(UInt8(ascii: ",")) }
            isFirst = false
            output.append(UInt8(ascii: "\""))
            question.append(date, to: &output)
            output.append(UInt8(ascii: "\""))
        }
        LineText.append("]}", to: &output)
    }

    /// Reads a point in time.
    static func instant(_ text: String) throws(LineFailure) -> Date {
        if let date = RFC3339.parse(text) { return date }
        throw LineFailure(
            .requestInvalid,
            "'\(text)' is not a time as RFC 3339 writes it",
            hint: "write it like 2026-03-29T01:30:00+01:00"
        )
    }

    private func text(_ row: Int, _ column: Int, of batch: RecordBatch) throws(LineFailure) -> String? {
        let cell = batch[row, column]
        switch cell.kind {
        case .missing, .null: return nil
        case .string: return batch.string(of: cell)
        default:
            throw LineFailure(
                .requestInvalid,
                "the member '\(Self.members[column])' must be a string, not \(cell.kind.name)"
            )
        }
    }

    private func count(_ cell: Cell, of batch: RecordBatch) throws(LineFailure) -> Int {
        switch cell.kind {
        case .missing, .null: return 1
        case .number:
            guard let count = Int(batch.string(of: cell)), (1...Self.limit).contains(count) else { break }
            return count
        default: break
        }
        throw LineFailure(.requestInvalid, "the member 'count' must be a whole number from 1 to \(Self.limit)")
    }

    private mutating func timing(_ expression: Expression) -> Result<ScheduleTiming, LineFailure> {
        if let timing = timings[expression] { return timing }
        if timings.count == Self.cacheLimit { timings.removeAll(keepingCapacity: true) }
        let timing: Result<ScheduleTiming, LineFailure>
        do throws(LineFailure) {
            guard let kind = ScheduleKind(rawValue: expression.kind) else {
                throw LineFailure(.requestInvalid, "the member 'kind' must be 'cron', 'calendar' or 'every'")
            }
            timing = .success(try kind.timing(expression.text))
        } catch {
            timing = .failure(error)
        }
        timings[expression] = timing
        return timing
    }

    private mutating func zone(_ name: String?) -> Result<TimeZoneRules, LineFailure> {
        if let zone = zones[name] { return zone }
        if zones.count == Self.cacheLimit { zones.removeAll(keepingCapacity: true) }
        let zone: Result<TimeZoneRules, LineFailure>
        do throws(LineFailure) {
            zone = .success(try ScheduleQuestion.zone(name))
        } catch {
            zone = .failure(error)
        }
        zones[name] = zone
        return zone
    }
}
