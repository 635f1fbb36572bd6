import FerryCore
import FerryEngine
import FerryHTTP
import FerryServices
import FerryStores
import FerryTransforms
import Synchronization

/// Makes the two ends of integrations from the configuration that is in force.
final class Endpoints: EndpointProvider {
    private struct State {
        var services: [String: ServiceDescription] = [:]
        var stores: [String: any LocalStore] = [:]
        var definitions: [String: StoreDefinition] = [:]
        var maximumJSONDepth = JSONDepth.standard
        /// The service that each integration used last: it knows what people should know about its credentials.
        var latest: [String: any RemoteService] = [:]
    }

    private let client: any HTTPExchanging
    private let resolver: any SecretResolver
    private let clock: any WallClock
    private let accounts: AccountFingerprint
    private let tokens: TokenStore
    private let storePath: String
    private let state = Mutex(State())

    init(
        client: any HTTPExchanging,
        resolver: any SecretResolver,
        clock: any WallClock,
        accounts: AccountFingerprint,
        tokens: TokenStore,
        storePath: String
    ) {
        self.client = client
        self.resolver = resolver
        self.clock = clock
        self.accounts = accounts
        self.tokens = tokens
        self.storePath = storePath
    }

    /// Takes over a load's services and settings; a store that has not changed keeps its connection.
    func replace(services: [String: ServiceDescription], settings: DaemonSettings) {
        let (stores, depth) = (settings.stores, settings.maximumJSONDepth)
        state.withLock { state in
            state.services = services
            let isAsDeep = state.maximumJSONDepth == depth
            for (name, definition) in stores where state.definitions[name] != definition || !isAsDeep {
                state.stores[name] =
                    switch definition {
                    case .embedded: SQLiteStore(path: storePath, isOwned: true, maximumJSONDepth: depth)
                    case .sqlite(let path): SQLiteStore(path: path, isOwned: false, maximumJSONDepth: depth)
                    }
            }
            for name in state.definitions.keys where stores[name] == nil { state.stores[name] = nil }
            state.definitions = stores
            state.maximumJSONDepth = depth
        }
    }

    /// The built-in transforms under the settings in force.
    var transforms: BuiltInTransforms {
        BuiltInTransforms(maximumJSONDepth: state.withLock { $0.maximumJSONDepth })
    }

    func remote(for integration: Integration, gate: any RequestGate) throws -> any RemoteService {
        let (known, depth) = state.withLock { ($0.services[integration.type], $0.maximumJSONDepth) }
        guard let description = known else {
            throw SyncFailure(
                .config,
                .configUnknownType,
                "there is no service description '\(integration.type)'",
                hint: "run 'ferryctl check'"
            )
        }
        let service = try HTTPService(
            description,
            settings: integration.settings,
            secrets: integration.secrets,
            resolver: resolver,
            client: ConnectedClient(client, integration.connection),
            clock: clock,
            gate: gate,
            accounts: accounts,
            tokens: tokens,
            maximumDepth: depth
        )
        state.withLock { $0.latest[integration.id] = service }
        return service
    }

    func store(for integration: Integration) throws -> any LocalStore {
        guard let store = state.withLock({ $0.stores[integration.store] }) else {
            throw SyncFailure(
                .config,
                .configUnknownStore,
                "there is no store '\(integration.store)'",
                hint: "add it to 'stores' in ferry.yaml, then reload"
            )
        }
        return store
    }

    /// What the integration's last connection has to say.
    func attention(of integration: String) -> [String] {
        state.withLock { $0.latest[integration] }?.attention ?? []
    }
}
