public import FerryCore

/// Reads service descriptions wherever they are, for people who write one.
public struct ServiceFiles {
    private let builtIn: [(name: String, yaml: String)]

    /// What one file says, and what is wrong with it.
    public struct Reading: Sendable {
        /// The file's path as it was given.
        public var file: String
        /// The description; `nil` when the file has an error.
        public var description: ServiceDescription?
        /// What is wrong or doubtful, in the file's order.
        public var diagnostics: [Diagnostic]
    }

    /// A reader that knows the names of the services that ship inside the program: they are taken.
    public init(builtIn: [(name: String, yaml: String)]) {
        self.builtIn = builtIn
    }

    /// Reads some files, which must not describe the same service.
    public func read(_ paths: [String]) -> [Reading] {
        var diagnostics: [Diagnostic] = []
        let loader = ServiceLoader(builtIn: builtIn, directory: ConfigurationDirectory(path: "."))
        let result = loader.load(&diagnostics, files: paths)
        return paths.map { path in
            Reading(
                file: path,
                description: result.names[path].flatMap { result.service($0)?.description },
                diagnostics: diagnostics.filter { $0.file == path }
            )
        }
    }
}
