import FerryAPI
import FerryCore

extension Route {
    /// The routes to what is kept of an integration.
    static let state: [Route] = [
        Route("GET", "/api/v1/integrations/*/state", for: .admin) { request, control in
            try data(try await control.state(request.id))
        },
        Route("POST", "/api/v1/integrations/*/state/export", for: .admin) { request, control in
            let types = try RequestBody(request.body).exportedTypes()
            return try data(try await control.exportState(request.id, entityTypes: types, user: request.user))
        },
        Route("GET", "/api/v1/integrations/*/state/links", for: .admin) { request, control in
            try data(try await control.stateLinks(request.id, StateLinksPart(query: request.query)))
        },
        Route("POST", "/api/v1/integrations/*/state/import", for: .admin) { request, control in
            let body = try decode(StateImportRequest.self, request, "entities of an exported state")
            return try data(try await control.importState(request.id, body))
        },
        Route("POST", "/api/v1/state-imports/*/links", for: .admin) { request, control in
            let body = try decode(StateLinks.self, request, "links of an exported state")
            try await control.addLinks(body, toImport: request.id)
            return try data(Acknowledgement(id: request.id))
        },
        Route("POST", "/api/v1/state-imports/*/finish", for: .admin) { request, control in
            let body = try RequestBody(request.body).importEnd()
            return try data(try await control.finishImport(request.id, body, user: request.user))
        },
        Route("POST", "/api/v1/integrations/*/state/reset", for: .admin) { request, control in
            let body = try RequestBody(request.body).resetRequest()
            return try data(try await control.resetState(request.id, body, user: request.user))
        },
    ]

    /// The body, which programs write.
    private static func decode<Body: Decodable>(
        _ type: Body.Type,
        _ request: RouteRequest,
        _ expected: String
    ) throws(Refusal) -> Body {
        // The decoder's own words name types of this program, so they are left out.
        guard let body = try? WireFormat.decode(type, from: request.body) else {
            throw Refusal(.requestInvalid, "The body has to hold \(expected).", hint: "See 'ferryctl state --help'.")
        }
        return body
    }
}
