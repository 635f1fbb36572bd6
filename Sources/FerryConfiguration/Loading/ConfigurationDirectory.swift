import FerryCore
import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#endif

/// The files of a configuration directory.
struct ConfigurationDirectory {
    let path: String

    /// A file's path, its bytes, and whether its owner alone can read it.
    struct File {
        var path: String
        /// The name without its suffix.
        var stem: String
        var bytes: [UInt8]
        var isPrivate: Bool
    }

    /// Whether there is such a directory at all.
    var exists: Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// `ferry.yaml`, if there is one.
    func daemonFile(_ report: inout Report) -> File? {
        let file = path + "/ferry.yaml"
        var status = stat()
        guard stat(file, &status) == 0 || errno != ENOENT else { return nil }
        return read(file, into: &report)
    }

    /// The paths of the YAML files below `folder`, sorted; none when there is no such folder.
    func files(in folder: String) -> [String] {
        let directory = path + "/" + folder
        // A folder that is not there has no files; that is no mistake.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.filter { !$0.hasPrefix(".") && ($0.hasSuffix(".yaml") || $0.hasSuffix(".yml")) }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            .map { directory + "/" + $0 }
    }

    /// The file at `path`; `nil` when it cannot be read, which is reported.
    func read(_ path: String, into report: inout Report) -> File? {
        var status = stat()
        let isKnown = stat(path, &status) == 0
        do {
            let data = try Data(contentsOf: URL(filePath: path))
            return File(
                path: path,
                stem: Self.stem(of: path),
                bytes: Array(data),
                isPrivate: isKnown && status.st_mode & (S_IRWXG | S_IRWXO) == 0
            )
        } catch {
            report.error(
                .configUnreadable,
                at: .start,
                "the file cannot be read",
                hint: "check that it is a file, and that the daemon's user may read it"
            )
            return nil
        }
    }

    /// A path's last component without its suffix.
    static func stem(of path: String) -> String {
        let name = path.split(separator: "/").last ?? ""
        return String(name.split(separator: ".", omittingEmptySubsequences: false).dropLast().joined(separator: "."))
    }
}
