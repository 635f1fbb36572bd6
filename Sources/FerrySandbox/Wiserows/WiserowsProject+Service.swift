import NIOHTTP1
import Synchronization

extension WiserowsProject: SandboxService {
    var serviceName: SandboxServiceName { .wiserows }

    var held: String {
        state.withLock { state in
            "{\"integrations\":[\(state.integrations.map(\.json).joined(separator: ","))],"
                + "\"entities\":[\(state.entities.all.map(\.json).joined(separator: ","))],"
                + "\"jobs\":[\(state.jobs.map { state.json(of: $0) }.joined(separator: ","))]}"
        }
    }

    func owns(_ request: SandboxRequest) -> Bool { request.segments.starts(with: Self.prefix) }

    func respond(to request: SandboxRequest) -> SandboxResponse {
        let segments = request.segments
        let (key, project) = state.withLock { ($0.key, $0.project) }
        let authorization = request.headers["Authorization"]
        guard authorization.count == 1, authorization[0] == "Bearer \(key)", !request.refusesKey else {
            return .wiserowsFailure(401, "unauthorized", "Invalid API key")
        }
        if let project, request.headers.first(name: "X-Project-Id") != project {
            return .wiserowsFailure(400, "project_required", "The header X-Project-Id is required")
        }
        guard (limit.count()?.remaining ?? 0) >= 0 else {
            return .wiserowsFailure(429, "rate_limited", "Too many requests")
        }
        let rest = Array(segments.dropFirst(Self.prefix.count))
        return state.withLock { state in
            do throws(Refusal) {
                return try state.answer(request, rest)
            } catch {
                return refusal(error.status, error.message, of: request)
            }
        }
    }

    func refusal(_ status: Int, _ message: String, of request: SandboxRequest) -> SandboxResponse {
        let codes = [
            401: "unauthorized", 403: "forbidden", 404: "not_found", 405: "method_not_allowed", 409: "conflict",
            429: "rate_limited",
        ]
        return .wiserowsFailure(status, codes[status] ?? (status < 500 ? "invalid" : "internal_error"), message)
    }
}

extension WiserowsProject {
    /// Edits entities: `delete` removes them for good, `archive` does what users do.
    func edit(_ json: JSONSlice) throws(Refusal) -> @Sendable () -> Void {
        let edit = try RecordEdit(json, resources: ["entities"], others: ["archive"])
        var changes: [(id: String?, type: String, fields: [(name: String, json: String)])] = []
        for record in edit.upserts {
            guard let fields = record["fields"], fields.kind == .object else {
                throw Refusal(400, "An entity must have fields")
            }
            changes.append((record["id"]?.string, try record.text("entityTypeId"), fields.fields()))
        }
        let (archived, key) = (try json.texts("archive"), try edit.newKey())
        return { [changes] in
            self.state.withLock { state in
                for (id, type, fields) in changes {
                    let changed = id.flatMap { id in
                        state.change(id) { entity in
                            for (name, json) in fields { entity.set(name, to: json) }
                        }
                    }
                    if changed == nil { _ = state.create(type, fields) }
                }
                for id in archived { state.archive(id) }
                for id in edit.deletes + state.entities.first(edit.deletesFirst) { state.entities.remove(id) }
                if let key { state.key = key }
            }
        }
    }
}

extension WiserowsState {
    fileprivate mutating func answer(_ request: SandboxRequest, _ path: [String]) throws(Refusal) -> SandboxResponse {
        guard level != .read || request.method == "GET" || path.first != "entities" else {
            throw Refusal(403, "The key does not permit to write")
        }
        switch (request.method, path.count, path.first) {
        case ("GET", 1, "integrations"):
            pass { _ in true }
            return .wiserows("[\(integrations.map(\.json).joined(separator: ","))]")
        case ("GET", 2, "integrations"):
            guard let integration = integrations.first(where: { $0.id == path[1] }) else {
                throw Refusal(404, "Integration not found")
            }
            guard level == .admin else { throw Refusal(403, "Admin permission is required") }
            return .wiserows(integration.details)
        case ("POST", 3, "integrations") where path[2] == "sync": return try sync(path[1], body(of: request))
        case ("POST", 3, "integrations") where path[2] == "test":
            guard let integration = integrations.first(where: { $0.id == path[1] }) else {
                throw Refusal(404, "Integration not found")
            }
            // The verdict is in the body, not in the status.
            return .wiserows("{\"connected\":\(integration.status != "error"),\"latencyMs\":182}")
        case ("GET", 1, "jobs"):
            guard jobsHaveAddresses else { throw Refusal(404, "Not found") }
            pass { _ in true }
            return .wiserows("[\(jobs.map { json(of: $0) }.joined(separator: ","))]")
        case ("POST", 3, "jobs") where path[2] == "cancel":
            guard jobsHaveAddresses, let index = jobs.firstIndex(where: { $0.id == path[1] }) else {
                throw Refusal(404, "Job not found")
            }
            guard jobs[index].status == "running" else { throw Refusal(409, "The job is over") }
            jobs[index].status = "cancelled"
            jobs[index].completedAt = clock.milliseconds
            return .wiserows(json(of: jobs[index]))
        case ("GET", 2, "jobs"):
            guard jobsHaveAddresses, jobs.contains(where: { $0.id == path[1] }) else {
                throw Refusal(404, "Job not found")
            }
            pass { $0.id == path[1] }
            guard let job = jobs.first(where: { $0.id == path[1] }) else { throw Refusal(404, "Job not found") }
            return .wiserows(json(of: job))
        case ("GET", 1, "entities"): return try list(request)
        case ("POST", 1, "entities"): return try create(body(of: request))
        case ("GET", 2, "entities"):
            guard let entity = entities[path[1]] else { throw Refusal(404, "Entity not found") }
            return .wiserows(entity.json)
        case ("PATCH", 2, "entities"): return try update(path[1], body(of: request))
        case ("DELETE", 2, "entities"):
            guard let entity = entities[path[1]], entity.archivedAt == nil else {
                throw Refusal(404, "Entity not found")
            }
            archive(path[1])
            return .wiserows("{\"id\":\(jsonLiteral(path[1]))}")
        case (_, 1, "integrations"), (_, 2, "integrations"), (_, 1, "entities"), (_, 2, "entities"):
            throw Refusal(405, "The method \(request.method) is not allowed here")
        default: throw Refusal(404, "Not found")
        }
    }

