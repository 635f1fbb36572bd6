import FerryCore
import FoundationEssentials
import Glibc

/// The file that Prometheus' node exporter reads (its textfile collector), for who does not want to ask the socket.
enum MetricsFile {
    /// Puts the text in the place of what is there, whole: a reader sees the old text or the new one.
    ///
    /// - Throws: ``SyncFailure`` when the directory cannot be written to.
    static func write(_ text: String, to path: String) throws {
        let draft = "\(path).\(getpid())"
        do {
            try Data(text.utf8).write(to: URL(filePath: draft))
        } catch {
            throw failure("written", path)
        }
        // Another user reads it.
        guard chmod(draft, 0o644) == 0, rename(draft, path) == 0 else {
            let failure = failure("put in its place", path)
            unlink(draft)
            throw failure
        }
    }

    private static func failure(_ what: String, _ path: String) -> SyncFailure {
        SyncFailure(
            .local,
            .internalError,
            "The metrics could not be \(what): \(String(cString: strerror(errno))) (\(path)).",
            hint: "The daemon's user has to be able to make files in that directory: see ReadWritePaths= in the unit."
        )
    }
}
