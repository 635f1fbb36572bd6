internal import FerryCore
internal import FerrySQLite
internal import GRDB

/// Turns what SQLite and GRDB throw into failures for people: the only place that does.
enum LedgerFailure {
    /// The failure that `error` amounts to; one that already is a ``SyncFailure`` stays as it is.
    static func of(_ error: any Error, path: String) -> any Error {
        switch error {
        case is SyncFailure, is CancellationError:
            error
        case let error as DatabaseError:
            failure(code: error.extendedResultCode.rawValue, words: error.message ?? "no reason given", path: path)
        case let error as SQLiteError:
            failure(code: error.code, words: error.message, path: path)
        case let error as DamagedValue:
            damaged(error.words, path: path)
        default:
            // What GRDB says of a value that its column cannot hold, or Foundation of a text that is no JSON.
            damaged("a value is of the wrong kind", path: path)
        }
    }

    /// A failure that only a mistake in Ferry can cause.
    static func broken(_ message: String) -> SyncFailure {
        SyncFailure(.local, .internalError, message, hint: "This is a mistake in Ferry: please report it.")
    }

    static func unavailable(_ message: String, hint: String?) -> SyncFailure {
        SyncFailure(.local, .ledgerUnavailable, message, hint: hint)
    }

    /// Something else that stands where the ledger should: no restart helps.
    static func foreign(_ message: String, hint: String) -> SyncFailure {
        SyncFailure(.config, .ledgerUnavailable, message, hint: hint)
    }

    /// A file that cannot be trusted any more; `words` say what is wrong with it.
    static func damaged(_ words: String, path: String) -> SyncFailure {
        SyncFailure(
            .local,
            .ledgerDamaged,
            "The ledger \(path) is damaged or is no SQLite file: \(words).",
            hint: """
                Stop Ferry, move \(path), \(path)-wal and \(path)-shm away and start it again: it makes a new one. \
                The list of jobs, what is paused and what was set aside are forgotten. The next pull compares all \
                records; the next push finds the service's records by their natural key, so it creates none twice and \
                deletes none. A copy from a backup does as well.
                """
        )
    }

    private static func failure(code: Int32, words: String, path: String) -> SyncFailure {
        // Growing the shared memory file fails with an I/O error of its own where writing would say "full".
        let isSharedMemoryFull = code == ResultCode.SQLITE_IOERR_SHMSIZE.rawValue
        // The tables are Ferry's own: one that is missing was called by another name when the file was sound.
        let isSchemaBroken = words.hasPrefix("no such ") || words.hasPrefix("malformed database schema")
        if isSchemaBroken { return damaged(words, path: path) }
        let primary = isSharedMemoryFull ? .SQLITE_FULL : ResultCode(rawValue: code & 0xFF)
        switch primary {
        case .SQLITE_FULL:
            return SyncFailure(
                .local,
                .diskFull,
                "There is no space left for the ledger \(path).",
                hint: "Free some space on its disk; work goes on by itself."
            )
        case .SQLITE_CONSTRAINT:
            return broken("The ledger refused a change that breaks its rules: \(words).")
        case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_READONLY, .SQLITE_AUTH:
            return unavailable(
                "The ledger \(path) cannot be opened for writing: \(words).",
                hint: "Check that its directory exists and that the user Ferry runs as may write there."
            )
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return unavailable(
                "Another process keeps the ledger \(path) locked: \(words).",
                hint: "End the program that has the file open; `fuser` names it."
            )
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return damaged(words, path: path)
        default:
            return unavailable(
                "The ledger \(path) cannot be used: \(words) (SQLite \(code)).",
                hint: "Check the disk it is on and the system's log."
            )
        }
    }
}

/// A value that only a damaged file can hold.
struct DamagedValue: Error {
    let words: String

    init(_ words: String) {
        self.words = words
    }
}

extension Row {
    /// The value of a column.
    ///
    /// - Throws: where GRDB's subscript would end the process, when a damaged file holds a value of another kind.
    func value<Value: DatabaseValueConvertible>(_ column: String) throws -> Value {
        try decode(Value.self, forColumn: column)
    }
}
