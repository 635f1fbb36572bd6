import NIOCore

/// The five things that the Integration API can be asked, each a change of or a look at one table.
extension TableState {
    /// Get All Rows.
    mutating func list(_ request: SandboxRequest) -> SandboxResponse {
        let listing: RowListing
        do throws(Refusal) {
            listing = try RowListing(request, in: self)
        } catch {
            return .refusal(400, error.message)
        }
        var ordered = slots(in: listing.order)
        if let search = listing.search {
            ordered = ordered.filter { slot in slots[slot].map(search.matches) == true }
        }
        let page = ordered.dropFirst(listing.skip).prefix(listing.take)
        return SandboxResponse(status: 200, body: body(of: page.lazy.compactMap { [slots] in slots[$0] }))
    }

    /// Get a Single Row.
    func get(id: String) -> SandboxResponse {
        guard let row = row(id: id) else { return notFound(id) }
        return SandboxResponse(status: 200, body: ByteBuffer(bytes: row.bytes))
    }

    /// Bulk Insert Rows: all of them, or none and what is wrong.
    mutating func insert(_ request: SandboxRequest) -> SandboxResponse {
        let objects: [JSONSlice]
        do throws(Refusal) {
            objects = try elements(of: "rows", in: request)
        } catch {
            return error.response
        }
        var errors = ValidationErrors()
        var keys: Set<String> = []
        var values: [[ArraySlice<UInt8>?]] = []
        values.reserveCapacity(objects.count)
        for (index, object) in objects.enumerated() {
            let row = readValues(object, row: index, isComplete: true, errors: &errors)
            if let key = key(of: row), let column = definition.primaryKeyColumn {
                if !keys.insert(key).inserted {
                    errors.add("must be unique within the request", row: index, column: column)
                } else if slotsByKey[key] != nil {
                    errors.add("already exists in the table", row: index, column: column)
                }
            }
            values.append(row)
        }
        guard errors.isEmpty else { return errors.response }
        let rows = values.map { insert($0) }
        return SandboxResponse(status: 200, body: body(of: rows))
    }

    /// Bulk Update Rows: all of them, or none and what is wrong.
    mutating func update(_ request: SandboxRequest) -> SandboxResponse {
        let objects: [JSONSlice]
        do throws(Refusal) {
            objects = try elements(of: "rows", in: request)
        } catch {
            return error.response
        }
        var errors = ValidationErrors()
        var changes: [(id: String, values: [ArraySlice<UInt8>?])] = []
        for (index, object) in objects.enumerated() {
            guard let id = object["id"]?.string, let data = object["data"] else {
                errors.add("must have an id and data", row: index)
                continue
            }
            guard row(id: id) != nil else { return notFound(id) }
            changes.append((id, readValues(data, row: index, isComplete: false, errors: &errors)))
        }
        checkKeys(of: changes, errors: &errors)
        guard errors.isEmpty else { return errors.response }
        let rows = changes.compactMap { update(id: $0.id, with: $0.values) }
        return SandboxResponse(status: 200, body: body(of: rows))
    }

    /// Bulk Delete Rows: all of them, or none when one is unknown.
    mutating func delete(_ request: SandboxRequest) -> SandboxResponse {
        let elements: [JSONSlice]
        do throws(Refusal) {
            elements = try self.elements(of: "rowIds", in: request)
        } catch {
            return error.response
        }
        let ids = elements.compactMap(\.string)
        guard ids.count == elements.count else { return .refusal(400, "rowIds must be a list of row ids") }
        if let unknown = ids.first(where: { row(id: $0) == nil }) { return notFound(unknown) }
        delete(ids: ids)
        return .noContent
    }

    private func checkKeys(of changes: [(id: String, values: [ArraySlice<UInt8>?])], errors: inout ValidationErrors) {
        guard let primaryKeyIndex, let column = definition.primaryKeyColumn else { return }
        let moving = Set(changes.filter { $0.values[primaryKeyIndex] != nil }.map(\.id))
        var taken: [String: String] = [:]
        for (index, change) in changes.enumerated() {
            guard let key = change.values[primaryKeyIndex].flatMap(primaryKeyIdentity) else { continue }
            if let other = taken[key], other != change.id {
                errors.add("must be unique within the request", row: index, column: column)
            } else if let owner = row(key: key), !moving.contains(owner.id) {
                errors.add("already exists in the table", row: index, column: column)
            }
            taken[key] = change.id
        }
    }

    /// The list under `name` of a request's body.
    private func elements(of name: String, in request: SandboxRequest) throws(Refusal) -> [JSONSlice] {
        guard !request.body.isEmpty else { throw Refusal(400, "A request body is required") }
        guard request.announcesJSON else { throw Refusal(415, "The Content-Type must be application/json") }
        let document: JSONDocument
        do throws(JSONSyntaxError) {
            document = try JSONDocument(request.body)
        } catch {
            throw Refusal(400, error.description)
        }
        guard let elements = document.root[name]?.elements else {
            throw Refusal(400, "The body must be an object with a list called \(name)")
        }
        if let maximum = definition.maximumBatchSize, elements.count > maximum {
            throw Refusal(413, "A request holds at most \(maximum) rows")
        }
        return elements
    }

    private func notFound(_ id: String) -> SandboxResponse {
        .refusal(404, "Row \(id) was not found")
    }

    private func body(of rows: some Sequence<StoredRow>) -> ByteBuffer {
        let rows = Array(rows)
        var body = ByteBuffer()
        body.reserveCapacity(rows.reduce(2) { $0 + $1.bytes.count + 1 })
        body.writeInteger(UInt8(ascii: "["))
        for (index, row) in rows.enumerated() {
            if index > 0 { body.writeInteger(UInt8(ascii: ",")) }
            body.writeBytes(row.bytes)
        }
        body.writeInteger(UInt8(ascii: "]"))
        return body
    }
}

/// Why a request is turned down before it is looked at row by row.
struct Refusal: Error {
    let status: Int
    let message: String

    init(_ status: Int, _ message: String) {
        self.status = status
        self.message = message
    }

    var response: SandboxResponse { .refusal(status, message) }
}
