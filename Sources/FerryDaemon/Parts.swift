import FerryConfiguration
import FerryCore
import FerryEngine
import FerryHTTP
import FerryLedger
import FerryServices
import FerryTransforms
import FoundationEssentials
import Logging
import Synchronization

/// The parts that a daemon and a single job in the foreground have in common, built and joined.
final class Parts: Sendable {
    let state: StateDirectory
    let ledger: Ledger
    let endpoints: Endpoints
    let budgets: AccountBudgets
    let registry: IntegrationRegistry
    let engine: SyncEngine
    let planner: Planner
    let clock: any WallClock
    let client: HTTPClient
    private let loader: @Sendable () -> LoadedConfiguration
    private let latest: Mutex<LoadedConfiguration>

    /// Opens the state directory and loads the configuration.
    ///
    /// - Throws: ``SyncFailure`` when the state directory or the ledger cannot be used.
    init(_ options: DaemonOptions, logger: Logger) async throws {
        let directory = options.configurationDirectory
        let loader: @Sendable () -> LoadedConfiguration = {
            ConfigurationLoader(
                directory: directory,
                builtInServices: BuiltInServices.all,
                transforms: BuiltInTransforms()
            ).load(readsAllServices: false)
        }
        self.loader = loader
        state = try StateDirectory(options.stateDirectory)
        // While the ledger waits for the disk.
        async let loaded = loader()
        ledger = try Ledger(path: state.ledgerPath)
        let clock = SystemClock()
        self.clock = clock
        client = HTTPClient()
        endpoints = Endpoints(
            client: client,
            resolver: FileSecretResolver(),
            clock: clock,
            accounts: AccountFingerprint(salt: try ledger.accountSalt()),
            tokens: TokenStore(directory: state.tokensPath),
            storePath: state.storePath
        )
        budgets = AccountBudgets(
            ledger: ledger,
            records: try ledger.accountRecords(),
            clock: clock,
            machineTime: { MachineClock.now(by: clock) },
            logger: logger
        )
        registry = IntegrationRegistry()
        engine = SyncEngine(
            ledger: ledger,
            endpoints: endpoints,
            transforms: ConfiguredTransforms(endpoints: endpoints),
            clock: clock,
            budgets: budgets,
            threads: .own,
            logger: logger
        )
        planner = Planner(
            ledger: ledger,
            endpoints: endpoints,
            transforms: ConfiguredTransforms(endpoints: endpoints),
            clock: clock,
            budgets: budgets,
            threads: .own
        )
        latest = Mutex(await loaded)
        adopt(configuration)
    }

    /// The configuration that was loaded last.
    var configuration: LoadedConfiguration { latest.withLock { $0 } }

    /// Loads the configuration again.
    ///
    /// Broken files keep their last good revision.
    func reload() -> LoadedConfiguration {
        var loaded = loader()
        latest.withLock { latest in
            // A broken ferry.yaml keeps the last good settings, like every other file.
            let isBroken = loaded.diagnostics.contains { $0.severity == .error && $0.file.hasSuffix("/ferry.yaml") }
            if isBroken { loaded.settings = latest.settings }
            latest = loaded
        }
        adopt(loaded)
        return loaded
    }

    private func adopt(_ loaded: LoadedConfiguration) {
        endpoints.replace(services: loaded.services, settings: loaded.settings)
        registry.replace(
            by: loaded.integrations.map { loaded in
                IntegrationRegistry.Entry(
                    id: loaded.id,
                    integration: loaded.integration,
                    problems: loaded.diagnostics.filter { $0.severity == .error }.map(\.description)
                )
            }
        )
    }
}
