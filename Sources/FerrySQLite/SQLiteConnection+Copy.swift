import CSQLite

extension SQLiteConnection {
    /// Copies the whole database, as it is at one moment, into the file of another connection, which is durable then.
    ///
    /// Others may write meanwhile where the file has a write-ahead log, and nobody waits for the copy.
    ///
    /// - Throws: ``SQLiteError``.
    public func copy(into other: SQLiteConnection) throws(SQLiteError) {
        guard let copy = sqlite3_backup_init(other.handle, "main", handle, "main") else {
            throw other.error(sqlite3_errcode(other.handle))
        }
        // All in one step, for a copy in several begins anew whenever somebody has written in between.
        let stepped = sqlite3_backup_step(copy, -1)
        let finished = sqlite3_backup_finish(copy)
        guard stepped == SQLITE_DONE else { throw other.error(stepped == SQLITE_OK ? finished : stepped) }
        guard finished == SQLITE_OK else { throw other.error(finished) }
    }
}
