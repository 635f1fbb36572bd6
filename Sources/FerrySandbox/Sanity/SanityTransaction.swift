/// The mutations of one request, which are taken as a whole or not at all.
struct SanityTransaction {
    let id: String
    let time: String
    /// Whether objects in lists are given the keys that they lack.
    var makesKeys = false
    private(set) var results: [(id: String, operation: String)] = []
    /// The documents that were touched, as they were before.
    private var before: [String: SanityDocument?] = [:]

    /// A transaction of that name at a time after RFC 3339.
    init(_ id: String, at time: String) {
        self.id = id
        self.time = time
    }

    /// Makes the mutations one after the other.
    ///
    /// - Throws: ``SanityRefusal`` that names the first mutation which cannot be made; nothing is changed then.
    mutating func apply(_ mutations: [JSONSlice], to documents: inout SanityDocuments) throws(SanityRefusal) {
        do throws(SanityRefusal) {
            for (index, mutation) in mutations.enumerated() {
                do throws(SanityFlaw) {
                    try apply(mutation, to: &documents)
                } catch {
                    throw SanityRefusal(error, at: index)
                }
            }
            try checkReferences(in: documents)
        } catch {
            undo(in: &documents)
            throw error
        }
    }

    /// Puts everything back as it was.
    func undo(in documents: inout SanityDocuments) {
        for (id, document) in before { documents[id] = document }
    }

    private mutating func apply(_ mutation: JSONSlice, to documents: inout SanityDocuments) throws(SanityFlaw) {
        guard let members = mutation.members, members.count == 1, let (kind, value) = members.first else {
            throw SanityFlaw(400, "validationError", "A mutation is an object with one member")
        }
        switch kind {
        case "create", "createIfNotExists", "createOrReplace": try create(value, kind, in: &documents)
        case "patch": try patch(value, in: &documents)
        case "delete": try delete(value, in: &documents)
        default: throw SanityFlaw(400, "validationError", "Unknown mutation type \"\(kind)\"")
        }
    }

    private mutating func create(
        _ value: JSONSlice,
        _ kind: String,
        in documents: inout SanityDocuments
    ) throws(SanityFlaw) {
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
        if let existing, existing.type != type, documents.all.contains(where: { $0.strongReferences.contains(id) }) {
            throw SanityFlaw(409, "referenceError", "The type of \"\(id)\" cannot change: it is referred to", id: id)
        }
        let document = SanityDocument(
            id: id,
            type: type,
            revision: self.id,
            createdAt: existing?.createdAt ?? time,
            updatedAt: time,
            content: content(of: value)
        )
        try write(document, in: &documents)
        results.append((id, existing == nil ? "create" : "update"))
    }

    private mutating func patch(_ value: JSONSlice, in documents: inout SanityDocuments) throws(SanityFlaw) {
        let known = ["id", "ifRevisionID", "set", "setIfMissing", "unset", "inc", "dec"]
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
        document.content = try patched(document.content, value)
        document.revision = self.id
        document.updatedAt = time
        try write(document, in: &documents)
        results.append((id, "update"))
    }

    private func patched(_ old: SanityValue, _ patch: JSONSlice) throws(SanityFlaw) -> SanityValue {
        var content = old
        for (name, json) in patch["set"]?.members ?? [] {
            content.set(SanityValue(json), at: try Self.path(name)[...])
        }
        for (name, json) in patch["setIfMissing"]?.members ?? [] {
            let path = try Self.path(name)
            if content.value(at: path[...]) == nil { content.set(SanityValue(json), at: path[...]) }
        }
        for name in patch["unset"]?.elements ?? [] {
            content.set(nil, at: try Self.path(name.string ?? "")[...])
        }
        for (operation, sign) in [("inc", 1.0), ("dec", -1.0)] {
            for (name, json) in patch[operation]?.members ?? [] {
                let path = try Self.path(name)
                guard let step = json.double, let number = content.value(at: path[...])?.number else {
                    throw SanityFlaw(400, "validationError", "\"\(name)\" is not a number")
                }
                content.set(.literal(Self.literal(number + sign * step)), at: path[...])
            }
        }
        return makesKeys ? content.keyed(from: id) : content
    }

