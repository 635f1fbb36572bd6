import FerryCore
import FerryJSON
import FerrySandbox
import FerryTesting
import Foundation
import Synchronization

/// A way in which a service of one's own is proven who asks.
struct AuthKind: Sendable {
    /// What a description says.
    var auth: String
    /// The secret settings that it needs.
    var settings: String
    /// What the integration says of them; `FOLDER` holds the files `secret`, `refresh` and `key.json`.
    var config: String
    /// Whether tokens are asked for.
    var isGrant = false
    /// Whether a request proves it.
    var isProven: @Sendable (LoopbackService.Request) -> Bool = { _ in false }

    /// The secret of all kinds but the signed one: with characters that are written otherwise in addresses and JSON.
    static let secret = "canary5d1exyz/q+\"r"
    /// What can be looked for of it, however it is written.
    static let secretMark = "canary5d1exyz"
    static let accessMark = "canary90bcxyz"
    static let refreshMark = "canary77aaxyz"
    /// The same between a client's name and itself, as the header has it.
    static let basicOfClient = Data("client-1:canary5d1exyz%2Fq%2B%22r".utf8).base64EncodedString()
    static let basicOfUser = Data("ann:\(AuthKind.secret)".utf8).base64EncodedString()

    static let all: [String: AuthKind] = [
        "bearer": AuthKind(
            auth: #"bearer: { token: "${settings.secret}" }"#,
            settings: "secret: { secret: true, required: true }",
            config: "secret: { file: FOLDER/secret }",
            isProven: { $0.headers["authorization"] == "Bearer \(AuthKind.secret)" }
        ),
        "header": AuthKind(
            auth: #"header: { name: X-Key, value: "${settings.secret}" }"#,
            settings: "secret: { secret: true, required: true }",
            config: "secret: { file: FOLDER/secret }",
            isProven: { $0.headers["x-key"] == AuthKind.secret && $0.headers["authorization"] == nil }
        ),
        "basic": AuthKind(
            auth: #"basic: { user: ann, password: "${settings.secret}" }"#,
            settings: "secret: { secret: true, required: true }",
            config: "secret: { file: FOLDER/secret }",
            isProven: { $0.headers["authorization"] == "Basic \(AuthKind.basicOfUser)" }
        ),
        "body": AuthKind(
            auth: #"body: { member: api_key, value: "${settings.secret}" }"#,
            settings: "secret: { secret: true, required: true }",
            config: "secret: { file: FOLDER/secret }",
            isProven: { request in
                (try? JSONValue(parsing: request.body))?["api_key"]?.string == AuthKind.secret
                    && request.headers["authorization"] == nil
            }
        ),
        "client_credentials": AuthKind(
            auth: #"client_credentials: { token_url: "${settings.host}/token", client_id: client-1, "#
                + #"client_secret: "${settings.secret}" }"#,
            settings: "secret: { secret: true, required: true }",
            config: "secret: { file: FOLDER/secret }",
            isGrant: true
        ),
        "refresh_token": AuthKind(
            auth: #"refresh_token: { token_url: "${settings.host}/token", client_id: client-1, client: body, "#
                + #"client_secret: "${settings.secret}", refresh_token: "${settings.refresh}" }"#,
            settings: "secret: { secret: true, required: true }\n  refresh: { secret: true, required: true }",
            config: "secret: { file: FOLDER/secret }, refresh: { file: FOLDER/refresh }",
            isGrant: true
        ),
        "jwt_grant": AuthKind(
            auth: #"jwt_grant: { token_url: "${settings.host}/token", key: "${settings.key_file.private_key}", "#
                + #"key_id: "${settings.key_file.private_key_id}", claims: { iss: "${settings.key_file.client_email}" } }"#,
            settings: "key_file: { type: json, secret: true, required: true }",
            config: "key_file: { file: FOLDER/key.json }",
            isGrant: true
        ),
    ]
}

/// A service of one's own that wants to know who asks, gives tokens, and says aloud whatever it refuses.
final class GuardedShelf: Sendable {
    enum Mode: Sendable {
        case good
        /// Refuses everything but requests for tokens, with this status.
        case refusing(Int)
        case refusingAll
        /// Answers nothing until that changes.
        case stalling
        /// Sends everything to another address, with this status.
        case moved(Int, String)
        /// Sends only requests for tokens to another address.
        case tokensMoved(String)
        /// Says that the next page is at another address.
        case continued(String)
    }

    private struct State {
        var mode = Mode.good
        var given = 0
    }

    let kind: AuthKind
    private let state = Mutex(State())

    init(_ kind: AuthKind) { self.kind = kind }

    var mode: Mode {
        get { state.withLock { $0.mode } }
        set { state.withLock { $0.mode = newValue } }
    }

