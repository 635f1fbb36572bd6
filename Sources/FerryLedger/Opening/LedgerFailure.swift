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
        default:
            unavailable("The ledger \(path) cannot be used: \(error).", hint: nil)
        }
    }

    /// A failure that only a mistake in Ferry can cause.
    static func broken(_ message: String) -> SyncFailure {
        SyncFailure(.local, .internalError, message, hint: "This is a mistake in Ferry: please report it.")
    }

    static func unavailable(_ message: String, hint: String?) -> SyncFailure {
        SyncFailure(.local, .ledgerUnavailable, message, hint: hint)
    }

    private static func failure(code: Int32, words: String, path: String) -> SyncFailure {
        // Growing the shared memory file fails with an I/O error of its own where writing would say "full".
        let isSharedMemoryFull = code == ResultCode.SQLITE_IOERR_SHMSIZE.rawValue
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
            return unavailable(
                "The ledger \(path) is damaged or is no SQLite file: \(words).",
                hint: "Stop Ferry and restore the file from a backup, or move it away to start anew."
            )
        default:
            return unavailable(
                "The ledger \(path) cannot be used: \(words) (SQLite \(code)).",
                hint: "Check the disk it is on and the system's log."
            )
        }
    }
}
