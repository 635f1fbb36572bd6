import Foundation
import Synchronization

/// A web service of a test's own on loopback: answers each request as a closure says, and keeps what it was asked.
///
/// It shares no code with what talks to it. Every connection has a thread of its own, since the closure may take its
/// time.
public final class LoopbackService: Sendable {
    /// A request as it came.
    public struct Request: Sendable {
        /// The method.
        public var method: String
        /// The path and the query as they came.
        public var target: String
        /// The path, percent-encoded.
        public var path: String
        /// The query's parameters, decoded; of repeated ones the last.
        public var parameters: [String: String]
        /// The headers, their names in lower case.
        public var headers: [String: String]
        /// The body as text.
        public var body: String
        /// The body as it came.
        public var bytes: [UInt8]

        /// A parameter as a whole number.
        public func number(_ name: String) -> Int? { parameters[name].flatMap { Int($0) } }
    }

    /// What is answered.
    public struct Answer: Sendable {
        /// The status code.
        public var status: Int
        /// Headers besides those of the body's length and type.
        public var headers: [(name: String, value: String)]
        /// The body.
        public var body: String

        /// A JSON answer.
        public init(_ body: String, status: Int = 200, headers: [(name: String, value: String)] = []) {
            self.body = body
            self.status = status
            self.headers = headers
        }
    }

    /// The port on 127.0.0.1.
    public let port: UInt16
    private let listener: Int32
    private let respond: @Sendable (Request) -> Answer
    private let log = Mutex<[Request]>([])

    /// Listens on a free port.
    public init(_ respond: @escaping @Sendable (Request) -> Answer) throws {
        self.respond = respond
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let (descriptor, size) = (listener, length)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && listen(descriptor, 64) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isListening else { throw NeverHappened(description: "a port to listen on: error \(errno)") }
        port = address.sin_port.byteSwapped
        Thread.detachNewThread { [self] in accept() }
    }

    /// Calls `body` with a service that stops when it returns.
    public static func with<Result>(
        _ respond: @escaping @Sendable (Request) -> Answer,
        _ body: (LoopbackService) async throws -> Result
    ) async throws -> Result {
        let service = try LoopbackService(respond)
        defer { service.stop() }
        return try await body(service)
    }

    /// Its address, without a slash at the end.
    public var url: String { "http://127.0.0.1:\(port)" }

    /// What it was asked so far, in order of arrival.
    public var requests: [Request] { log.withLock { $0 } }

    /// Forgets what it was asked.
    public func forgetRequests() { log.withLock { $0 = [] } }

    /// Stops listening; connections that are open go on.
    public func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    // MARK: Connections

    private func accept() {
        while true {
            let connection = Foundation.accept(listener, nil, nil)
            guard connection >= 0 else { break }
            Thread.detachNewThread { [self] in
                var buffer: [UInt8] = []
                while let request = Self.read(connection, &buffer) {
                    log.withLock { $0.append(request) }
                    guard Self.write(respond(request), to: connection) else { break }
                }
                close(connection)
            }
        }
        close(listener)
    }

    private static func read(_ connection: Int32, _ buffer: inout [UInt8]) -> Request? {
        let blank = Array("\r\n\r\n".utf8)
        var headEnd: Int?
        while headEnd == nil {
            headEnd = buffer.firstRange(of: blank)?.lowerBound
            if headEnd == nil, !fill(&buffer, from: connection) { return nil }
        }
        guard let headEnd else { return nil }
        var lines = String(decoding: buffer[..<headEnd], as: UTF8.self).components(separatedBy: "\r\n")
        buffer.removeFirst(headEnd + blank.count)
        let first = lines.removeFirst().split(separator: " ")
        guard first.count == 3 else { return nil }
        var headers: [String: String] = [:]
        for line in lines {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...]
            headers[line[..<colon].lowercased()] = value.trimmingCharacters(in: .whitespaces)
        }
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        while buffer.count < length {
            guard fill(&buffer, from: connection) else { return nil }
        }
        let body = Array(buffer.prefix(length))
        buffer.removeFirst(length)
        let target = URLComponents(string: String(first[1]))
        var parameters: [String: String] = [:]
        for item in target?.queryItems ?? [] { parameters[item.name] = item.value ?? "" }
        return Request(
            method: String(first[0]),
            target: String(first[1]),
            path: target?.percentEncodedPath ?? "",
            parameters: parameters,
            headers: headers,
            body: String(decoding: body, as: UTF8.self),
            bytes: body
        )
    }

    private static func fill(_ buffer: inout [UInt8], from connection: Int32) -> Bool {
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(connection, &piece, piece.count, 0)
        guard count > 0 else { return false }
        buffer += piece.prefix(count)
        return true
    }

    private static func write(_ answer: Answer, to connection: Int32) -> Bool {
        var head = "HTTP/1.1 \(answer.status) Answer\r\nContent-Type: application/json\r\n"
        for header in answer.headers { head += "\(header.name): \(header.value)\r\n" }
        let bytes = Array("\(head)Content-Length: \(answer.body.utf8.count)\r\n\r\n\(answer.body)".utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }
}
