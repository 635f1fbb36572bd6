/// What all connections share: the services, the faults and the log.
final class SandboxSite: Sendable {
    let tables: DynamicTables
    let loops: LoopsTeam
    let wiserows: WiserowsProject
    let posthog: PosthogProject
    let sanity: SanityDataset
    let searchConsole: SearchConsole
    let faults = Faults()
    let limiter = RateLimiter()
    let log = RequestLog()
    private let control: ControlService
    private let services: [any SandboxService]

    init() {
        tables = DynamicTables(log: log)
        loops = LoopsTeam(log: log)
        wiserows = WiserowsProject(log: log)
        posthog = PosthogProject(log: log)
        sanity = SanityDataset(log: log)
        searchConsole = SearchConsole(log: log)
        let services: [any SandboxService] = [tables, loops, wiserows, posthog, sanity, searchConsole]
        control = ControlService(tables: tables, services: services, faults: faults, limiter: limiter, log: log)
        self.services = services
    }

    /// The answer of the service that the request is for.
    func answer(to request: SandboxRequest) -> SandboxResponse {
        if let response = control.respond(to: request) { return response }
        for service in services {
            if let response = service.respond(to: request) { return response }
        }
        return .refusal(404, "No service of the sandbox has this address")
    }

    /// Keeps a request in the log.
    func record(_ request: SandboxRequest, status: Int?) {
        let name = services.lazy.compactMap { $0.logName(for: request) }.first
        log.add(request, name: name, status: status)
    }
}