    func answer(_ request: LoopbackService.Request) -> LoopbackService.Answer {
        while case .stalling = mode { usleep(2000) }
        if request.path == "/token" { return token(request) }
        let isProven =
            kind.isGrant
            ? request.headers["authorization"] == "Bearer access-\(state.withLock { $0.given })-\(AuthKind.accessMark)"
            : kind.isProven(request)
        switch mode {
        case .refusing(let status): return refusal(of: request, status)
        case .refusingAll: return refusal(of: request, 401)
        case _ where !isProven: return LoopbackService.Answer(#"{"message":"not you"}"#, status: 401)
        case .moved(let status, let address):
            return LoopbackService.Answer("", status: status, headers: [("Location", "\(address)\(request.target)")])
        case .continued(let address):
            return LoopbackService.Answer(
                #"{"books":[{"id":"b1"}],"next":"\#(address)/books/list?page=2"}"#,
                headers: [("Link", "<\(address)/books/list?page=2>; rel=\"next\"")]
            )
        case .good, .stalling, .tokensMoved: return LoopbackService.Answer(#"{"books":[{"id":"b1"}],"next":null}"#)
        }
    }

    private func token(_ request: LoopbackService.Request) -> LoopbackService.Answer {
        if case .refusingAll = mode { return refusal(of: request, 401) }
        if case .tokensMoved(let address) = mode {
            return LoopbackService.Answer("", status: 307, headers: [("Location", "\(address)/token")])
        }
        let number = state.withLock { state in
            state.given += 1
            return state.given
        }
        return LoopbackService.Answer(
            #"{"access_token":"access-\#(number)-\#(AuthKind.accessMark)","token_type":"Bearer","expires_in":3600,"#
                + #""refresh_token":"refresh-\#(number)-\#(AuthKind.refreshMark)"}"#
        )
    }

    /// Says everything that the request had.
    private func refusal(of request: LoopbackService.Request, _ status: Int) -> LoopbackService.Answer {
        let headers = request.headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        let all = JSONValue.string(headers.joined(separator: ", ") + " " + request.body)
        return LoopbackService.Answer(
            #"{"error":"invalid_client","error_description":\#(all.serialized),"message":\#(all.serialized)}"#,
            status: status
        )
    }

    /// Calls `body` with a world whose integrations are `books`, both ways, and `followed` and `linked`, which are pulled
    /// by addresses that pages give.
    static func with(
        _ name: String,
        _ body: (FerryWorld, GuardedShelf, LoopbackService) async throws -> Void
    ) async throws {
        guard let kind = AuthKind.all[name] else { throw NeverHappened(description: "there is no kind \(name)") }
        let shelf = GuardedShelf(kind)
        try await LoopbackService.with({ shelf.answer($0) }) { service async throws in
            try await FerryWorld.with { world async throws in
                try world.folder.write(AuthKind.secret + "\n", to: "secret")
                try world.folder.write("refresh-0-\(AuthKind.refreshMark)\n", to: "refresh")
                try world.folder.write(world.sandbox.searchConsole.keyFile(at: service.url), to: "key.json")
                let page = #"{ method: POST, path: /books/list, body: { after: "${page.token}", size: 2 } }"#
                let request = "{ method: POST, path: /books/list, body: { size: 2 } }"
                try world.folder.write(
                    """
                    service: guarded
                    settings:
                      host: { required: true }
                      \(kind.settings)
                    base: "${settings.host}"
                    errors: { message: [message, error_description, error] }
                    auth:
                      \(kind.auth)
                    check: { request: { method: POST, path: /ping, body: { hello: true } } }
                    streams:
                      books: { request: \(page), records: books, id: id, paginate: { token: { from: next } } }
                      followed: { request: \(request), records: books, id: id, paginate: { next_url: { from: next } } }
                      linked: { request: \(request), records: books, id: id, paginate: { link: { rel: next } } }
                    sinks:
                      books:
                        match: id
                        upsert: { request: { method: POST, path: /books/add, body: { book: "${record.fields}" } } }
                    """,
                    to: "etc/services/guarded.yaml"
                )
                try world.writeShop(
                    "CREATE TABLE book (id TEXT PRIMARY KEY); CREATE TABLE copy (id TEXT PRIMARY KEY);"
                        + "INSERT INTO book VALUES ('1');"
                )
                let config = kind.config.replacing("FOLDER", with: world.folder.path)
                for resource in ["books", "followed", "linked"] {
                    let push = """
                          - type: book
                            resource: books
                            field_mappings: [{ source: fields.id, target: id, direction: push }]
                        """
                    try world.write(
                        integration: resource,
                        """
                        type: guarded
                        store: shop
                        config: { host: "\(service.url)", \(config) }
                        entities:
                        \(resource == "books" ? push : "")
                          - type: copy
                            resource: \(resource)
                            key: id
                            field_mappings: [{ source: fields.id, target: id, direction: pull }]
                        """
                    )
                }
                try await body(world, shelf, service)
            }
        }
    }
}
