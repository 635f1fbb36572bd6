import FerryAPI
import FerryCore
import Logging

/// Answers requests: finds the route, checks the role, calls the control plane and shows its errors.
struct Router: Sendable {
    let control: any ControlPlane
    let logger: Logger

    /// The answer to whatever a client has sent.
    func answer(_ arrival: Arrival, to client: Client) async -> ServerResponse {
        switch arrival {
        case .refusal(let refusal): return ServerResponse(refusal)
        case .request(let request):
            var response = await answer(request, to: client)
            response.isLast = request.isLast
            response.omitsBody = request.method == "HEAD"
            return response
        }
    }

    private func answer(_ request: ServerRequest, to client: Client) async -> ServerResponse {
        do {
            let target = try RequestTarget(request.target)
            let (route, identifiers) = try route(request.method, target)
            guard client.role >= route.access else {
                throw Refusal(
                    .permissionDenied,
                    "Only administrators may \(request.method) this path.",
                    hint: "Ask as root, as the daemon's user, or as a member of the group set as socket.admin_group."
                )
            }
            let routed = RouteRequest(
                id: identifiers.first ?? "",
                query: target.query,
                body: request.body,
                role: client.role,
                user: client.user
            )
            return ServerResponse(try await route.handler(routed, control), contentType: route.contentType)
        } catch let refusal as Refusal {
            return ServerResponse(refusal)
        } catch let failure as SyncFailure {
            let refusal = Refusal(failure)
            if refusal.status == 500 { log(failure, request) }
            return ServerResponse(refusal)
        } catch is CancellationError {
            // The client is gone: nobody reads this.
            return ServerResponse(Refusal(.daemonStopping, "The request was given up."))
        } catch {
            log(error, request)
            return ServerResponse(
                Refusal(
                    .internalError,
                    "The daemon could not answer because of an error of its own.",
                    hint: "Its log says more: journalctl -u ferryd."
                )
            )
        }
    }

    private func route(_ method: String, _ target: RequestTarget) throws(Refusal) -> (Route, [String]) {
        let matches = Route.all.compactMap { route in route.match(target.path).map { (route, $0) } }
        guard !matches.isEmpty else {
            throw Refusal(
                .requestNotFound,
                "There is nothing at this path.",
                hint: "All paths but /healthz and /metrics are below /api/v1."
            )
        }
        if let match = matches.first(where: { $0.0.method == method }) { return match }
        let allow = matches.map(\.0.method).joined(separator: ", ")
        throw Refusal(
            .requestMethod,
            "This path does not take \(method).",
            hint: "It takes \(allow).",
            allow: allow
        )
    }

    private func log(_ error: any Error, _ request: ServerRequest) {
        logger.error(
            "a request on the socket failed",
            metadata: ["method": "\(request.method)", "target": "\(request.target)", "error": "\(error)"]
        )
    }
}
