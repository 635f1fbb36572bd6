import FerryAPI
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
        // Before anything else is opened: the descriptor is known by its number.
        let inherited = try InheritedSocket.take()
        let parts = try await openingParts()
        defer { parts.client.shutdown() }
        let settings = parts.configuration.settings
        let shown = ShownStatus(notifier: notifier, registry: parts.registry)
        let hostZone = HostTimeZone()
        let memory = RestingMemory()
        let jobs = JobMetrics()
        let supervisor = Supervisor(
            ledger: parts.ledger,
            engine: parts.engine,
            registry: parts.registry,
            clock: parts.clock,
            hostZone: { hostZone.current() },
            workers: settings.workers,
            newJobID: JobIdentifier.make,
            logger: logger,
            isHeld: true,
            heartbeatInterval: notifier.watchdogInterval,
            heartbeat: { notifier.alive() },
            onTurn: { supervisor in
                shown.update(from: supervisor)
                memory.update(isBusy: !supervisor.activity.isEmpty)
            },
            onEnd: { job, meter in jobs.add(job, waits: meter.waits) }
        )
        let startedAt = parts.clock.now
        let figures = Metrics(parts: parts, supervisor: supervisor, jobs: jobs, startedAt: startedAt)
        let reload: @Sendable () -> Control.LoadReport = { [logger] in
            notifier.reloading()
            let loaded = parts.reload()
            supervisor.replan()
            let errors = loaded.diagnostics.filter { $0.severity == .error }.map(\.description)
            for diagnostic in loaded.diagnostics { Self.log(diagnostic, logger) }
            logger.notice(
                "configuration reloaded: \(loaded.integrations.count) integrations",
                metadata: [LogField.event: "\(NotableEvent.configurationReloaded.rawValue)"]
            )
            shown.ready()
            return Control.LoadReport(loaded: loaded.integrations.count { $0.integration != nil }, errors: errors)
        }
        for diagnostic in parts.configuration.diagnostics { Self.log(diagnostic, logger) }
        let control = Control(
            parts: parts,
            supervisor: supervisor,
            startedAt: startedAt,
            logger: logger,
            figures: figures,
            reloadConfiguration: reload
        )
        let socketOptions = SocketOptions(groupName: settings.socketGroup, adminGroup: settings.adminGroup)
        let server =
            if let inherited {
                try await SocketServer.bind(
                    descriptor: inherited,
                    options: socketOptions,
                    control: control,
                    logger: logger
                )
            } else {
                try await SocketServer.bind(
                    path: options.socketPath,
                    options: socketOptions,
                    control: control,
                    logger: logger
                )
            }
        if parts.ledger.isBehind { logger.warning("\(Ledger.behindNote)") }
        logger.notice(
            "ferryd \(FerryVersion.current) answers on \(server.path): \(shown.summary)",
            metadata: [LogField.event: "\(NotableEvent.daemonReady.rawValue)"]
        )
        shown.ready()
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(service: SocketService(server: server)),
                    .init(service: ReloadService(reload: reload)),
                    .init(
                        service: UpkeepService(parts: parts, supervisor: supervisor, figures: figures, logger: logger)
                    ),
                    .init(service: LedgerCheckService(parts: parts, supervisor: supervisor, logger: logger)),
                    .init(
                        service: SupervisorService(supervisor: supervisor, planner: parts.planner, notifier: notifier)
                    ),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: Logger(label: "ferry.lifecycle") { _ in SwiftLogNoOpLogHandler() }
            )
        )
        try await group.run()
        logger.notice(
            "ferryd has stopped",
            metadata: [LogField.event: "\(NotableEvent.daemonStopped.rawValue)"]
        )
    }

    /// Opens everything, and waits a while for room if the disk is full: systemd gives up on a service that ends ten
    /// times in a row, and a full disk often passes.
    private func openingParts() async throws -> Parts {
        for _ in 0..<Self.openingAttempts {
            do {
                return try await Parts(options, logger: logger)
            } catch let failure as SyncFailure where failure.code == .diskFull {
                logger.error("\(failure); trying again")
                try await Task.sleep(for: .seconds(5))
            }
        }
        return try await Parts(options, logger: logger)
    }

    /// Together less than systemd waits for a start.
    private static let openingAttempts = 12

    private static func log(_ diagnostic: Diagnostic, _ logger: Logger) {
        logger.log(
            level: diagnostic.severity == .error ? .error : .warning,
            "\(diagnostic)",
            metadata: [
                LogField.event: "\(NotableEvent.configurationInvalid.rawValue)",
                LogField.errorCode: "\(diagnostic.code.rawValue)",
            ]
        )
    }
}

/// Serves the socket until shutdown.
private struct SocketService: Service {
    let server: SocketServer

    func run() async throws {
        // Services stop in reverse order: by now the running jobs have ended, and status was answered until then.
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask(priority: .high) {
                try await server.run()
                return true
            }
            group.addTask {
                try await gracefulShutdown()
                await server.shutdown()
                return false
            }
            // Whoever has asked by then is answered, which does not take long: the server sees to that.
            while let hasEnded = try await group.next(), !hasEnded {}
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
        await withGracefulShutdownHandler {
            await supervisor.run()
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

/// Forgets finished jobs that are too old or too many, and writes the file of the metrics, once a minute.
private struct UpkeepService: Service {
    let parts: Parts
    let supervisor: Supervisor
    let figures: Metrics
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
                } catch let failure as SyncFailure where failure.code == .ledgerDamaged {
                    supervisor.hold(failure)
                } catch let failure as SyncFailure {
                    logger.warning("old jobs cannot be forgotten: \(failure)")
                }
                await writeMetrics(to: settings.metricsFile)
                // The end of the sleep by cancellation is the end of the service.
                guard (try? await parts.clock.sleep(until: parts.clock.now.addingTimeInterval(60))) != nil else {
                    return
                }
            }
        }
    }
}

extension UpkeepService {
    fileprivate func writeMetrics(to path: String?) async {
        guard let path else { return }
        do {
            try MetricsFile.write(await figures.text(), to: path)
        } catch {
            logger.warning("\(error)")
        }
    }
}

/// Looks for damage in the ledger: before the first job starts, and once a day.
///
/// A large one is looked at in full beside the first jobs only: until then, what its structure shows has to do.
private struct LedgerCheckService: Service {
    let parts: Parts
    let supervisor: Supervisor
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            if parts.ledger.size > Self.largeSize {
                guard await isSound("its structure", parts.ledger.quickCheck) else { return }
                supervisor.release()
            }
            while await isSound("all of it", parts.ledger.integrityCheck) {
                supervisor.release()
                // The end of the sleep by cancellation is the end of the service.
                guard (try? await parts.clock.sleep(until: parts.clock.now.addingTimeInterval(86400))) != nil else {
                    return
                }
            }
        }
        // A service that ends before it is asked to ends the others.
        try await gracefulShutdown()
    }

    /// About 200,000 links, which take two to three seconds.
    private static let largeSize = 64 << 20

    private func isSound(_ part: String, _ check: () async throws -> [String]) async -> Bool {
        do {
            let problems = try await check()
            guard !problems.isEmpty else { return true }
            supervisor.hold(parts.ledger.damage(problems))
            return false
        } catch let failure as SyncFailure where failure.code == .ledgerDamaged {
            supervisor.hold(failure)
            return false
        } catch {
            // Not to be able to look is no damage: a full disk, say.
            logger.warning("the ledger, \(part), cannot be looked at: \(error)")
            return true
        }
    }
}
