import Synchronization

/// An edit of a table on behalf of somebody else, as `POST /_sandbox/edit` and a drift take it.
///
/// ```json
/// {"collection": "products", "upsert": [{"sku": "A-1", "price": 2.50}], "set": [{"id": "…", "data": {"price": 3}}],
///  "delete": ["…"], "deleteFirst": 1, "rotateKey": {"key": "primary", "secret": "…"}}
/// ```
///
/// Everything but the collection may be left out; what is there happens in this order. `deleteFirst` deletes that many
/// of the rows with the lowest numbers, `deleteKeys` the rows with those primary keys.
struct TableEdit: Sendable {
    private let collection: String
    private var upserts: [SandboxRow.Data] = []
    private var changes: [(id: String, data: SandboxRow.Data)] = []
    private var deletedIDs: [String] = []
    private var deletedKeys: [String] = []
    private var deletesFirst = 0
    private var rotation: (key: DynamicTables.Key, secret: String)?

    init(_ json: JSONSlice) throws(Refusal) {
        guard let collection = json["collection"]?.string else {
            throw Refusal(400, "An edit must name its collection")
        }
        self.collection = collection
        for row in json["upsert"]?.elements ?? [] { upserts.append(try row.rowData()) }
        for change in json["set"]?.elements ?? [] {
            guard let id = change["id"]?.string, let data = change["data"] else {
                throw Refusal(400, "An entry of set must have an id and data")
            }
            changes.append((id, try data.rowData()))
        }
        deletedIDs = json["delete"]?.elements?.compactMap(\.string) ?? []
        deletedKeys = json["deleteKeys"]?.elements?.compactMap { primaryKeyIdentity($0.literal) } ?? []
        deletesFirst = json["deleteFirst"]?.integer ?? 0
        guard let rotated = json["rotateKey"] else { return }
        guard let key = rotated["key"]?.string.flatMap(DynamicTables.Key.init(rawValue:)),
            let secret = rotated["secret"]?.string
        else { throw Refusal(400, "rotateKey must have a key (primary or secondary) and the new secret") }
        rotation = (key, secret)
    }

    func apply(to tables: DynamicTables) {
        for row in upserts { tables.upsert(row, in: collection) }
        for change in changes { tables.setData(change.data, of: change.id, in: collection) }
        var ids = deletedIDs
        if let table = tables.table(collection) {
            table.state.withLock { state in
                ids += deletedKeys.compactMap { state.row(key: $0)?.id }
                ids += state.rows.prefix(deletesFirst).map(\.id)
            }
        }
        tables.delete(ids, in: collection)
        if let rotation { tables.rotateKey(rotation.key, of: collection, to: rotation.secret) }
    }
}

extension JSONSlice {
    fileprivate func rowData() throws(Refusal) -> SandboxRow.Data {
        guard let members else { throw Refusal(400, "A row must be an object of column names and values") }
        return members.map { ($0.name, $0.value.text) }
    }
}
