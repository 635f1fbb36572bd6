import Foundation
import Glibc

/// A raw HTTP/1.1 client on a socket of its own per request: it sees what was sent, half answers included.
struct LoopbackClient {
    struct Answer {
        var status: Int
        var headers: [String: String]
        var body: String
        /// Whether the body is as long as its Content-Length says.
        var isComplete: Bool

        /// The body as JSON objects.
        var objects: [[String: Any]] {
            ((try? JSONSerialization.jsonObject(with: Data(body.utf8))) as? [[String: Any]]) ?? []
        }
    }

    enum Failure: Error, Equatable {
        case noAnswer
        case reset
        case timeout
    }

    var port = 0
    /// The unix socket to use in place of the port.
    var socketPath: String?
    var path = "/api/dynamic-table/integration/agent-demo/config-demo/products"
    var key: String? = "demo-products-primary"

    func get(_ rest: String = "") throws -> Answer { try send("GET", rest) }

    func send(
        _ method: String,
        _ rest: String = "",
        _ body: String? = nil,
        contentType: String = "application/json",
        extraHeaders: String = ""
    ) throws -> Answer {
        let target = rest.hasPrefix("/_sandbox") ? rest : path + rest
        var text = "\(method) \(target) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\(extraHeaders)"
        if let key { text += "X-Secret-Key: \(key)\r\n" }
        if let body {
            text += "Content-Type: \(contentType)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        } else {
            text += "\r\n"
        }
        return try parse(exchange(text))
    }

    private func exchange(_ text: String) throws -> [UInt8] {
        let descriptor = socket(socketPath == nil ? AF_INET : AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var limit = timeval(tv_sec: 20 * testMinutes, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let connected = connect(descriptor)
        guard connected == 0 else { throw Failure.noAnswer }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { throw Failure.reset }
            rest = rest.dropFirst(sent)
        }
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count == 0 { break }
            if count < 0 {
                if errno == EAGAIN { throw Failure.timeout }
                throw Failure.reset
            }
            received += buffer[..<count]
        }
        guard !received.isEmpty else { throw Failure.noAnswer }
        return received
    }

    private func connect(_ descriptor: Int32) -> Int32 {
        if let socketPath {
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: socketPath.utf8) }
            return withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    private func parse(_ bytes: [UInt8]) throws -> Answer {
        let text = String(decoding: bytes, as: UTF8.self)
        let parts = text.components(separatedBy: "\r\n\r\n")
        var blocks = parts[...]
        if parts.first?.hasPrefix("HTTP/1.1 100") == true { blocks = blocks.dropFirst() }
        let lines = (blocks.first ?? "").components(separatedBy: "\r\n")
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw Failure.noAnswer
        }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let pair = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            if pair.count == 2 { headers[pair[0].lowercased()] = pair[1] }
        }
        let body = blocks.dropFirst().joined(separator: "\r\n\r\n")
        let announced = headers["content-length"].flatMap { Int($0) } ?? 0
        return Answer(status: status, headers: headers, body: body, isComplete: body.utf8.count == announced)
    }
}

/// The unit of what tests wait for at most, in minutes: ten times as long under a sanitizer.
#if SANITIZED
    let testMinutes = 10
#else
    let testMinutes = 1
#endif
