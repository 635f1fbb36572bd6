import FerryCore
import Glibc

/// The directory that holds the ledger and the embedded store: one process at a time.
final class StateDirectory: Sendable {
    let path: String
    // Held for the process' life; the lock goes with it, however it ends.
    private let lock: Int32

    var ledgerPath: String { "\(path)/ledger.db" }
    var storePath: String { "\(path)/store.db" }
    var tokensPath: String { "\(path)/tokens" }
    var backupsPath: String { "\(path)/backups" }

    /// Makes the directory if need be, and locks it.
    ///
    /// - Throws: ``SyncFailure`` with the code `daemon.already_running` when another process has it.
    init(_ path: String) throws {
        self.path = path
        if mkdir(path, 0o700) != 0, errno != EEXIST {
            throw Self.unusable(path, errno)
        }
        lock = open("\(path)/ferry.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw Self.unusable(path, errno) }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            close(lock)
            throw SyncFailure(
                .config,
                .daemonRunning,
                "another process of Ferry is using the state directory '\(path)'",
                hint: "use 'ferryctl sync' while the daemon runs, or give this one another --state"
            )
        }
    }

    deinit {
        close(lock)
    }

    private static func unusable(_ path: String, _ code: Int32) -> SyncFailure {
        SyncFailure(
            .local,
            .ledgerUnavailable,
            "the state directory '\(path)' cannot be used: \(String(cString: strerror(code)))",
            hint: "make it writable for this user, or give another one with --state"
        )
    }
}
