import Dispatch
import FerryCore
import FerrySQLite
import Glibc

/// An open file and the queue that all its calls run on, so that no file access blocks the cooperative pool.
///
/// `@unchecked Sendable`: `session` and `sessionCount` are touched only in blocks that run on the serial `queue`.
final class SQLiteWorker: @unchecked Sendable {
    private let queue = DispatchQueue(label: "ferry.store", qos: WorkPriority.job.dispatchClass)
    let path: String
    let busyTimeout: Int32
    private let isOwned: Bool
    private let maximumPages: Int?
    private var session: StoreSession?
    private var sessionCount = 0

    /// - Parameters:
    ///   - busyTimeout: how long to wait for another connection's lock, in ms.
    ///   - maximumPages: the size at which the file is full; `nil` for the disk's.
    init(path: String, isOwned: Bool, busyTimeout: Int32, maximumPages: Int?) {
        self.path = path
        self.isOwned = isOwned
        self.busyTimeout = busyTimeout
        self.maximumPages = maximumPages
    }

    /// Runs `body` on the queue with the file, which is opened at the first call and again when it was replaced.
    ///
    /// - Parameter number: the session that must still be open; `nil` for any.
    /// - Throws: what `body` throws; errors of SQLite become ``SyncFailure``.
    func run<Result: Sendable>(
        in number: Int? = nil,
        _ body: @escaping @Sendable (StoreSession) throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            queue.async {
                WorkPriority.job.apply()
                continuation.resume(
                    with: Swift.Result {
                        do {
                            let session = try self.open()
                            guard number == nil || number == session.number else { throw self.replaced }
                            return try body(session)
                        } catch let error as SQLiteError {
                            throw self.failure(error)
                        }
                    }
                )
            }
        }
    }

    private func open() throws -> StoreSession {
        if let session {
            if let file = session.file, file == FileIdentity(path: path) { return session }
            // Closed before the new file is opened: both would use the same name for their logs.
            self.session = nil
        }
        if isOwned, FileIdentity(path: path) == nil { try make() }
        let connection = try SQLiteConnection(
            path: path,
            mode: isOwned ? .create : .readWrite,
            busyTimeout: busyTimeout
        )
        // The leaves that a page of 1,000 random keys touches; more would not be touched again soon.
        try connection.execute("PRAGMA cache_size = -4096")
        if let maximumPages { try connection.execute("PRAGMA max_page_count = \(maximumPages)") }
        if isOwned {
            try connection.execute("PRAGMA journal_mode = WAL")
            // The checkpoint in the ledger must not outlive the rows it speaks of.
            try connection.execute("PRAGMA synchronous = FULL")
            // A checkpoint for every few pages of rows, not for each; the log is cut back to 32 MiB.
            try connection.execute("PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 33554432")
            try OwnedTables.prepare(connection)
        } else {
            // What the user's tables declare holds for Ferry's rows too.
            try connection.execute("PRAGMA foreign_keys = ON")
        }
        sessionCount += 1
        let opened = StoreSession(connection, file: FileIdentity(path: path), number: sessionCount)
        session = opened
        return opened
    }

    /// Makes the store under another name and then gives it its own.
    ///
    /// SQLite locks a file out while it turns it into one with a write-ahead log, and whoever looks at the store just
    /// then should see no file rather than a locked one.
    private func make() throws {
        let draft = "\(path).new"
        for leftover in [draft, "\(draft)-wal", "\(draft)-shm", "\(draft)-journal"] { unlink(leftover) }
        do {
            let connection = try SQLiteConnection(path: draft, mode: .create, busyTimeout: busyTimeout)
            if let maximumPages { try connection.execute("PRAGMA max_page_count = \(maximumPages)") }
            try connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
            try OwnedTables.prepare(connection)
        }
        // The connection is closed by now, which has moved its log into the file.
        guard rename(draft, path) == 0 else {
            throw SyncFailure(
                .local,
                .storeUnavailable,
                "'\(path)' cannot be made: \(String(cString: strerror(errno)))",
                hint: "check that the directory can be written by this user"
            )
        }
    }

    private var replaced: SyncFailure {
        SyncFailure(
            .local,
            .storeUnavailable,
            "'\(path)' was replaced while a job was using it",
            hint: "run the job again: it starts anew with the file that is there now"
        )
    }

    private func failure(_ error: SQLiteError) -> SyncFailure {
        if error.isDiskFull || error.code == StoreCode.noRoomForSharedMemory {
            return SyncFailure(
                .local,
                .diskFull,
                "there is no room left for '\(path)'",
                hint: "make room on the disk; the job goes on from its last page"
            )
        }
        if error.isBusy {
            return SyncFailure(
                .transient,
                .storeUnavailable,
                "'\(path)' is locked by another program",
                hint: "end the transaction that holds it"
            )
        }
        if error.isConstraint || error.primaryCode == StoreCode.error {
            return SyncFailure(
                .local,
                .storeRefused,
                "'\(path)' refuses a change or a question: \(error.message)",
                hint: "run the job again if a table was altered meanwhile; else look at the table's constraints"
            )
        }
        return SyncFailure(
            .local,
            .storeUnavailable,
            "'\(path)' cannot be used: \(error.message)",
            hint: "check that the file exists, is an SQLite database and can be read and written by this user"
        )
    }
}

/// Result codes that decide what becomes of an error (rescode.html).
enum StoreCode {
    /// SQLITE_ERROR: a statement that does not fit the schema.
    static let error: Int32 = 1
    /// SQLITE_MISMATCH: a text for an INTEGER PRIMARY KEY.
    static let mismatch: Int32 = 20
    /// SQLITE_IOERR_SHMSIZE: the log's index cannot grow.
    static let noRoomForSharedMemory: Int32 = 10 | 19 << 8
}

/// SQL's own way to write a name.
func quoted(_ name: String) -> String { enclosed(name, in: "\"") }

/// SQL's own way to write a text.
func literal(_ text: String) -> String { enclosed(text, in: "'") }

private func enclosed(_ text: String, in mark: Unicode.Scalar) -> String {
    // By scalars: a mark and a combining accent after it are one Character.
    var result = String.UnicodeScalarView([mark])
    for scalar in text.unicodeScalars {
        if scalar == mark { result.append(mark) }
        result.append(scalar)
    }
    result.append(mark)
    return String(result)
}

extension String {
    /// Whether two names are the same bytes: Swift takes `é` in one code point and in two for equal.
    func isSame(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
