import FerryAPI
import FerryCore
import FoundationEssentials

/// Jobs as people read them.
enum JobText {
    /// What a state's colour means.
    static func style(_ state: JobState) -> Console.Style? {
        switch state {
        case .queued, .cancelled: .faint
        case .running: .strong
        case .waiting, .partial: .notable
        case .succeeded: .good
        case .failed: .bad
        }
    }

    /// What a status's colour means.
    static func style(_ status: IntegrationStatus) -> Console.Style {
        switch status {
        case .active: .good
        case .inactive: .faint
        case .error: .bad
        case .pending: .notable
        }
    }

    /// What was done: the counts that are not zero, such as `1,000 read, 3 updated, 997 unchanged`.
    static func summary(_ progress: ProgressCounts) -> String {
        let counts = [
            (progress.read, "read"), (progress.created, "created"), (progress.updated, "updated"),
            (progress.unchanged, "unchanged"), (progress.deleted, "deleted"), (progress.skipped, "skipped"),
            (progress.quarantined, "quarantined"), (progress.held, "held"),
        ]
        let texts = counts.filter { $0.0 > 0 }.map { "\(grouped($0.0)) \($0.1)" }
        return texts.isEmpty ? "nothing to do" : texts.joined(separator: ", ")
    }

    /// What was done, and how many values transforms refused on the way.
    static func summary(_ job: FerryAPI.Job) -> String {
        let refused = job.refusals.reduce(0) { $0 + $1.count }
        guard refused > 0 else { return summary(job.progress) }
        return summary(job.progress) + ", \(grouped(refused)) \(refused == 1 ? "value" : "values") refused"
    }

    /// What transforms refused, a line for each field and its examples.
    private static func refusals(_ job: FerryAPI.Job) -> [String] {
        job.refusals.flatMap { refusals in
            let outcome =
                switch refusals.policy {
                case "null": "set to null"
                case "skip_field": "left out"
                default: "set aside with their records"
                }
            let count = "\(grouped(refusals.count)) \(refusals.count == 1 ? "value" : "values")"
            return [
                "\(count) of '\(refusals.field)' for '\(refusals.destination)' (\(refusals.entityType)), \(outcome)"
            ]
                + refusals.examples.map { "  record '\($0.recordId)': \($0.message)" }
        }
    }

    /// One line on a job that has not ended: its state, how far it is, and why it waits.
    static func progressLine(_ job: FerryAPI.Job) -> String {
        var text = "\(job.integrationId) \(job.direction.rawValue): \(job.state.rawValue)"
        if let total = job.progress.total, total > 0 {
            text += " \(min(100, job.progress.read * 100 / total)) %"
        }
        if job.progress.read > 0 { text += ", " + summary(job) }
        if let seconds = job.progress.expectedSeconds {
            text += ", about \(RelativeTime.duration(Int64(seconds) * 1000)) in all at the service's pace"
        }
        if let wait = job.wait { text += " (\(wait.reason), goes on \(RelativeTime.text(wait.until)))" }
        return text
    }

    /// How long a job took, or has taken so far.
    static func duration(_ job: FerryAPI.Job) -> String {
        guard let startedAt = job.startedAt else { return "–" }
        return RelativeTime.duration((job.finishedAt ?? UnixTime.milliseconds(Date())) - startedAt)
    }

    /// A number with commas between its thousands.
    static func grouped(_ number: Int) -> String {
        var text = ""
        for (index, digit) in String(number).reversed().enumerated() {
            if index > 0, index.isMultiple(of: 3), digit != "-" { text.append(",") }
            text.append(digit)
        }
        return String(text.reversed())
    }

    /// Writes everything about a job.
    static func show(_ job: FerryAPI.Job, on console: Console) {
        let fields = [
            ("job", job.id),
            ("integration", job.integrationId),
            ("direction", job.direction.rawValue),
            ("state", console.styled(job.state.rawValue, style(job.state))),
            ("trigger", job.trigger),
            ("attempt", "\(job.attempt)"),
            ("queued", RelativeTime.text(job.queuedAt)),
            ("took", duration(job)),
            ("records", summary(job)),
            (
                "requests",
                "\(grouped(job.progress.requests)), \(grouped(job.progress.retries)) of them again; "
                    + "\(grouped(job.progress.bytesIn)) bytes in, \(grouped(job.progress.bytesOut)) bytes out"
            ),
        ]
        for (name, value) in fields {
            console.line(console.styled(name + ":" + String(repeating: " ", count: 13 - name.count), .faint) + value)
        }
        if let ids = job.entityIds {
            console.line("only:         \(ids.isEmpty ? "none" : ids.joined(separator: ", "))")
        }
        if let types = job.entityTypes { console.line("only types:   \(types.joined(separator: ", "))") }
        if job.quarantinedOnly { console.line("only:         what is set aside") }
        if job.allowDeletes { console.line("deletes:      not guarded") }
        if let seconds = job.progress.expectedSeconds {
            let duration = RelativeTime.duration(Int64(seconds) * 1000)
            console.line("expected:     about \(duration), at the service's pace")
        }
        for note in job.notes { console.line(console.styled("note:         \(note)", .notable)) }
        if let wait = job.wait {
            console.line("waits:        \(wait.reason), goes on \(RelativeTime.text(wait.until))")
        }
        for (index, line) in refusals(job).enumerated() {
            console.line((index == 0 ? "refused:      " : "              ") + line)
        }
        if let error = job.error { console.show(error) }
    }
}
