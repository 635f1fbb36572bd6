internal import FerryCore
internal import FerrySQLite
internal import FoundationEssentials
internal import GRDB

/// How a job stands in its table.
enum JobRow {
    /// Every job with its integration's name, by position as ``job(_:)`` reads it; conditions are added behind it.
    private static let selection = """
        SELECT job.direction, job.state, job.id, integration.name, job.entity_ids, job.is_full, job.entity_types,
            job.allows_deletes, job.set_aside, job.requested_by, job.queued_at, job.attempt, job.started_at,
            job.finished_at, job.wait_reason, job.wait_until, job.records_read, job.created, job.updated, job.unchanged,
            job.deleted, job.skipped, job.quarantined, job.held, job.bytes_in, job.bytes_out, job.requests, job.retries,
            job.total, job.expected_seconds, job.is_incremental, job.refusals, job.shortfalls, job.cancel_asked_at,
            job.notes, job.failure_code, job.failure_message, job.failure_hint
        FROM job JOIN integration ON integration.id = job.integration_id

        """

    /// The jobs that some conditions choose.
    ///
    /// Whoever asks how 100 integrations are reads 400 jobs: by the columns' names, that takes five times as long.
    ///
    /// - Parameters:
    ///   - conditions: what follows the tables' names; prepared once for each connection.
    ///   - arguments: the values of its parameters.
    static func jobs(
        _ conditions: String,
        _ arguments: [any DatabaseValueConvertible],
        in database: Database
    ) throws -> [Job] {
        try jobs(database.rowPath().prepare(selection + conditions), arguments)
    }

    /// The jobs that conditions choose which are seldom the same.
    static func jobs(
        once conditions: String,
        _ arguments: [any DatabaseValueConvertible],
        in database: Database
    ) throws -> [Job] {
        let statement = try database.makeStatement(sql: selection + conditions)
        return try withExtendedLifetime(statement) {
            try jobs(database.rowPath { _ in statement }.prepare(selection + conditions), arguments)
        }
    }

    private static func jobs(
        _ statement: FerrySQLite.SQLiteStatement,
        _ arguments: [any DatabaseValueConvertible]
    ) throws -> [Job] {
        for (index, argument) in arguments.enumerated() {
            switch argument.databaseValue.storage {
            case .int64(let value): statement.bind(value, at: index)
            case .string(let value): statement.bind(value, at: index)
            case .double, .blob, .null: throw LedgerFailure.broken("A job is looked for by what it does not have.")
            }
        }
        defer { statement.reset() }
        var jobs: [Job] = []
        while try statement.step() {
            var columns = JobColumns(statement)
            jobs.append(try job(&columns))
        }
        return jobs
    }

    /// The job that a row of ``selection`` holds.
    private static func job(_ columns: inout JobColumns) throws -> Job {
        guard let direction = Direction(rawValue: try columns.text()),
            let state = JobState(rawValue: try columns.text())
        else { throw DamagedValue("a job has a direction or state that does not exist") }
        var job = Job(
            id: try columns.text(),
            integration: try columns.text(),
            direction: direction,
            entityIDs: try strings(columns.textIfPresent()),
            options: JobOptions(
                isFull: try columns.bool(),
                entityTypes: try strings(columns.textIfPresent()),
                allowsDeletes: try columns.bool(),
                setAside: JobOptions.SetAside(rawValue: try columns.text()) ?? .leave
            ),
            trigger: Job.Trigger(rawValue: try columns.text()) ?? .manual,
            queuedAt: Date(milliseconds: try columns.integer())
        )
        job.state = state
        job.attempt = try columns.count()
        job.startedAt = date(try columns.integerIfPresent())
        job.finishedAt = date(try columns.integerIfPresent())
        let (reason, until) = (try columns.textIfPresent(), date(try columns.integerIfPresent()))
        if let reason, let until { job.wait = Job.Wait(reason: reason, until: until) }
        job.progress = try progress(&columns)
        job.isCancelling = try columns.integerIfPresent() != nil && !state.isFinal
        job.notes = try strings(columns.textIfPresent()) ?? []
        let code = try columns.textIfPresent()
        let (message, hint) = (try columns.textIfPresent(), try columns.textIfPresent())
        if let code {
            // A code that this version does not know can only come from a file edited by hand.
            job.failure = JobFailure(
                code: ErrorCode(rawValue: code) ?? .internalError,
                message: message ?? "",
                hint: hint
            )
        }
        return job
    }

    // MARK: Entities