    private func content(of value: JSONSlice) -> SanityValue {
        var content = SanityValue(value)
        for name in ["_id", "_type", "_rev", "_createdAt", "_updatedAt"] { content[name] = nil }
        return makesKeys ? content.keyed(from: id) : content
    }

    private mutating func delete(_ value: JSONSlice, in documents: inout SanityDocuments) throws(SanityFlaw) {
        if let text = value["query"]?.string {
            for id in try Self.found(text, value["params"], in: &documents) {
                remove(id, in: &documents)
                results.append((id, "delete"))
            }
            return
        }
        guard let id = value["id"]?.string, SanityDocument.isIdentifier(id) else {
            throw SanityFlaw(400, "validationError", "Malformed document ID: \"\(value["id"]?.string ?? "")\"")
        }
        let isThere = documents[id] != nil
        if isThere { remove(id, in: &documents) }
        results.append((id, isThere ? "delete" : "none"))
    }

    /// The documents that are to be deleted by a query: 10,000 at most.
    private static func found(
        _ text: String,
        _ parameters: JSONSlice?,
        in documents: inout SanityDocuments
    ) throws(SanityFlaw) -> [String] {
        var values: [String: GROQValue] = [:]
        for (name, value) in parameters?.members ?? [] { values[name] = GROQValue(SanityValue(value)) }
        let query: GROQQuery
        do throws(GROQError) {
            query = try GROQQuery(text, parameters: values)
        } catch {
            throw SanityFlaw(400, "queryParseError", error.description)
        }
        guard !query.isCount else { throw SanityFlaw(400, "validationError", "The query must give documents") }
        let found = documents.select(query, limit: query.limit ?? 10_001, where: query.holds)
        guard found.count <= 10_000 else {
            throw SanityFlaw(400, "validationError", "A query must not match more than 10000 documents to delete")
        }
        return found.map(\.id)
    }

    private mutating func write(_ document: SanityDocument, in documents: inout SanityDocuments) throws(SanityFlaw) {
        guard document.content.depth <= 20 else {
            throw SanityFlaw(400, "validationError", "The document is nested more than 20 levels deep", id: document.id)
        }
        guard !document.content.hasMoreAttributes(than: 1000) else {
            throw SanityFlaw(400, "validationError", "The document has more than 1000 attributes", id: document.id)
        }
        remember(document.id, in: documents)
        documents[document.id] = document
    }

    private mutating func remove(_ id: String, in documents: inout SanityDocuments) {
        remember(id, in: documents)
        documents[id] = nil
    }

    private mutating func remember(_ id: String, in documents: SanityDocuments) {
        if before.index(forKey: id) == nil { before.updateValue(documents[id], forKey: id) }
    }

    /// A number as JSON, whole ones without a fraction.
    private static func literal(_ number: Double) -> String {
        Int(exactly: number).map(String.init) ?? String(number)
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
    private func checkReferences(in documents: SanityDocuments) throws(SanityRefusal) {
        let removed = Set(before.keys.filter { documents[$0] == nil })
        for id in before.keys {
            guard let document = documents[id] else { continue }
            for reference in document.strongReferences where documents[reference] == nil {
                guard !removed.contains(reference) else { throw refusal(toDelete: reference, referredToBy: id) }
                throw refusal(
                    "Document \"\(id)\" references non-existent document \"\(reference)\"",
                    of: id
                )
            }
        }
        guard !removed.isEmpty else { return }
        for document in documents.all {
            guard let reference = document.strongReferences.first(where: removed.contains) else { continue }
            throw refusal(toDelete: reference, referredToBy: document.id)
        }
    }

    private func refusal(toDelete reference: String, referredToBy id: String) -> SanityRefusal {
        refusal(
            "Document \"\(reference)\" cannot be deleted as there are references to it from \"\(id)\"",
            of: reference
        )
    }

    private func refusal(_ description: String, of id: String) -> SanityRefusal {
        SanityRefusal(
            SanityFlaw(409, "referenceError", description, id: id),
            at: results.firstIndex { $0.id == id } ?? 0
        )
    }
}
