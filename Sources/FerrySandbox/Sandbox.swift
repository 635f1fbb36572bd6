import NIOCore
import NIOHTTP1
import NIOPosix

/// The services that Ferry knows, in miniature: an HTTP server on loopback that can misbehave on request.
///
/// It shares no code with the programs that talk to it, so that the two check each other. It listens on 127.0.0.1 only,
/// or on a unix socket for each service, and its state is in memory. What it can be asked over HTTP by a script is below
/// `/_sandbox`.
public final class Sandbox: Sendable {
    /// The port it listens on; `nil` where it listens on sockets only.
    public let port: Int?
    /// Its address without a slash at the end, such as `http://127.0.0.1:8700`; of sockets only, `http://localhost`.
    public let baseURL: String
    /// The sockets' paths, each with one service on it.
    public var sockets: [String] { listeners.map(\.path) }
    /// The services that answer.
    public var services: Set<SandboxServiceName> { Set(site.services.map(\.serviceName)) }

    private let group: MultiThreadedEventLoopGroup
    private let site: SandboxSite
    private let listeners: [SandboxSocket]

    /// Starts a sandbox without any records.
    ///
    /// - Parameters:
    ///   - port: the port to listen on; 0 for any that is free, `nil` for none.
    ///   - directory: where to make `NAME.sock` for each service, at the same paths as on the port; `nil` for none. It
    ///     is made if need be.
    ///   - services: those that answer.
    /// - Throws: ``SandboxFailure`` when a socket cannot be had, the system's error when the port cannot.
    public static func start(
        port: Int? = 0,
        sockets directory: String? = nil,
        services: Set<SandboxServiceName> = Set(SandboxServiceName.allCases)
    ) async throws -> Sandbox {
        let site = SandboxSite(services)
        let names = SandboxServiceName.allCases.filter(services.contains)
        let listeners = try directory.map { try SandboxSocket.listen(in: $0, names: names.map(\.rawValue)) } ?? []
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        do {
            for (name, listener) in zip(names, listeners) {
                _ = try await bootstrap(group, site, serving: [name]).withBoundSocket(listener.descriptor).get()
            }
            var bound: Int?
            if let port {
                let channel = try await bootstrap(group, site, serving: services)
                    .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                    .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                    .bind(host: "127.0.0.1", port: port)
                    .get()
                bound = channel.localAddress?.port ?? port
            }
            return Sandbox(port: bound, group: group, site: site, listeners: listeners)
        } catch {
            // The reason for failing is the one to report.
            try? await group.shutdownGracefully()
            for listener in listeners { listener.removeFile() }
            throw error
        }
    }

    private static func bootstrap(
        _ group: MultiThreadedEventLoopGroup,
        _ site: SandboxSite,
        serving services: Set<SandboxServiceName>
    ) -> ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
                    try channel.pipeline.syncOperations.addHandler(SandboxHandler(site, serving: services))
                }
            }
    }

    private init(
        port: Int?,
        group: MultiThreadedEventLoopGroup,
        site: SandboxSite,
        listeners: [SandboxSocket]
    ) {
        self.port = port
        self.group = group
        self.site = site
        self.listeners = listeners
        baseURL = port.map { "http://127.0.0.1:\($0)" } ?? "http://localhost"
    }

    /// Closes the port, the sockets and all connections, and removes the sockets' files; called once.
    public func stop() async {
        // Fails only when it has been stopped before.
        try? await group.shutdownGracefully()
        for listener in listeners { listener.removeFile() }
    }

    /// The Dynamic Table service.
    public var tables: DynamicTables { site.tables }

    /// The Loops service: below `/loops/api/v1`.
    public var loops: LoopsTeam { site.loops }

    /// The WISEROWS service: below `/wiserows/api/v1`.
    public var wiserows: WiserowsProject { site.wiserows }

    /// The PostHog service: its private API below `/posthog/app`, its capture endpoint below `/posthog/ingest`.
    public var posthog: PosthogProject { site.posthog }

    /// The Sanity service: a dataset below `/sanity`.
    public var sanity: SanityDataset { site.sanity }

    /// The Search Console service: below `/google_search_console`.
    public var searchConsole: SearchConsole { site.searchConsole }

    /// The ways in which the sandbox misbehaves.
    public var faults: Faults { site.faults }

    /// The limit of requests, of which there is none at first.
    public var limiter: RateLimiter { site.limiter }

    /// All requests received, oldest first, those to `/_sandbox` left out.
    public var requests: [LoggedRequest] { site.log.requests }
}
