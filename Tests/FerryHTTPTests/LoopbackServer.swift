import Glibc
import Synchronization

/// A server on loopback that answers byte for byte what a test tells it to.
///
/// Every connection gets a thread, which runs the script and then closes it. It listens until `stop()` or the end of
/// the process: a server that ended with its last reference would end while a test still waits for its answer.
final class LoopbackServer: Sendable {
    typealias Script = @Sendable (ServedConnection) -> Void

    /// The port, or 0 on a unix socket.
    let port: UInt16
    private let listener: Int32
    private let log = Mutex<[ReceivedRequest]>([])
    private let connectionTotal = Atomic(0)

    /// What was received so far, in order of arrival.
    var requests: [ReceivedRequest] { log.withLock(\.self) }
    /// How many connections were accepted.
    var connectionCount: Int { connectionTotal.load(ordering: .acquiring) }

    /// Listens on a free port of 127.0.0.1.
    init(script: @escaping Script) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let (listener, length) = (listener, size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 256) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        guard isBound else { throw ServerError(number: errno) }
        port = address.sin_port.byteSwapped
        serve(script)
    }

    /// Listens on a unix socket.
    init(path: String, script: @escaping Script) throws {
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        port = 0
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let listener = listener
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0 && listen(listener, 16) == 0
            }
        }
        guard isBound else { throw ServerError(number: errno) }
        serve(script)
    }

    /// Stops listening; connections that are open go on.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
    }

    func url(_ path: String = "/") -> String { "http://127.0.0.1:\(port)\(path)" }

    fileprivate func note(_ request: ReceivedRequest) { log.withLock { $0.append(request) } }

    private func serve(_ script: @escaping Script) {
        let listener = listener
        startThread {
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else { break }
                self.connectionTotal.add(1, ordering: .acquiringAndReleasing)
                let connection = ServedConnection(descriptor: descriptor, server: self)
                startThread {
                    script(connection)
                    connection.close()
                }
            }
            close(listener)
        }
    }
}

/// A request as it came over the wire.
struct ReceivedRequest: Sendable {
    var head: String
    var body: [UInt8]

    var line: String { head.components(separatedBy: "\r\n").first.map(String.init) ?? "" }
    var text: String { String(decoding: body, as: UTF8.self) }

    func header(_ name: String) -> String? {
        for line in head.components(separatedBy: "\r\n").dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, parts[0].lowercased() == name.lowercased() {
                return String(parts[1].drop { $0 == " " })
            }
        }
        return nil
    }
}

/// The server's end of a connection: used by its script's thread alone.
final class ServedConnection: Sendable {
    private let descriptor: Int32
    private let server: LoopbackServer
    private let buffered = Mutex<[UInt8]>([])
    private let isClosed = Atomic(false)

    init(descriptor: Int32, server: LoopbackServer) {
        self.descriptor = descriptor
        self.server = server
    }

    /// Reads one request with its body; `nil` when the client closed.
    @discardableResult
    func receive() -> ReceivedRequest? {
        buffered.withLock { buffer in
            var end: Int?
            while true {
                end = buffer.indices.first { buffer[$0...].starts(with: "\r\n\r\n".utf8) }
                if end != nil { break }
                guard read(into: &buffer) else { return nil }
            }
            guard let end else { return nil }
            var request = ReceivedRequest(head: String(decoding: buffer[..<end], as: UTF8.self), body: [])
            buffer.removeFirst(end + 4)
            let length = request.header("Content-Length").flatMap { Int($0) } ?? 0
            while buffer.count < length {
                guard read(into: &buffer) else { return nil }
            }
            request.body = Array(buffer.prefix(length))
            buffer.removeFirst(length)
            server.note(request)
            return request
        }
    }

    /// Waits for the first bytes, whatever they are.
    func receiveSome() {
        buffered.withLock { _ = read(into: &$0) }
    }

    /// Waits until the client closes.
    func waitForClose() {
        var byte: UInt8 = 0
        while Glibc.recv(descriptor, &byte, 1, 0) > 0 {}
    }

    /// Sends text as it is.
    func send(_ text: String) { send(Array(text.utf8)) }

    /// Sends bytes; `false` once the client has closed.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        let noSignal = Int32(MSG_NOSIGNAL)
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                let rest = $0[sent...]
                return Glibc.send(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count, noSignal)
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// Sends a whole response.
    func respond(_ body: [UInt8] = [], status: String = "200 OK", headers: [String] = []) {
        let lines = ["HTTP/1.1 \(status)", "Content-Length: \(body.count)"] + headers
        send(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body)
    }

    /// Sends a whole response.
    func respond(_ body: String, status: String = "200 OK", headers: [String] = []) {
        respond(Array(body.utf8), status: status, headers: headers)
    }

    /// Closes with a reset instead of an orderly end.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    func close() {
        guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        Glibc.close(descriptor)
    }

    private func read(into buffer: inout [UInt8]) -> Bool {
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        let count = Glibc.recv(descriptor, &piece, piece.count, 0)
        guard count > 0 else { return false }
        buffer += piece.prefix(count)
        return true
    }
}

struct ServerError: Error {
    var number: Int32
}

/// Runs `body` on a thread of its own: scripts block, and the cooperative pool has only as many threads as cores.
private func startThread(_ body: @escaping @Sendable () -> Void) {
    final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    let pointer = Unmanaged.passRetained(Box(body)).toOpaque()
    let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { pointer in
        guard let pointer else { return nil }
        Unmanaged<Box>.fromOpaque(pointer).takeRetainedValue().body()
        return nil
    }
    pthread_create(&thread, nil, main, pointer)
    pthread_detach(thread)
}

extension String {
    fileprivate func components(separatedBy separator: String) -> [Substring] {
        split(separator: separator, omittingEmptySubsequences: false)
    }
}
