import FerryAPI
import FerryHTTP
import Glibc

/// The daemon's answer: what it says, and the JSON text it came as.
struct Answer<Payload> {
    let payload: Payload
    let text: String
}

/// The daemon at the other end of the socket.
struct DaemonClient {
    let socketPath: String
    private let http = HTTPClient()

    init(socketPath: String) {
        self.socketPath = socketPath
    }

    /// Reads something.
    func get<Payload: Decodable & Sendable>(
        _ type: Payload.Type,
        _ path: [String],
        query: [(String, String)] = [],
        timeout: Duration = .seconds(30)
    ) async throws -> Answer<Payload> {
        try await send("GET", path, query: query, body: nil, timeout: timeout)
    }

    /// Asks for something to be done.
    func post<Payload: Decodable & Sendable>(
        _ type: Payload.Type,
        _ path: [String],
        body: (any Encodable & Sendable)? = nil,
        timeout: Duration = .seconds(30)
    ) async throws -> Answer<Payload> {
        try await send("POST", path, query: [], body: try body.map { try WireFormat.encode($0) }, timeout: timeout)
    }

    private func send<Payload: Decodable & Sendable>(
        _ method: String,
        _ path: [String],
        query: [(String, String)],
        body: [UInt8]?,
        timeout: Duration = .seconds(30)
    ) async throws -> Answer<Payload> {
        try checkSocket()
        var url = "http://ferry/api/v1/" + path.map(Self.escape).joined(separator: "/")
        if !query.isEmpty {
            url += "?" + query.map { Self.escape($0.0) + "=" + Self.escape($0.1) }.joined(separator: "&")
        }
        let request = HTTPRequest(
            method: method,
            url: url,
            headers: body == nil ? [] : [HTTPHeader(name: "Content-Type", value: "application/json")],
            body: body,
            timeout: timeout,
            unixSocketPath: socketPath
        )
        let response: HTTPResponse
        do {
            response = try await http.send(request)
        } catch let failure as HTTPFailure {
            throw unreachable(
                failure.kind == .connect
                    ? "Nobody listens on \(socketPath)."
                    : "The daemon on \(socketPath) did not answer: \(failure.message)"
            )
        }
        guard response.status == 200 else {
            guard let refusal = try? WireFormat.decode(ErrorEnvelope.self, from: response.body) else {
                throw strange("HTTP status \(response.status) without a reason")
            }
            throw CommandFailure(refusal.error)
        }
        guard let envelope = try? WireFormat.decode(Envelope<Payload>.self, from: response.body) else {
            throw strange("an answer that this version of ferryctl does not understand")
        }
        return Answer(payload: envelope.data, text: String(decoding: response.body, as: UTF8.self))
    }

    // libcurl says only that it could not connect; whether for want of a daemon or of permission is worth telling.
    private func checkSocket() throws {
        guard access(socketPath, R_OK | W_OK) != 0 else { return }
        if errno == EACCES {
            throw CommandFailure(
                ErrorBody(
                    code: "permission.denied",
                    message: "You may not open the socket \(socketPath).",
                    hint: "Use sudo, or have yourself added to the socket's group (see 'ls -l \(socketPath)')."
                )
            )
        }
        throw unreachable("There is no socket at \(socketPath).")
    }

    private func unreachable(_ message: String) -> CommandFailure {
        CommandFailure(
            ErrorBody(
                code: "daemon.unreachable",
                message: message,
                hint: "Is ferryd running ('systemctl status ferryd')? Another socket can be given with --socket."
            )
        )
    }

    private func strange(_ what: String) -> CommandFailure {
        CommandFailure(
            ErrorBody(
                code: "internal.error",
                message: "\(socketPath) gave \(what).",
                hint: "Check that it is ferryd's socket, and that ferryctl and ferryd have the same version."
            )
        )
    }

    /// Escapes all but the unreserved characters (RFC 3986, 2.3).
    static func escape(_ text: String) -> String {
        var escaped = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                escaped.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                escaped += "%" + (digits.utf8.count == 1 ? "0" : "") + digits
            }
        }
        return escaped
    }
}
