import FerryAPI
import FerryCore

/// One row of the route table: what a method on a path does, and who may ask for it.
struct Route: Sendable {
    /// Answers with the text.
    typealias Handler = @Sendable (RouteRequest, any ControlPlane) async throws -> [UInt8]

    let method: String
    /// The path's segments; `nil` stands for any identifier.
    let segments: [String?]
    let access: Role
    /// What the text is.
    let contentType: String
    let handler: Handler

    /// A route; `*` in the path stands for an identifier.
    init(
        _ method: String,
        _ path: String,
        for access: Role,
        contentType: String = "application/json",
        _ handler: @escaping Handler
    ) {
        self.method = method
        self.contentType = contentType
        segments = path.split(separator: "/").map { $0 == "*" ? nil : String($0) }
        self.access = access
        self.handler = handler
    }

    /// The identifiers in the path; `nil` when the path is another one.
    func match(_ path: [String]) -> [String]? {
        guard path.count == segments.count else { return nil }
        var identifiers: [String] = []
        for (segment, given) in zip(segments, path) {
            if let segment {
                guard segment == given else { return nil }
            } else {
                guard !given.isEmpty else { return nil }
                identifiers.append(given)
            }
        }
        return identifiers
    }
}

/// What a route needs of a request.
struct RouteRequest: Sendable {
    /// The identifier in the path; empty on a route without one.
    var id: String
    /// The query's parameters in order, decoded.
    var query: [(name: String, value: String)]
    /// The body; empty for none.
    var body: [UInt8]
    /// What the client may do.
    var role: Role
    /// The number of the user who asks.
    var user: UInt32
}

extension Route {
    /// All routes: what is not here is a 404, and what is here with another method a 405.
    static let all: [Route] = general + state

    private static let general: [Route] = [
        Route("GET", "/healthz", for: .reader) { _, _ in
            try data(Health())
        },
        // Prometheus text exposition format, version 0.0.4.
        Route("GET", "/metrics", for: .reader, contentType: "text/plain; version=0.0.4; charset=utf-8") { _, control in
            try await control.metrics()
        },
        Route("GET", "/api/v1/status", for: .reader) { request, control in
            let status = try await control.status()
            return try data(request.role < .admin ? ReaderView.redacted(status) : status)
        },
        Route("GET", "/api/v1/integrations", for: .reader) { request, control in
            let summaries = try await control.integrations()
            return try data(request.role < .admin ? summaries.map(ReaderView.redacted) : summaries)
        },
        Route("GET", "/api/v1/integrations/*", for: .admin) { request, control in
            try data(try await control.integration(request.id))
        },
        Route("POST", "/api/v1/integrations/*/sync", for: .admin) { request, control in
            let body = try RequestBody(request.body).syncRequest()
            return try data(SyncAccepted(jobId: try await control.sync(request.id, body)))
        },
        Route("POST", "/api/v1/integrations/*/test", for: .admin) { request, control in
            try RequestBody(request.body).requireEmpty()
            return try data(try await control.test(request.id))
        },
        Route("POST", "/api/v1/integrations/*/plan", for: .admin) { request, control in
            let body = try RequestBody(request.body).planRequest()
            return try data(try await control.plan(request.id, body))
        },
        Route("POST", "/api/v1/integrations/*/pause", for: .admin) { request, control in
            try RequestBody(request.body).requireEmpty()
            try await control.pause(request.id)
            return try data(Acknowledgement(id: request.id))
        },
        Route("POST", "/api/v1/integrations/*/resume", for: .admin) { request, control in
            try RequestBody(request.body).requireEmpty()
            try await control.resume(request.id)
            return try data(Acknowledgement(id: request.id))
        },
        Route("GET", "/api/v1/integrations/*/conflicts", for: .admin) { request, control in
            let limit = try Paging.limit(in: request.query, upTo: 1000, otherwise: 100)
            return try data(try await control.conflicts(request.id, limit: limit))
        },
        Route("POST", "/api/v1/conflicts/*/resolve", for: .admin) { request, control in
            let side = try RequestBody(request.body).conflictSide()
            return try data(SyncAccepted(jobId: try await control.resolve(request.id, taking: side)))
        },
        Route("GET", "/api/v1/jobs", for: .reader) { request, control in
            let page = try await control.jobs(JobFilter(query: request.query))
            return try data(request.role < .admin ? ReaderView.redacted(page) : page)
        },
        Route("GET", "/api/v1/jobs/*", for: .reader) { request, control in
            let job = try await control.job(request.id)
            return try data(request.role < .admin ? ReaderView.redacted(job) : job)
        },
        Route("POST", "/api/v1/jobs/*/cancel", for: .admin) { request, control in
            try RequestBody(request.body).requireEmpty()
            try await control.cancel(request.id)
            return try data(Acknowledgement(id: request.id))
        },
        Route("POST", "/api/v1/jobs/*/retry", for: .admin) { request, control in
            let body = try RequestBody(request.body).retryRequest()
            return try data(SyncAccepted(jobId: try await control.retry(request.id, body)))
        },
        Route("GET", "/api/v1/jobs/*/quarantine", for: .admin) { request, control in
            try data(try await control.quarantine(ofJob: request.id, ListPart(query: request.query)))
        },
        Route("GET", "/api/v1/integrations/*/quarantine", for: .admin) { request, control in
            try data(try await control.quarantine(ofIntegration: request.id, ListPart(query: request.query)))
        },
        Route("GET", "/api/v1/quarantine", for: .admin) { request, control in
            try data(try await control.quarantine(ofIntegration: nil, ListPart(query: request.query)))
        },
        Route("GET", "/api/v1/doctor", for: .admin) { _, control in
            try data(try await control.examine())
        },
        Route("POST", "/api/v1/backup", for: .admin) { request, control in
            let body = try RequestBody(request.body).backupRequest()
            return try data(try await control.backup(keeping: body.keep))
        },
        Route("POST", "/api/v1/reload", for: .admin) { request, control in
            try RequestBody(request.body).requireEmpty()
            return try data(try await control.reload())
        },
    ]

    static func data(_ payload: some Encodable & Sendable) throws -> [UInt8] {
        try WireFormat.encode(Envelope(data: payload))
    }
}
