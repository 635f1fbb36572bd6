import FerryConfiguration
import FerryCore
import Foundation
import Testing

/// A configuration directory of a test's own, which goes when the test ends.
final class World {
    let directory: String

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("ferry-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    deinit {
        // A directory that cannot be removed does no harm to other tests.
        try? FileManager.default.removeItem(atPath: directory)
    }

    func write(_ path: String, _ text: String, mode: Int = 0o644) throws {
        try write(path, bytes: Array(text.utf8), mode: mode)
    }

    func write(_ path: String, bytes: [UInt8], mode: Int = 0o644) throws {
        let file = directory + "/" + path
        let folder = (file as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(filePath: file))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
    }

    func load(readsAllServices: Bool = true) throws -> LoadedConfiguration {
        try Self.load(directory, readsAllServices: readsAllServices)
    }

    /// All diagnostics as they are printed, with the directory's name left out.
    func diagnostics() throws -> String {
        try load().diagnostics.map(\.description).joined(separator: "\n")
            .replacingOccurrences(of: directory + "/", with: "")
    }

    static func load(_ directory: String, readsAllServices: Bool = true) throws -> LoadedConfiguration {
        let yaml = try String(
            contentsOfFile: repository + "/Sources/FerryServices/Descriptions/services.yaml",
            encoding: .utf8
        )
        let services = yaml.components(separatedBy: "\n---\n").map { document in
            let line = document.split(separator: "\n").first { $0.hasPrefix("service: ") } ?? "service: unnamed"
            return (name: String(line.dropFirst(9)), yaml: document + "\n")
        }
        return ConfigurationLoader(
            directory: directory,
            builtInServices: services,
            transforms: FourTransforms()
        ).load(readsAllServices: readsAllServices)
    }

    /// Where the sources are.
    static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path
}

/// A file with one mistake, and what is said of it.
struct WrongFile: CustomTestStringConvertible {
    enum Place {
        case daemon
        case integrations
        case services
    }

    let testDescription: String
    let old: String?
    let new: String
    let reports: String

    init(_ description: String, replacing old: String, with new: String, reports: String) {
        testDescription = description
        self.old = old
        self.new = new
        self.reports = reports
    }

    init(_ description: String, text: String, reports: String) {
        testDescription = description
        old = nil
        new = text
        self.reports = reports
    }

    /// What is said of the file.
    func diagnostics(in place: Place) throws -> String {
        let (path, base) =
            switch place {
            case .daemon: ("ferry.yaml", "")
            case .integrations: ("integrations/a.yaml", BaseFile.integration)
            case .services: ("services/shelf.yaml", BaseFile.service)
            }
        var text = new
        if let old {
            guard let range = base.range(of: old) else { return "the base file does not have \(old)" }
            text = base.replacingCharacters(in: range, with: new)
        }
        let world = try World()
        try world.write(path, text)
        return try world.diagnostics()
    }
}

/// The names of the API document's transforms, which do nothing here.
struct FourTransforms: TransformCatalog {
    private struct Nothing: Transform {
        var isOneWay: Bool { true }

        func apply(
            _ kind: ValueKind,
            _ bytes: Span<UInt8>,
            into output: inout [UInt8]
        ) throws(TransformError) -> ValueKind { kind }
    }

    var names: [String] { ["lowercase", "markdown_to_html", "slugify", "to_string", "uppercase"] }

    var formNames: [String] { ["reference", "slug"] }

    /// What the examples have besides.
    private static let others = ["date", "markdown_to_portable_text", "split"]

    func form(_ reference: TransformReference) throws(TransformReferenceError) -> ValueForm {
        guard formNames.contains(reference.name) else { throw .unknownName(reference.name) }
        return ValueForm(pushed: TransformReference(name: "uppercase"), pulled: TransformReference(name: "lowercase"))
    }

    func transform(_ reference: TransformReference) throws(TransformReferenceError) -> any Transform {
        guard names.contains(reference.name) || Self.others.contains(reference.name) else {
            throw .unknownName(reference.name)
        }
        guard reference.options.isNull || ["date", "slugify"].contains(reference.name) else {
            throw .invalidOptions("'\(reference.name)' takes no options")
        }
        return Nothing()
    }
}
