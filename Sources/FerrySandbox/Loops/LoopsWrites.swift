import NIOHTTP1

/// The body of a request to Loops.
struct LoopsBody: Sendable {
    /// An object's members.
    struct Members: Sendable {
        let list: [(name: String, value: JSONSlice)]

        subscript(name: String) -> JSONSlice? { list.first { $0.name == name }?.value }
    }

    private let request: SandboxRequest

    init(_ request: SandboxRequest) {
        self.request = request
    }

    /// The members of the object that the body must be.
    func object() throws(Refusal) -> Members {
        guard request.announcesJSON else { throw Refusal(400, "Content-Type must be application/json.") }
        let document: JSONDocument
        do throws(JSONSyntaxError) {
            document = try JSONDocument(request.body)
        } catch {
            throw Refusal(400, error.description)
        }
        guard let members = document.root.members else { throw Refusal(400, "The body must be an object.") }
        return Members(list: members)
    }
}

extension LoopsState {
    /// Creates a contact, or changes the one that is there where that is allowed.
    ///
    /// - Returns: its identifier.
    mutating func upsert(_ body: LoopsBody.Members, mayExist: Bool) throws(Refusal) -> String {
        let known = try contact(of: body)
        guard mayExist || known == nil else { throw Refusal(409, "Email or userId is already on list.") }
        if known == nil, body["email"] == nil { throw Refusal(400, "email is required to create a contact.") }
        var properties: [(name: String, json: String)] = []
        for member in body.list where member.name != "mailingLists" {
            properties.append((member.name, try property(member.name, member.value)))
        }
        return write(properties, lists: try mailingLists(body["mailingLists"]), at: known)
    }

    mutating func delete(_ body: LoopsBody.Members) throws(Refusal) -> SandboxResponse {
        guard body.list.count == 1, body["email"] != nil || body["userId"] != nil else {
            throw Refusal(400, "Include only one of email or userId.")
        }
        guard let slot = try contact(of: body) else { throw Refusal(404, "Contact not found.") }
        contacts.remove(slot)
        return .loops("{\"success\":true,\"message\":\"Contact deleted.\"}")
    }

    mutating func send(_ body: LoopsBody.Members, keys sent: [String]) throws(Refusal) -> SandboxResponse {
        guard let name = body["eventName"]?.string, !name.isEmpty else { throw Refusal(400, "eventName is required.") }
        guard body["email"] != nil || body["userId"] != nil else { throw Refusal(400, "email or userId is required.") }
        let key = try unusedKey(sent)
        guard let index = try contact(of: body) else { throw Refusal(404, "Contact not found.") }
        var properties: [(name: String, json: String)] = []
        for member in body.list where !["eventName", "eventProperties", "mailingLists"].contains(member.name) {
            properties.append((member.name, try property(member.name, member.value)))
        }
        if let event = body["eventProperties"] {
            guard let members = event.members else { throw Refusal(400, "eventProperties must be an object.") }
            for member in members { try checkScalar(member.name, member.value) }
        }
        let id = write(properties, lists: try mailingLists(body["mailingLists"]), at: index)
        events.append(
            LoopsEvent(
                name: name,
                contact: id,
                properties: body["eventProperties"]?.text ?? "{}",
                idempotencyKey: key
            )
        )
        if let key { keys[key] = ContinuousClock.now }
        return .loops("{\"success\":true}")
    }

    /// Sends a transactional e-mail.
    mutating func sendEmail(_ body: LoopsBody.Members, keys sent: [String]) throws(Refusal) -> SandboxResponse {
        guard let id = body["transactionalId"]?.string else { throw Refusal(400, "transactionalId is required.") }
        guard let address = body["email"]?.string, address.contains("@"), !address.contains(" ") else {
            throw Refusal(400, "Invalid email address.")
        }
        if let wish = body["addToAudience"], wish.kind != .boolean {
            throw Refusal(400, "addToAudience must be a boolean.")
        }
        if let variables = body["dataVariables"], variables.kind != .object {
            throw Refusal(400, "dataVariables must be an object.")
        }
        let key = try unusedKey(sent)
        guard emails.contains(where: { $0.id == id }) else { throw Refusal(404, "Transactional email not found.") }
        if body["addToAudience"]?.boolean == true, contacts.slot("email", jsonLiteral(address)) == nil {
            _ = write([("email", jsonLiteral(address))], lists: [:], at: nil)
        }
        sentEmails.append((id, address))
        if let key { keys[key] = ContinuousClock.now }
        return .loops("{\"success\":true}")
    }

    /// The idempotency key that a request has, if it has one.
    ///
    /// - Throws: ``Refusal`` where one like it was accepted within the last 24 hours.
    private func unusedKey(_ sent: [String]) throws(Refusal) -> String? {
        guard let key = sent.first else { return nil }
        guard sent.count == 1, !key.isEmpty, key.utf8.count <= 100 else {
            throw Refusal(400, "Idempotency-Key must have 1 to 100 characters.")
        }
        if let earlier = keys[key], ContinuousClock.now - earlier < .seconds(86_400) {
            throw Refusal(409, "Idempotency key already used with a different request body.")
        }
        return key
    }

    /// The contact that a body names by `email` or `userId`: either one is enough.
    private func contact(of body: LoopsBody.Members) throws(Refusal) -> Int? {
        var found: Set<Int> = []
        var isNamed = false
        for name in ["email", "userId"] {
            guard let value = body[name] else { continue }
            guard let text = value.string, !text.isEmpty else { throw Refusal(400, "\(name) must be a string.") }
            if name == "email", !text.contains("@") || text.contains(" ") {
                throw Refusal(400, "Invalid email address.")
            }
            isNamed = true
            if let slot = contacts.slot(name, jsonLiteral(text)) { found.insert(slot) }
        }
        guard isNamed else { throw Refusal(400, "email or userId is required.") }
        guard found.count < 2 else { throw Refusal(400, "email and userId belong to different contacts.") }
        return found.first
    }

    /// A property's literal, as it is kept.
    private func property(_ name: String, _ value: JSONSlice) throws(Refusal) -> String {
        guard let type = type(of: name) else { throw Refusal(400, "Property \(name) does not exist.") }
        try checkScalar(name, value)
        let fits =
            switch type {
            case "string": value.kind == .string
            case "number": value.kind == .number
            case "boolean": value.kind == .boolean
            default: value.kind == .string || value.kind == .number
            }
        guard fits else { throw Refusal(400, "Property \(name) must be a \(type).") }
        return value.string.map(jsonLiteral) ?? value.text
    }

    private func checkScalar(_ name: String, _ value: JSONSlice) throws(Refusal) {
        guard [.string, .number, .boolean].contains(value.kind) else {
            throw Refusal(400, "\(name) must be a string, a number or a boolean.")
        }
        guard value.literal.count <= 500 else {
            throw Refusal(400, "Some body key or value is longer than allowable.")
        }
    }

    private func mailingLists(_ value: JSONSlice?) throws(Refusal) -> [String: Bool] {
        guard let value else { return [:] }
        guard let members = value.members, !members.isEmpty else {
            throw Refusal(400, "mailingLists must be an object with at least one list.")
        }
        var wanted: [String: Bool] = [:]
        for member in members {
            guard lists.contains(where: { $0.id == member.name }) else {
                throw Refusal(400, "Mailing list \(member.name) does not exist.")
            }
            guard let isOn = member.value.boolean else { throw Refusal(400, "mailingLists holds booleans.") }
            wanted[member.name] = isOn
        }
        return wanted
    }
}
