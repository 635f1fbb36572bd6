public import FerryCore
internal import FerrySQLite
internal import GRDB
internal import Glibc
internal import Synchronization

/// The daemon's own memory: jobs, schedules, links, checkpoints, outbox and quarantine in one SQLite file.
///
/// One `Ledger` per process and file. Readers never wait for a writer (WAL, a pool of connections), and whatever a
/// method has committed survives a power cut (`synchronous = FULL`). No method blocks the caller's thread.
///
/// Calls run to their end even in a cancelled task: a job that is being cancelled must still be able to note what the
/// service has acknowledged.
public final class Ledger: JobLedger, SyncLedger, Sendable {
    /// Where the file is.
    public let path: String
    /// Whether the file was found to know less than it did before: its log was lost, or it is an old copy.
    ///
    /// Nothing is created twice for it: pushes find their records by natural key again.
    public let isBehind: Bool

    /// What people should know when the file is behind.
    public static let behindNote = """
        The ledger knows less than it did before: its log was lost, or it is an old copy. Pushes look for the service's \
        records by their natural key again, so that none is created twice; some jobs may be missing from the list.
        """

    private let pool: any DatabaseWriter
    private let isInMemory: Bool
    /// How a draft sees the links of the ledger it is a draft of.
    let draftLinks: DraftLinks?
    /// Who is told of what is written to a draft.
    let witness: (any LedgerWitness)?
    private let file: FileIdentity?
    /// The number of the last batch in the outbox, kept outside the file.
    let mark: LedgerMark
    /// The scopes of which it is known that their links are found by their remote identifiers, by number.
    let findableScopes = Mutex<Set<Int64>>([])

    /// Opens the ledger at `path`; makes it, readable by its owner only, if it does not exist.
    ///
    /// A ledger of an older version is brought up to date. The directory must exist.
    ///
    /// - Throws: ``SyncFailure`` of kind `config` with the code `ledger.newer_version` when a newer version has written
    ///   the file (nothing is changed then), else of kind `local` with `ledger.unavailable` or `disk.full`.
    public convenience init(path: String) throws {
        try self.init(path: path, trace: nil)
    }

