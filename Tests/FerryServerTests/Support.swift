import Dispatch
import FerryAPI
import FerryCore
import FoundationEssentials
import Glibc
import Logging
import Synchronization
import Testing

@testable import FerryServer

/// A control plane that answers from a script and remembers what it was asked.
final class ScriptedControlPlane: ControlPlane {
    private let calls = Mutex<[String]>([])
    private let held = Mutex<[CheckedContinuation<Void, Never>]>([])
    let holdsTests: Bool
    let holdsPlans: Bool
    let failure: SyncFailure?
    let configuration: Status.Configuration

    init(
        failure: SyncFailure? = nil,
        holdsTests: Bool = false,
        holdsPlans: Bool = false,
        configuration: Status.Configuration = .init(ok: true)
    ) {
        self.configuration = configuration
        self.failure = failure
        self.holdsTests = holdsTests
        self.holdsPlans = holdsPlans
    }

    var asked: [String] { calls.withLock { $0 } }
    var waiting: Int { held.withLock { $0.count } }

    func release() {
        for continuation in held.withLock({
            let all = $0; $0 = []; return all
        }) { continuation.resume() }
    }

    private func note(_ call: String) throws {
        calls.withLock { $0.append(call) }
        if let failure { throw failure }
    }

    func status() async throws -> Status {
        try note("status")
        return Status(version: "1.2.3", startedAt: 1000, configuration: configuration, workers: 4)
    }

    func metrics() async throws -> [UInt8] {
        try note("metrics")
        return Array("ferry_jobs 1\n".utf8)
    }

    func examine() async throws -> Examination {
        try note("examine")
        return Examination(findings: [])
    }

    func backup(keeping count: Int) async throws -> BackupReport {
        try note("backup \(count)")
        return BackupReport(path: "/var/lib/ferry/backups/20260101T000000Z", bytes: 4096)
    }

    func integrations() async throws -> [IntegrationSummary] {
        try note("integrations")
        return [
            IntegrationSummary(
                id: "int_1",
                type: "dynamic_table",
                name: "Products/é",
                status: .active,
                lastSyncAt: 1_700_000_000_000
            ),
            IntegrationSummary(id: "int_2", type: "sanity", name: "Blog", status: .pending),
        ]
    }

    func integration(_ id: String) async throws -> IntegrationDetails {
        try note("integration \(id)")
        let integration = Integration(
            id: id,
            name: "Products",
            type: "dynamic_table",
            settings: ["collection_id": "c-1"],
            secrets: ["key": .credential("table"), "other": .literal(Secret("hunter2"))],
            schedules: [.push: SyncSchedule(timing: .every(.seconds(600)))],
            entities: [
                EntityMapping(
                    type: "product",
                    resource: "rows",
                    mappings: [
                        FieldMapping(
                            source: try FieldPath(parsing: "fields.title"),
                            target: try FieldPath(parsing: "title")
                        ),
                        FieldMapping(
                            source: try FieldPath(parsing: "fields.name"),
                            target: try FieldPath(parsing: "slug"),
                            transforms: [TransformReference(name: "slugify")]
                        ),
                    ]
                )
            ]
        )
        return IntegrationDetails(integration, status: .active, lastSyncAt: nil, nextRuns: [.push: 2000])
    }

    func sync(_ id: String, _ request: SyncRequest) async throws -> String {
        let entities = request.entityIds.map { "\($0)" } ?? "all"
        var call = "sync \(id) \(request.direction.rawValue) \(entities)"
        if let types = request.entityTypes { call += " of \(types)" }
        if request.allowDeletes { call += " deletes" }
        if request.quarantinedOnly { call += " quarantined" }
        try note(call)
        return "job_1"
    }

    func test(_ id: String) async throws -> ConnectionTest {
        try note("test \(id)")
        if holdsTests { await withCheckedContinuation { next in held.withLock { $0.append(next) } } }
        return ConnectionTest(connected: true, latencyMs: 42)
    }

    func plan(_ id: String, _ request: PlanRequest) async throws -> Plan {
        let sync = request.sync
        var call = "plan \(id) \(sync.direction.rawValue) \(sync.entityIds ?? ["all"]) \(request.limit ?? -1)"
        if let types = sync.entityTypes { call += " of \(types)" }
        if sync.allowDeletes { call += " deletes" }
        if sync.quarantinedOnly { call += " quarantined" }
        try note(call)
        if holdsPlans {
            // As a real plan does: it ends when the task is cancelled.
            let (cancelled, cancellation) = AsyncStream<Void>.makeStream()
            await withTaskCancellationHandler {
                for await _ in cancelled {}
            } onCancel: {
                cancellation.finish()
            }
            try note("plan \(id) cancelled")
            throw CancellationError()
        }
        return Plan(
            integrationId: id,
            direction: sync.direction,
            entityIds: sync.entityIds,
            state: .succeeded,
            error: nil,
            isEmpty: true,
            progress: ProgressCounts(JobProgress()),
            entities: [],
            unknown: [],
            notes: []
        )
    }

