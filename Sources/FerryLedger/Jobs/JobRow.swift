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
        guard let direction = Direction(rawValue: try row.value("direction")),
            let state = JobState(rawValue: try row.value("state"))
        else { throw DamagedValue("a job has a direction or state that does not exist") }
        var job = Job(
            id: try row.value("id"),
            integration: try row.value("integration"),
            direction: direction,
            entityIDs: try strings(row.value("entity_ids")),
            options: JobOptions(
                isFull: try row.value("is_full"),
                entityTypes: try strings(row.value("entity_types")),
                allowsDeletes: try row.value("allows_deletes"),
                setAside: JobOptions.SetAside(rawValue: try row.value("set_aside")) ?? .leave
            ),
            trigger: Job.Trigger(rawValue: try row.value("requested_by")) ?? .manual,
            queuedAt: Date(milliseconds: try row.value("queued_at"))
        )
        job.state = state
        job.attempt = try row.value("attempt")
        job.startedAt = date(try row.value("started_at"))
        job.finishedAt = date(try row.value("finished_at"))
        if let reason: String = try row.value("wait_reason"), let until = date(try row.value("wait_until")) {
            job.wait = Job.Wait(reason: reason, until: until)
        }
        job.progress = try progress(row)
        let cancelAskedAt: Int64? = try row.value("cancel_asked_at")
        job.isCancelling = cancelAskedAt != nil && !state.isFinal
        job.notes = try strings(row.value("notes")) ?? []
        if let code: String = try row.value("failure_code") {
            // A code that this version does not know can only come from a file edited by hand.
            job.failure = JobFailure(
                code: ErrorCode(rawValue: code) ?? .internalError,
                message: try row.value("failure_message"),
                hint: try row.value("failure_hint")
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

    private static func strings(_ text: String?) throws -> [String]? {
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

    private static func progress(_ row: Row) throws -> JobProgress {
        var progress = JobProgress()
        progress.read = try row.value("records_read")
        progress.created = try row.value("created")
        progress.updated = try row.value("updated")
        progress.unchanged = try row.value("unchanged")
        progress.deleted = try row.value("deleted")
        progress.skipped = try row.value("skipped")
        progress.quarantined = try row.value("quarantined")
        progress.held = try row.value("held")
        progress.bytesIn = try row.value("bytes_in")
        progress.bytesOut = try row.value("bytes_out")
        progress.requests = try row.value("requests")
        progress.retries = try row.value("retries")
        progress.total = try row.value("total")
        progress.expectedSeconds = try row.value("expected_seconds")
        progress.isIncremental = try row.value("is_incremental")
        if let refusals: String = try row.value("refusals") {
            progress.refusals = try JSONDecoder().decode([JobRefusals].self, from: Data(refusals.utf8))
        }
        if let shortfalls: String = try row.value("shortfalls") {
            progress.shortfalls = try JSONDecoder().decode([JobShortfall].self, from: Data(shortfalls.utf8))
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
