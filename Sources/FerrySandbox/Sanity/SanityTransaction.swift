/// The mutations of one request, which are taken as a whole or not at all.
struct SanityTransaction {
    let id: String
    let time: String
    private(set) var documents: [String: SanityDocument]
    private(set) var results: [(id: String, operation: String)] = []
    private var touched: Set<String> = []

    /// A transaction on the documents there are.
    init(_ id: String, at time: String, on documents: [String: SanityDocument]) {
        self.id = id
        self.time = time
        self.documents = documents
    }

    /// Makes the mutations one after the other.
    ///
    /// - Throws: ``SanityRefusal`` that names the first mutation which cannot be made.
    mutating func apply(_ mutations: [JSONSlice]) throws(SanityRefusal) {
        for (index, mutation) in mutations.enumerated() {
            do throws(SanityFlaw) {
                try apply(mutation)
            } catch {
                throw SanityRefusal(error, at: index)
            }
        }
        try checkReferences()
    }

    private mutating func apply(_ mutation: JSONSlice) throws(SanityFlaw) {
        guard let members = mutation.members, members.count == 1, let (kind, value) = members.first else {
            throw SanityFlaw(400, "validationError", "A mutation is an object with one member")
        }
        switch kind {
        case "create", "createIfNotExists", "createOrReplace": try create(value, kind)
        case "patch": try patch(value)
        case "delete": try delete(value)
        default: throw SanityFlaw(400, "validationError", "Unknown mutation type \"\(kind)\"")
        }
    }

    private mutating func create(_ value: JSONSlice, _ kind: String) throws(SanityFlaw) {
        guard value.kind == .object, let type = value["_type"]?.string, !type.isEmpty else {
            throw SanityFlaw(400, "validationError", "Document is missing the attribute \"_type\"")
        }
        guard let id = value["_id"]?.string ?? (kind == "create" ? "\(id)-\(results.count)" : nil) else {
            throw SanityFlaw(400, "validationError", "Document is missing the attribute \"_id\"")
        }
        guard SanityDocument.isIdentifier(id) else {
            throw SanityFlaw(400, "validationError", "Malformed document ID: \"\(id)\"", id: id)
        }
        let existing = documents[id]
        if existing != nil, kind == "createIfNotExists" {
            results.append((id, "none"))
            return
        }
        if existing != nil, kind == "create" {
            throw SanityFlaw(409, "documentAlreadyExistsError", "Document by ID \"\(id)\" already exists", id: id)
        }
        var content = SanityValue(value)
        for name in ["_id", "_type", "_rev", "_createdAt", "_updatedAt"] { content[name] = nil }
        documents[id] = SanityDocument(
            id: id,
            type: type,
            revision: self.id,
            createdAt: existing?.createdAt ?? time,
            updatedAt: time,
            content: content
        )
        touched.insert(id)
        results.append((id, existing == nil ? "create" : "update"))
    }

    private mutating func patch(_ value: JSONSlice) throws(SanityFlaw) {
        let known = ["id", "ifRevisionID", "set", "setIfMissing", "unset"]
        if let other = value.members?.first(where: { !known.contains($0.name) }) {
            throw SanityFlaw(400, "validationError", "The sandbox does not know \"\(other.name)\" of a patch")
        }
        guard let id = value["id"]?.string, SanityDocument.isIdentifier(id) else {
            throw SanityFlaw(400, "validationError", "Malformed document ID: \"\(value["id"]?.string ?? "")\"")
        }
        guard var document = documents[id] else {
            throw SanityFlaw(409, "documentNotFoundError", "The document with the ID \"\(id)\" was not found", id: id)
        }
        if let revision = value["ifRevisionID"]?.string, revision != document.revision {
            throw SanityFlaw(
                409,
                "documentRevisionIDDoesNotMatchError",
                "Document \"\(id)\" has unexpected revision ID (\"\(document.revision)\"), expected \"\(revision)\"",
                id: id
            )
        }
        for (name, json) in value["set"]?.members ?? [] {
            document.content.set(SanityValue(json), at: try Self.path(name)[...])
        }
        for (name, json) in value["setIfMissing"]?.members ?? [] {
            let path = try Self.path(name)
            if document.content.value(at: path[...]) == nil { document.content.set(SanityValue(json), at: path[...]) }
        }
        for name in value["unset"]?.elements ?? [] {
            document.content.set(nil, at: try Self.path(name.string ?? "")[...])
        }
        document.revision = self.id
        document.updatedAt = time
        documents[id] = document
        touched.insert(id)
        results.append((id, "update"))
    }

