/// What all connections share: the services, the faults and the log.
final class SandboxSite: Sendable {
    let tables: DynamicTables
    let loops: LoopsTeam
    let wiserows: WiserowsProject
    let posthog: PosthogProject
    let sanity: SanityDataset
    let searchConsole: SearchConsole
    let faults: Faults
    let limiter = RateLimiter()
    let log = RequestLog()
    /// The services that answer.
    let services: [any SandboxService]
    private let control: ControlService

    init(_ names: Set<SandboxServiceName>) {
        tables = DynamicTables(log: log)
        loops = LoopsTeam(log: log)
        wiserows = WiserowsProject(log: log)
        posthog = PosthogProject(log: log)
        sanity = SanityDataset(log: log)
        searchConsole = SearchConsole(log: log)
        let all: [any SandboxService] = [tables, loops, wiserows, posthog, sanity, searchConsole]
        let services = all.filter { names.contains($0.serviceName) }
        faults = Faults(clocks: all.map(\.clock))
        control = ControlService(tables: tables, services: services, faults: faults, limiter: limiter, log: log)
        self.services = services
    }

    /// The answer to a request for the sandbox itself; `nil` for others.
    func steer(_ request: SandboxRequest) -> SandboxResponse? { control.respond(to: request) }

    /// The service that a request is for, if it is one of `names` and answers at all.
    func service(for request: SandboxRequest, among names: Set<SandboxServiceName>) -> (any SandboxService)? {
        services.first { names.contains($0.serviceName) && $0.owns(request) }
    }

    /// What is said where no service answers.
    func refusal(among names: Set<SandboxServiceName>) -> SandboxResponse {
        let served = services.map(\.serviceName).filter(names.contains).map(\.rawValue).sorted()
        return .refusal(
            404,
            "No service has this address here; served are \(served.joined(separator: ", "))"
        )
    }

    /// Keeps a request in the log.
    func record(_ request: SandboxRequest, of service: (any SandboxService)?, status: Int?) {
        log.add(request, name: service?.logName(for: request), status: status)
    }
}
