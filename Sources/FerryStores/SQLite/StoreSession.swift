import FerrySQLite

/// An open file, with the statements that were prepared for it: belongs to its worker's queue.
final class StoreSession {
    let connection: SQLiteConnection
    /// Which file this is.
    let file: FileIdentity?
    /// Tells sessions of one store apart: a table that was opened in one must not go on in another.
    let number: Int
    /// The bytes of a row that the last scan read: buffers that are made large enough need not grow page by page.
    var bytesPerRow = 64
    private var statements: [String: SQLiteStatement] = [:]

    init(_ connection: SQLiteConnection, file: FileIdentity?, number: Int) {
        self.connection = connection
        self.file = file
        self.number = number
    }

    /// A statement for `sql`, prepared at the first call; whoever uses it resets it.
    func statement(_ sql: String) throws(SQLiteError) -> SQLiteStatement {
        if let statement = statements[sql] { return statement }
        // A table needs a handful; more than this are those of tables that are no longer in use.
        if statements.count >= 64 { statements.removeAll() }
        let statement = try connection.prepare(sql)
        statements[sql] = statement
        return statement
    }
}
