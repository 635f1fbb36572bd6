/// What a test or a script in another process steers the sandbox with: everything below `/_sandbox`.
///
/// - `POST /_sandbox/faults` adds rules, one object or `{"rules": […]}`, as ``FaultRule/init(_:services:)`` reads them;
///   `GET` tells how often each has fired; `DELETE` ends them all and sets the clocks right.
/// - `POST /_sandbox/limit` sets a rate limit, `{"requests": 20, "milliseconds": 1000, "announcement": "silent"}`;
///   `GET` tells how many requests were refused; `DELETE` lifts it.
/// - `GET /_sandbox/state?collection=…` tells a table's count, digest and version; `?service=loops` all that a service
///   holds.
/// - `GET /_sandbox/requests?collection=…` lists the requests that a table, or another service by its name, received (all
///   without a collection); `DELETE` forgets them.
/// - `POST /_sandbox/edit` edits records as somebody else would: ``TableEdit`` for tables, ``RecordEdit`` for the others.
///
/// The actions of a rule, `{"action": {"type": …}}`, are
///
/// | type | members | what happens |
/// | --- | --- | --- |
/// | `status` | `status`, `retryAfter`, `body`, `after` | that status instead of the true answer |
/// | `delay` | `milliseconds`, `after` | it takes so long |
/// | `reset`, `close` | `after` | no answer |
/// | `cut_body` | `bytes`, `resets` | the connection ends within the body |
/// | `truncated_json` | | half of the body, of a length that fits |
/// | `content_type` | `value` | another Content-Type |
/// | `clamped_pages` | `take` | pages of no more records than that |
/// | `drift` | an edit's | records change before the request is answered |
/// | `expired_key` | | the key is refused in the service's words, or the token |
/// | `expired_primary_key` | | so is a table's primary key, but not the secondary |
/// | `clock_skew` | `seconds` | the service's clock is so far ahead from then on, or behind |
///
/// `after` says that it happens after the effect. On the socket of one service, too, all this is about the whole sandbox.
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
                try services.edit(body(of: request))()
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
        for rule in body["rules"]?.elements ?? [body] { rules.append(try FaultRule(rule, services: services)) }
        faults.add(rules)
        return .noContent
    }

    private func state(_ request: SandboxRequest) throws(Refusal) -> SandboxResponse {
        if let name = request.parameter("service") {
            return SandboxResponse(status: 200, json: try services.named(name).held)
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
