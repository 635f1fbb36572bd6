import CSQLite

/// A prepared statement.
///
/// Parameters and columns count from 0.
///
/// Bytes bound with `bindText(_:at:)` and `bindBlob(_:at:)` are not copied: they must live until `reset()`.
public final class SQLiteStatement {
    private let handle: OpaquePointer
    // Statements must be finalized before their connection closes.
    private let connection: SQLiteConnection
    private let isBorrowed: Bool

    init(handle: OpaquePointer, connection: SQLiteConnection, isBorrowed: Bool = false) {
        self.handle = handle
        self.connection = connection
        self.isBorrowed = isBorrowed
    }

    deinit {
        guard isBorrowed else {
            sqlite3_finalize(handle)
            return
        }
        // It is used again, when what is bound by pointer is long gone.
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }

    // MARK: Parameters

    /// Binds null.
    public func bindNull(at index: Int) {
        sqlite3_bind_null(handle, Int32(index + 1))
    }

    /// Binds an integer.
    public func bind(_ value: Int64, at index: Int) {
        sqlite3_bind_int64(handle, Int32(index + 1), value)
    }

    /// Binds a real number.
    public func bind(_ value: Double, at index: Int) {
        sqlite3_bind_double(handle, Int32(index + 1), value)
    }

    /// Binds a copy of a string.
    public func bind(_ value: String, at index: Int) {
        var value = value
        value.withUTF8 { bytes in
            _ = ferry_sqlite_bind_text_copy(handle, Int32(index + 1), pointer(bytes.baseAddress), Int32(bytes.count))
        }
    }

    /// Binds UTF-8 that lives until `reset()`.
    public func bindText(_ bytes: UnsafeRawBufferPointer, at index: Int) {
        _ = ferry_sqlite_bind_text_static(handle, Int32(index + 1), pointer(bytes.baseAddress), Int32(bytes.count))
    }

    /// Binds bytes that live until `reset()`.
    public func bindBlob(_ bytes: UnsafeRawBufferPointer, at index: Int) {
        _ = ferry_sqlite_bind_blob_static(handle, Int32(index + 1), pointer(bytes.baseAddress), Int32(bytes.count))
    }

    /// Binds a copy of bytes.
    public func bindBlobCopy(_ bytes: UnsafeRawBufferPointer, at index: Int) {
        _ = ferry_sqlite_bind_blob_copy(handle, Int32(index + 1), pointer(bytes.baseAddress), Int32(bytes.count))
    }

    /// An empty text or blob needs a pointer all the same: a null pointer would bind NULL.
    private func pointer(_ address: UnsafeRawPointer?) -> UnsafeRawPointer {
        address ?? UnsafeRawPointer(handle)
    }

    // MARK: Running

    /// Goes to the next row.
    ///
    /// - Returns: whether there is one.
    /// - Throws: ``SQLiteError``.
    public func step() throws(SQLiteError) -> Bool {
        let code = sqlite3_step(handle)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default:
            let error = connection.error(code)
            sqlite3_reset(handle)
            throw error
        }
    }

    /// Makes the statement ready for the next run.
    ///
    /// Parameters keep their values.
    public func reset() {
        sqlite3_reset(handle)
    }

    /// Runs a statement that gives no rows, and resets it.
    ///
    /// - Throws: ``SQLiteError``.
    public func run() throws(SQLiteError) {
        defer { reset() }
        while try step() {}
    }

    /// How many operations of SQLite's virtual machine the statement has taken so far: about in step with the rows that
    /// it has looked at, and the same on every machine.
    package var operationCount: Int { Int(sqlite3_stmt_status(handle, SQLITE_STMTSTATUS_VM_STEP, 0)) }

    // MARK: Columns

    /// The number of columns.
    public var columnCount: Int { Int(sqlite3_column_count(handle)) }

    /// A column's name.
    public func columnName(_ index: Int) -> String {
        sqlite3_column_name(handle, Int32(index)).map { String(cString: $0) } ?? ""
    }

    /// The type a column was declared with, if it is a table's.
    public func declaredType(_ index: Int) -> String? {
        sqlite3_column_decltype(handle, Int32(index)).map { String(cString: $0) }
    }

    /// How SQLite stores the current row's value: a ``StorageClass``.
    public func columnType(_ index: Int) -> Int32 {
        sqlite3_column_type(handle, Int32(index))
    }

    /// Whether the current row's value is null.
    public func isNull(_ index: Int) -> Bool {
        sqlite3_column_type(handle, Int32(index)) == SQLITE_NULL
    }

    /// The current row's integer.
    public func int64(_ index: Int) -> Int64 {
        sqlite3_column_int64(handle, Int32(index))
    }

    /// The current row's real number.
    public func double(_ index: Int) -> Double {
        sqlite3_column_double(handle, Int32(index))
    }

    /// The current row's text.
    public func string(_ index: Int) -> String {
        withText(index) { String(decoding: $0, as: UTF8.self) }
    }

    /// Calls `body` with the current row's text, valid only during the call.
    public func withText<Result>(_ index: Int, _ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        // The text must be asked for before its length (SQLite's documentation of sqlite3_column_bytes).
        let text = sqlite3_column_text(handle, Int32(index))
        let count = Int(sqlite3_column_bytes(handle, Int32(index)))
        return try body(UnsafeRawBufferPointer(start: text, count: text == nil ? 0 : count))
    }

    /// Calls `body` with the current row's blob, valid only during the call.
    public func withBlob<Result>(_ index: Int, _ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        let blob = sqlite3_column_blob(handle, Int32(index))
        let count = Int(sqlite3_column_bytes(handle, Int32(index)))
        return try body(UnsafeRawBufferPointer(start: blob, count: blob == nil ? 0 : count))
    }
}
