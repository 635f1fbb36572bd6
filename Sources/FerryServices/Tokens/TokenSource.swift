import FerryCore
import FerryHTTP
import FerryJSON
import FoundationEssentials
import Synchronization

/// Asks for the tokens that a service's requests prove themselves with.
final class TokenSource: Sendable {
    /// What a token is asked for with, its secrets read.
    private struct Client {
        var url: String
        var id: String?
        var secret: String?
        var refresh: String?
        var scope: String?
        var assertion: SignedAssertion?

        /// What tells one client from another.
        var credential: String {
            [id, secret, refresh, scope].map { "\($0?.utf8.count ?? 0) \($0 ?? "")" }.joined()
                + (assertion?.credential ?? "")
        }

        /// What must not be seen of it.
        var hidden: [String] { [secret, refresh, assertion?.key, assertion?.keyID].compactMap(\.self) }

        /// `user:password` in base64, as the header `Authorization` has it (RFC 6749, §2.3.1).
        var basic: String {
            let pair = PercentEncoding.segment(id ?? "") + ":" + PercentEncoding.segment(secret ?? "")
            return Data(pair.utf8).base64EncodedString()
        }
    }

    private let grant: TokenGrant
    private let settings: SecretSettings
    private let client: any HTTPExchanging
    private let clock: any WallClock
    private let store: TokenStore
    private let classifier: AnswerClassifier
    private let latest = Mutex<TokenHolder?>(nil)

    init(
        _ grant: TokenGrant,
        title: String,
        settings: SecretSettings,
        client: any HTTPExchanging,
        clock: any WallClock,
        store: TokenStore
    ) {
        self.grant = grant
        self.settings = settings
        self.client = client
        self.clock = clock
        self.store = store
        // RFC 6749, §5.2: a client or a grant that is not accepted comes with 400 or 401.
        classifier = AnswerClassifier(
            title: "\(title)'s token endpoint",
            messagePaths: ["error_description", "error"].map { FieldPath(segments: [.name($0)]) },
            rules: [ErrorRule(statuses: [400, 401, 403], verdict: .auth)]
        )
    }

    /// The token for the next request, and what stands for whose requests they are.
    ///
    /// - Throws: ``SyncFailure``, or `CancellationError`.
    func token() async throws -> (text: String, owner: String) {
        let client = try resolved()
        let holder = store.holder(url: client.url, credential: client.credential)
        latest.withLock { $0 = holder }
        holder.hide(client.basic)
        if let assertion = client.assertion {
            for text in [assertion.key, assertion.keyID].compactMap(\.self) { holder.hide(text) }
        }
        let token = try await holder.token(isFresh: { $0.isFresh(at: clock.now) }) {
            try await ask(client, holder)
        }
        return (token.text, client.credential)
    }

    /// Notes that the service refused a token: the next one is asked for.
    func refuse(_ text: String) { latest.withLock { $0 }?.forget(text) }

    /// The tokens that may stand in texts.
    var seen: [String] { latest.withLock { $0 }?.seen ?? [] }

    // MARK: Requests

    private func ask(_ client: Client, _ holder: TokenHolder) async throws -> TokenAnswer {
        var form: [(String, String)] = [("grant_type", grant.kind.rawValue)]
        if grant.kind == .refreshToken {
            guard let file = holder.file else {
                throw SyncFailure(
                    .config,
                    .serviceRefused,
                    "a refresh token may be good for one use only, which belongs to the daemon",
                    hint: "try this service by an integration of the daemon: 'ferryctl test ID'"
                )
            }
            try file.prepare()
            let token = try file.load() ?? client.refresh ?? ""
            holder.hide(token)
            form.append(("refresh_token", token))
        }
        if let assertion = client.assertion {
            let text = try assertion.text(at: clock.now)
            holder.hide(text)
            form.append(("assertion", text))
        }
        if let scope = client.scope, !scope.isEmpty { form.append(("scope", scope)) }
        var headers = [
            HTTPHeader(name: "Accept", value: "application/json"),
            HTTPHeader(name: "Content-Type", value: "application/x-www-form-urlencoded"),
        ]
        switch grant.clientPlace {
        case .header where client.secret != nil:
            headers.append(HTTPHeader(name: "Authorization", value: "Basic \(client.basic)"))
        case .header, .body:
            if let id = client.id { form.append(("client_id", id)) }
            if let secret = client.secret { form.append(("client_secret", secret)) }
        }
        let text = form.map { PercentEncoding.segment($0) + "=" + PercentEncoding.segment($1) }.joined(separator: "&")
        let asked = clock.now
        let response: HTTPResponse
        do {
            response = try await self.client.send(
                HTTPRequest(
                    method: "POST",
                    url: client.url,
                    headers: headers,
                    body: Array(text.utf8),
                    timeout: .seconds(30),
                    maximumResponseBytes: 1 << 20
                )
            )
        } catch let failure as HTTPFailure {
            throw classifier.failure(of: failure, isWrite: false)
        }
        let scrubber = { SecretScrubber(holder.seen + client.hidden) }
        if var failure = classifier.failure(of: response, isWrite: false, now: clock.now, scrubber: scrubber) {
            if failure.kind == .auth {
                failure.hint = hint
            }
            throw failure
        }
        do {
            return try TokenAnswer(
                try JSONValue(parsing: response.body),
                askedAt: asked,
                margin: client.assertion == nil ? AccessToken.margin : SignedAssertion.margin
            )
        } catch {
            // What it says instead may be a token.
            let reason = (error as? TokenAnswerError)?.message ?? "it is no JSON"
            throw SyncFailure(
                .contract,
                .contractShape,
                "what should give tokens answered with something unexpected: \(reason)",
                hint: "check 'token_url' in the description: something else may answer there"
            )
        }
    }

    private var hint: String {
        let templates = [grant.clientID, grant.clientSecret, grant.refreshToken, grant.assertion?.key]
            .compactMap(\.self)
        let names = templates.flatMap(\.references).filter { $0.scope == .settings }.compactMap { $0.path.first }
        let list = names.map { "'\($0)'" }.joined(separator: " and ")
        return grant.kind == .refreshToken
            ? "check \(list) where they are configured; a refresh token that was revoked or used elsewhere must be "
                + "given anew" : "check \(list) where they are configured, then run 'ferryctl test'"
    }

    /// Reads the secrets, each time, so that renewing one needs no restart.
    private func resolved() throws -> Client {
        let templates = [grant.url, grant.scope, grant.clientID, grant.clientSecret, grant.refreshToken]
        var exposed: [String] = []
        let scope = try settings.scope(
            for: templates.compactMap(\.self) + (grant.assertion?.templates ?? []),
            exposed: &exposed
        )
        return Client(
            url: scope.text(grant.url) ?? "",
            id: grant.clientID.flatMap { scope.text($0) },
            secret: grant.clientSecret.flatMap { scope.text($0) },
            refresh: grant.refreshToken.flatMap { scope.text($0) },
            scope: grant.scope.flatMap { scope.text($0) },
            assertion: grant.assertion.map { assertion in
                SignedAssertion(
                    key: scope.text(assertion.key) ?? "",
                    keyID: assertion.keyID.flatMap { scope.text($0) },
                    claims: assertion.claims.compactMap { name, template in
                        scope.value(.template(template)).map { JSONValue.Member(key: name, value: $0) }
                    },
                    lifetime: assertion.lifetime
                )
            }
        )
    }
}
