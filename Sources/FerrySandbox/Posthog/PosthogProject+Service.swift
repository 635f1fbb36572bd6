import NIOCore
import NIOHTTP1
import Synchronization

extension PosthogProject: SandboxService {
    var name: String { "posthog" }

    func logName(for request: SandboxRequest) -> String? {
        request.segments.first == "posthog" ? name : nil
    }

    var held: String {
        state.withLock { state in
            let events = state.sorted.map { event in
                "{\"uuid\":\(jsonLiteral(event.uuid)),\"event\":\(jsonLiteral(event.event)),"
                    + "\"distinct_id\":\(jsonLiteral(event.distinctID)),\"timestamp\":\(jsonLiteral(event.timestamp)),"
                    + "\"properties\":\(event.properties)}"
            }
            let persons = state.persons.map { person in
                "{\"id\":\(jsonLiteral(person.id)),"
                    + "\"distinct_ids\":[\(person.distinctIDs.map(jsonLiteral).joined(separator: ","))],"
                    + "\"properties\":\(person.properties.object)}"
            }
            return "{\"events\":[\(events.joined(separator: ","))],\"persons\":[\(persons.joined(separator: ","))]}"
        }
    }

    func respond(to request: SandboxRequest) -> SandboxResponse? {
        let segments = request.segments
        if segments.starts(with: Self.privatePrefix) {
            do throws(PosthogRefusal) {
                return try answer(request, Array(segments.dropFirst(Self.privatePrefix.count)))
            } catch {
                return error.response
            }
        }
        guard segments.starts(with: Self.ingestPrefix) else { return nil }
        let path = segments.dropFirst(Self.ingestPrefix.count).joined(separator: "/")
        do throws(Refusal) {
            if path == "i/v1/analytics/events" { return try captureWithVerdicts(request) }
            guard ["batch", "i/v0/e"].contains(path) else { throw Refusal(404, "") }
            guard request.method == "POST" else { throw Refusal(405, "") }
            let body = try PosthogCapture.body(of: request)
            var outcome: Result<Void, Refusal> = .success(())
            state.withLock { state in
                do throws(Refusal) {
                    try state.capture(body)
                } catch {
                    outcome = .failure(error)
                }
            }
            try outcome.get()
            return SandboxResponse(status: 200, json: #"{"status":"Ok"}"#)
        } catch {
            // The capture service speaks in plain text when it refuses.
            var response = SandboxResponse(status: error.status, body: ByteBuffer(string: error.message))
            response.contentType = "text/plain; charset=utf-8"
            return response
        }
    }

    // MARK: The private API

    private func answer(_ request: SandboxRequest, _ path: [String]) throws(PosthogRefusal) -> SandboxResponse {
        let authorization = request.headers["Authorization"]
        let (key, otherKey, mayQuery) = state.withLock { ($0.personalKey, $0.projectKey, $0.mayQuery) }
        guard let header = authorization.first, authorization.count == 1 else {
            throw PosthogRefusal(
                401,
                "authentication_error",
                "not_authenticated",
                "Authentication credentials were not provided."
            )
        }
        guard header == "Bearer \(key)" else {
            if header.hasSuffix(otherKey) { state.withLock { $0.misplacedKeyCount += 1 } }
            throw PosthogRefusal(
                401,
                "authentication_error",
                "invalid_personal_api_key",
                "Invalid Personal API key."
            )
        }
        // The addresses end with a slash.
        guard path.count == 4, path.prefix(2) == ["api", "projects"], path[3] == "query", request.path.hasSuffix("/")
        else { throw PosthogRefusal(404, "invalid_request", "not_found", "Endpoint not found.") }
        guard path[2] == id else { throw PosthogRefusal(404, "invalid_request", "not_found", "Project not found.") }
        guard request.method == "POST" else {
            throw PosthogRefusal(
                405,
                "invalid_request",
                "method_not_allowed",
                "Method \"\(request.method)\" not allowed."
            )
        }
        guard mayQuery else {
            throw PosthogRefusal(
                403,
                "authentication_error",
                "permission_denied",
                "API key missing required scope 'query:read'"
            )
        }
        if let counted = limit.count(), counted.remaining < 0 {
            var response = PosthogRefusal(
                429,
                "throttled_error",
                "throttled",
                "Request was throttled. Expected available in 1 seconds."
            ).response
            response.retryAfter = "1"
            return response
        }
        do throws(Refusal) {
            return SandboxResponse(status: 200, json: try queried(request))
        } catch {
            throw PosthogRefusal(error.status, "validation_error", "invalid_input", error.message)
        }
    }

    private func queried(_ request: SandboxRequest) throws(Refusal) -> String {
        let document: JSONDocument
        do throws(JSONSyntaxError) {
            document = try JSONDocument(request.body)
        } catch {
            throw Refusal(400, "JSON parse error - \(error.description)")
        }
        let body = document.root
        guard body["query"]?["kind"]?.string == "HogQLQuery", let text = body["query"]?["query"]?.string else {
            throw Refusal(400, "the sandbox knows queries of the kind HogQLQuery only")
        }
        var values: [String: HogQLValue] = [:]
        for (name, value) in body["query"]?["values"]?.members ?? [] {
            values[name] = value.string.map { .text($0) } ?? value.integer.map { .number($0) }
        }
        let query = try HogQLQuery(text, values: values)
        let key = body["query"]?.text ?? ""
        let isFresh = body["refresh"]?.string == "force_blocking"
        let (known, table, cap, minutes) = try state.read { state throws(Refusal) in
            (state.answers[key], try state.table(query.table), state.resultCap, state.minutesAhead)
        }
        if let known, !isFresh { return known.replacing("\"is_cached\":false", with: "\"is_cached\":true") }
        let limit = min(query.limit ?? 100, cap, request.clampedTake ?? cap)
        let selected = try table.select(query)
        let rows = selected.prefix(limit).map { row in
            "[\(row.map { Self.literal($0, minutesAhead: minutes) }.joined(separator: ","))]"
        }
        let answer =
            "{\"results\":[\(rows.joined(separator: ","))],"
            + "\"columns\":[\(query.names.map(jsonLiteral).joined(separator: ","))],\"types\":[],"
            + "\"hasMore\":\(selected.count > limit),\"limit\":\(limit),\"offset\":0,\"is_cached\":false}"
        state.withLock { $0.answers[key] = answer }
        return answer
    }

    private static func literal(_ value: HogQLValue, minutesAhead: Int) -> String {
        switch value {
        case .text(let text), .uuid(let text): jsonLiteral(text)
        case .number(let number): String(number)
        case .time(let time): jsonLiteral(PosthogTime.text(time, minutesAhead: minutesAhead))
        }
    }
}

/// A refusal of the private API, in its shape.
struct PosthogRefusal: Error {
    let status: Int
    let json: String

