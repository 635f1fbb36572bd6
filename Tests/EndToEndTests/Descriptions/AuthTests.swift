import FerryAPI
import FerryCore
import FerryTesting
import Foundation
import Synchronization
import Testing

/// The ways in which descriptions let requests prove who sends them, against real servers.
@Suite struct AuthTests {
    /// An API whose requests need what `isKnown` knows; with an endpoint that gives tokens.
    private final class Guarded: Sendable {
        struct State {
            /// What the header `Authorization` may hold.
            var known: Set<String> = []
            /// The refresh token that is good for one use.
            var refresh = "refresh-0-5d1e"
            var given = 0
            var lifetime = 3600
            var rotates = true
            /// Called before a page is answered.
            var beforePage: (@Sendable (inout State) -> Void)?
            /// What the token endpoint answers instead.
            var answer: LoopbackService.Answer?
        }

        let state: Mutex<State>

        init(_ known: String...) { state = Mutex(State(known: Set(known))) }

        func answer(_ request: LoopbackService.Request) -> LoopbackService.Answer {
            state.withLock { state in
                if request.path == "/token" { return Self.token(request, &state) }
                state.beforePage?(&state)
                guard state.known.contains(request.headers["authorization"] ?? "") else {
                    return LoopbackService.Answer(#"{"error":"not you"}"#, status: 401)
                }
                let after = request.number("after") ?? 0
                let next = after < 4 ? "\(after + 1)" : "null"
                return LoopbackService.Answer(#"{"books":[{"id":\#(after + 1)}],"next":\#(next)}"#)
            }
        }

        private static func token(
            _ request: LoopbackService.Request,
            _ state: inout State
        ) -> LoopbackService.Answer {
            if let answer = state.answer { return answer }
            let form = URLComponents(string: "?\(request.body)")?.queryItems ?? []
            let values = Dictionary(form.map { ($0.name, $0.value ?? "") }) { $1 }
            let basic = "Basic " + Data("client-1:client%20secret-77aa".utf8).base64EncodedString()
            let isClient =
                request.headers["authorization"] == basic
                || values["client_id"] == "client-1" && values["client_secret"] == "client secret-77aa"
            guard isClient, request.method == "POST" else {
                return LoopbackService.Answer(#"{"error":"invalid_client"}"#, status: 401)
            }
            var more = ""
            if values["grant_type"] == "refresh_token" {
                guard values["refresh_token"] == state.refresh else {
                    return LoopbackService.Answer(
                        #"{"error":"invalid_grant","error_description":"the refresh token was used before"}"#,
                        status: 400
                    )
                }
                if state.rotates {
                    state.refresh = "refresh-\(state.given + 1)-5d1e"
                    more = #","refresh_token":"\#(state.refresh)""#
                }
            } else if values["grant_type"] != "client_credentials" {
                return LoopbackService.Answer(#"{"error":"unsupported_grant_type"}"#, status: 400)
            }
            state.given += 1
            let token = "access-\(state.given)-90bc"
            state.known = ["Bearer \(token)"]
            return LoopbackService.Answer(
                #"{"access_token":"\#(token)","token_type":"Bearer","expires_in":\#(state.lifetime)\#(more)}"#
            )
        }
    }

    private final class Counter: Sendable {
        private let value = Mutex(0)

        func next() -> Int {
            value.withLock { value in
                value += 1
                return value
            }
        }
    }

    /// A program that is to be killed once it is known.
    private final class Target: Sendable {
        let program = Mutex<Program?>(nil)

        func kill() -> Bool {
            program.withLock { program in
                program?.send(SIGKILL)
                return program != nil
            }
        }
    }

    /// A world whose integrations `books` and `more` pull from the API.
    private func withAPI(
        _ api: Guarded,
        _ auth: String,
        config: String,
        _ body: (FerryWorld, LoopbackService) async throws -> Void
    ) async throws {
        try await LoopbackService.with({ api.answer($0) }) { service async throws in
            try await FerryWorld.with { world async throws in
                try world.folder.write(
                    """
                    service: guarded
                    settings:
                      host: { required: true }
                      user: {}
                      secret: { secret: true, required: true }
                      refresh: { secret: true }
                    base: "${settings.host}"
                    errors: { message: error }
                    auth:
                      \(auth)
                    check: { request: { method: GET, path: /books } }
                    streams:
                      books:
                        request: { method: GET, path: /books, query: { after: "${page.token}" } }
                        records: books
                        id: id
                        paginate: { token: { from: next } }
                    """,
                    to: "etc/services/guarded.yaml"
                )
                for name in ["books", "more"] {
                    try world.write(
                        integration: name,
                        """
                        type: guarded
                        config: { host: "\(service.url)", \(config) }
                        entities:
                          - type: \(name)
                            resource: books
                            key: id
                            field_mappings: [{ source: fields.id, target: id }]
                        """
                    )
                }
                try await body(world, service)
            }
        }
    }

    /// Whether a text stands in any file of the state directory but the one that keeps it on purpose, or was printed.
    private func isLeft(_ secret: String, in world: FerryWorld, _ printed: String...) throws -> Bool {
        if printed.contains(where: { $0.contains(secret) }) { return true }
        let files = try FileManager.default.subpathsOfDirectory(atPath: world.state)
        return files.contains { file in
            guard !file.hasPrefix("tokens"), let data = FileManager.default.contents(atPath: "\(world.state)/\(file)")
            else { return false }
            return data.range(of: Data(secret.utf8)) != nil
        }
    }

    private static let grant = """
        client_credentials:
            token_url: "${settings.host}/token"
            client_id: "${settings.user}"
            client_secret: "${settings.secret}"
            scope: books
        """
    private static let renewal = """
        refresh_token:
            token_url: "${settings.host}/token"
            client_id: "${settings.user}"
            client_secret: "${settings.secret}"
            client: body
            refresh_token: "${settings.refresh}"
        """
    private static let client = "user: client-1, secret: client secret-77aa"
    private static let refresher = "\(client), refresh: refresh-0-5d1e"

    @Test func aNameAndAPassword() async throws {
        let basic = Data("ann:pass:word-77aa".utf8).base64EncodedString()
        let auth = #"basic: { user: "${settings.user}", password: "${settings.secret}" }"#
        try await withAPI(Guarded("Basic \(basic)"), auth, config: "user: ann, secret: \"pass:word-77aa\"") {
            world,
            service async throws in
            let result = try await world.once("books", .pull)
            #expect(result.exitCode == 0 && result.job.progress.read == 5, "\(result.job)")
            #expect(service.requests.allSatisfy { $0.headers["authorization"] == "Basic \(basic)" })
            let trial = try await world.ferryctl(
                "services",
                "try",
                "guarded",
                "--config",
                world.configuration,
                "--integration",
                "books"
            )
            #expect(trial.exitCode == 0, "\(trial.errors)")
            #expect(trial.output.contains("Authorization: Basic ‹secret›"))
            #expect(!(trial.output + trial.errors).contains("77aa"))
        }
    }

    @Test func aTokenForAClientIsAskedForOnceAndUsedByAllJobs() async throws {
        let api = Guarded()
        try await withAPI(api, Self.grant, config: Self.client) { world, service async throws in
            let daemon = try await world.startDaemon()
            let first = try await world.requestSync("books", .pull)
            let second = try await world.requestSync("more", .pull)
            for id in [first, second] {
                let job = try await world.job(id)
                #expect(job.state == .succeeded, "\(job)")
            }
            let asked = service.requests.filter { $0.path == "/token" }
            #expect(asked.map(\.body) == ["grant_type=client_credentials&scope=books"])
            let pages = service.requests.filter { $0.path == "/books" }
            #expect(pages.count == 10 && pages.allSatisfy { $0.headers["authorization"] == "Bearer access-1-90bc" })
            #expect(try !isLeft("90bc", in: world, daemon.output, daemon.errors))
            #expect(try !isLeft("77aa", in: world, daemon.output, daemon.errors))
        }
    }

    @Test func aTokenThatIsRefusedIsRenewedOnce() async throws {
        let api = Guarded()
        try await withAPI(api, Self.grant, config: Self.client) { world, service async throws in
            let count = Counter()
            api.state.withLock { state in
                state.beforePage = { state in
                    let number = count.next()
                    // Revoked between two pages.
                    if number == 3 { state.known = [] }
                }
            }
            let result = try await world.once("books", .pull)
            #expect(result.exitCode == 0 && result.job.progress.read == 5, "\(result.job)")
            #expect(service.requests.filter { $0.path == "/token" }.count == 2)

            api.state.withLock { state in state.beforePage = { $0.known = [] } }
            service.forgetRequests()
            let refused = try await world.once("books", .pull)
            #expect(refused.exitCode == 1 && refused.job.error?.code == "auth.rejected", "\(refused.job)")
            #expect(service.requests.map(\.path) == ["/token", "/books", "/token", "/books"])
        }
    }

    @Test func aClientThatIsRefusedIsSaidWithoutItsSecret() async throws {
        try await withAPI(Guarded(), Self.grant, config: "user: client-1, secret: wrong-77aa") {
            world,
            service async throws in
            let result = try await world.startOnce("books", .pull).end()
            #expect(result.exitCode == 1)
            #expect(result.errors.contains("invalid_client") || result.output.contains("invalid_client"))
            #expect((result.errors + result.output).contains("check 'user' and 'secret'"))
            #expect(service.requests.count == 1, "a client that is refused is not tried again and again")
            #expect(try !isLeft("77aa", in: world, result.output, result.errors))
        }
    }

    @Test func credentialsFollowNoRedirectOfTheTokenEndpoint() async throws {
        let elsewhere: @Sendable (LoopbackService.Request) -> LoopbackService.Answer = { _ in
            LoopbackService.Answer(#"{"access_token":"stolen"}"#)
        }
        try await LoopbackService.with(elsewhere) { other async throws in
            let api = Guarded()
            let target = "\(other.url)/token"
            api.state.withLock {
                $0.answer = LoopbackService.Answer("", status: 307, headers: [("Location", target)])
            }
            try await withAPI(api, Self.grant, config: Self.client) { world, _ async throws in
                let result = try await world.once("books", .pull)
                #expect(result.job.error?.code == "service.redirect", "\(result.job)")
                #expect(other.requests.isEmpty)
            }
        }
    }

    @Test func aRefreshTokenThatWasReplacedOutlivesACrash() async throws {
        let api = Guarded()
        try await withAPI(api, Self.renewal, config: Self.refresher) { world, service async throws in
            let target = Target()
            api.state.withLock { state in
                state.beforePage = { state in
                    state.beforePage = nil
                    // The token was renewed, and nothing was read with it yet.
                    while !target.kill() { usleep(1000) }
                }
            }
            let program = try world.startOnce("books", .pull)
            target.program.withLock { $0 = program }
            #expect(try await program.end().exitCode == 128 + SIGKILL)
            #expect(service.requests.first?.body.contains("refresh_token=refresh-0-5d1e") == true)

            service.forgetRequests()
            for count in 1...2 {
                let result = try await world.once("books", .pull)
                #expect(result.exitCode == 0, "\(result.job)")
                let asked = service.requests.filter { $0.path == "/token" }
                #expect(asked.count == count)
                #expect(asked.last?.body.contains("refresh_token=refresh-\(count)-5d1e") == true)
            }
            let folder = "\(world.state)/tokens"
            let files = try FileManager.default.contentsOfDirectory(atPath: folder)
            try #require(files.count == 1)
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(files[0])")
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            #expect(FileManager.default.contents(atPath: "\(folder)/\(files[0])") == Data("refresh-3-5d1e".utf8))
            #expect(try !isLeft("5d1e", in: world))
        }
    }

    @Test func twoJobsAtOnceRefreshOnce() async throws {
        let api = Guarded()
        try await withAPI(api, Self.renewal, config: Self.refresher) { world, service async throws in
            _ = try await world.startDaemon()
            for _ in 1...3 {
                service.forgetRequests()
                let ids = [try await world.requestSync("books", .pull), try await world.requestSync("more", .pull)]
                for id in ids {
                    let job = try await world.job(id)
                    #expect(job.state == .succeeded, "\(job)")
                }
            }
            #expect(api.state.withLock { $0.given } == 1)
            api.state.withLock { $0.known = [] }
            let ids = [try await world.requestSync("books", .pull), try await world.requestSync("more", .pull)]
            for id in ids {
                let job = try await world.job(id)
                #expect(job.state == .succeeded, "\(job)")
            }
            #expect(api.state.withLock { $0.given } == 2)
        }
    }

    @Test func aRefreshTokenIsNotSpentByATry() async throws {
        let api = Guarded()
        try await withAPI(api, Self.renewal, config: Self.refresher) { world, service async throws in
            let trial = try await world.ferryctl(
                "services",
                "try",
                "guarded",
                "--config",
                world.configuration,
                "--integration",
                "books"
            )
            #expect(trial.exitCode == 1)
            #expect(trial.errors.contains("a refresh token may be good for one use only"))
            #expect(service.requests.isEmpty)
        }
    }
}
