import NIOHTTP1
import Synchronization

extension LoopsTeam: SandboxService {
    var serviceName: SandboxServiceName { .loops }

    func owns(_ request: SandboxRequest) -> Bool { request.segments.starts(with: Self.prefix) }

    var held: String {
        state.withLock { state in
            let contacts = state.contacts.all.map(\.json).joined(separator: ",")
            let events = state.events.map { event in
                "{\"eventName\":\(jsonLiteral(event.name)),\"contact\":\(jsonLiteral(event.contact)),"
                    + "\"eventProperties\":\(event.properties)}"
            }
            let emails = state.sentEmails.map { email in
                "{\"transactionalId\":\(jsonLiteral(email.id)),\"email\":\(jsonLiteral(email.email))}"
            }
            return "{\"contacts\":[\(contacts)],\"events\":[\(events.joined(separator: ","))],"
                + "\"sentEmails\":[\(emails.joined(separator: ","))]}"
        }
    }

    func respond(to request: SandboxRequest) -> SandboxResponse {
        let segments = request.segments
        let authorization = request.headers["Authorization"]
        guard authorization.count == 1, authorization[0] == "Bearer \(key)", !request.refusesKey else {
            return SandboxResponse(
                status: 401,
                json: #"{"success":false,"message":"Invalid API key","error":"Invalid API key"}"#
            )
        }
        let counted = limit.count()
        var headers: [(name: String, value: String)] = []
        if let counted {
            headers = [
                ("x-ratelimit-limit", "\(counted.maximum)"), ("x-ratelimit-remaining", "\(max(counted.remaining, 0))"),
            ]
        }
        let path = segments.dropFirst(Self.prefix.count).joined(separator: "/")
        var response: SandboxResponse
        let isContent = path == "transactional" && request.method == "GET"
        if (counted?.remaining ?? 0) < 0 || (isContent && (contentLimit.count()?.remaining ?? 0) < 0) {
            response = .loopsFailure(429, "Too many requests")
        } else {
            do throws(Refusal) {
                response = try answer(request, path)
            } catch {
                response = .loopsFailure(error.status, error.message)
            }
        }
        response.limitHeaders = headers
        return response
    }

    func refusal(_ status: Int, _ message: String, of request: SandboxRequest) -> SandboxResponse {
        .loopsFailure(status, message)
    }

    private func answer(_ request: SandboxRequest, _ path: String) throws(Refusal) -> SandboxResponse {
        let body = LoopsBody(request)
        var outcome: Result<SandboxResponse, Refusal>?
        state.withLock { state in
            do throws(Refusal) {
                outcome = .success(try state.answer(request, path, body))
            } catch {
                outcome = .failure(error)
            }
        }
        guard let outcome else { throw Refusal(500, "Nothing was done") }
        return try outcome.get()
    }
}

extension LoopsTeam {
    /// Edits contacts, which are known by their addresses, or transactional e-mails.
    func edit(_ json: JSONSlice) throws(Refusal) -> @Sendable () -> Void {
        let edit = try RecordEdit(json, resources: ["contacts", "transactional_emails"])
        let key = try edit.newKey()
        guard edit.resource == "contacts" else {
            var emails: [LoopsEmail] = []
            for record in edit.upserts {
                let time = "\(PosthogTime.text(clock.microseconds).dropLast().replacing("T", with: " "))+00:00"
                emails.append(
                    LoopsEmail(
                        id: try record.text("id"),
                        name: try record.text("name"),
                        lastUpdated: record["lastUpdated"]?.string ?? time
                    )
                )
            }
            return { [emails] in
                self.state.withLock { state in
                    for email in emails { state.put(email) }
                    let gone = Set(edit.deletes)
                    state.emails.removeAll { gone.contains($0.id) }
                    state.emails.removeFirst(min(edit.deletesFirst, state.emails.count))
                    if let key { state.key = key }
                }
            }
        }
        var contacts: [(email: String, properties: [(name: String, json: String)])] = []
        for record in edit.upserts {
            contacts.append((try record.text("email"), record.fields(except: ["email", "mailingLists"])))
        }
        return { [contacts] in
            for contact in contacts { self.upsert(email: contact.email, contact.properties) }
            self.state.withLock { state in
                let gone = edit.deletes.compactMap { state.contacts.slot("email", jsonLiteral($0)) }
                for slot in gone + state.contacts.first(edit.deletesFirst) { state.contacts.remove(slot) }
                if let key { state.key = key }
            }
        }
    }
}

