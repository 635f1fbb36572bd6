import Dispatch
import FerryCore
import Synchronization

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
        let paths = files ?? directory.files(in: "services")
        let found = Mutex([FoundFile?](repeating: nil, count: builtIn.count + paths.count))
        // On several cores: the descriptions built in are read at every start.
        DispatchQueue.concurrentPerform(iterations: builtIn.count + paths.count) { index in
            let file =
                index < builtIn.count ? read(builtIn[index]) : read(paths[index - builtIn.count])
            found.withLock { $0[index] = file }
        }
        var result = Result()
        var origins: [String: String] = [:]
        for file in found.withLock({ $0.compactMap(\.self) }) {
            var report = file.report
            if let content = file.content { add(content, &report, &origins, &result) }
            diagnostics += report.sorted
        }
        return result
    }

    /// A description as it was found.
    private struct FoundFile: Sendable {
        var report: Report
        /// What is in it; `nil` where it cannot be read.
        var content: Content?
    }

    private struct Content: Sendable {
        let bytes: [UInt8]
        let stem: String
        let name: Positioned<String>?
        let description: ServiceDescription?
    }

    private func read(_ service: (name: String, yaml: String)) -> FoundFile {
        var report = Report(file: "built-in/\(service.name).yaml")
        let content = decode(Array(service.yaml.utf8), stem: service.name, &report)
        return FoundFile(report: report, content: content)
    }

    private func read(_ path: String) -> FoundFile {
        var report = Report(file: path)
        let file = directory.read(path, into: &report)
        let content = file.map { decode($0.bytes, stem: $0.stem, &report) }
        return FoundFile(report: report, content: content)
    }

    private func decode(_ bytes: [UInt8], stem: String, _ report: inout Report) -> Content {
        let node = YAMLReader.read(bytes, into: &report)
        let (name, description) = ServiceFile.decode(node, into: &report)
        return Content(bytes: bytes, stem: stem, name: name, description: description)
    }

    private func add(
        _ content: Content,
        _ report: inout Report,
        _ origins: inout [String: String],
        _ result: inout Result
    ) {
        if let name = content.name, let other = origins[name.value] {
            report.error(
                .configDuplicateID,
                at: name.position,
                "the service '\(name.value)' is already described by \(other)",
                hint: "give it another name"
            )
            return
        }
        let known = content.name?.value ?? content.stem
        origins[known] = report.file
        if let description = content.description {
            result.descriptions[known] = (description, content.bytes)
            result.names[report.file] = known
        } else {
            result.broken[known] = report.file
        }
    }
}
