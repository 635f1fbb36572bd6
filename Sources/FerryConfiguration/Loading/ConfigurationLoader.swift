internal import Dispatch
public import FerryCore
internal import Synchronization

/// Reads a configuration directory: `ferry.yaml`, `services/*.yaml` and `integrations/*.yaml`.
///
/// Nothing is thrown: what is wrong becomes a diagnostic, and what is right can be used all the same.
public struct ConfigurationLoader: Sendable {
    private let directory: ConfigurationDirectory
    private let builtInServices: [(name: String, yaml: String)]
    private let transforms: any TransformCatalog

    /// A loader for a directory.
    ///
    /// - Parameters:
    ///   - directory: the directory's path, which all diagnostics begin with.
    ///   - builtInServices: the service descriptions that ship inside the program.
    ///   - transforms: the catalogue in which mappings' transforms are looked up.
    public init(
        directory: String,
        builtInServices: [(name: String, yaml: String)],
        transforms: any TransformCatalog
    ) {
        let trimmed = directory.count > 1 && directory.hasSuffix("/") ? String(directory.dropLast()) : directory
        self.directory = ConfigurationDirectory(path: trimmed)
        self.builtInServices = builtInServices
        self.transforms = transforms
    }

    /// Reads everything there is now.
    ///
    /// - Parameter readsAllServices: without it, of the services that ship inside the program only those are read that an
    ///   integration names.
    public func load(readsAllServices: Bool = true) -> LoadedConfiguration {
        var diagnostics: [Diagnostic] = []
        if !directory.exists {
            var report = Report(file: directory.path)
            report.error(
                .configUnreadable,
                at: .start,
                "there is no such directory",
                hint: "make it, or name another one with --config"
            )
            diagnostics += report.sorted
        }
        let (settings, stores) = loadSettings(&diagnostics)
        let services = ServiceLoader(builtIn: builtInServices, directory: directory)
            .load(&diagnostics, readsAll: readsAllServices)
        let integrations = loadIntegrations(services, stores: stores)
        diagnostics += integrations.flatMap(\.diagnostics).sorted { left, right in
            (left.file, left.line, left.column) < (right.file, right.line, right.column)
        }
        var loaded = LoadedConfiguration(
            settings: settings,
            services: services.read,
            integrations: integrations,
            diagnostics: diagnostics
        )
        let builtIn = Set(builtInServices.map(\.name))
        for (file, name) in services.names where !builtIn.contains(name) { loaded.serviceFiles[name] = file }
        return loaded
    }

    /// Reads `ferry.yaml` alone; defaults stand in for what is wrong in it.
    public func loadSettings() -> DaemonSettings {
        var diagnostics: [Diagnostic] = []
        return loadSettings(&diagnostics).0
    }

    private func loadSettings(_ diagnostics: inout [Diagnostic]) -> (DaemonSettings, Set<String>?) {
        var report = Report(file: directory.path + "/ferry.yaml")
        defer { diagnostics += report.sorted }
        guard let file = directory.daemonFile(&report) else {
            return (DaemonSettings(), report.hasErrors ? nil : ["main"])
        }
        let node = YAMLReader.read(file.bytes, into: &report)
        guard node != nil || !report.hasErrors else { return (DaemonSettings(), nil) }
        let (settings, stores) = DaemonFile.decode(node, into: &report)
        return (settings, stores)
    }

    private func loadIntegrations(_ services: ServiceLoader.Result, stores: Set<String>?) -> [LoadedIntegration] {
        let surroundings = IntegrationFile.Surroundings(services: services, stores: stores, transforms: transforms)
        let paths = directory.files(in: "integrations")
        let found = Mutex([FoundFile?](repeating: nil, count: paths.count))
        // On several cores: with a hundred files, this is most of the time until the daemon answers.
        DispatchQueue.concurrentPerform(iterations: (paths.count + Self.filesAtATime - 1) / Self.filesAtATime) { part in
            let shape = IntegrationShape.shape
            for index in paths.indices.dropFirst(part * Self.filesAtATime).prefix(Self.filesAtATime) {
                var report = Report(file: paths[index])
                let (id, integration) = decode(paths[index], surroundings, shape, into: &report)
                let file = FoundFile(id: id, integration: integration, report: report)
                found.withLock { $0[index] = file }
            }
        }
        return merged(found.withLock { $0.compactMap(\.self) })
    }

    /// How many files one thread reads in a row.
    private static let filesAtATime = 25

    /// A file of `integrations/` as it was found.
    private struct FoundFile: Sendable {
        let id: Positioned<String>
        let integration: Integration?
        let report: Report
    }

    private func decode(
        _ path: String,
        _ surroundings: IntegrationFile.Surroundings,
        _ shape: MappingShape<IntegrationShape.Draft>,
        into report: inout Report
    ) -> (id: Positioned<String>, integration: Integration?) {
        guard let file = directory.read(path, into: &report) else {
            return (Positioned(value: ConfigurationDirectory.stem(of: path), position: .start), nil)
        }
        let node = YAMLReader.read(file.bytes, into: &report)
        var (id, integration) = IntegrationFile(
            stem: file.stem,
            isFilePrivate: file.isPrivate,
            surroundings: surroundings,
            shape: shape
        ).decode(node, into: &report)
        if let service = integration.flatMap({ surroundings.services.service($0.type) }) {
            integration?.revision = Self.revision(file.bytes, service.bytes)
        }
        return (id, integration)
    }

    /// One entry for each identifier: files that claim the same one are all refused, since nobody knows which was
    /// meant, and a copy must not take over what runs.
    private func merged(_ found: [FoundFile]) -> [LoadedIntegration] {
        Dictionary(grouping: found, by: \.id.value).values.compactMap { group -> LoadedIntegration? in
            guard let first = group.first else { return nil }
            guard group.count > 1 else {
                return LoadedIntegration(
                    id: first.id.value,
                    file: first.report.file,
                    integration: first.integration,
                    diagnostics: first.report.sorted
                )
            }
            let diagnostics = group.indices.flatMap { index -> [Diagnostic] in
                var report = group[index].report
                let others = group.indices.filter { $0 != index }.prefix(3).map { group[$0].report.file }
                report.error(
                    .configDuplicateID,
                    at: group[index].id.position,
                    "the identifier '\(first.id.value)' is also used by \(others.joined(separator: " and "))",
                    hint: "give each file an 'id' of its own"
                )
                return report.sorted
            }
            return LoadedIntegration(
                id: first.id.value,
                file: first.report.file,
                integration: nil,
                diagnostics: diagnostics
            )
        }
        .sorted { $0.id < $1.id }
    }

    /// A fingerprint of all that an integration is made of.
    private static func revision(_ file: [UInt8], _ service: [UInt8]) -> String {
        let hash = (file + [0] + service).withUnsafeBytes { RecordHash.of($0) }
        return [hash.high, hash.low].map { half in
            let digits = String(half, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