    /// A list as JSON; `nil` for none at all.
    static func text(of strings: [String]?) throws -> String? {
        try strings.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }
    }

    /// What two jobs for the same entities have in common, whatever their order: `*` for all.
    static func entitySet(_ ids: [String]?) -> String {
        guard let ids else { return "*" }
        var bytes: [UInt8] = []
        for id in Set(ids).sorted() {
            // The length first, so that no two sets give the same bytes.
            withUnsafeBytes(of: UInt64(id.utf8.count).littleEndian) { bytes.append(contentsOf: $0) }
            bytes.append(contentsOf: id.utf8)
        }
        let hash = bytes.withUnsafeBytes { RecordHash.of($0) }
        return String(hash.high, radix: 16) + "-" + String(hash.low, radix: 16)
    }

    static func strings(_ text: String?) throws -> [String]? {
        try text.map { try JSONDecoder().decode([String].self, from: Data($0.utf8)) }
    }

    // MARK: Progress

    /// The columns of a job's progress with the values to set them to.
    static func arguments(_ progress: JobProgress) throws -> JobArguments {
        var arguments = JobArguments()
        arguments["records_read"] = progress.read
        arguments["created"] = progress.created
        arguments["updated"] = progress.updated
        arguments["unchanged"] = progress.unchanged
        arguments["deleted"] = progress.deleted
        arguments["skipped"] = progress.skipped
        arguments["quarantined"] = progress.quarantined
        arguments["held"] = progress.held
        arguments["bytes_in"] = progress.bytesIn
        arguments["bytes_out"] = progress.bytesOut
        arguments["requests"] = progress.requests
        arguments["retries"] = progress.retries
        arguments["total"] = progress.total
        arguments["expected_seconds"] = progress.expectedSeconds
        arguments["is_incremental"] = progress.isIncremental
        if !progress.refusals.isEmpty {
            arguments["refusals"] = String(decoding: try JSONEncoder().encode(progress.refusals), as: UTF8.self)
        } else {
            arguments["refusals"] = nil
        }
        if !progress.shortfalls.isEmpty {
            arguments["shortfalls"] = String(decoding: try JSONEncoder().encode(progress.shortfalls), as: UTF8.self)
        } else {
            arguments["shortfalls"] = nil
        }
        return arguments
    }

    /// The assignments that go with ``arguments(_:)``.
    static let progressAssignments = """
        records_read = :records_read, created = :created, updated = :updated, unchanged = :unchanged,
        deleted = :deleted, skipped = :skipped, quarantined = :quarantined, held = :held, bytes_in = :bytes_in,
        bytes_out = :bytes_out, requests = :requests, retries = :retries, total = :total,
        expected_seconds = :expected_seconds, is_incremental = :is_incremental, refusals = :refusals,
        shortfalls = :shortfalls
        """

    private static func progress(_ columns: inout JobColumns) throws -> JobProgress {
        var progress = JobProgress()
        progress.read = try columns.count()
        progress.created = try columns.count()
        progress.updated = try columns.count()
        progress.unchanged = try columns.count()
        progress.deleted = try columns.count()
        progress.skipped = try columns.count()
        progress.quarantined = try columns.count()
        progress.held = try columns.count()
        progress.bytesIn = try columns.count()
        progress.bytesOut = try columns.count()
        progress.requests = try columns.count()
        progress.retries = try columns.count()
        progress.total = try columns.integerIfPresent().map { Int($0) }
        progress.expectedSeconds = try columns.integerIfPresent().map { Int($0) }
        progress.isIncremental = try columns.bool()
        if let refusals = try columns.textIfPresent() {
            progress.refusals = try JSONDecoder().decode([JobRefusals].self, from: Data(refusals.utf8))
        }
        if let shortfalls = try columns.textIfPresent() {
            progress.shortfalls = try JSONDecoder().decode([JobShortfall].self, from: Data(shortfalls.utf8))
        }
        return progress
    }

    private static func date(_ milliseconds: Int64?) -> Date? {
        milliseconds.map { Date(milliseconds: $0) }
    }
}

/// The values of a row, one after the other.
private struct JobColumns {
    private let statement: FerrySQLite.SQLiteStatement
    private var index = 0

    init(_ statement: FerrySQLite.SQLiteStatement) {
        self.statement = statement
    }

    /// - Throws: ``DamagedValue`` when a damaged file holds a value of another kind.
    mutating func textIfPresent() throws -> String? {
        try next(StorageClass.text) { $0.string($1) }
    }

    mutating func integerIfPresent() throws -> Int64? {
        try next(StorageClass.integer) { $0.int64($1) }
    }

    mutating func text() throws -> String { try required(textIfPresent()) }
    mutating func integer() throws -> Int64 { try required(integerIfPresent()) }
    mutating func count() throws -> Int { Int(try integer()) }
    mutating func bool() throws -> Bool { try integer() != 0 }

    private mutating func next<Value>(
        _ kind: Int32,
        _ value: (FerrySQLite.SQLiteStatement, Int) -> Value
    ) throws -> Value? {
        defer { index += 1 }
        let found = statement.columnType(index)
        guard found != StorageClass.null else { return nil }
        guard found == kind else { throw DamagedValue("a job has a value of another kind in column \(index)") }
        return value(statement, index)
    }

    private func required<Value>(_ value: Value?) throws -> Value {
        guard let value else { throw DamagedValue("a job has nothing in column \(index - 1)") }
        return value
    }
}

/// The named arguments of a statement; `nil` is SQL's null, not an argument left out.
struct JobArguments {
    private var values: [String: DatabaseValue] = [:]

    /// One argument.
    subscript(name: String) -> (any DatabaseValueConvertible)? {
        get { values[name] }
        set { values[name] = newValue?.databaseValue ?? .null }
    }

    /// The arguments as GRDB takes them.
    var statementArguments: StatementArguments { StatementArguments(values) }
}