extension LoopsState {
    fileprivate mutating func answer(
        _ request: SandboxRequest,
        _ path: String,
        _ body: LoopsBody
    ) throws(Refusal) -> SandboxResponse {
        switch (request.method, path) {
        case ("GET", "api-key"):
            return .loops("{\"success\":true,\"teamName\":\(jsonLiteral(teamName))}")
        case ("GET", "lists"):
            let lists = lists.map { list in
                "{\"id\":\(jsonLiteral(list.id)),\"name\":\(jsonLiteral(list.name)),\"description\":null,"
                    + "\"isPublic\":\(list.isPublic)}"
            }
            return .loops("[\(lists.joined(separator: ","))]")
        case ("GET", "transactional"): return try transactionalEmails(request)
        case ("GET", "contacts/properties"): return properties(request)
        case ("POST", "contacts/properties"): return try createProperty(try body.object())
        case ("GET", "contacts/find"): return try find(request)
        case ("PUT", "contacts/update"):
            let id = try upsert(try body.object(), mayExist: true)
            return .loops("{\"success\":true,\"id\":\(jsonLiteral(id))}")
        case ("POST", "contacts/create"):
            let id = try upsert(try body.object(), mayExist: false)
            return .loops("{\"success\":true,\"id\":\(jsonLiteral(id))}")
        case ("POST", "contacts/delete"): return try delete(try body.object())
        case ("POST", "events/send"): return try send(try body.object(), keys: request.headers["Idempotency-Key"])
        case ("POST", "transactional"):
            return try sendEmail(try body.object(), keys: request.headers["Idempotency-Key"])
        case (_, "api-key"), (_, "lists"), (_, "transactional"), (_, "contacts/properties"), (_, "contacts/find"),
            (_, "contacts/update"), (_, "contacts/create"), (_, "contacts/delete"), (_, "events/send"):
            throw Refusal(405, "Method not allowed.")
        default: throw Refusal(404, "Not found.")
        }
    }

    private func transactionalEmails(_ request: SandboxRequest) throws(Refusal) -> SandboxResponse {
        let size = request.parameter("perPage").map { Int($0) ?? 0 } ?? 20
        guard (10...50).contains(size) else { throw Refusal(400, "perPage must be between 10 and 50.") }
        var start = 0
        if let cursor = request.parameter("cursor") {
            guard let number = Int(cursor) else { throw Refusal(400, "Invalid cursor.") }
            start = emails.firstIndex { $0.number >= number } ?? emails.count
        }
        let page = emails.dropFirst(start).prefix(min(size, request.clampedTake ?? size))
        let next = start + page.count < emails.count ? "\"\(emails[start + page.count].number)\"" : "null"
        let data = page.map { email in
            "{\"id\":\(jsonLiteral(email.id)),\"name\":\(jsonLiteral(email.name)),"
                + "\"lastUpdated\":\(jsonLiteral(email.lastUpdated)),\"dataVariables\":[]}"
        }
        return .loops(
            "{\"pagination\":{\"totalResults\":\(emails.count),\"returnedResults\":\(page.count),\"perPage\":\(size),"
                + "\"totalPages\":\((emails.count + size - 1) / size),\"nextCursor\":\(next),\"nextPage\":null},"
                + "\"data\":[\(data.joined(separator: ","))]}"
        )
    }

    private func properties(_ request: SandboxRequest) -> SandboxResponse {
        let isCustomOnly = request.parameter("list") == "custom"
        let list = propertyTypes.filter { $0.isCustom || !isCustomOnly }.map { property in
            "{\"key\":\(jsonLiteral(property.name)),\"label\":\(jsonLiteral(property.name)),"
                + "\"type\":\(jsonLiteral(property.type))}"
        }
        return .loops("[\(list.joined(separator: ","))]")
    }

    private mutating func createProperty(_ body: LoopsBody.Members) throws(Refusal) -> SandboxResponse {
        guard let name = body["name"]?.string, let first = name.first, first.isLowercase,
            name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) })
        else { throw Refusal(400, "name must be in camelCase.") }
        guard let type = body["type"]?.string, ["string", "number", "boolean", "date"].contains(type) else {
            throw Refusal(400, "type must be one of string, number, boolean, date.")
        }
        guard self.type(of: name) == nil else { throw Refusal(400, "Property already exists.") }
        addProperty(name, type: type)
        return .loops("{\"success\":true}")
    }

    private func find(_ request: SandboxRequest) throws(Refusal) -> SandboxResponse {
        let keys = ["email", "userId"].compactMap { name in request.parameter(name).map { (name, $0) } }
        guard keys.count == 1 else { throw Refusal(400, "Only one parameter is permitted: email or userId.") }
        let found = contacts.slot(keys[0].0, jsonLiteral(keys[0].1)).flatMap { contacts[$0] }
        return .loops("[\(found?.json ?? "")]")
    }
}

extension LoopsContact {
    /// The contact as `find` shows it.
    fileprivate var json: String {
        var members = ["\"id\":\(jsonLiteral(id))"]
        for name in ["email", "firstName", "lastName", "source", "subscribed", "userGroup", "userId"] {
            let absent = ["source": "\"API\"", "subscribed": "true", "userGroup": "\"\""][name] ?? "null"
            members.append("\"\(name)\":\(self[name] ?? absent)")
        }
        let lists = mailingLists.sorted { $0.key < $1.key }.map { "\(jsonLiteral($0.key)):\($0.value)" }
        members.append("\"mailingLists\":{\(lists.joined(separator: ","))}")
        members.append("\"optInStatus\":null")
        let standard = ["email", "firstName", "lastName", "source", "subscribed", "userGroup", "userId"]
        for property in properties where !standard.contains(property.name) {
            members.append("\(jsonLiteral(property.name)):\(property.json)")
        }
        return "{\(members.joined(separator: ","))}"
    }
}

extension SandboxResponse {
    static func loops(_ json: String) -> SandboxResponse { SandboxResponse(status: 200, json: json) }

    static func loopsFailure(_ status: Int, _ message: String) -> SandboxResponse {
        SandboxResponse(status: status, json: "{\"success\":false,\"message\":\(jsonLiteral(message))}")
    }
}
