internal import FerryCore
internal import FoundationEssentials
internal import GRDB

/// How a job stands in its table.
enum JobRow {
    /// Every job with its integration's name; conditions are added behind it.
    static let selection = """
        SELECT job.*, integration.name AS integration
        FROM job JOIN integration ON integration.id = job.integration_id
        """

    /// The job that a row of ``selection`` holds.
    static func job(_ row: Row) throws -> Job {
        guard let direction = Direction(rawValue: row["direction"]), let state = JobState(rawValue: row["state"]) else {
            throw LedgerFailure.broken("A job in the ledger has a direction or state that does not exist.")
        }
        var job = Job(
            id: row["id"],
            integration: row["integration"],
            direction: direction,
            entityIDs: try entityIDs(row["entity_ids"]),
            isFull: row["is_full"],
            trigger: Job.Trigger(rawValue: row["requested_by"]) ?? .manual,
            queuedAt: Date(milliseconds: row["queued_at"])
        )
        job.state = state
        job.attempt = row["attempt"]
        job.startedAt = date(row["started_at"])
        job.finishedAt = date(row["finished_at"])
        if let reason: String = row["wait_reason"], let until = date(row["wait_until"]) {
            job.wait = Job.Wait(reason: reason, until: until)
        }
        job.progress = try progress(row)
        if let code: String = row["failure_code"] {
            // A code that this version does not know can only come from a file edited by hand.
            job.failure = JobFailure(
                code: ErrorCode(rawValue: code) ?? .internalError,
                message: row["failure_message"],
                hint: row["failure_hint"]
            )
        }
        return job
    }

    // MARK: Entities

    /// The entities as JSON; `nil` for all.
    static func text(ofEntityIDs ids: [String]?) throws -> String? {
        try ids.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }
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

    private static func entityIDs(_ text: String?) throws -> [String]? {
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
        if !progress.refusals.isEmpty {
            arguments["refusals"] = String(decoding: try JSONEncoder().encode(progress.refusals), as: UTF8.self)
        } else {
            arguments["refusals"] = nil
        }
        return arguments
    }

    /// The assignments that go with ``arguments(_:)``.
    static let progressAssignments = """
        records_read = :records_read, created = :created, updated = :updated, unchanged = :unchanged,
        deleted = :deleted, skipped = :skipped, quarantined = :quarantined, held = :held, bytes_in = :bytes_in,
        bytes_out = :bytes_out, requests = :requests, retries = :retries, total = :total,
        refusals = :refusals
        """

    private static func progress(_ row: Row) throws -> JobProgress {
        var progress = JobProgress()
        progress.read = row["records_read"]
        progress.created = row["created"]
        progress.updated = row["updated"]
        progress.unchanged = row["unchanged"]
        progress.deleted = row["deleted"]
        progress.skipped = row["skipped"]
        progress.quarantined = row["quarantined"]
        progress.held = row["held"]
        progress.bytesIn = row["bytes_in"]
        progress.bytesOut = row["bytes_out"]
        progress.requests = row["requests"]
        progress.retries = row["retries"]
        progress.total = row["total"]
        if let refusals: String = row["refusals"] {
            progress.refusals = try JSONDecoder().decode([JobRefusals].self, from: Data(refusals.utf8))
        }
        return progress
    }

    private static func date(_ milliseconds: Int64?) -> Date? {
        milliseconds.map { Date(milliseconds: $0) }
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
