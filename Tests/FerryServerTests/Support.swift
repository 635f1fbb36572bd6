import Dispatch
import FerryAPI
import FerryCore
import FoundationEssentials
import Glibc
import Logging
import Synchronization
import Testing

@testable import FerryServer

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
