import Dispatch
import FerryCore
import Synchronization

/// Reads the service descriptions: those built in, and those of the directory.
struct ServiceLoader {
    /// What was found.
    struct Result: Sendable {
        /// The usable descriptions that have been read.
        fileprivate(set) var descriptions: [String: LoadedService] = [:]
        /// Those built in that are read when they are asked for.
        fileprivate var later: [String: LaterService] = [:]
        /// The names of usable descriptions, by their files.
        var names: [String: String] = [:]
        /// The names of descriptions that have errors, and their files.
        var broken: [String: String] = [:]

        /// The usable description with a name.
        func service(_ name: String) -> LoadedService? { descriptions[name] ?? later[name]?.read() }

        /// The names of the usable descriptions, sorted.
        var usable: [String] { (Array(descriptions.keys) + later.keys).sorted() }

        /// The usable descriptions that have been read by now.
        var read: [String: ServiceDescription] {
            descriptions.merging(later.compactMapValues(\.wasRead)) { $1 }.mapValues(\.description)
        }
    }

    let builtIn: [(name: String, yaml: String)]
    let directory: ConfigurationDirectory

    /// Reads everything; of what is built in, without `readsAll`, only what is asked for, when it is.
    ///
    /// - Parameter files: the files to read instead of the directory's.
    func load(_ diagnostics: inout [Diagnostic], files: [String]? = nil, readsAll: Bool = true) -> Result {
        let paths = files ?? directory.files(in: "services")
        let builtIn = readsAll ? builtIn : []
        let found = Mutex([FoundFile?](repeating: nil, count: builtIn.count + paths.count))
        DispatchQueue.concurrentPerform(iterations: builtIn.count + paths.count) { index in
            let file =
                index < builtIn.count ? read(builtIn[index]) : read(paths[index - builtIn.count])
            found.withLock { $0[index] = file }
        }
        var result = Result()
        var origins: [String: String] = [:]
        if !readsAll {
            for service in self.builtIn {
                result.later[service.name] = LaterService(service, of: self)
                origins[service.name] = Self.path(of: service.name)
            }
        }
        for file in found.withLock({ $0.compactMap(\.self) }) {
            var report = file.report
            if let content = file.content { add(content, &report, &origins, &result) }
            diagnostics += report.sorted
        }
        return result
    }

    /// A description as it was found.
    fileprivate struct FoundFile: Sendable {
        var report: Report
        /// What is in it; `nil` where it cannot be read.
        var content: Content?
    }

    fileprivate struct Content: Sendable {
        let bytes: [UInt8]
        let stem: String
        let name: Positioned<String>?
        let description: ServiceDescription?
    }

    fileprivate func read(_ service: (name: String, yaml: String)) -> FoundFile {
        var report = Report(file: Self.path(of: service.name))
        let content = decode(Array(service.yaml.utf8), stem: service.name, &report)
        return FoundFile(report: report, content: content)
    }

    /// What a description is called in messages that is built in.
    private static func path(of name: String) -> String { "built-in/\(name).yaml" }

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
            result.descriptions[known] = LoadedService(description: description, bytes: content.bytes)
            result.names[report.file] = known
        } else {
            result.broken[known] = report.file
        }
    }
}

/// A usable description, and the bytes it came from.
struct LoadedService: Sendable {
    let description: ServiceDescription
    let bytes: [UInt8]
}

/// A description that is built in, and is read when somebody first asks for it: most are not in use, and all of them take
/// longer than the rest of a start.
private final class LaterService: Sendable {
    private let name: String
    private let yaml: String
    private let loader: ServiceLoader
    private let service = Mutex<LoadedService?>(nil)

    init(_ service: (name: String, yaml: String), of loader: ServiceLoader) {
        (name, yaml) = service
        self.loader = loader
    }

    /// The description; `nil` when it has not been read.
    var wasRead: LoadedService? { service.withLock { $0 } }

    /// The description; whoever else asks for it meanwhile waits.
    func read() -> LoadedService? {
        service.withLock { service in
            if service == nil, let content = loader.read((name, yaml)).content, let description = content.description {
                service = LoadedService(description: description, bytes: content.bytes)
            }
            return service
        }
    }
}