    private mutating func delete(_ value: JSONSlice) throws(SanityFlaw) {
        guard let id = value["id"]?.string, SanityDocument.isIdentifier(id) else {
            throw SanityFlaw(400, "validationError", "Malformed document ID: \"\(value["id"]?.string ?? "")\"")
        }
        if documents.removeValue(forKey: id) == nil {
            results.append((id, "none"))
            return
        }
        touched.insert(id)
        results.append((id, "delete"))
    }

    /// The names of a path; attributes that are the service's own cannot be written.
    private static func path(_ text: String) throws(SanityFlaw) -> [String] {
        let names = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let isPlain = names.allSatisfy { name in
            !name.isEmpty
                && name.utf8.allSatisfy { byte in
                    (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "_")
                }
        }
        guard isPlain else { throw SanityFlaw(400, "validationError", "Invalid attribute path \"\(text)\"") }
        guard !["_id", "_type", "_rev", "_createdAt", "_updatedAt"].contains(names[0]) else {
            throw SanityFlaw(400, "validationError", "Cannot set reserved attribute \"\(names[0])\"")
        }
        return names
    }

    /// Refuses the transaction when a document that it leaves behind strongly refers to one that is not there.
    private func checkReferences() throws(SanityRefusal) {
        guard !touched.isEmpty else { return }
        let removed = touched.filter { documents[$0] == nil }
        for document in removed.isEmpty ? touched.compactMap({ documents[$0] }) : Array(documents.values) {
            for reference in document.content.strongReferences where documents[reference] == nil {
                guard touched.contains(document.id) || removed.contains(reference) else { continue }
                let isDeleted = removed.contains(reference)
                throw SanityRefusal(
                    SanityFlaw(
                        409,
                        "referenceError",
                        isDeleted
                            ? "Document \"\(reference)\" cannot be deleted as there are references to it from "
                                + "\"\(document.id)\""
                            : "Document \"\(document.id)\" references non-existent document \"\(reference)\"",
                        id: isDeleted ? reference : document.id
                    ),
                    at: results.firstIndex { $0.id == (isDeleted ? reference : document.id) } ?? 0
                )
            }
        }
    }
}

/// Why a mutation cannot be made.
struct SanityFlaw: Error {
    let status: Int
    let type: String
    let description: String
    let id: String?

    init(_ status: Int, _ type: String, _ description: String, id: String? = nil) {
        self.status = status
        self.type = type
        self.description = description
        self.id = id
    }
}

/// A refusal in one of the three shapes that the service has for them.
struct SanityRefusal: Error {
    let status: Int
    let json: String

    /// What the gateway says.
    init(_ status: Int, _ error: String, _ message: String) {
        self.status = status
        json = "{\"statusCode\":\(status),\"error\":\(jsonLiteral(error)),\"message\":\(jsonLiteral(message))}"
    }

    /// What is wrong with a mutation.
    init(_ flaw: SanityFlaw, at index: Int) {
        status = flaw.status
        let id = flaw.id.map { ",\"id\":\(jsonLiteral($0))" } ?? ""
        json =
            "{\"error\":{\"type\":\"mutationError\","
            + "\"description\":\(jsonLiteral("The mutation(s) failed: \(flaw.description)")),"
            + "\"items\":[{\"index\":\(index),\"error\":{\"type\":\(jsonLiteral(flaw.type)),"
            + "\"description\":\(jsonLiteral(flaw.description))\(id)}}]}}"
    }

    /// What is wrong with a query.
    init(_ error: GROQError, of query: String) {
        status = 400
        json =
            "{\"error\":{\"type\":\"queryParseError\",\"description\":\(jsonLiteral(error.description)),"
            + "\"query\":\(jsonLiteral(query)),\"start\":\(error.start),\"end\":\(error.end)}}"
    }

    var response: SandboxResponse { SandboxResponse(status: status, json: json) }
}
