import FerryConfiguration
import FerryCore
import FerryServices
import FerryTransforms
import Glibc
public import Logging

/// Where the daemon finds its files.
public struct DaemonOptions: Sendable {
    /// The directory with `ferry.yaml` and `integrations/`.
    public var configurationDirectory: String
    /// The directory of the ledger and the embedded store.
    public var stateDirectory: String
    /// The socket's path.
    public var socketPath: String

    /// The options given, completed from what systemd says (`$STATE_DIRECTORY`, `$RUNTIME_DIRECTORY`) and the
    /// defaults of an installed service.
    public init(configuration: String?, state: String?, socket: String?) {
        configurationDirectory = configuration ?? "/etc/ferry"
        stateDirectory = state ?? Self.first(of: "STATE_DIRECTORY") ?? "/var/lib/ferry"
        socketPath = socket ?? "\(Self.first(of: "RUNTIME_DIRECTORY") ?? "/run/ferry")/ferry.sock"
    }

    /// systemd separates several directories by colons (systemd.exec(5)).
    private static func first(of variable: String) -> String? {
        guard let value = getenv(variable).map({ String(cString: $0) }), !value.isEmpty else { return nil }
        return value.split(separator: ":").first.map(String.init)
    }
}

extension DaemonOptions {
    /// The log level that `ferry.yaml` asks for.
    public func configuredLogLevel() -> Logger.Level {
        let settings = ConfigurationLoader(
            directory: configurationDirectory,
            builtInServices: [],
            transforms: BuiltInTransforms()
        ).loadSettings()
        return Logger.Level(rawValue: settings.logLevel) ?? .info
    }

    /// Reads the configuration as a start would.
    ///
    /// - Returns: a line for each thing that is wrong with it, how much was looked at, and whether there are no errors.
    public func checkConfiguration() -> (findings: [String], summary: String, isOK: Bool) {
        let loaded = ConfigurationLoader(
            directory: configurationDirectory,
            builtInServices: BuiltInServices.all,
            transforms: BuiltInTransforms()
        ).load()
        return (
            loaded.diagnostics.map(\.description),
            loaded.diagnostics.summary(of: loaded.integrations.count, "integration"),
            !loaded.diagnostics.contains { $0.severity == .error }
        )
    }
}
