import FerryCore
import FerryHTTP
import FoundationEssentials
import Synchronization

/// Answers requests from a closure and keeps them.
final class ScriptedClient: HTTPExchanging {
    private let kept = Mutex<[HTTPRequest]>([])
    private let answer: @Sendable (HTTPRequest) throws -> HTTPResponse

    init(_ answer: @escaping @Sendable (HTTPRequest) throws -> HTTPResponse) {
        self.answer = answer
    }

    /// Answers every request alike.
    convenience init(_ status: Int, _ body: String, headers: [HTTPHeader] = []) {
        self.init { _ in HTTPResponse(status: status, headers: headers, body: Array(body.utf8)) }
    }

    var requests: [HTTPRequest] { kept.withLock { $0 } }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        kept.withLock { $0.append(request) }
        return try answer(request)
    }
}

extension HTTPRequest {
    /// A query parameter as it stands in the URL.
    func parameter(_ name: String) -> String? {
        guard let query = url.split(separator: "?", maxSplits: 1).dropFirst().first else { return nil }
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.first == name[...] { return parts.last.map(String.init) }
        }
        return nil
    }

    func header(_ name: String) -> String? {
        headers.first { $0.name == name }?.value
    }

    var text: String? { body.map { String(decoding: $0, as: UTF8.self) } }
}

extension HTTPResponse {
    static func ok(_ body: String) -> HTTPResponse {
        HTTPResponse(status: 200, body: Array(body.utf8))
    }
}

/// A clock that stands still.
struct StoppedClock: WallClock {
    var now = Date(timeIntervalSince1970: 784_111_777)  // Sun, 06 Nov 1994 08:49:37 GMT

    func sleep(until deadline: Date) async throws {}
}

/// Secrets that a test can renew.
final class Vault: SecretResolver {
    private let secrets: Mutex<[String: String]>

    init(_ secrets: [String: String] = ["primary": "p-key-0001", "secondary": "s-key-0002"]) {
        self.secrets = Mutex(secrets)
    }

    subscript(name: String) -> String? {
        get { secrets.withLock { $0[name] } }
        set { secrets.withLock { $0[name] = newValue } }
    }

    func resolve(_ reference: SecretReference) throws -> Secret {
        guard case .credential(let name) = reference, let value = self[name] else {
            throw SyncFailure(.auth, .secretUnavailable, "the \(reference.description) cannot be read")
        }
        return Secret(value)
    }
}
