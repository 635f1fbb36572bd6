import NIOCore
import NIOHTTP1
import Synchronization

extension SanityDataset: SandboxService {
    var serviceName: SandboxServiceName { .sanity }

    func owns(_ request: SandboxRequest) -> Bool { request.segments.first == Self.prefix }

    var held: String {
        let documents = documents.map(\.json)
        return "{\"documents\":[\(documents.joined(separator: ","))]}"
    }

    func respond(to request: SandboxRequest) -> SandboxResponse {
        let path = request.segments.dropFirst()
        if let counted = requestLimit.count(), counted.remaining < 0 { return Self.tooMany }
        do throws(SanityRefusal) {
            guard let version = path.first.flatMap({ Self.version($0) }) else {
                throw SanityRefusal(400, "Bad Request", "Invalid API version")
            }
            return try answer(request, Array(path.dropFirst()), version)
        } catch {
            return error.response
        }
    }

    func refusal(_ status: Int, _ message: String, of request: SandboxRequest) -> SandboxResponse {
        SanityRefusal(status, HTTPResponseStatus(statusCode: status).reasonPhrase, message).response
    }

    /// The version of the API: a day, or `1` or `X`.
    private static func version(_ segment: String) -> String? {
        guard segment.hasPrefix("v") else { return nil }
        let version = String(segment.dropFirst())
        if ["1", "X"].contains(version) { return version }
        let isDay = version.wholeMatch(of: /[0-9]{4}-[0-9]{2}-[0-9]{2}/) != nil
        return isDay ? version : nil
    }

