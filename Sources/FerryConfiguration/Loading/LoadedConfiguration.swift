public import FerryCore

/// Everything a configuration directory says, as far as it can be used, and everything wrong with it.
public struct LoadedConfiguration: Sendable {
    /// What `ferry.yaml` says; the defaults where it is wrong or missing.
    public var settings: DaemonSettings
    /// The service descriptions that can be used, as far as they were read, by name: built in, and from `services/`.
    public var services: [String: ServiceDescription]
    /// The files of those that are not built in, by name.
    public var serviceFiles: [String: String] = [:]
    /// The integrations, sorted by identifier; no two have the same.
    public var integrations: [LoadedIntegration]
    /// What is wrong or doubtful in all files: by file, then by line.
    public var diagnostics: [Diagnostic]

    /// A loaded configuration.
    public init(
        settings: DaemonSettings,
        services: [String: ServiceDescription],
        integrations: [LoadedIntegration],
        diagnostics: [Diagnostic]
    ) {
        self.settings = settings
        self.services = services
        self.integrations = integrations
        self.diagnostics = diagnostics
    }

    /// Whether any file cannot be used.
    public var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
}

/// One file of `integrations/`.
public struct LoadedIntegration: Sendable {
    /// The identifier; of a file that does not even tell that, its name.
    public var id: String
    /// The file's path.
    public var file: String
    /// The integration; `nil` when its file has an error.
    public var integration: Integration?
    /// What is wrong or doubtful in the file.
    public var diagnostics: [Diagnostic]

    /// A loaded integration.
    public init(id: String, file: String, integration: Integration?, diagnostics: [Diagnostic]) {
        self.id = id
        self.file = file
        self.integration = integration
        self.diagnostics = diagnostics
    }
}