    /// Opens the ledger as ``init(path:)`` does; `trace` sees every statement: a seam for tests of what queries cost.
    package init(path: String, trace: (@Sendable (String) -> Void)?) throws {
        self.path = path
        do {
            try LedgerFile.prepare(path)
            let pool = try DatabasePool(path: path, configuration: LedgerFile.configuration(trace: trace))
            // A pool's writer begins with NORMAL, under which a power cut may lose the last commits: a version of the schema
            // that is lost is made again.
            try LedgerSchema.bringUpToDate(pool)
            try pool.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA synchronous = FULL")
            }
            let mark = LedgerMark(ledgerPath: path)
            isBehind = mark.number == 0 ? false : try pool.write { try mark.check($0) }
            self.mark = mark
            self.pool = pool
            isInMemory = false
            file = FileIdentity(path: path)
        } catch {
            throw LedgerFailure.of(error, path: path)
        }
        draftLinks = nil
        witness = nil
    }

    /// Opens a ledger in memory, a copy of another: for tests that need thousands of them.
    ///
    /// - Parameter other: `nil` for a new ledger.
    /// - Throws: ``SyncFailure``.
    package init(inMemoryCopyOf other: Ledger?) throws {
        path = ":memory:"
        isBehind = false
        mark = LedgerMark()
        file = nil
        do {
            let queue = try DatabaseQueue(configuration: LedgerFile.configuration())
            if let other {
                try other.pool.backup(to: queue)
            } else {
                try LedgerSchema.bringUpToDate(queue)
            }
            pool = queue
            isInMemory = true
        } catch {
            throw LedgerFailure.of(error, path: path)
        }
        draftLinks = nil
        witness = nil
    }

    /// The ledger in a draft's file.
    init(draft: DatabaseQueue, links: DraftLinks, witness: any LedgerWitness) {
        path = DraftFile.name
        pool = draft
        isBehind = false
        mark = LedgerMark()
        file = nil
        // It reads the real ledger, to which others write: what it reads must be one view.
        isInMemory = false
        draftLinks = links
        self.witness = witness
    }

    /// Refuses a file that this version cannot use as a ledger; nothing is changed.
    ///
    /// - Throws: ``SyncFailure`` that says why.
    public static func check(_ path: String) throws {
        do {
            try LedgerFile.prepare(path)
        } catch {
            throw LedgerFailure.of(error, path: path)
        }
    }

    /// Closes the file; calls that come later fail.
    ///
    /// Not needed before the process ends: an open ledger is as durable as a closed one.
    ///
    /// - Throws: ``SyncFailure`` of kind `local`.
    public func close() throws {
        do {
            try pool.close()
        } catch {
            throw LedgerFailure.of(error, path: path)
        }
    }

    /// Whether the file is still where it was opened: one that was moved or deleted is written all the same, in vain.
    public var isInPlace: Bool { FileIdentity(path: path) == file }

    /// The size of the file in bytes, without its log; 0 when it is gone.
    public var size: Int64 {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : 0
    }

    /// What is damaged in the structure of the file, in SQLite's words; empty when nothing is.
    ///
    /// Reads the whole file, about 2 s for a million links, and ends at once when the task is cancelled.
    ///
    /// - Throws: ``SyncFailure`` of kind `local`, `CancellationError`.
    public func quickCheck() async throws -> [String] {
        try await inspect { database in
            try String.fetchAll(database, sql: "PRAGMA quick_check").filter { $0 != "ok" }
        }
    }

    /// What is damaged in the file, in SQLite's words; empty when nothing is.
    ///
    /// Reads the whole file and looks up every entry of every index, about 20 s for a million links, and ends at once
    /// when the task is cancelled.
    ///
    /// - Throws: ``SyncFailure`` of kind `local`, `CancellationError`.
    public func integrityCheck() async throws -> [String] {
        try await inspect { database in
            let problems = try String.fetchAll(database, sql: "PRAGMA integrity_check").filter { $0 != "ok" }
            let orphans = try Row.fetchAll(database, sql: "PRAGMA foreign_key_check").map { row throws -> String in
                let table: String = try row.value("table")
                let parent: String = try row.value("parent")
                return "a row of \(table) refers to a row of \(parent) that does not exist"
            }
            return problems + orphans
        }
    }

    /// Runs `body` on a connection of its own, which nobody else waits for.
    private func inspect(_ body: @escaping @Sendable (Database) throws -> [String]) async throws -> [String] {
        if isInMemory { return try await read(body) }
        do {
            return try await DatabaseQueue(path: path, configuration: LedgerFile.inspection()).read(body)
        } catch {
            throw LedgerFailure.of(error, path: path)
        }
    }

    /// The failure that stands for what ``quickCheck()`` or ``integrityCheck()`` has found.
    public func damage(_ problems: [String]) -> SyncFailure {
        LedgerFailure.damaged(problems.prefix(3).joined(separator: "; "), path: path)
    }

    /// Runs a pragma on the writing connection: a seam for tests of what the file is opened with.
    ///
    /// - Returns: its first value as text.
    package func pragma(_ text: String) async throws -> String? {
        try await maintain { try Row.fetchOne($0, sql: "PRAGMA \(text)").map { "\($0[0] as DatabaseValue)" } }
    }

    // MARK: Access

    /// Runs `body` on a reading connection, in one consistent view of the file.
    func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let answer: @Sendable (Result<Database, any Error>) -> Void = { [path] access in
                continuation.resume(
                    with: Result { try body(access.get()) }.mapError { LedgerFailure.of($0, path: path) }
                )
            }
            // Nobody else can write to a ledger in memory meanwhile.
            if isInMemory { pool.asyncUnsafeRead(answer) } else { pool.asyncRead(answer) }
        }
    }

    /// Runs `body` on the writing connection, in one consistent view of the file: for looks between two writes.
    ///
    /// Every write makes the other connections forget what they hold of the file. Only this one still has it in memory.
    func look<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        try await maintain { database in
            var value: Value?
            try database.inTransaction(.deferred) {
                value = try body(database)
                return .commit
            }
            guard let value else { throw LedgerFailure.broken("A look at the ledger ended without a result.") }
            return value
        }
    }

    /// Runs `body` on a reading connection, blocking the caller's thread: for what must be known before anything runs.
    func readNow<Value>(_ body: (Database) throws -> Value) throws -> Value {
        do {
            return try pool.read(body)
        } catch {
            throw LedgerFailure.of(error, path: path)
        }
    }

    /// Runs `body` on the writing connection, in one transaction that is durable when the call returns.
    func write<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            pool.asyncWriteWithoutTransaction { [path] database in
                WorkPriority.job.apply()
                let outcome = Result {
                    var value: Value?
                    try database.inTransaction(.immediate) {
                        value = try body(database)
                        return .commit
                    }
                    guard let value else { throw LedgerFailure.broken("A ledger transaction ended without a result.") }
                    return value
                }
                continuation.resume(with: outcome.mapError { LedgerFailure.of($0, path: path) })
            }
        }
    }

    /// Runs `body` on the writing connection, outside a transaction.
    func maintain<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            pool.asyncWriteWithoutTransaction { [path] database in
                WorkPriority.job.apply()
                continuation.resume(
                    with: Result { try body(database) }.mapError { LedgerFailure.of($0, path: path) }
                )
            }
        }
    }
}

extension Database {
    /// Runs a statement that this connection prepares only once: preparing one that checks a whole job costs more than
    /// running it.
    func run(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws {
        try cachedStatement(sql: sql).execute(arguments: arguments)
    }

    /// The same connection for the row path: prepared statements bound by pointer.
    ///
    /// What is prepared on it must not outlive the access.
    ///
    /// - Parameter statement: the statement for a text; by default one that this connection prepares once and keeps.
    func rowPath(
        _ statement: ((String) throws -> GRDB.Statement)? = nil
    ) throws -> FerrySQLite.SQLiteConnection {
        guard let sqliteConnection else { throw LedgerFailure.broken("The ledger is closed.") }
        return FerrySQLite.SQLiteConnection(borrowing: sqliteConnection) { sql throws(SQLiteError) in
            do {
                return try (statement?(sql) ?? self.cachedStatement(sql: sql)).sqliteStatement
            } catch {
                let failure = error as? DatabaseError
                throw SQLiteError(
                    code: (failure?.extendedResultCode ?? .SQLITE_ERROR).rawValue,
                    message: failure?.message ?? "\(error)"
                )
            }
        }
    }
}
