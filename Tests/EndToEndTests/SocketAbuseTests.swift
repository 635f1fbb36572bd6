import FerryAPI
import FerryCore
import FerryHTTP
import FerrySandbox
import FerryTesting
import Foundation
import Glibc
import Testing

/// Clients that mean no good: the daemon's memory stays bounded, they are told what is wrong, and syncs go on.
@Suite struct SocketAbuseTests {
    /// More than this, in MiB, no client can make the daemon need; a sanitizer needs more for itself.
    private static let mostMemory = isSanitized ? Int.max : 96

    @Test func tenThousandConnectionsAreTurnedAwayAndSyncsGoOn() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...500))
            try world.write(integration: "items", Items.integration(world, store: "main", settings: "page_size: 50"))
            let daemon = try await world.startDaemon()
            let job = try await world.requestSync("items", .pull)
            let path = world.socket
            // Not all at once, for this process may have a thousand files only; none says a word.
            let refused = try await Abuse.run {
                var refused = 0
                for _ in 0..<20 {
                    let clients = try (0..<500).map { _ in try Abuse.connect(path) }
                    for client in clients {
                        if Abuse.hasAnswer(client) { refused += 1 }
                        close(client)
                    }
                }
                return refused
            }
            #expect(refused > 1000)
            #expect(daemon.isRunning, "\(daemon.errors)")
            // As soon as it has let in all who stood in line.
            try await eventually("it answers") { (try? await world.get("/healthz").status) == 200 }
            #expect(try await world.job(job).state == .succeeded)
            #expect(try Abuse.memory(of: daemon) < Self.mostMemory)
        }
    }

    @Test func aBodyOfAGibibyteIsRefusedWithoutBeingKept() async throws {
        try await FerryWorld.with { world async throws in
            let daemon = try await world.startDaemon()
            let path = world.socket
            for head in ["Content-Length: 1073741824", "Transfer-Encoding: chunked"] {
                let answer = try await Abuse.run {
                    let client = try Abuse.connect(path)
                    defer { close(client) }
                    Abuse.write(client, "POST /api/v1/reload HTTP/1.1\r\nHost: f\r\n\(head)\r\n\r\n")
                    let piece = String(repeating: " ", count: 65536)
                    let text = head.hasPrefix("T") ? "10000\r\n\(piece)\r\n" : piece
                    for _ in 0..<16384 where Abuse.write(client, text) {}
                    return Abuse.read(client)
                }
                // Whoever goes on sending for longer than the daemon reads may not see it.
                #expect(answer.isEmpty || answer.contains("request.too_large"), "\(answer)")
            }
            let declared = try await Abuse.run {
                let client = try Abuse.connect(path)
                defer { close(client) }
                Abuse.write(client, "POST /api/v1/reload HTTP/1.1\r\nHost: f\r\nContent-Length: 1073741824\r\n\r\n")
                return Abuse.read(client)
            }
            #expect(declared.hasPrefix("HTTP/1.1 413 "))
            #expect(try Abuse.memory(of: daemon) < Self.mostMemory)
        }
    }

    @Test func aThousandQuestionsInOneGoAreAnsweredInTheirOrder() async throws {
        try await FerryWorld.with { world async throws in
            let daemon = try await world.startDaemon()
            let path = world.socket
            let answers = try await Abuse.run {
                let client = try Abuse.connect(path)
                defer { close(client) }
                let questions = (0..<1000).map { "GET /api/v1/jobs/job_\($0) HTTP/1.1\r\nHost: f\r\n\r\n" }.joined()
                // Whoever does not read its answers cannot have more of them made.
                let last = "GET /healthz HTTP/1.1\r\nHost: f\r\nConnection: close\r\n\r\n"
                let writer = Thread { Abuse.write(client, questions + last) }
                writer.start()
                return Abuse.read(client)
            }
            let found = answers.matches(of: /'job_([0-9]+)'/).compactMap { Int($0.1) }
            #expect(found == Array(0..<1000))
            #expect(answers.hasSuffix("{\"data\":{\"ok\":true}}"))
            #expect(try Abuse.memory(of: daemon) < Self.mostMemory)
        }
    }

    @Test func whatDripsInIsGivenUpAndKeepsNobodyWaiting() async throws {
        try await FerryWorld.with { world async throws in
            let daemon = try await world.startDaemon()
            let path = world.socket
            let start = ContinuousClock.now
            let answer = try await Abuse.run {
                let clients = try (0..<100).map { _ in try Abuse.connect(path) }
                defer { for client in clients { close(client) } }
                for client in clients { Abuse.write(client, "GET /healthz HTTP/1.1\r\nX-A") }
                let other = try Abuse.connect(path)
                defer { close(other) }
                Abuse.write(other, "GET /healthz HTTP/1.1\r\nHost: f\r\nConnection: close\r\n\r\n")
                let answer = Abuse.read(other)
                // All of them are ended, each by the daemon.
                for client in clients { _ = Abuse.read(client) }
                return answer
            }
            #expect(answer.hasPrefix("HTTP/1.1 200 "))
            #expect(ContinuousClock.now - start < .seconds(60))
            #expect(try Abuse.memory(of: daemon) < Self.mostMemory)
        }
    }
}

/// A client that does as it likes.
private enum Abuse {
    static func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            Thread { continuation.resume(with: Swift.Result { try body() }) }.start()
        }
    }

    static func connect(_ path: String) throws -> Int32 {
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        var patience = timeval(tv_sec: 120, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let status = withUnixAddress(path) { Glibc.connect(descriptor, $0, $1) }
        guard status == 0 else {
            close(descriptor)
            throw NeverHappened(description: "a connection: errno \(errno)")
        }
        return descriptor
    }

    /// Whether the daemon has said something, or has ended the connection.
    static func hasAnswer(_ client: Int32) -> Bool {
        var poll = pollfd(fd: client, events: Int16(POLLIN), revents: 0)
        return Glibc.poll(&poll, 1, 0) > 0
    }

    @discardableResult
    static func write(_ client: Int32, _ text: String) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { send(client, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
            guard sent > 0 else { return false }
            rest = rest.dropFirst(sent)
        }
        return true
    }

    /// All that comes until the connection ends.
    static func read(_ client: Int32) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(client, &buffer, buffer.count, 0)
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer[..<count]
        }
    }

    /// The most memory that a program has had, in MiB.
    static func memory(of program: Program) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(program.identifier)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        let words = line?.split(whereSeparator: \.isWhitespace) ?? []
        guard words.count > 1, let kilobytes = Int(words[1]) else { throw NeverHappened(description: "VmHWM") }
        return kilobytes / 1024
    }
}