    private mutating func sync(_ id: String, _ body: JSONSlice) throws(Refusal) -> SandboxResponse {
        guard integrations.contains(where: { $0.id == id }) else { throw Refusal(404, "Integration not found") }
        guard let direction = body["direction"]?.string, ["pull", "push"].contains(direction) else {
            throw Refusal(400, "direction must be pull or push")
        }
        if let ids = body["entityIds"] {
            let elements = ids.elements ?? []
            guard ids.kind == .array, elements.allSatisfy({ $0.string.map { entities[$0] != nil } ?? false }) else {
                throw Refusal(400, "entityIds must be a list of entities")
            }
        }
        guard let job = startJob(of: id, direction) else { throw Refusal(409, "A sync is already running") }
        return .wiserows("{\"jobId\":\(jsonLiteral(job.id))}")
    }

    private func list(_ request: SandboxRequest) throws(Refusal) -> SandboxResponse {
        guard let type = request.parameter("entityTypeId") else { throw Refusal(400, "entityTypeId is required") }
        guard types.contains(where: { $0.id == type }) else { throw Refusal(404, "Entity type not found") }
        let limit = request.parameter("limit").map { Int($0) ?? 0 } ?? 50
        let offset = request.parameter("offset").map { Int($0) ?? -1 } ?? 0
        guard (1...200).contains(limit) else { throw Refusal(400, "limit must be between 1 and 200") }
        guard offset >= 0 else { throw Refusal(400, "offset must not be negative") }
        let size = min(limit, request.clampedTake ?? limit)
        let page = entities.page(of: type, from: offset, limit: size).map(\.json).joined(separator: ",")
        let total = entities.count(of: type)
        return SandboxResponse(status: 200, json: "{\"data\":[\(page)],\"meta\":{\"total\":\(total)}}")
    }

    private mutating func create(_ body: JSONSlice) throws(Refusal) -> SandboxResponse {
        guard let id = body["entityTypeId"]?.string else { throw Refusal(400, "entityTypeId is required") }
        guard let type = types.first(where: { $0.id == id }) else { throw Refusal(404, "Entity type not found") }
        let fields = try fields(body["fields"], of: type)
        if let missing = type.required.sorted().first(where: { name in !fields.contains { $0.name == name } }) {
            throw Refusal(400, "The field \(missing) is required")
        }
        return SandboxResponse(status: 201, json: "{\"data\":\(create(id, fields).json)}")
    }

    private mutating func update(_ id: String, _ body: JSONSlice) throws(Refusal) -> SandboxResponse {
        guard let entity = entities[id], entity.archivedAt == nil,
            let type = types.first(where: { $0.id == entity.type })
        else { throw Refusal(404, "Entity not found") }
        let changes = try fields(body["fields"], of: type)
        let changed = change(id) { entity in
            for (name, json) in changes { entity.set(name, to: json) }
        }
        return .wiserows(changed?.json ?? "null")
    }

    private func fields(_ value: JSONSlice?, of type: WiserowsType) throws(Refusal) -> [(name: String, json: String)] {
        guard let members = value?.members else { throw Refusal(400, "fields must be an object") }
        var fields: [(name: String, json: String)] = []
        for member in members {
            guard let field = type.fields.first(where: { $0.name == member.name }) else {
                throw Refusal(400, "The type has no field \(member.name)")
            }
            guard field.type != "formula" else { throw Refusal(400, "The field \(member.name) is computed") }
            if member.value.kind == .null {
                if type.required.contains(member.name) { throw Refusal(400, "The field \(member.name) is required") }
            } else {
                let fits =
                    switch field.type {
                    case "number", "datetime": member.value.kind == .number
                    case "boolean": member.value.kind == .boolean
                    case "multiSelect", "relation": member.value.elements?.allSatisfy { $0.kind == .string } ?? false
                    case "json": true
                    default: member.value.kind == .string
                    }
                guard fits else { throw Refusal(400, "The field \(member.name) must be a \(field.type)") }
            }
            fields.append((member.name, member.value.text))
        }
        return fields
    }

    private func body(of request: SandboxRequest) throws(Refusal) -> JSONSlice {
        guard request.announcesJSON else { throw Refusal(415, "The Content-Type must be application/json") }
        do throws(JSONSyntaxError) {
            return try JSONDocument(request.body).root
        } catch {
            throw Refusal(400, error.description)
        }
    }
}

extension SandboxResponse {
    fileprivate static func wiserows(_ json: String) -> SandboxResponse {
        SandboxResponse(status: 200, json: "{\"data\":\(json)}")
    }

    fileprivate static func wiserowsFailure(_ status: Int, _ code: String, _ message: String) -> SandboxResponse {
        SandboxResponse(
            status: status,
            json: "{\"error\":{\"code\":\(jsonLiteral(code)),\"message\":\(jsonLiteral(message))}}"
        )
    }
}
