import FerryCore

/// Reads the service descriptions: those built in, and those of the directory.
struct ServiceLoader {
    /// What was found.
    struct Result {
        /// The usable descriptions and the bytes they came from.
        var descriptions: [String: (description: ServiceDescription, bytes: [UInt8])] = [:]
        /// The names of usable descriptions, by their files.
        var names: [String: String] = [:]
        /// The names of descriptions that have errors, and their files.
        var broken: [String: String] = [:]
        /// The names of the stores, which come with the surroundings of an integration.
        var stores: Set<String>?
    }

    let builtIn: [(name: String, yaml: String)]
    let directory: ConfigurationDirectory

    /// Reads everything.
    ///
    /// - Parameter files: the files to read instead of the directory's.
    func load(_ diagnostics: inout [Diagnostic], files: [String]? = nil) -> Result {
        var result = Result()
        var origins: [String: String] = [:]
        for service in builtIn {
            var report = Report(file: "built-in/\(service.name).yaml")
            add(Array(service.yaml.utf8), stem: service.name, &report, &origins, &result)
            diagnostics += report.sorted
        }
        for path in files ?? directory.files(in: "services") {
            var report = Report(file: path)
            if let file = directory.read(path, into: &report) {
                add(file.bytes, stem: file.stem, &report, &origins, &result)
            }
            diagnostics += report.sorted
        }
        return result
    }

    private func add(
        _ bytes: [UInt8],
        stem: String,
        _ report: inout Report,
        _ origins: inout [String: String],
        _ result: inout Result
    ) {
        let node = YAMLReader.read(bytes, into: &report)
        let (name, description) = ServiceFile.decode(node, into: &report)
        if let name, let other = origins[name.value] {
            report.error(
                .configDuplicateID,
                at: name.position,
                "the service '\(name.value)' is already described by \(other)",
                hint: "give it another name"
            )
            return
        }
        let known = name?.value ?? stem
        origins[known] = report.file
        if let description {
            result.descriptions[known] = (description, bytes)
            result.names[report.file] = known
        } else {
            result.broken[known] = report.file
        }
    }
}
