import FerryAPI
import FerryCore
import FerrySQLite
import FoundationEssentials
import Glibc

/// Copies of the ledger and of the embedded store, made while the daemon works.
struct Backup: Sendable {
    private let state: StateDirectory

    init(of state: StateDirectory) {
        self.state = state
    }

    /// Makes a backup and removes those that are too many.
    ///
    /// The ledger comes first: one that is older than the store has rows pulled again that are there already, which is
    /// harmless, while one that is newer would take rows for written that the store does not have.
    ///
    /// Blocks for as long as it takes to copy the files.
    ///
    /// - Throws: ``SyncFailure`` of kind `local`; nothing is left behind then.
    func make(at now: Date, keeping count: Int) throws -> BackupReport {
        try Self.directory(state.backupsPath)
        let name = Self.name(of: now)
        let path = "\(state.backupsPath)/\(name)"
        let draft = "\(state.backupsPath)/.\(name).draft"
        // What an earlier one has left that was killed.
        try? FileManager.default.removeItem(atPath: draft)
        guard access(path, F_OK) != 0 else {
            throw SyncFailure(
                .local,
                .internalError,
                "There is a backup of this second already: \(path).",
                hint: "Try again in a second."
            )
        }
        do {
            try Self.directory(draft)
            var bytes: Int64 = 0
            for file in [state.ledgerPath, state.storePath] where access(file, F_OK) == 0 {
                bytes += try Self.copy(file, to: "\(draft)/\(file.split(separator: "/").last ?? "")")
            }
            try Self.sync(draft)
            guard rename(draft, path) == 0 else { throw Self.failure(errno, path) }
            try Self.sync(state.backupsPath)
            return BackupReport(path: path, bytes: bytes, removed: removeOldest(keeping: count))
        } catch {
            try? FileManager.default.removeItem(atPath: draft)
            throw error
        }
    }

    /// The backups there are, the newest first.
    private var names: [String] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: state.backupsPath)) ?? []
        return all.filter { $0.wholeMatch(of: /[0-9]{8}T[0-9]{6}Z/) != nil }.sorted(by: >)
    }

    private func removeOldest(keeping count: Int) -> [String] {
        names.dropFirst(max(count, 1)).map { "\(state.backupsPath)/\($0)" }.filter { path in
            // One that cannot be removed is there the next time, too.
            (try? FileManager.default.removeItem(atPath: path)) != nil
        }
    }

    /// The time in UTC, in the basic format of ISO 8601, which sorts by time.
    private static func name(of date: Date) -> String {
        var seconds = time_t(date.timeIntervalSince1970)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let pad = { (value: Int32, count: Int) in
            let digits = "\(value)"
            return String(repeating: "0", count: max(count - digits.count, 0)) + digits
        }
        return pad(parts.tm_year + 1900, 4) + pad(parts.tm_mon + 1, 2) + pad(parts.tm_mday, 2) + "T"
            + pad(parts.tm_hour, 2) + pad(parts.tm_min, 2) + pad(parts.tm_sec, 2) + "Z"
    }

    // MARK: Files

    /// Copies a database and looks whether the copy is sound.
    ///
    /// - Returns: its size in bytes.
    static func copy(_ file: String, to path: String) throws -> Int64 {
        do {
            let source = try SQLiteConnection(path: file, mode: .readOnly)
            let copy = try SQLiteConnection(path: path, mode: .create)
            guard chmod(path, 0o600) == 0 else { throw failure(errno, path) }
            try source.copy(into: copy)
            // A copy is one file, and can be read where nothing can be written beside it.
            try copy.execute("PRAGMA journal_mode = DELETE")
            try check(copy, path)
            var status = stat()
            return stat(path, &status) == 0 ? Int64(status.st_size) : 0
        } catch let error as SQLiteError {
            throw failure(error, path)
        }
    }

    /// Looks for damage in the structure of a database.
    static func check(_ connection: SQLiteConnection, _ path: String) throws {
        let statement = try connection.prepare("PRAGMA quick_check(1)")
        guard try statement.step() else { return }
        let words = statement.string(0)
        guard words != "ok" else { return }
        throw SyncFailure(
            .local,
            .ledgerDamaged,
            "The file \(path) is damaged: \(words).",
            hint: "Take an older backup, and look at the disk."
        )
    }

    static func directory(_ path: String) throws {
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw failure(errno, path) }
    }

    /// Makes what was done in a directory durable.
    static func sync(_ directory: String) throws {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(errno, directory) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(errno, directory) }
    }

    static func failure(_ number: Int32, _ path: String) -> SyncFailure {
        let words = String(cString: strerror(number))
        if number == ENOSPC || number == EDQUOT { return full(path) }
        return SyncFailure(
            .local,
            .internalError,
            "\(path) cannot be written: \(words).",
            hint: "Check that the directory belongs to the user Ferry runs as."
        )
    }

    static func failure(_ error: SQLiteError, _ path: String) -> SyncFailure {
        // SQLITE_FULL (sqlite3.h).
        if error.code & 0xFF == 13 { return full(path) }
        return SyncFailure(.local, .internalError, "The copy \(path) could not be made: \(error.message).")
    }

    private static func full(_ path: String) -> SyncFailure {
        SyncFailure(
            .local,
            .diskFull,
            "There is no room for \(path).",
            hint: "Make room on the disk; older backups are in the directory 'backups' of the state directory."
        )
    }
}
