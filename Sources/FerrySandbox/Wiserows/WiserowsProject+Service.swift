import NIOHTTP1
import Synchronization

extension WiserowsProject: SandboxService {
    var name: String { "wiserows" }

    var held: String {
        state.withLock { state in
            "{\"integrations\":[\(state.integrations.map(\.json).joined(separator: ","))],"
                + "\"entities\":[\(state.entities.map(\.json).joined(separator: ","))]}"
        }
    }

    func logName(for request: SandboxRequest) -> String? {
        request.segments.starts(with: Self.prefix) ? name : nil
    }

    func respond(to request: SandboxRequest) -> SandboxResponse? {
        let segments = request.segments
        guard segments.starts(with: Self.prefix) else { return nil }
        let (key, project) = state.withLock { ($0.key, $0.project) }
        let authorization = request.headers["Authorization"]
        guard authorization.count == 1, authorization[0] == "Bearer \(key)" else {
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
                let code = error.status == 404 ? "not_found" : error.status == 405 ? "method_not_allowed" : "invalid"
                return .wiserowsFailure(error.status, code, error.message)
            }
        }
    }
}

extension WiserowsState {
    fileprivate mutating func answer(_ request: SandboxRequest, _ path: [String]) throws(Refusal) -> SandboxResponse {
        switch (request.method, path.count, path.first) {
        case ("GET", 1, "integrations"):
            pass { _ in true }
            return .wiserows("[\(integrations.map(\.json).joined(separator: ","))]")
        case ("GET", 2, "integrations"):
            guard let integration = integrations.first(where: { $0.id == path[1] }) else {
                throw Refusal(404, "Integration not found")
            }
            return .wiserows(integration.json)
        case ("POST", 3, "integrations") where path[2] == "sync": return try sync(path[1], body(of: request))
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
            guard let entity = entities.first(where: { $0.id == path[1] }) else {
                throw Refusal(404, "Entity not found")
            }
            return .wiserows(entity.json)
        case ("PATCH", 2, "entities"): return try update(path[1], body(of: request))
        case ("DELETE", 2, "entities"):
            guard entities.contains(where: { $0.id == path[1] && $0.archivedAt == nil }) else {
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
            let known = Set(entities.map(\.id))
            guard let elements = ids.elements, elements.allSatisfy({ $0.string.map(known.contains) ?? false }) else {
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
        let all = entities.filter { $0.type == type }
        let page = all.dropFirst(offset).prefix(limit).map(\.json).joined(separator: ",")
        return SandboxResponse(status: 200, json: "{\"data\":[\(page)],\"meta\":{\"total\":\(all.count)}}")
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
        guard let entity = entities.first(where: { $0.id == id && $0.archivedAt == nil }),
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
                    case "multiSelect", "relation": member.value.kind == .array
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
