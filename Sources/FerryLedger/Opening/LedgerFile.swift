internal import Dispatch
internal import FerryCore
internal import FerrySQLite
internal import GRDB
internal import Glibc

/// The ledger's file before and while it is open: its mode, its identity, its pragmas.
enum LedgerFile {
    /// `FERY`: how `file` and SQLite's tools recognise a ledger.
    static let applicationID: Int64 = 0x4645_5259

    /// Waits for another process' lock this long, in seconds: GRDB's default is to fail at once.
    private static let busyTimeout = 10.0
    /// What the write-ahead log is cut back to once its content is in the file, in bytes.
    private static let logLimit = 32 << 20
    /// How many pages the log holds before its content goes to the file.
    ///
    /// Random keys make a batch touch a thousand pages and the next one mostly the same: SQLite's default of 1,000
    /// would write them all to the file after every batch.
    private static let logPages = 6000

    /// Makes the file if there is none, keeps it private, and refuses one that this version must not write.
    ///
    /// SQLite gives its log files the mode of the file, so they are private too.
    static func prepare(_ path: String) throws {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw LedgerFailure.unavailable(
                "The ledger \(path) cannot be opened: \(String(cString: strerror(errno))).",
                hint: "Check that its directory exists and that the user Ferry runs as may write there."
            )
        }
        defer { Glibc.close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw LedgerFailure.foreign(
                "The ledger \(path) is not a file.",
                hint: "Move it away, or choose another state directory."
            )
        }
        if status.st_mode & 0o777 != 0o600, fchmod(descriptor, 0o600) != 0 {
            throw LedgerFailure.unavailable(
                "The ledger \(path) cannot be made private: \(String(cString: strerror(errno))).",
                hint: "Give the file to the user Ferry runs as."
            )
        }
        guard status.st_size > 0 else { return }
        do {
            try checkIdentity(path, mode: .readOnly)
        } catch let error as SQLiteError where error.primaryCode == ResultCode.SQLITE_READONLY.rawValue {
            // A crash while the file was being made has left a journal, which only a writer may roll back.
            try checkIdentity(path, mode: .readWrite)
        }
    }

    /// Refuses a file that a newer version or another program has written, before anything is changed.
    private static func checkIdentity(_ path: String, mode: FerrySQLite.SQLiteConnection.Mode) throws {
        let connection = try SQLiteConnection(path: path, mode: mode)
        let identity = try connection.prepare("PRAGMA application_id")
        guard try identity.step(), [0, applicationID].contains(identity.int64(0)) else {
            throw LedgerFailure.foreign(
                "\(path) belongs to another program.",
                hint: "Choose another state directory, or move the file away."
            )
        }
        let tables = try connection.prepare(
            "SELECT count(*), coalesce(sum(name = 'grdb_migrations'), 0) FROM sqlite_schema WHERE type = 'table'"
        )
        guard try tables.step(), tables.int64(0) > 0 else { return }
        guard tables.int64(1) > 0 else {
            throw LedgerFailure.foreign(
                "\(path) is an SQLite file, but not a ledger.",
                hint: "Choose another state directory, or move the file away."
            )
        }
        let applied = try connection.prepare("SELECT identifier FROM grdb_migrations ORDER BY identifier")
        while try applied.step() {
            let version = applied.string(0)
            guard !LedgerSchema.versions.contains(version) else { continue }
            throw SyncFailure(
                .config,
                .ledgerNewer,
                "The ledger \(path) was written by a newer version of Ferry (its schema \(version) is unknown here).",
                hint: "Install that version again, or start with another state directory. Nothing was changed."
            )
        }
    }

    /// How GRDB opens a connection that only looks.
    static func inspection() -> Configuration {
        var configuration = Configuration()
        configuration.label = "ledger inspection"
        configuration.readonly = true
        configuration.busyMode = .timeout(busyTimeout)
        return configuration
    }

    /// How GRDB opens its connections.
    static func configuration(trace: (@Sendable (String) -> Void)? = nil) -> Configuration {
        var configuration = Configuration()
        configuration.label = "ledger"
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(busyTimeout)
        configuration.writeTargetQueue = DispatchQueue(label: "ledger", qos: WorkPriority.job.dispatchClass)
        if trace != nil { configuration.publicStatementArguments = true }
        configuration.prepareDatabase { database in
            if let trace { database.trace { trace($0.expandedDescription) } }
            guard !database.configuration.readonly else { return }
            // Takes effect in a new file only, and only before its first table.
            try database.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            try database.execute(sql: "PRAGMA wal_autocheckpoint = \(logPages)")
            try database.execute(sql: "PRAGMA journal_size_limit = \(logLimit)")
            // 4 MiB: the upper levels of a million links' indexes, and the leaves that a page of random keys touches.
            try database.execute(sql: "PRAGMA cache_size = -4096")
        }
        return configuration
    }
}
