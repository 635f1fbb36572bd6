/// What a test or a script in another process steers the sandbox with: everything below `/_sandbox`.
///
/// - `POST /_sandbox/faults` adds rules, one object or `{"rules": […]}`; `GET` tells how often each has fired;
///   `DELETE` ends them all.
/// - `POST /_sandbox/limit` sets a rate limit, `{"requests": 20, "milliseconds": 1000, "announcement": "silent"}`;
///   `GET` tells how many requests were refused; `DELETE` lifts it.
/// - `GET /_sandbox/state?collection=…` tells a table's count, digest and version; `?service=loops` all that a service
///   holds.
/// - `GET /_sandbox/requests?collection=…` lists the requests that a table, or another service by its name, received (all
///   without a collection); `DELETE` forgets them.
/// - `POST /_sandbox/edit` edits a table as somebody else would.
struct ControlService: Sendable {
    let tables: DynamicTables
    let services: [any SandboxService]
    let faults: Faults
    let limiter: RateLimiter
    let log: RequestLog

    static func owns(_ request: SandboxRequest) -> Bool {
        request.path.hasPrefix("/_sandbox/")
    }

    /// Answers a request below `/_sandbox`; `nil` for others.
    func respond(to request: SandboxRequest) -> SandboxResponse? {
        guard Self.owns(request) else { return nil }
        do throws(Refusal) {
            switch (request.method, request.path) {
            case ("POST", "/_sandbox/faults"): return try addFaults(request)
            case ("GET", "/_sandbox/faults"):
                return SandboxResponse(status: 200, json: "{\"fired\":[\(list(faults.fired.map(String.init)))]}")
            case ("DELETE", "/_sandbox/faults"):
                faults.clear()
                return .noContent
            case ("POST", "/_sandbox/limit"):
                limiter.set(try RateLimit(body(of: request)))
                return .noContent
            case ("GET", "/_sandbox/limit"):
                return SandboxResponse(status: 200, json: "{\"refused\":\(limiter.refused)}")
            case ("DELETE", "/_sandbox/limit"):
                limiter.set(nil)
                return .noContent
            case ("GET", "/_sandbox/state"): return try state(request)
            case ("GET", "/_sandbox/requests"): return requests(request)
            case ("DELETE", "/_sandbox/requests"):
                log.clear()
                return .noContent
            case ("POST", "/_sandbox/edit"):
                try TableEdit(body(of: request)).apply(to: tables)
                return .noContent
            default: throw Refusal(404, "The sandbox has no \(request.method) \(request.path)")
            }
        } catch {
            return error.response
        }
    }

    private func addFaults(_ request: SandboxRequest) throws(Refusal) -> SandboxResponse {
        let body = try body(of: request)
        var rules: [FaultRule] = []
        for rule in body["rules"]?.elements ?? [body] { rules.append(try FaultRule(rule)) }
        faults.add(rules)
        return .noContent
    }

    private func state(_ request: SandboxRequest) throws(Refusal) -> SandboxResponse {
        if let name = request.parameter("service") {
            guard let service = services.first(where: { $0.name == name }) else {
                let names = services.map(\.name).joined(separator: ", ")
                throw Refusal(404, "There is no service \(name); there are \(names)")
            }
            return SandboxResponse(status: 200, json: service.held)
        }
        guard let collection = request.parameter("collection") else {
            throw Refusal(400, "Which table? Add ?collection=… (or ?service=…)")
        }
        guard let digest = tables.digest(of: collection) else {
            throw Refusal(404, "There is no table \(collection)")
        }
        return SandboxResponse(
            status: 200,
            json: "{\"collection\":\(jsonLiteral(collection)),\"count\":\(tables.count(of: collection)),"
                + "\"digest\":\"\(digest)\",\"version\":\(tables.version(of: collection))}"
        )
    }

    private func requests(_ request: SandboxRequest) -> SandboxResponse {
        let collection = request.parameter("collection")
        let entries = log.requests.filter { collection == nil || $0.name == collection }.map { entry in
            let members = [
                "\"collection\":\(entry.name.map(jsonLiteral) ?? "null")",
                "\"method\":\(jsonLiteral(entry.method))",
                "\"path\":\(jsonLiteral(entry.path))",
                "\"query\":\(jsonLiteral(entry.query))",
                "\"headers\":[\(list(entry.headerNames.map(jsonLiteral)))]",
                "\"bodyBytes\":\(entry.bodyBytes)",
                "\"status\":\(entry.status.map(String.init) ?? "null")",
            ]
            return "{\(list(members))}"
        }
        return SandboxResponse(status: 200, json: "[\(list(entries))]")
    }

    private func body(of request: SandboxRequest) throws(Refusal) -> JSONSlice {
        do throws(JSONSyntaxError) {
            return try JSONDocument(request.body).root
        } catch {
            throw Refusal(400, error.description)
        }
    }

    private func list(_ items: [String]) -> String { items.joined(separator: ",") }
}

extension RateLimit {
    fileprivate init(_ json: JSONSlice) throws(Refusal) {
        guard let requests = json["requests"]?.integer, requests > 0,
            let milliseconds = json["milliseconds"]?.integer, milliseconds > 0
        else { throw Refusal(400, "A limit needs requests and milliseconds, whole numbers greater than 0") }
        let word = json["announcement"]?.string ?? Announcement.silent.rawValue
        guard let announcement = Announcement(rawValue: word) else {
            let words = Announcement.allCases.map(\.rawValue).joined(separator: ", ")
            throw Refusal(400, "An announcement is one of \(words)")
        }
        self.init(requests: requests, milliseconds: milliseconds, announcement: announcement)
    }
}
