import FerryCore
import FerryLedger
import FerrySQLite
import FoundationEssentials
import Glibc

/// Puts a backup in the place of the ledger and the embedded store, while no daemon runs.
public struct Restore: Sendable {
    private let options: DaemonOptions

    /// A restore into the state directory of `options`.
    public init(_ options: DaemonOptions) {
        self.options = options
    }

    /// Puts the backup at `path` in its place; what was there before is moved to a directory of its own.
    ///
    /// The copies are whole and durable before anything is moved. The number beside the ledger stays: by it the daemon
    /// sees that the ledger knows less than it did, and looks records up before it makes any.
    ///
    /// - Returns: what was done, a line each.
    /// - Throws: ``SyncFailure``; `daemon.already_running` while a daemon runs.
    public func run(_ path: String) throws -> [String] {
        let state = try StateDirectory(options.stateDirectory)
        let source = path.hasPrefix("/") || path.contains("/") ? path : "\(state.backupsPath)/\(path)"
        let names = ["ledger.db", "store.db"].filter { access("\(source)/\($0)", R_OK) == 0 }
        guard names.contains("ledger.db") else {
            throw SyncFailure(
                .config,
                .configUnreadable,
                "There is no backup at \(source): it would hold a file ledger.db.",
                hint: "Name a directory that 'ferryctl backup' has printed; they are in \(state.backupsPath)."
            )
        }
        var owner = stat()
        guard stat(state.path, &owner) == 0 else { throw Backup.failure(errno, state.path) }
        for name in names {
            let draft = "\(state.path)/\(name).draft"
            unlink(draft)
            _ = try Backup.copy("\(source)/\(name)", to: draft)
            // Whoever restores may be root; whoever reads is the daemon.
            guard chown(draft, owner.st_uid, owner.st_gid) == 0 else { throw Backup.failure(errno, draft) }
        }
        // A ledger that this version cannot use is found out before anything is moved.
        try Ledger.check("\(state.path)/ledger.db.draft")
        let aside = try setAside(names, in: state, owner)
        for name in names {
            guard rename("\(state.path)/\(name).draft", "\(state.path)/\(name)") == 0 else {
                throw Backup.failure(errno, "\(state.path)/\(name)")
            }
        }
        try Backup.sync(state.path)
        var lines = names.map { "\(state.path)/\($0) is that of \(source)" }
        if let aside { lines.append("what was there before is in \(aside)") }
        return lines
    }

    private func setAside(_ names: [String], in state: StateDirectory, _ owner: stat) throws -> String? {
        let present = names.filter { access("\(state.path)/\($0)", F_OK) == 0 }
        guard !present.isEmpty else { return nil }
        var number = 1
        while access("\(state.path)/before-restore-\(number)", F_OK) == 0 { number += 1 }
        let aside = "\(state.path)/before-restore-\(number)"
        try Backup.directory(aside)
        guard chown(aside, owner.st_uid, owner.st_gid) == 0 else { throw Backup.failure(errno, aside) }
        for name in present {
            // The logs first: a database must not be there without what its log holds.
            for suffix in ["-shm", "-wal", ""] where access("\(state.path)/\(name)\(suffix)", F_OK) == 0 {
                guard rename("\(state.path)/\(name)\(suffix)", "\(aside)/\(name)\(suffix)") == 0 else {
                    throw Backup.failure(errno, "\(aside)/\(name)\(suffix)")
                }
            }
        }
        return aside
    }
}
