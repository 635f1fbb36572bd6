/// An edit on behalf of somebody else, as `POST /_sandbox/edit` and a drift take it, of any service but the tables.
///
/// ```json
/// {"service": "sanity", "resource": "documents", "upsert": [{"_id": "a", "_type": "post"}], "delete": ["b"],
///  "deleteFirst": 1, "rotateKey": "…"}
/// ```
///
/// Everything but the service may be left out; what is there happens in this order. Records have the service's own shape;
/// `deleteFirst` deletes that many of those that are listed first. Each service says which resources it has, the first of
/// which is meant where none is named, and what it understands besides.
struct RecordEdit {
    let resource: String
    let upserts: [JSONSlice]
    let deletes: [String]
    let deletesFirst: Int
    private let json: JSONSlice

    /// Reads an edit.
    ///
    /// - Parameters:
    ///   - resources: what the service has records of.
    ///   - others: the members that it understands besides.
    /// - Throws: ``Refusal`` for a member that would be passed over, so that who misspells one finds out.
    init(_ json: JSONSlice, resources: [String], others: [String] = []) throws(Refusal) {
        // A drift says so itself.
        let known = ["type", "service", "resource", "upsert", "delete", "deleteFirst", "rotateKey"] + others
        if let unknown = json.members?.first(where: { !known.contains($0.name) }) {
            throw Refusal(400, "An edit of this service has no '\(unknown.name)'")
        }
        let resource = json["resource"]?.string ?? resources[0]
        guard resources.contains(resource) else {
            throw Refusal(400, "An edit's resource is one of \(resources.joined(separator: ", "))")
        }
        let upserts = try json.list("upsert")
        guard upserts.allSatisfy({ $0.kind == .object }) else {
            throw Refusal(400, "An entry of upsert must be an object")
        }
        let count = json["deleteFirst"].map { $0.integer ?? -1 } ?? 0
        guard count >= 0 else { throw Refusal(400, "deleteFirst must be a whole number from 0") }
        deletesFirst = count
        deletes = try json.texts("delete")
        self.json = json
        self.resource = resource
        self.upserts = upserts
    }

    /// The new key, if the edit has one.
    func newKey() throws(Refusal) -> String? {
        guard let value = json["rotateKey"] else { return nil }
        guard let key = value.string, !key.isEmpty else { throw Refusal(400, "rotateKey must be the new key") }
        return key
    }
}

extension JSONSlice {
    /// The list of that name; an empty one where there is none.
    func list(_ name: String) throws(Refusal) -> [JSONSlice] {
        guard let value = self[name] else { return [] }
        guard let elements = value.elements else { throw Refusal(400, "\(name) must be a list") }
        return elements
    }

    /// The texts of the list of that name; none where there is no such list.
    func texts(_ name: String) throws(Refusal) -> [String] {
        let elements = try list(name)
        let texts = elements.compactMap(\.string)
        guard texts.count == elements.count else { throw Refusal(400, "\(name) must be a list of texts") }
        return texts
    }

    /// A text that a record must have.
    func text(_ name: String) throws(Refusal) -> String {
        guard let text = self[name]?.string, !text.isEmpty else { throw Refusal(400, "A record must have a \(name)") }
        return text
    }

    /// The members but for some: name and JSON.
    func fields(except names: Set<String> = []) -> [(name: String, json: String)] {
        (members ?? []).filter { !names.contains($0.name) }.map { ($0.name, $0.value.text) }
    }
}

extension [any SandboxService] {
    /// Reads an edit of one of the services: the one that it names, or the tables where it names a collection.
    ///
    /// - Throws: ``Refusal`` that names what is wrong.
    func edit(_ json: JSONSlice) throws(Refusal) -> @Sendable () -> Void {
        let tables = json["collection"] == nil ? nil : SandboxServiceName.dynamicTable.rawValue
        guard let name = json["service"]?.string ?? tables else {
            throw Refusal(400, "An edit must name its service, or the collection of a table")
        }
        return try named(name).edit(json)
    }

    /// The service of that name.
    ///
    /// - Throws: ``Refusal`` that says which there are.
    func named(_ name: String) throws(Refusal) -> any SandboxService {
        guard let service = first(where: { $0.serviceName.rawValue == name }) else {
            let names = map(\.serviceName.rawValue).joined(separator: ", ")
            throw Refusal(404, "There is no service \(name) here; there are \(names)")
        }
        return service
    }
}
