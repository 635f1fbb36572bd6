import NIOCore
import NIOHTTP1
import Synchronization

extension PosthogProject: SandboxService {
    var serviceName: SandboxServiceName { .posthog }

    func owns(_ request: SandboxRequest) -> Bool { request.segments.first == "posthog" }

    var held: String {
        state.withLock { state in
            let events = state.events.sorted().map { event in
                "{\"uuid\":\(jsonLiteral(event.uuid)),\"event\":\(jsonLiteral(event.event)),"
                    + "\"distinct_id\":\(jsonLiteral(event.distinctID)),\"timestamp\":\(jsonLiteral(event.timestamp)),"
                    + "\"properties\":\(event.properties)}"
            }
            let persons = state.persons.all.map { person in
                "{\"id\":\(jsonLiteral(person.id)),"
                    + "\"distinct_ids\":[\(person.distinctIDs.map(jsonLiteral).joined(separator: ","))],"
                    + "\"properties\":\(person.properties.object)}"
            }
            let groups = state.groups.sorted { $0.key < $1.key }.map { type, groups in
                let members = groups.sorted { $0.key < $1.key }.map { "\(jsonLiteral($0.key)):\($0.value.object)" }
                return "\(jsonLiteral(type)):{\(members.joined(separator: ","))}"
            }
            return "{\"events\":[\(events.joined(separator: ","))],\"persons\":[\(persons.joined(separator: ","))],"
                + "\"groups\":{\(groups.joined(separator: ","))}}"
        }
    }

    func respond(to request: SandboxRequest) -> SandboxResponse {
        let segments = request.segments
        if segments.starts(with: Self.privatePrefix) {
            do throws(PosthogRefusal) {
                return try answer(request, Array(segments.dropFirst(Self.privatePrefix.count)))
            } catch {
                return error.response
            }
        }
        guard segments.starts(with: Self.ingestPrefix) else { return .refusal(404, "Not found") }
        let path = segments.dropFirst(Self.ingestPrefix.count).joined(separator: "/")
        do throws(Refusal) {
            if path == "i/v1/analytics/events" { return try captureWithVerdicts(request) }
            guard ["batch", "i/v0/e"].contains(path) else { throw Refusal(404, "") }
            guard request.method == "POST" else { throw Refusal(405, "") }
            let body = try PosthogCapture.body(of: request)
            // A key that was rotated looks as good as ever; this is what is said where that is checked.
            if request.refusesKey { throw Refusal(401, "API key is not valid: expired") }
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
            return Self.plain(error.status, error.message)
        }
    }

    /// The capture service speaks in plain text when it refuses.
    private static func plain(_ status: Int, _ message: String) -> SandboxResponse {
        var response = SandboxResponse(status: status, body: ByteBuffer(string: message))
        response.contentType = "text/plain; charset=utf-8"
        return response
    }

    func refusal(_ status: Int, _ message: String, of request: SandboxRequest) -> SandboxResponse {
        guard request.segments.starts(with: Self.privatePrefix) else { return Self.plain(status, message) }
        let types = [401: "authentication_error", 403: "authentication_error", 429: "throttled_error"]
        let type = types[status] ?? (status < 500 ? "invalid_request" : "server_error")
        return PosthogRefusal(status, type, status == 429 ? "throttled" : "error", message).response
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
        guard header == "Bearer \(key)", !request.refusesKey else {
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
        if limits.contains(where: { ($0.count()?.remaining ?? 0) < 0 }) {
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
        let (known, table, cap, minutes) = state.withLock { state in
            (state.answers[key], state.table(query.table), state.resultCap, state.minutesAhead)
        }
        guard let table else { throw Refusal(400, "Unknown table `\(query.table ?? "")`.") }
        if let known, !isFresh { return known.replacing("\"is_cached\":false", with: "\"is_cached\":true") }
        let limit = min(query.limit ?? 100, cap, request.clampedTake ?? cap)
        let selected = try table.select(query, limit: limit + 1)
        let rows = selected.prefix(limit).map { row in
            "[\(row.map { Self.literal($0, minutesAhead: minutes) }.joined(separator: ","))]"
        }
        let answer =
            "{\"results\":[\(rows.joined(separator: ","))],"
            + "\"columns\":[\(query.names.map(jsonLiteral).joined(separator: ","))],\"types\":[],"
            + "\"hasMore\":\(selected.count > limit),\"limit\":\(limit),\"offset\":0,\"is_cached\":false}"
        state.withLock { state in
            if state.answers.count >= 100 { state.answers = [:] }
            state.answers[key] = answer
        }
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

extension PosthogProject {
    /// Edits events, which cannot be deleted, or persons, which are known by a distinct id.
    ///
    /// `rotateKey` has a `key`, `personal` or `project`, and the `secret`.
    func edit(_ json: JSONSlice) throws(Refusal) -> @Sendable () -> Void {
        let edit = try RecordEdit(json, resources: ["events", "persons"])
        let rotation = try rotation(json["rotateKey"])
        guard edit.resource == "events" else {
            var persons: [(id: String?, distinctID: String, properties: [(name: String, json: String)])] = []
            for record in edit.upserts {
                let properties = record["properties"]?.fields() ?? []
                persons.append((record["id"]?.string, try record.text("distinct_id"), properties))
            }
            return { [persons] in
                self.state.withLock { state in
                    for (id, distinctID, properties) in persons {
                        if let id, state.persons[distinctID] == nil {
                            state.persons.append(
                                PosthogPerson(
                                    id: id,
                                    distinctIDs: [distinctID],
                                    createdAt: state.clock.microseconds,
                                    properties: []
                                )
                            )
                        }
                        state.setPerson(distinctID, at: state.clock.microseconds, properties, once: false)
                    }
                    let first = state.persons.all.prefix(edit.deletesFirst).compactMap(\.distinctIDs.first)
                    for distinctID in edit.deletes + first { state.persons.remove(distinctID) }
                    rotation?.apply(to: &state)
                }
            }
        }
        guard edit.deletes.isEmpty, edit.deletesFirst == 0 else { throw Refusal(400, "Events cannot be deleted") }
        for record in edit.upserts {
            _ = try record.text("event")
            _ = try record.text("distinct_id")
            guard record["timestamp"]?.string.map({ PosthogTime.microseconds(rfc3339: $0) != nil }) ?? true else {
                throw Refusal(400, "A timestamp must be one of RFC 3339")
            }
        }
        return {
            self.state.withLock { state in
                for record in edit.upserts { state.take(record) }
                rotation?.apply(to: &state)
            }
        }
    }

    private func rotation(_ json: JSONSlice?) throws(Refusal) -> PosthogRotation? {
        guard let json else { return nil }
        guard let key = json["key"]?.string, ["personal", "project"].contains(key), let secret = json["secret"]?.string
        else { throw Refusal(400, "rotateKey must have a key (personal or project) and the new secret") }
        return PosthogRotation(isPersonal: key == "personal", secret: secret)
    }
}

/// A key that takes the place of another one.
private struct PosthogRotation: Sendable {
    let isPersonal: Bool
    let secret: String

    func apply(to state: inout PosthogState) {
        if isPersonal { state.personalKey = secret } else { state.projectKey = secret }
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

extension PosthogState {
    /// The rows of a table; of no table, one row without columns; `nil` where there is no such table.
    fileprivate mutating func table(_ name: String?) -> HogQLTable? {
        switch name {
        case nil: HogQLTable(columns: [], order: [], rows: [[]])
        case "events": events.queried()
        case "persons": persons.queried()
        default: nil
        }
    }
}
