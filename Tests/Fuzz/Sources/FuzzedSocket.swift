import FerryAPI
import FerryCore
import FerryServer
import Glibc
import Logging

/// The daemon's socket, with nothing behind it: what clients may send is made up.
final class FuzzedSocket: Sendable {
    /// The one that this process feeds; made with the first input.
    static let shared = FuzzedSocket()

    private let path = "/tmp/ferry-fuzz-\(getpid()).sock"

    private init() {
        // A client that is gone is an error to write to, and no reason to end.
        signal(SIGPIPE, SIG_IGN)
        let path = path
        Task {
            var logger = Logger(label: "fuzz")
            logger.logLevel = .critical
            let server = try await SocketServer.bind(path: path, control: EmptyControl(), logger: logger)
            try await server.run()
        }
        // The file is there before anybody listens.
        while !isListening { usleep(1000) }
    }

    deinit { unlink(path) }

    /// Sends bytes, and ends the process where the answer cannot be right or does not come.
    func send(_ bytes: [UInt8]) {
        check(ask(bytes))
        let health = ask(Array("GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".utf8))
        precondition(health.starts(with: Array("HTTP/1.1 200 OK\r\n".utf8)), "nobody else is answered any more")
    }

    /// All that is answered until the server ends the connection.
    private func ask(_ bytes: [UInt8]) -> [UInt8] {
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        precondition(descriptor >= 0, "no socket")
        defer { close(descriptor) }
        var patience = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        precondition(connect(descriptor), "nobody listens any more")
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            // By libFuzzer's clock.
            if count < 0, errno == EINTR { continue }
            // The server may have ended the connection already.
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
        shutdown(descriptor, CInt(SHUT_WR))
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            precondition(count >= 0 || errno == ECONNRESET, "the server keeps a connection that its client has left")
            guard count > 0 else { return answer }
            answer += buffer[..<count]
        }
    }

    private var isListening: Bool {
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        return connect(descriptor)
    }

    private func connect(_ descriptor: CInt) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }

    /// Every answer is whole, and none says that the daemon has failed.
    private func check(_ answer: [UInt8]) {
        var rest = answer[...]
        while !rest.isEmpty {
            let head = Array("HTTP/1.1 ".utf8)
            precondition(rest.starts(with: head), "an answer that does not begin like one")
            guard let end = rest.firstRange(of: Array("\r\n\r\n".utf8)) else {
                preconditionFailure("an answer's head is cut short")
            }
            let lines = String(decoding: rest[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
            let status = lines[0].split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
            precondition((100..<500).contains(status), "\(lines[0])")
            rest = rest[end.upperBound...]
            let length = lines.first { $0.lowercased().hasPrefix("content-length: ") }
                .flatMap { Int($0.dropFirst("content-length: ".count)) }
            // The answer to a HEAD says how long its body would be.
            guard let length, !rest.isEmpty, !rest.starts(with: head) else { continue }
            precondition(rest.count >= length, "an answer's body is cut short")
            let body = Array(rest.prefix(length))
            precondition(body.first == UInt8(ascii: "{") || body == EmptyControl.text, "the answer is no JSON")
            precondition(body != EmptyControl.text || status == 200)
            rest = rest.dropFirst(length)
        }
    }
}

/// Knows of nothing.
private struct EmptyControl: ControlPlane {
    static let text = Array("ferry 1\n".utf8)

    private var nothing: SyncFailure { SyncFailure(.config, .integrationNotFound, "there is none") }

    func status() -> Status { Status(version: "1", startedAt: 0, configuration: .init(ok: true), workers: 1) }
    func metrics() -> [UInt8] { Self.text }
    func integrations() -> [IntegrationSummary] { [] }
    func integration(_ id: String) throws -> IntegrationDetails { throw nothing }
    func sync(_ id: String, _ request: SyncRequest) -> String { id }
    func test(_ id: String) -> ConnectionTest { ConnectionTest(connected: true, latencyMs: 1) }
    func plan(_ id: String, _ request: PlanRequest) throws -> Plan { throw nothing }
    func pause(_ id: String) {}
    func resume(_ id: String) {}
    func jobs(_ filter: JobFilter) -> JobPage { JobPage(jobs: [], nextCursor: filter.cursor) }
    func job(_ id: String) throws -> FerryAPI.Job { throw nothing }
    func cancel(_ id: String) {}
    func retry(_ id: String, _ request: RetryRequest) -> String { id }
    func quarantine(ofJob id: String, _ part: ListPart) -> QuarantinePage { QuarantinePage(total: 0, records: []) }
    func quarantine(ofIntegration id: String?, _ part: ListPart) -> QuarantinePage {
        QuarantinePage(total: 0, records: [])
    }
    func conflicts(_ integration: String, limit: Int) -> [ConflictDetails] { [] }
    func resolve(_ conflict: String, taking side: ConflictSide) -> String { conflict }
    func examine() -> Examination { Examination(findings: []) }
    func backup(keeping count: Int) -> BackupReport { BackupReport(path: "/", bytes: 0) }
    func reload() -> ReloadReport { ReloadReport(ok: true, loaded: 0) }

    func state(_ id: String) -> StateDetails { StateDetails(integrationId: id) }
    func exportState(_ id: String, entityTypes: [String]?, user: UInt32) -> StateHeader {
        StateHeader(integrationId: id, exportedAt: 0, revision: "0", entities: [])
    }
    func stateLinks(_ id: String, _ part: StateLinksPart) -> StateLinks {
        StateLinks(entityType: part.entityType, links: [])
    }
    func importState(_ id: String, _ request: StateImportRequest) -> StateImportAccepted {
        StateImportAccepted(importId: id)
    }
    func addLinks(_ links: StateLinks, toImport id: String) {}
    func finishImport(_ id: String, _ request: StateImportEnd, user: UInt32) throws -> StateChangeDetails {
        throw nothing
    }
    func resetState(_ id: String, _ request: StateResetRequest, user: UInt32) throws -> StateChangeDetails {
        throw nothing
    }
}
