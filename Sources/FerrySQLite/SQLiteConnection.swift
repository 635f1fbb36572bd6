import CSQLite

/// A connection to an SQLite file for the row path: prepared statements bound by pointer, no value boxed.
///
/// Not thread-safe: it belongs to one queue.
public final class SQLiteConnection {
    /// The connection's handle.
    public let handle: OpaquePointer
    private let ownsHandle: Bool
    private let kept: ((String) throws(SQLiteError) -> OpaquePointer)?

    /// How a file is opened.
    public enum Mode: Sendable {
        /// Reads only.
        case readOnly
        /// Reads and writes; the file must exist.
        case readWrite
        /// Reads and writes; the file is made if need be.
        case create
    }

    /// Opens a file.
    ///
    /// - Parameter busyTimeout: how long to wait for another process' lock, in ms.
    /// - Throws: ``SQLiteError``.
    public init(path: String, mode: Mode, busyTimeout: Int32 = 10_000) throws(SQLiteError) {
        var opened: OpaquePointer?
        let flags: Int32 =
            switch mode {
            case .readOnly: SQLITE_OPEN_READONLY
            case .readWrite: SQLITE_OPEN_READWRITE
            case .create: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            }
        let code = sqlite3_open_v2(path, &opened, flags | SQLITE_OPEN_NOMUTEX, nil)
        guard code == SQLITE_OK, let opened else {
            let message = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            sqlite3_close_v2(opened)
            throw SQLiteError(code: code, message: message)
        }
        handle = opened
        ownsHandle = true
        kept = nil
        sqlite3_extended_result_codes(opened, 1)
        sqlite3_busy_timeout(opened, busyTimeout)
    }

    /// Uses a connection that another library opened and closes, and the statements that it keeps prepared.
    ///
    /// - Parameter statements: gives the prepared statement of a text, which must not be prepared again while it is in
    ///   use; `nil` where none are kept.
    public init(
        borrowing handle: OpaquePointer,
        statements: ((String) throws(SQLiteError) -> OpaquePointer)? = nil
    ) {
        self.handle = handle
        ownsHandle = false
        kept = statements
    }

    deinit {
        if ownsHandle { sqlite3_close_v2(handle) }
    }

    /// Runs statements that give no rows.
    ///
    /// - Throws: ``SQLiteError``.
    public func execute(_ sql: String) throws(SQLiteError) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw error(code) }
    }

    /// Prepares a statement that is used many times.
    ///
    /// - Throws: ``SQLiteError``.
    public func prepare(_ sql: String) throws(SQLiteError) -> SQLiteStatement {
        if let kept { return SQLiteStatement(handle: try kept(sql), connection: self, isBorrowed: true) }
        var prepared: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard code == SQLITE_OK, let prepared else { throw error(code) }
        return SQLiteStatement(handle: prepared, connection: self)
    }

    /// Runs `body` in a transaction that takes the write lock at once; an error undoes all of it.
    public func transaction<Result>(_ body: () throws -> Result) throws -> Result {
        try execute("BEGIN IMMEDIATE")
        do {
            let result = try body()
            try execute("COMMIT")
            return result
        } catch {
            // SQLite may have rolled back by itself (disk full); a second rollback then has nothing to undo.
            if sqlite3_get_autocommit(handle) == 0 { sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
            throw error
        }
    }

    /// Whether a transaction is open: some errors end it by themselves.
    public var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// The number of the row inserted last.
    public var lastInsertedRowID: Int64 { sqlite3_last_insert_rowid(handle) }

    /// The number of rows that the last statement changed.
    public var changes: Int { Int(sqlite3_changes(handle)) }

    func error(_ code: Int32) -> SQLiteError {
        SQLiteError(code: code, message: String(cString: sqlite3_errmsg(handle)))
    }
}

/// What SQLite says went wrong.
public struct SQLiteError: Error, Sendable, CustomStringConvertible {
    /// The extended result code.
    public let code: Int32
    /// SQLite's words.
    public let message: String

    /// An error that another library has met.
    public init(code: Int32, message: String) {
        self.code = code
        self.message = message
    }

    /// The primary result code.
    public var primaryCode: Int32 { code & 0xFF }
    /// Whether the disk is full.
    public var isDiskFull: Bool { primaryCode == SQLITE_FULL }
    /// Whether a constraint of the table refused the row.
    public var isConstraint: Bool { primaryCode == SQLITE_CONSTRAINT }
    /// Whether another connection held its lock for too long.
    public var isBusy: Bool { primaryCode == SQLITE_BUSY || primaryCode == SQLITE_LOCKED }

    /// SQLite's words and the code.
    public var description: String { "\(message) (SQLite \(code))" }
}