    private func answer(
        _ request: SandboxRequest,
        _ path: [String],
        _ version: String
    ) throws(SanityRefusal) -> SandboxResponse {
        let authorization = request.headers["Authorization"]
        let (token, isPublic) = state.withLock { ($0.token, $0.isPublic) }
        let isKnown = authorization == ["Bearer \(token)"]
        if !authorization.isEmpty, !isKnown || request.refusesKey {
            throw SanityRefusal(401, "Unauthorized", "Session not found")
        }
        if path == ["users", "me"], request.method == "GET" {
            guard isKnown else { throw SanityRefusal(401, "Unauthorized", "Missing session") }
            return SandboxResponse(status: 200, json: #"{"id":"pDemo","name":"Ferry","role":"editor"}"#)
        }
        guard request.headers["X-Sanity-Project-ID"] == [projectID] else {
            throw SanityRefusal(404, "Not Found", "Project not found")
        }
        guard path.count == 3, path[0] == "data" else { throw SanityRefusal(404, "Not Found", "Not found") }
        guard path[2] == datasetName else {
            throw SanityRefusal(404, "Not Found", "Dataset \"\(path[2])\" not found for project ID \"\(projectID)\"")
        }
        switch (request.method, path[1]) {
        case ("GET", "query"), ("POST", "query"):
            guard isKnown || isPublic else { throw SanityRefusal(401, "Unauthorized", "Unauthorized") }
            return try queried(request, version, seesAll: isKnown)
        case ("POST", "mutate"):
            guard isKnown else { throw SanityRefusal(401, "Unauthorized", "Unauthorized") }
            return try mutated(request)
        case ("GET", "export"):
            guard isKnown else { throw SanityRefusal(401, "Unauthorized", "Unauthorized") }
            return exported(request)
        default: throw SanityRefusal(405, "Method Not Allowed", "Method not allowed")
        }
    }

    // MARK: Edits

    /// Edits documents, which an upsert replaces as a whole.
    func edit(_ json: JSONSlice) throws(Refusal) -> @Sendable () -> Void {
        let edit = try RecordEdit(json, resources: ["documents"])
        let token = try edit.newKey()
        var documents: [(id: String, type: String, content: SanityValue)] = []
        for record in edit.upserts {
            var content = SanityValue(record)
            for name in ["_id", "_type", "_rev", "_createdAt", "_updatedAt"] { content[name] = nil }
            let id = try record.text("_id")
            guard SanityDocument.isIdentifier(id) else { throw Refusal(400, "Malformed document ID: \"\(id)\"") }
            documents.append((id, try record.text("_type"), content))
        }
        return { [documents] in
            self.state.withLock { state in
                for (id, type, content) in documents {
                    state.put(id, type, content, revision: state.nextRevision(), at: state.now)
                }
                let first = state.documents.identifiers(in: .byID).prefix(edit.deletesFirst)
                for id in edit.deletes + first { state.documents[id] = nil }
                if let token { state.token = token }
            }
        }
    }

    // MARK: Queries

    private func queried(
        _ request: SandboxRequest,
        _ version: String,
        seesAll: Bool
    ) throws(SanityRefusal) -> SandboxResponse {
        var text = request.parameter("query")
        var parameters: [String: GROQValue] = [:]
        if request.method == "POST" {
            let body = try Self.body(of: request)
            text = body["query"]?.string
            for (name, value) in body["params"]?.members ?? [] { parameters[name] = GROQValue(SanityValue(value)) }
        } else {
            for (name, value) in request.parameters where name.hasPrefix("$") {
                guard let document = try? JSONDocument(Array(value.utf8)) else {
                    throw SanityRefusal(400, "Bad Request", "Unable to parse value of \"\(name)\" as JSON")
                }
                parameters[String(name.dropFirst())] = GROQValue(SanityValue(document.root))
            }
        }
        guard let text else { throw SanityRefusal(400, "Bad Request", "\"query\" is required") }
        // The default has been another one since this day.
        let isRecent = version == "X" || version >= "2025-02-19"
        let perspective = request.parameter("perspective") ?? (isRecent ? "published" : "raw")
        guard ["published", "raw"].contains(perspective) else {
            throw SanityRefusal(400, "Bad Request", "The sandbox does not know the perspective \"\(perspective)\"")
        }
        let query: GROQQuery
        do throws(GROQError) {
            query = try GROQQuery(text, parameters: parameters)
        } catch {
            throw SanityRefusal(error, of: text)
        }
        let limit: Int = query.isCount ? .max : min(query.limit ?? .max, request.clampedTake ?? .max)
        let found = state.withLock { state in
            state.documents.select(query, limit: limit) { document in
                (perspective == "raw" ? isRecent || !document.id.hasPrefix("versions.") : document.isPublished)
                    && (seesAll || !document.id.contains(".")) && query.holds(document)
            }
        }
        let isTold = request.parameter("returnQuery") != "false"
        let start = isTold ? "{\"query\":\(jsonLiteral(text))," : "{"
        guard !query.isCount else {
            return SandboxResponse(status: 200, json: "\(start)\"result\":\(found.count),\"ms\":1}")
        }
        let result = found.map { document in
            guard let fields = query.projection else { return document.json }
            let whole = document.whole
            var shown = SanityValue.object([])
            for field in fields { shown[field] = whole[field] }
            return shown.json
        }
        return SandboxResponse(
            status: 200,
            json: "\(start)\"result\":[\(result.joined(separator: ","))],\"ms\":1,\"syncTags\":[\"s1:demo\"]}"
        )
    }

    private static func body(of request: SandboxRequest) throws(SanityRefusal) -> JSONSlice {
        guard request.announcesJSON else { throw SanityRefusal(415, "Unsupported Media Type", "Expected JSON") }
        do throws(JSONSyntaxError) {
            return try JSONDocument(request.body).root
        } catch {
            throw SanityRefusal(400, "Bad Request", error.description)
        }
    }

    // MARK: Mutations

    private func mutated(_ request: SandboxRequest) throws(SanityRefusal) -> SandboxResponse {
        if let counted = limit.count(), counted.remaining < 0 { return Self.tooMany }
        guard request.body.count <= 4_000_000 else {
            throw SanityRefusal(413, "Payload Too Large", "Request body exceeds limit of 4000000 bytes")
        }
        guard state.withLock({ $0.mayWrite }) else {
            throw SanityRefusal(403, "Forbidden", "Insufficient permissions; permission \"create\" required")
        }
        let known = [
            "returnIds", "returnDocuments", "visibility", "dryRun", "autoGenerateArrayKeys", "tag", "transactionId",
            "skipCrossDatasetReferenceValidation",
        ]
        if let other = request.parameters.first(where: { !known.contains($0.name) }) {
            throw SanityRefusal(400, "Bad Request", "\"\(other.name)\" is not allowed")
        }
        guard ["sync", "async", "deferred"].contains(request.parameter("visibility") ?? "sync") else {
            throw SanityRefusal(400, "Bad Request", "\"visibility\" must be one of [sync, async, deferred]")
        }
        let body = try Self.body(of: request)
        guard let mutations = body["mutations"]?.elements else {
            throw SanityRefusal(400, "Bad Request", "\"mutations\" is required")
        }
        let isTrial = request.parameter("dryRun") == "true"
        let showsDocuments = request.parameter("returnDocuments") == "true"
        var outcome: Result<(id: String, results: [String]), SanityRefusal> = .failure(SanityRefusal(500, "", ""))
        state.withLock { state in
            // The older documentation has it in the query.
            let id = body["transactionId"]?.string ?? request.parameter("transactionId") ?? state.nextRevision()
            do throws(SanityRefusal) {
                guard isTrial || !state.hasTaken(id) else {
                    throw SanityRefusal(409, "Conflict", "The transaction \"\(id)\" has been submitted before")
                }
                var transaction = SanityTransaction(id, at: state.now)
                transaction.makesKeys = request.parameter("autoGenerateArrayKeys") == "true"
                try transaction.apply(mutations, to: &state.documents)
                let results = transaction.results.map { result in
                    let document = showsDocuments ? state.documents[result.id] : nil
                    return "{\"id\":\(jsonLiteral(result.id)),\"operation\":\"\(result.operation)\""
                        + (document.map { ",\"document\":\($0.json)" } ?? "") + "}"
                }
                if isTrial { transaction.undo(in: &state.documents) } else { state.commit(id) }
                outcome = .success((id, results))
            } catch {
                outcome = .failure(error)
            }
        }
        let (id, results) = try outcome.get()
        let isTold = showsDocuments || request.parameter("returnIds") == "true"
        return SandboxResponse(
            status: 200,
            json: "{\"transactionId\":\(jsonLiteral(id)),\"results\":[\(isTold ? results.joined(separator: ",") : "")]}"
        )
    }

    private static var tooMany: SandboxResponse {
        var response = SanityRefusal(429, "Too Many Requests", "Rate limit exceeded").response
        response.retryAfter = "1"
        return response
    }

    // MARK: Export

    /// All documents, drafts included, one a line; with `nextCursor` in parts.
    private func exported(_ request: SandboxRequest) -> SandboxResponse {
        let types = request.parameter("types")?.split(separator: ",").map(String.init)
        let cursor = request.parameters.first { $0.name == "nextCursor" }?.value
        let query = GROQQuery(after: cursor ?? "")
        let (documents, size, breakOff) = state.withLock { state in
            defer { state.breakOff = nil }
            let size: Int = cursor == nil ? .max : min(state.exportSize, request.clampedTake ?? .max)
            // One more, to see whether there is one.
            let documents = state.documents.select(query, limit: size == .max ? .max : size + 1) { document in
                (types.map { $0.contains(document.type) } ?? true) && query.holds(document)
            }
            return (documents, size, state.breakOff)
        }
        let part = documents.prefix(size)
        var lines = part.map(\.json)
        let error = #"{"error":{"description":"The export was cut off by the database"}}"#
        if let (count, isGlued) = breakOff {
            let next = lines.dropFirst(count).first ?? #"{"_id":"a","ti"#
            lines = Array(lines.prefix(count))
            lines.append(isGlued ? next.prefix(next.count / 2) + error : #"{"statusCode":500,"# + error.dropFirst())
        } else if cursor != nil, part.count < documents.count, let last = part.last {
            lines.append("{\"nextCursor\":\(jsonLiteral(last.id))}")
        }
        var response = SandboxResponse(
            status: 200,
            body: ByteBuffer(string: lines.map { $0 + "\n" }.joined())
        )
        response.contentType = "application/x-ndjson"
        return response
    }
}
