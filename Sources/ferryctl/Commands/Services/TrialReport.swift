import FerryCore
import FerryHTTP
import FerryJSON
import FerryServices

/// What a trial of a stream has shown, for people and programs.
struct TrialReport {
    private let stream: String
    private let trial: StreamTrial

    /// How many columns a table has at most, and how many characters a cell.
    private static let (maximumColumns, maximumCell) = (8, 32)

    init(stream: String, _ trial: StreamTrial) {
        self.stream = stream
        self.trial = trial
    }

    // MARK: Programs

    /// One JSON object.
    var json: String {
        let records = trial.pages.flatMap { page in
            zip(page.ids, page.records).map { id, record in
                JSONValue.object([
                    .init(key: "id", value: .string(id)), .init(key: "record", value: Self.parsed(record)),
                ])
            }
        }
        let data: JSONValue = .object([
            .init(key: "stream", value: .string(stream)),
            .init(key: "requests", value: .array(trial.exchanges.map(Self.json))),
            .init(key: "pages", value: .integer(trial.pages.count)),
            .init(key: "records", value: .array(records)),
            .init(key: "deleted", value: .array(trial.pages.flatMap(\.deleted).map { .string($0) })),
            .init(key: "total", value: trial.pages.compactMap(\.total).last.map { .integer($0) } ?? .null),
            .init(key: "next", value: trial.next.map(Self.json) ?? .null),
            .init(key: "cursor", value: trial.cursor.map(Self.parsed) ?? .null),
        ])
        guard let failure = trial.failure else { return JSONValue.object([.init(key: "data", value: data)]).serialized }
        var error: [JSONValue.Member] = [
            .init(key: "code", value: .string(failure.code.rawValue)),
            .init(key: "message", value: .string(failure.message)),
        ]
        if let hint = failure.hint { error.append(.init(key: "hint", value: .string(hint))) }
        // What was asked before it failed is what shows why.
        return JSONValue.object([.init(key: "error", value: .object(error)), .init(key: "data", value: data)])
            .serialized
    }

    private static func json(_ exchange: TrialExchange) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init(key: "method", value: .string(exchange.method)), .init(key: "url", value: .string(exchange.url)),
            .init(key: "headers", value: json(exchange.headers)),
        ]
        if let body = exchange.body { members.append(.init(key: "body", value: .string(body))) }
        if let answer = exchange.answer {
            members.append(
                .init(
                    key: "answer",
                    value: .object([
                        .init(key: "status", value: .integer(answer.status)),
                        .init(key: "headers", value: json(answer.headers)),
                        .init(key: "bytes", value: .integer(answer.bytes)),
                        .init(key: "milliseconds", value: .integer(Int(answer.duration / .milliseconds(1)))),
                    ])
                )
            )
        }
        return .object(members)
    }

    private static func json(_ headers: [HTTPHeader]) -> JSONValue {
        .array(
            headers.map {
                .object([.init(key: "name", value: .string($0.name)), .init(key: "value", value: .string($0.value))])
            }
        )
    }

    private static func parsed(_ text: String) -> JSONValue {
        (try? JSONValue(parsing: text)) ?? .string(text)
    }

    // MARK: People

    func show(on console: Console) {
        for exchange in trial.exchanges { show(exchange, on: console) }
        let records = trial.pages.flatMap { zip($0.ids, $0.records).map { (id: $0, record: Self.parsed($1)) } }
        if trial.failure != nil, trial.pages.isEmpty { return showStart(on: console) }
        console.line("")
        var count = "\(records.count) record\(records.count == 1 ? "" : "s")"
        if trial.pages.count > 1 { count += " on \(trial.pages.count) pages" }
        if let total = trial.pages.compactMap(\.total).last { count += " of \(total)" }
        console.line(console.styled(count, .strong))
        if records.isEmpty { showStart(on: console) } else { showTable(of: records, on: console) }
        let deleted = trial.pages.flatMap(\.deleted)
        if !deleted.isEmpty { console.line("deleted: \(Self.cut(deleted.joined(separator: ", "), 200))") }
        console.line("")
        if let next = trial.next {
            console.line("next page: \(next.method) \(Self.line(next.url))")
            if let body = next.body { console.line("  \(Self.cut(Self.line(body), 1000))") }
        } else if trial.failure == nil {
            console.line("next page: none, this is the end of the data")
        }
        if let cursor = trial.cursor { console.line("the next pull begins at: \(Self.cut(cursor, 200))") }
    }

    private func show(_ exchange: TrialExchange, on console: Console) {
        console.line("\(console.styled(exchange.method, .strong)) \(Self.line(exchange.url))")
        for header in exchange.headers {
            console.line(console.styled("  \(header.name): \(Self.line(header.value))", .faint))
        }
        if let body = exchange.body { console.line("  \(Self.cut(Self.line(body), 1000))") }
        guard let answer = exchange.answer else { return console.line("  no answer") }
        let isGood = (200..<300).contains(answer.status)
        let type = answer.headers.first { $0.name.lowercased() == "content-type" }?.value ?? "no content type"
        let status = console.styled("\(answer.status)", isGood ? .good : .bad)
        let milliseconds = Int(answer.duration / .milliseconds(1))
        console.line("  → \(status), \(Self.line(type)), \(answer.bytes) bytes, \(milliseconds) ms")
    }

    /// What was answered where no records were found: it shows where they are, or why there are none.
    private func showStart(on console: Console) {
        guard let start = trial.exchanges.last?.answer?.start, !start.isEmpty else { return }
        console.line("the answer begins with: \(Self.cut(Self.line(start), 500))")
    }

    private func showTable(of records: [(id: String, record: JSONValue)], on console: Console) {
        var columns: [String] = []
        for (_, record) in records {
            guard case .object(let members) = record else { continue }
            for member in members where !columns.contains(member.key) { columns.append(member.key) }
        }
        // One object is worth its fields; anything else stands as it is.
        let isPlain = columns.isEmpty
        let left = columns.dropFirst(Self.maximumColumns)
        columns = isPlain ? ["value"] : Array(columns.prefix(Self.maximumColumns))
        let named = isPlain || records.contains { $0.record["id"].map(Self.text) != $0.id }
        var table = Table((named ? ["(id)"] : []) + columns)
        for (id, record) in records {
            let cells = columns.map { isPlain ? Self.text(record) : record[$0].map(Self.text) ?? "" }
            table.add(((named ? [id] : []) + cells).map { Table.Cell(Self.cut($0, Self.maximumCell)) })
        }
        table.show(on: console)
        if !left.isEmpty { console.line("and \(Self.cut(left.joined(separator: ", "), 200)) (--json shows all)") }
    }

    private static func text(_ value: JSONValue) -> String { value.string ?? value.compactText }

    private static func cut(_ text: String, _ length: Int) -> String {
        text.count <= length ? text : text.prefix(length - 1) + "…"
    }

    /// One line: what a service says must not move the cursor.
    private static func line(_ text: String) -> String {
        String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 })
        )
    }
}