    func pause(_ id: String) async throws { try note("pause \(id)") }
    func resume(_ id: String) async throws { try note("resume \(id)") }

    func jobs(_ filter: JobFilter) async throws -> JobPage {
        let states = filter.states.map(\.rawValue)
        try note("jobs \(filter.integration ?? "-") \(states) \(filter.limit) \(filter.cursor ?? "-")")
        return JobPage(jobs: [Self.job("job_1")], nextCursor: "job_1")
    }

    func job(_ id: String) async throws -> FerryAPI.Job {
        try note("job \(id)")
        return Self.job(id)
    }

    func cancel(_ id: String) async throws { try note("cancel \(id)") }

    func retry(_ id: String, _ request: RetryRequest) async throws -> String {
        var call = "retry \(id)"
        if let types = request.entityTypes { call += " of \(types)" }
        if request.allowDeletes { call += " deletes" }
        if request.quarantinedOnly { call += " quarantined" }
        try note(call)
        return "job_2"
    }

    func conflicts(_ integration: String, limit: Int) async throws -> [ConflictDetails] {
        try note("conflicts \(integration) \(limit)")
        let versions = HeldRecord.Versions(local: "{}", remote: "{}", localHash: 1, remoteHash: 2)
        let record = HeldRecord(
            kind: .changed,
            localID: "a",
            remoteID: "r1",
            fields: ["name"],
            versions: versions,
            foundAt: Date(timeIntervalSince1970: 1.5)
        )
        let conflict = Conflict(id: 7, integration: integration, entityType: "product", record: record)
        return [ConflictDetails(conflict, local: ["name": "Mine"], remote: ["name": "Theirs"])]
    }

    func resolve(_ conflict: String, taking side: ConflictSide) async throws -> String {
        try note("resolve \(conflict) \(side.rawValue)")
        return "job_3"
    }

    func quarantine(ofJob id: String, _ part: ListPart) async throws -> QuarantinePage {
        try note("quarantine of job \(id) \(part.limit) \(part.cursor.map { "\($0)" } ?? "-")")
        return Self.quarantine
    }

    func quarantine(ofIntegration id: String?, _ part: ListPart) async throws -> QuarantinePage {
        try note("quarantine of \(id ?? "all") \(part.limit) \(part.cursor.map { "\($0)" } ?? "-")")
        return Self.quarantine
    }

    private static let quarantine = QuarantinePage(
        total: 2,
        records: [
            QuarantinePage.Record(
                QuarantineEntry(
                    number: 7,
                    integration: "int_1",
                    entityType: "product",
                    direction: .push,
                    record: QuarantinedRecord(
                        id: "A-1",
                        contentHash: .unknown,
                        code: .recordRefused,
                        message: "'price' must be a number"
                    )
                )
            )
        ],
        nextCursor: "7"
    )

    func reload() async throws -> ReloadReport {
        try note("reload")
        return ReloadReport(ok: true, loaded: 2)
    }

    static func job(_ id: String) -> FerryAPI.Job {
        FerryAPI.Job(
            FerryCore.Job(
                id: id,
                integration: "int_1",
                direction: .pull,
                trigger: .manual,
                queuedAt: Date(timeIntervalSince1970: 1.5)
            )
        )
    }
}

/// A server on a socket in a directory of its own.
struct Fixture {
    let directory: String
    let socket: String
    let control: ScriptedControlPlane
    let server: SocketServer

