import NIOCore
import NIOHTTP1
import NIOPosix

/// The services that Ferry knows, in miniature: an HTTP server on loopback that can misbehave on request.
///
/// It shares no code with the programs that talk to it, so that the two check each other. It listens on 127.0.0.1 only,
/// and its state is in memory. What it can be asked over HTTP by a script is below `/_sandbox`.
public final class Sandbox: Sendable {
    /// The port it listens on.
    public let port: Int
    /// Its address without a slash at the end, such as `http://127.0.0.1:8700`.
    public let baseURL: String

    private let group: MultiThreadedEventLoopGroup
    private let site: SandboxSite

    /// Starts a sandbox without tables.
    ///
    /// - Parameter port: The port to listen on; 0 for any that is free.
    /// - Throws: The system's error when the port cannot be had.
    public static func start(port: Int = 0) async throws -> Sandbox {
        let site = SandboxSite()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        do {
            let channel = try await ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 256)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
                        try channel.pipeline.syncOperations.addHandler(SandboxHandler(site))
                    }
                }
                .bind(host: "127.0.0.1", port: port)
                .get()
            return Sandbox(port: channel.localAddress?.port ?? port, group: group, site: site)
        } catch {
            // The reason for failing is the one to report.
            try? await group.shutdownGracefully()
            throw error
        }
    }

    private init(port: Int, group: MultiThreadedEventLoopGroup, site: SandboxSite) {
        self.port = port
        self.group = group
        self.site = site
        baseURL = "http://127.0.0.1:\(port)"
    }

    /// Closes the port and all connections; called once.
    public func stop() async {
        // Fails only when it has been stopped before.
        try? await group.shutdownGracefully()
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
