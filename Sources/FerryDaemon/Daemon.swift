import FerryConfiguration
import FerryCore
import FerryEngine
import FerryHTTP
import FerryLedger
import FerryServer
import FoundationEssentials
public import Logging
import ServiceLifecycle
import UnixSignals

/// The composition root: builds the parts, joins, reloads and stops them.
public struct Daemon: Sendable {
    private let options: DaemonOptions
    private let logger: Logger

    /// A daemon.
    public init(_ options: DaemonOptions, logger: Logger) {
        self.options = options
        self.logger = logger
    }

    /// Runs until SIGTERM or SIGINT, then finishes the requests in flight and returns.
    ///
    /// - Throws: ``SyncFailure`` when the state directory, the ledger or the socket cannot be used.
    public func run() async throws {
        let notifier = ServiceNotifier()
        let parts = try Parts(options, logger: logger)
        defer { parts.client.shutdown() }
        let settings = parts.configuration.settings
        let shown = ShownStatus(notifier: notifier, registry: parts.registry)
        let hostZone = HostTimeZone()
        let supervisor = Supervisor(
            ledger: parts.ledger,
            engine: parts.engine,
            registry: parts.registry,
            clock: parts.clock,
            hostZone: { hostZone.current() },
            workers: settings.workers,
            newJobID: JobIdentifier.make,
            logger: logger,
            heartbeatInterval: notifier.watchdogInterval,
            heartbeat: { notifier.alive() },
            onTurn: { shown.update(from: $0) }
        )
        let reload: @Sendable () -> Control.LoadReport = { [logger] in
            notifier.reloading()
            let loaded = parts.reload()
            supervisor.replan()
            let errors = loaded.diagnostics.filter { $0.severity == .error }.map(\.description)
            for diagnostic in loaded.diagnostics {
                Self.log(diagnostic.description, diagnostic.severity == .error, logger)
            }
            logger.notice("configuration reloaded: \(loaded.integrations.count) integrations")
            shown.ready()
            return Control.LoadReport(loaded: loaded.integrations.count { $0.integration != nil }, errors: errors)
        }
        for diagnostic in parts.configuration.diagnostics {
            Self.log(diagnostic.description, diagnostic.severity == .error, logger)
        }
        let server = try await SocketServer.bind(
            path: options.socketPath,
            options: SocketOptions(groupName: settings.socketGroup, adminGroup: settings.adminGroup),
            control: Control(
                parts: parts,
                supervisor: supervisor,
                startedAt: parts.clock.now,
                logger: logger,
                reloadConfiguration: reload
            ),
            logger: logger
        )
        logger.notice("ferryd \(FerryVersion.current) answers on \(options.socketPath): \(shown.summary)")
        shown.ready()
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(service: SocketService(server: server)),
                    .init(service: ReloadService(reload: reload)),
                    .init(service: RetentionService(parts: parts, logger: logger)),
                    .init(
                        service: SupervisorService(supervisor: supervisor, planner: parts.planner, notifier: notifier)
                    ),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: Logger(label: "ferry.lifecycle") { _ in SwiftLogNoOpLogHandler() }
            )
        )
        try await group.run()
        logger.notice("ferryd has stopped")
    }

    private static func log(_ text: String, _ isError: Bool, _ logger: Logger) {
        logger.log(level: isError ? .error : .warning, "\(text)")
    }
}

/// Serves the socket until shutdown.
private struct SocketService: Service {
    let server: SocketServer

    func run() async throws {
        // Services stop in reverse order: by now the running jobs have ended, and status was answered until then.
        try await withThrowingTaskGroup { group in
            group.addTask { try await server.run() }
            group.addTask {
                try await gracefulShutdown()
                await server.shutdown()
            }
            try await group.next()
            group.cancelAll()
        }
    }
}

/// Runs jobs until shutdown, and tells systemd about it.
private struct SupervisorService: Service {
    let supervisor: Supervisor
    let planner: Planner
    let notifier: ServiceNotifier

    func run() async throws {
        try await withGracefulShutdownHandler {
            try await supervisor.run()
        } onGracefulShutdown: {
            notifier.stopping()
            planner.shutDown()
            supervisor.shutDown()
        }
    }
}

/// Reloads at SIGHUP.
private struct ReloadService: Service {
    let reload: @Sendable () -> Control.LoadReport

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() { _ = reload() }
    }
}

/// Forgets finished jobs that are too old or too many, once an hour.
private struct RetentionService: Service {
    let parts: Parts
    let logger: Logger

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            while true {
                let settings = parts.configuration.settings
                let age = settings.jobRetention / .seconds(1)
                do {
                    try await parts.ledger.prune(
                        before: parts.clock.now.addingTimeInterval(-age),
                        maximum: settings.maximumJobs
                    )
                } catch let failure as SyncFailure {
                    logger.warning("old jobs cannot be forgotten: \(failure)")
                }
                // The end of the sleep by cancellation is the end of the service.
                guard (try? await parts.clock.sleep(until: parts.clock.now.addingTimeInterval(3600))) != nil else {
                    return
                }
            }
        }
    }
}