    static func with(
        _ control: ScriptedControlPlane = ScriptedControlPlane(),
        limits: ConnectionLimits = ConnectionLimits(),
        _ body: (Fixture) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            var options = SocketOptions()
            options.limits = limits
            let socket = directory + "/ferry.sock"
            let server = try await SocketServer.bind(path: socket, options: options, control: control, logger: quiet)
            try await withThrowingTaskGroup { group in
                group.addTask { try await server.run() }
                let fixture = Fixture(directory: directory, socket: socket, control: control, server: server)
                do {
                    try await body(fixture)
                } catch {
                    control.release()
                    await server.shutdown()
                    throw error
                }
                control.release()
                await server.shutdown()
                try await group.waitForAll()
            }
        }
    }

    /// Sends one request and gives the answer's status and body.
    func ask(_ method: String, _ path: String, _ body: String? = nil) async throws -> (status: Int, body: String) {
        var text = "\(method) \(path) HTTP/1.1\r\nHost: ferry\r\nConnection: close\r\n"
        if let body { text += "Content-Length: \(body.utf8.count)\r\n" }
        let answer = try await send(text + "\r\n" + (body ?? ""))
        return try Answers.only(answer)
    }

    /// Sends bytes and gives all that comes back until the server ends the connection.
    func send(_ text: String, thenHalfClose: Bool = false) async throws -> String {
        try await RawClient.converse(socket, Array(text.utf8), thenHalfClose: thenHalfClose)
    }
}

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

func withTemporaryDirectory(_ body: (String) async throws -> Void) async throws {
    var template = Array("/tmp/ferry-XXXXXX".utf8CString)
    let directory = try #require(mkdtemp(&template).map { String(cString: $0) })
    defer {
        for name in ["/ferry.sock", "/other"] { unlink(directory + name) }
        rmdir(directory)
    }
    try await body(directory)
}

/// Waits until something holds; the test's time limit ends a wait in vain.
func eventually(_ condition: () -> Bool) async {
    while !condition() { await Task.yield() }
}

/// HTTP answers taken apart.
enum Answers {
    static func only(_ text: String) throws -> (status: Int, body: String) {
        let all = try split(text)
        try #require(all.count == 1, "one answer expected: \(text)")
        return (all[0].status, all[0].body)
    }

    static func split(_ text: String) throws -> [(status: Int, head: String, body: String)] {
        var rest = Array(text.utf8)[...]
        var answers: [(status: Int, head: String, body: String)] = []
        while !rest.isEmpty {
            let headEnd = try #require(rest.firstRange(of: Array("\r\n\r\n".utf8)), "no head: \(text)")
            let head = String(decoding: rest[..<headEnd.lowerBound], as: UTF8.self)
            let status = try #require(Int(head.split(separator: " ")[1]))
            let length = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length: ") }
            let count = try #require(length.flatMap { Int($0.dropFirst(16)) }, "no length: \(head)")
            let isHead = rest.distance(from: headEnd.upperBound, to: rest.endIndex) == 0
            let body = rest[headEnd.upperBound...].prefix(isHead ? 0 : count)
            answers.append((status, head, String(decoding: body, as: UTF8.self)))
            rest = rest[body.endIndex...]
        }
        return answers
    }
}

/// A client that knows nothing of HTTP, on threads of its own: the server's answers need the tests' threads.
enum RawClient {
    struct Failure: Error { let call: String, number: Int32 }

    static func converse(_ path: String, _ bytes: [UInt8], thenHalfClose: Bool = false) async throws -> String {
        try await detached {
            let descriptor = try connect(path)
            defer { close(descriptor) }
            write(bytes, to: descriptor)
            if thenHalfClose { Glibc.shutdown(descriptor, CInt(SHUT_WR)) }
            return readAll(descriptor)
        }
    }

    static func detached<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            let thread = DispatchQueue(label: "client")
            thread.async { continuation.resume(with: Swift.Result { try work() }) }
        }
    }

    static func connect(_ path: String) throws -> CInt {
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        // A server that never ends a connection fails the test instead of hanging it.
        var patience = timeval(tv_sec: 60 * testMinutes, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let status = SocketFile.withAddress(of: Array(path.utf8)) { Glibc.connect(descriptor, $0, $1) }
        guard status == 0 else {
            let number = errno
            close(descriptor)
            throw Failure(call: "connect", number: number)
        }
        return descriptor
    }

    static func write(_ bytes: [UInt8], to descriptor: CInt) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
            guard sent > 0 else { return }
            rest = rest.dropFirst(sent)
        }
    }

    static func readAll(_ descriptor: CInt) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else {
                // A reset after the answer is no news; a time-out is.
                return String(decoding: bytes, as: UTF8.self) + (count < 0 && errno == EAGAIN ? "‹still open›" : "")
            }
            bytes.append(contentsOf: buffer[..<count])
        }
    }
}

/// How long a test, or a client of it, may wait at most, in minutes: far more than it should take.
#if SANITIZED
    let testMinutes = 10
#else
    let testMinutes = 1
#endif
