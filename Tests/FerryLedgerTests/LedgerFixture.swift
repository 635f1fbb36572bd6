import FerryCore
import FerryLedger
import FerrySQLite
import FoundationEssentials
import Glibc
import Synchronization

/// A directory of a test's own, with a ledger in it.
struct LedgerFixture {
    let directory: String
    let path: String

    /// Calls `body` with a fresh ledger in a fresh directory, which is removed afterwards.
    static func with(_ body: (Ledger) async throws -> Void) async throws {
        try await withDirectory { fixture in try await body(Ledger(path: fixture.path)) }
    }

    /// Calls `body` with a fresh directory, which is removed afterwards.
    static func withDirectory(_ body: (LedgerFixture) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.path + "/ferry-ledger-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body(LedgerFixture(directory: directory, path: directory + "/ledger.db")))
        } catch {
            outcome = .failure(error)
        }
        try FileManager.default.removeItem(atPath: directory)
        try outcome.get()
    }
}

extension LedgerFixture {
    /// The bytes that the ledger's file and those with its name and a suffix take.
    func bytes(of suffixes: [String]) throws -> Int {
        try suffixes.reduce(0) { sum, suffix in
            var status = stat()
            guard stat(path + suffix, &status) == 0 else { throw CocoaError(.fileReadNoSuchFile) }
            return sum + Int(status.st_size)
        }
    }
}

/// The statements that a ledger runs.
final class StatementTrace: Sendable {
    private let statements = Mutex<[String]>([])

    func note(_ sql: String) {
        statements.withLock { $0.append(sql) }
    }

    /// How many operations SQLite takes for the questions that `body` asks.
    func operations(of body: () async throws -> Void, in fixture: LedgerFixture) async throws -> Int {
        statements.withLock { $0 = [] }
        try await body()
        let raw = try SQLiteConnection(path: fixture.path, mode: .readOnly)
        return try statements.withLock { $0 }.filter { $0.hasPrefix("SELECT") }.reduce(0) { sum, sql in
            let statement = try raw.prepare(sql)
            while try statement.step() {}
            return sum + statement.operationCount
        }
    }
}

/// A connection that knows nothing of the ledger's rules but those in its schema.
func rawConnection(_ path: String) throws -> SQLiteConnection {
    let connection = try SQLiteConnection(path: path, mode: .readWrite)
    try connection.execute("PRAGMA foreign_keys = ON")
    return connection
}

extension SQLiteConnection {
    /// The first value of a query's first row.
    func number(_ sql: String) throws -> Int64? {
        let statement = try prepare(sql)
        return try statement.step() ? statement.int64(0) : nil
    }
}

/// A time that tests count from.
let start = Date(timeIntervalSince1970: 1_800_000_000)

extension Job {
    /// A job as tests ask for it.
    static func asked(
        _ id: String,
        _ integration: String = "blog",
        _ direction: Direction = .pull,
        entityIDs: [String]? = nil,
        after seconds: Double = 0
    ) -> Job {
        Job(
            id: id,
            integration: integration,
            direction: direction,
            entityIDs: entityIDs,
            trigger: .manual,
            queuedAt: start + seconds
        )
    }
}

extension Ledger {
    /// Queues and claims a job.
    func running(_ id: String, _ integration: String = "blog", _ direction: Direction = .pull) async throws -> Job {
        let job = try await enqueue(.asked(id, integration, direction))
        return try await claim(job.id, at: start) ?? job
    }

    /// Queues, claims and ends a job.
    func finished(
        _ id: String,
        _ integration: String = "blog",
        as state: JobState = .succeeded,
        at seconds: Double = 0
    ) async throws {
        let job = try await running(id, integration)
        try await finish(job.id, as: state, at: start + seconds, progress: JobProgress(), failure: nil)
    }

    /// Opens the scope of products.
    func products(remote: String = "https://a", local: String = "store") async throws -> LinkScope {
        try await scope(
            integration: "shop",
            entityType: "product",
            resource: "rows",
            remoteIdentity: remote,
            localIdentity: local
        )
    }

    /// Links pairs outside a batch.
    func link(_ pairs: [(String, String)], in scope: LinkScope, job: String) async throws {
        var changes = LinkChanges()
        for (local, remote) in pairs { changes.append(localID: local, remoteID: remote) }
        try await settle(PushSettlement(batch: 0, job: job, links: changes, progress: JobProgress()), in: scope)
    }

    /// All pairs of a scope, by local identifier.
    func allPairs(in scope: LinkScope) async throws -> [String: String] {
        let pairs = try await links(in: scope, after: 0, limit: 10_000)
        return Dictionary(uniqueKeysWithValues: pairs.map { ($0.localID, $0.remoteID) })
    }
}

/// A hash that only `value` has.
func hash(_ value: UInt64) -> RecordHash {
    RecordHash(low: value, high: ~value)
}
