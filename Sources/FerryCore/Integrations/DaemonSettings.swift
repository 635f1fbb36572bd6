/// What `ferry.yaml` declares: everything optional, with its defaults.
public struct DaemonSettings: Sendable {
    /// Jobs that run at once.
    public var workers: Int
    /// The local stores by name; `main` is always there.
    public var stores: [String: StoreDefinition]
    /// How long finished jobs are kept.
    public var jobRetention: Duration
    /// How many finished jobs are kept.
    public var maximumJobs: Int
    /// How deeply the JSON of services and stored columns may nest.
    public var maximumJSONDepth: Int
    /// The group that may open the socket; `nil` leaves the daemon's own.
    public var socketGroup: String?
    /// The group whose members may do everything on the socket.
    public var adminGroup: String?
    /// The least important level that is logged: `trace`, `debug`, `info`, `notice`, `warning`, `error` or `critical`.
    public var logLevel: String
    /// The file that gets the metrics once a minute; `nil` for none.
    public var metricsFile: String?

    /// The defaults.
    public init() {
        workers = 4
        stores = ["main": .embedded]
        jobRetention = .seconds(30 * 24 * 3600)
        maximumJobs = 10_000
        maximumJSONDepth = JSONDepth.standard
        socketGroup = nil
        adminGroup = nil
        logLevel = "info"
        metricsFile = nil
    }
}

/// A local store as `ferry.yaml` declares it.
public enum StoreDefinition: Sendable, Equatable {
    /// The SQLite file `store.db` in the state directory, whose tables Ferry makes and owns.
    case embedded
    /// A user's own SQLite file, whose tables are never altered.
    case sqlite(path: String)
}
