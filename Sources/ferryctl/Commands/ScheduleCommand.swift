import ArgumentParser
import FerryAPI
import FerryCore
import FoundationEssentials

/// Shows when a schedule is due.
struct ScheduleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedule",
        abstract: "Print the next times at which a schedule is due.",
        discussion: """
            Times are those of an integration with this schedule, without its jitter. A time span ('1h 30m') is \
            counted from the Unix epoch, as the daemon counts it. Needs no daemon.
            With --ndjson each line of standard input is {"kind": "cron", "expr": "…", "timezone": "…", \
            "after": "2026-03-29T01:30:00+01:00", "count": 5}, where the last three may be left out; each line of \
            output is {"next": ["…"]} or {"error": {"code": "…", "message": "…"}}.
            """
    )

    @Argument(help: "The expression, in quotation marks, such as 'Mon..Fri 09:00', '*/15 * * * *' or '1h 30m'.")
    var expression: String?
    @Option(help: "What the expression is: cron, calendar or every (default: what it looks like).")
    var kind: ScheduleKind?
    @Option(help: "A time zone of the tz database, such as Europe/Berlin (default: the host's).")
    var timezone: String?
    @Option(help: "How many times to print.") var next = 5
    @Option(help: "Print times after this one, such as 2026-03-29T01:30:00+01:00 (default: now).")
    var after: String?
    @Flag(help: "Answer one request per line of standard input.") var ndjson = false
    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard (1...ScheduleLines.limit).contains(next) else {
            throw ValidationError("--next is from 1 to \(ScheduleLines.limit).")
        }
        guard ndjson else {
            if expression == nil {
                throw ValidationError("Which schedule? Or say --ndjson, with requests on standard input.")
            }
            return
        }
        if expression != nil { throw ValidationError("With --ndjson the schedules come on standard input.") }
    }

    func run() async throws {
        try await options.perform { _, console in
            guard let expression else {
                var engine = LineEngine(ScheduleLines())
                return try engine.run()
            }
            let kind = kind ?? ScheduleKind.guess(expression)
            let question: ScheduleQuestion
            let start: Date
            do throws(LineFailure) {
                question = ScheduleQuestion(
                    timing: try kind.timing(expression),
                    zone: try ScheduleQuestion.zone(timezone)
                )
                start = try after.map { text throws(LineFailure) in try ScheduleLines.instant(text) } ?? Date()
            } catch {
                throw error.command(.usage)
            }
            let dates = question.next(next, after: start)
            if options.json {
                let report = ScheduleReport(
                    kind: kind.rawValue,
                    expr: expression,
                    normalized: question.normalized,
                    timezone: question.zone.name,
                    next: dates.map(question.text)
                )
                console.line(String(decoding: try WireFormat.encode(Envelope(data: report)), as: UTF8.self))
            } else {
                show(dates, kind, expression, question, console)
            }
            if dates.isEmpty { throw ExitStatus.failed }
        }
    }

    private func show(
        _ dates: [Date],
        _ kind: ScheduleKind,
        _ expression: String,
        _ question: ScheduleQuestion,
        _ console: Console
    ) {
        let text = question.normalized ?? expression
        console.line("\(console.styled("\(kind.rawValue):", .faint)) \(text) (\(question.zone.name))")
        var table = Table("", "NEXT", "FROM NOW")
        for date in dates {
            let day = question.zone.local(at: date).dayOfWeek
            table.add(
                .init(["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][day]),
                .init(question.text(date)),
                .init(RelativeTime.text(UnixTime.milliseconds(date)))
            )
        }
        if dates.isEmpty { console.line("It is never due.") } else { table.show(on: console) }
    }
}

extension ScheduleKind: ExpressibleByArgument {}

/// The times of a schedule.
private struct ScheduleReport: Encodable {
    let kind: String
    let expr: String
    let normalized: String?
    let timezone: String
    let next: [String]
}