    init(_ status: Int, _ type: String, _ code: String, _ detail: String) {
        self.status = status
        json =
            "{\"type\":\(jsonLiteral(type)),\"code\":\(jsonLiteral(code)),\"detail\":\(jsonLiteral(detail)),"
            + "\"attr\":null}"
    }

    var response: SandboxResponse { SandboxResponse(status: status, json: json) }
}

extension Mutex where Value == PosthogState {
    /// Reads the state; `withLock` cannot rethrow a typed error.
    fileprivate borrowing func read<Result: Sendable>(
        _ body: (PosthogState) throws(Refusal) -> Result
    ) throws(Refusal) -> Result {
        try body(withLock { $0 })
    }
}

extension PosthogState {
    /// The rows of a table; of no table, one row without columns.
    fileprivate func table(_ name: String?) throws(Refusal) -> HogQLTable {
        switch name {
        case nil: return HogQLTable(columns: [], rows: [[]])
        case "events":
            return HogQLTable(
                columns: ["uuid", "event", "distinct_id", "timestamp", "properties"],
                rows: sorted.map { event in
                    [
                        .uuid(event.uuid), .text(event.event), .text(event.distinctID), .time(event.microseconds),
                        .text(event.properties),
                    ]
                }
            )
        case "persons":
            return HogQLTable(
                columns: ["id", "properties", "created_at"],
                rows: persons.map { [.uuid($0.id), .text($0.properties.object), .time($0.createdAt)] }
            )
        case let name?: throw Refusal(400, "Unknown table `\(name)`.")
        }
    }
}
