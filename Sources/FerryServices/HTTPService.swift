public import FerryCore
public import FerryHTTP
import FerryJSON
import FoundationEssentials
import Synchronization

/// A remote service as its description says: one engine for all of them.
public final class HTTPService: RemoteService {
    let description: ServiceDescription
    let settings: [String: JSONValue]
    /// The host of the description's base.
    let main: ServiceEndpoint
    /// The others by their names.
    let hosts: [String: ServiceEndpoint]
    /// How deeply an answer's JSON may nest.
    let maximumDepth: Int
    private let classifier: AnswerClassifier
    private let limits: ServiceLimits
    private let gate: any RequestGate
    private let client: any HTTPExchanging
    private let clock: any WallClock
    private let wire = Mutex(Traffic())
    /// How many times in a row a request was refused for the limits, without a word on how long.
    private let refusals = Mutex(0)

    /// A service with an integration's settings.
    ///
    /// An answer with more than `maximumDepth` nested objects and arrays breaks the contract.
    ///
    /// - Parameters:
    ///   - gate: what each request passes before it is sent.
    ///   - accounts: makes the keys by which the gate tells whose request it is.
    ///   - tokens: what is known of tokens that services have given.
    /// - Throws: ``SyncFailure`` of kind `config`.
    public init(
        _ description: ServiceDescription,
        settings given: [String: JSONValue],
        secrets: [String: SecretReference],
        resolver: any SecretResolver,
        client: any HTTPExchanging,
        clock: any WallClock,
        gate: any RequestGate = OpenGate(),
        accounts: AccountFingerprint = AccountFingerprint(salt: []),
        tokens: TokenStore = TokenStore(directory: nil),
        maximumDepth: Int = JSONDepth.standard
    ) throws {
        self.description = description
        self.maximumDepth = maximumDepth
        var settings = given
        for declaration in description.settings where settings[declaration.name] == nil {
            settings[declaration.name] = declaration.defaultValue
        }
        // A host is often pasted with its final slash, which would double the one that follows.
        for base in [description.base] + description.hosts.values.map(\.base) {
            for reference in base.references where reference.scope == .settings {
                guard let name = reference.path.first, let text = settings[name]?.string, text.contains("://") else {
                    continue
                }
                settings[name] = .string(String(text.reversed().drop { $0 == "/" }.reversed()))
            }
        }
        self.settings = settings
        let secretSettings = SecretSettings(
            settings: settings,
            secrets: secrets,
            resolver: resolver,
            documents: Set(description.settings.lazy.filter { $0.type == .json }.map(\.name))
        )
        self.client = client
        self.clock = clock
        let scope = TemplateScope(settings: self.settings)
        limits = ServiceLimits(description.limits, scope: scope)
        self.gate = gate
        let endpoint = { (host: HostDescription) throws -> ServiceEndpoint in
            if let missing = scope.missingReference(in: host.base) {
                throw Self.failure(missing: missing, for: "the service's address is not complete")
            }
            let base = scope.text(host.base) ?? ""
            var source: TokenSource?
            if case .grant(let grant) = host.authentication {
                source = TokenSource(
                    grant,
                    title: description.title,
                    settings: secretSettings,
                    client: client,
                    clock: clock,
                    store: tokens
                )
            }
            let credentials = Credentials(
                host.authentication,
                settings: secretSettings,
                tokens: source,
                accountKey: { accounts.key(url: base, credential: $0) }
            )
            return ServiceEndpoint(base: base, credentials: credentials)
        }
        main = try endpoint(HostDescription(base: description.base, authentication: description.authentication))
        hosts = try description.hosts.mapValues(endpoint)
        classifier = AnswerClassifier(
            title: description.title,
            messagePaths: description.messagePaths,
            rules: description.errorRules,
            maximumDepth: maximumDepth
        )
    }

    /// The service's name and address.
    public var identity: String {
        let part = description.identity.flatMap { TemplateScope(settings: settings).text($0) } ?? ""
        // What is not configured leaves no trace.
        return ([description.name, main.base] + part.split(separator: " ").map(String.init)).joined(separator: " ")
    }

    /// Bytes and requests since this object was made.
    public var traffic: Traffic { wire.withLock { $0 } }

    /// What people should know about the credentials.
    public var attention: [String] {
        main.credentials.attention + hosts.sorted { $0.key < $1.key }.flatMap(\.value.credentials.attention)
    }

    /// The directions in which a resource can be synced.
    public func directions(of resource: String) -> Set<Direction> {
        description.directions(of: resource)
    }

    /// The natural key that the description names.
    public func defaultMatch(of resource: String) -> FieldPath? {
        let template = description.sinks[resource]?.match ?? description.streams[resource]?.match
        guard let template, let text = TemplateScope(settings: settings).text(template) else { return nil }
        // A column's name is a name, whatever characters it has.
        return FieldPath(segments: [.name(text)])
    }

    /// A reader of a resource.
    public func source(_ resource: String, fields: [FieldPath], match: FieldPath?) throws -> any RecordSource {
        guard let stream = description.streams[resource] else { throw unsupported(.pull, resource) }
        return HTTPSource(service: self, stream: stream, fields: fields, match: match)
    }

    /// A writer of a resource.
    public func sink(_ resource: String, fields: [FieldPath], match: FieldPath?) throws -> any RecordSink {
        guard let sink = description.sinks[resource] else { throw unsupported(.push, resource) }
        return try HTTPSink(service: self, sink: sink, fields: fields, match: match, key: defaultMatch(of: resource))
    }

    /// Work that the service is asked for.
    public func action(_ resource: String) -> (any RemoteAction)? {
        description.actions[resource].map { HTTPAction(service: self, action: $0) }
    }

    private func unsupported(_ direction: Direction, _ resource: String) -> SyncFailure {
        SyncFailure(
            .config,
            .syncDirectionUnsupported,
            "\(description.title) cannot \(direction.rawValue) '\(resource)'",
            hint: "it has: \(description.resources.joined(separator: ", "))"
        )
    }

    // MARK: Requests

    /// Makes one request; credentials that are refused are replaced by their alternates, which costs another
    /// exchange but no attempt: a refused request has had no effect.
    ///
    /// - Parameters:
    ///   - url: the address to ask instead of the template's own.
    ///   - goneStatuses: the codes that are thrown as `gone`.
    ///   - doneStatuses: the codes that are good answers although they look like failures.
    ///   - receiver: takes the body of a good answer instead of the response.
    /// - Throws: ``SyncFailure``, or `CancellationError`.
    func send(
        _ template: RequestTemplate,
        to url: String? = nil,
        scope: TemplateScope,
        body: [UInt8]?,
        isWrite: Bool,
        goneStatuses: Set<Int> = [],
        doneStatuses: Set<Int> = [],
        receiver: (@Sendable (UnsafeRawBufferPointer) -> Bool)? = nil
    ) async throws -> HTTPResponse {
        if let missing = missing(for: template) {
            throw Self.failure(missing: missing, for: "\(description.title) cannot be asked for this")
        }
        let credentials = endpoint(template.host).credentials
        // Once for each value and once more, since a secret may be renewed between two tries.
        var triesLeft = credentials.count * 2
        while true {
            let (credential, permit) = try await admitted(credentials, drawing: limits.drawn(by: template))
            let response: HTTPResponse
            do {
                var request = request(template, to: url, scope: scope, body: body, credential: credential)
                request.bodyReceiver = receiver
                response = try await exchange(request, isWrite: isWrite)
            } catch {
                await gate.settle(permit, .silent)
                throw error
            }
            let now = clock.now
            let reading = limits.headers.reading(of: response, now: now)
            var failure = classifier.failure(
                of: response,
                isWrite: isWrite,
                isExhausted: reading.remaining == 0,
                now: now,
                scrubber: { credentials.scrubber(credential) }
            )
            let signal = Self.signal(of: &failure, reading)
            await gate.settle(permit, planned(signal, &failure))
            guard var failure else {
                try refuseWebPage(response, isWrite: isWrite)
                return response
            }
            if doneStatuses.contains(response.status) { return response }
            if goneStatuses.contains(response.status) {
                throw SyncFailure(.gone, .serviceNotFound, failure.message)
            }
            guard failure.kind == .auth else { throw failure }
            triesLeft -= 1
            guard let credential else {
                failure.hint = "check the credentials in 'config'"
                throw failure
            }
            switch credentials.refuse(credential) {
            case .anotherIsThere where triesLeft > 0: continue
            case .anotherIsThere:
                failure.hint = "check the credentials in 'config'"
                throw failure
            case .allAreRefused(let names):
                failure.hint = Self.hint(refusing: names)
                throw failure
            }
        }
    }

    /// The credentials of the next exchange, and the right to make it.
    private func admitted(
        _ credentials: Credentials,
        drawing budgets: [RequestBudget]
    ) async throws -> (credential: Credentials.Credential?, permit: RequestPermit) {
        while true {
            let credential = try await credentials.current()
            let account = credential?.account ?? credentials.anonymousAccount
            let permit = try await gate.admit(account, drawing: budgets)
            guard permit.hasWaited else { return (credential, permit) }
            // Over a long wait a secret may have been renewed, and with it the account.
            do {
                let current = try await credentials.current()
                if (current?.account ?? account) == account { return (current, permit) }
            } catch {
                await gate.settle(permit, .silent)
                throw error
            }
            await gate.settle(permit, .silent)
        }
    }

    /// What an answer says of the service's limits; a refusal that does not say how long to wait takes it from there.
    private static func signal(of failure: inout SyncFailure?, _ reading: RateHeaders.Reading) -> RateSignal {
        var signal = RateSignal(remaining: reading.remaining, reset: reading.reset)
        switch failure?.kind {
        case .rateLimited:
            if failure?.retryAfter == nil { failure?.retryAfter = reading.reset.map { max($0, .seconds(1)) } }
            signal.isRefusal = true
            signal.pause = failure?.retryAfter
        case .transient: signal.pause = failure?.retryAfter
        default: break
        }
        return signal
    }

    /// The signal with the wait that the description has planned for a refusal which does not say how long.
    private func planned(_ signal: RateSignal, _ failure: inout SyncFailure?) -> RateSignal {
        guard failure?.kind == .rateLimited else {
            if failure == nil { refusals.withLock { $0 = 0 } }
            return signal
        }
        guard !limits.waits.isEmpty, failure?.retryAfter == nil else { return signal }
        let refusals = refusals.withLock { count in
            count += 1
            return count
        }
        var signal = signal
        if refusals <= limits.waits.count {
            failure?.retryAfter = limits.waits[refusals - 1]
            signal.pause = failure?.retryAfter
        } else {
            failure?.kind = .deferred
            failure?.hint = "what has been read is in place, and the next job goes on from there"
        }
        return signal
    }

    private static func hint(refusing names: [String]) -> String {
        guard !names.isEmpty else { return "check the credentials in 'config'" }
        let list = names.map { "'\($0)'" }.joined(separator: " and ")
        return "the service refused \(list): check where it is configured, then run 'ferryctl test'"
    }

    /// A web page with a good status is the answer of something else, such as a portal that asks to sign in.
    private func refuseWebPage(_ response: HTTPResponse, isWrite: Bool) throws {
        let type = response.header("Content-Type")?.lowercased() ?? ""
        guard type.hasPrefix("text/html"), response.body.first(where: { $0 > 0x20 }) == UInt8(ascii: "<") else {
            return
        }
        throw contractFailure(
            JSONFailure(message: "it is a web page", offset: 0),
            of: response.body,
            effect: isWrite ? .unknown : .none
        )
    }

    private func exchange(_ request: HTTPRequest, isWrite: Bool) async throws -> HTTPResponse {
        do {
            let response = try await client.send(request)
            wire.withLock { traffic in
                traffic.requests += 1
                traffic.bytesIn += response.bytesReceived
                traffic.bytesOut += response.bytesSent
            }
            return response
        } catch let failure as HTTPFailure {
            wire.withLock { $0.requests += 1 }
            throw classifier.failure(of: failure, isWrite: isWrite)
        }
    }

    /// How many requests of a kind its budgets allow a second, in the long run.
    func requestsPerSecond(_ request: RequestTemplate) -> Double? {
        limits.drawn(by: request).map { 1 / ($0.spacing / .seconds(1)) }.min()
    }

    private static func failure(missing name: String, for what: String) -> SyncFailure {
        SyncFailure(
            .config,
            .configMissingKey,
            "\(what): '\(name)' is not configured",
            hint: "add '\(name)' to the integration's 'config'"
        )
    }

    /// This machine's time.
    var time: Date { clock.now }

    /// This machine's time, in seconds since 1970.
    var now: Int { Int(clock.now.timeIntervalSince1970) }

    /// A time as RFC 3339 writes it, in UTC; this machine's own for `nil`.
    func text(of date: Date?) -> String { RFC3339.format(date ?? clock.now) }

    /// Takes out of texts what requests may prove themselves with.
    var scrubber: SecretScrubber {
        SecretScrubber(([main] + hosts.values).flatMap { $0.credentials.exposed() })
    }

    /// What to say of an answer that the service has broken off, in its own words.
    func failure(brokenOffWith document: JSONValue) -> SyncFailure {
        let said = ErrorMessage(paths: description.messagePaths, scrubber: scrubber)
            .text(of: HTTPResponse(status: 200), body: document)
        return SyncFailure(
            .transient,
            .serviceUnavailable,
            "\(description.title) broke off its answer" + (said.isEmpty ? "" : ": \(said)")
        )
    }

    /// What to say of an answer that is not what the contract promises.
    func contractFailure(_ error: JSONFailure, of body: [UInt8], effect: SyncFailure.Effect = .none) -> SyncFailure {
        let start = ErrorMessage.line(scrubber.scrub(body.prefix(4096)), maximumLength: 80)
        return SyncFailure(
            .contract,
            .contractShape,
            "\(description.title) answered with something unexpected: \(error.message)"
                + (start.isEmpty ? "" : " (it begins with: \(start))"),
            hint: error.isTooDeep
                ? "if its answers are meant to be nested so deeply, raise 'max_depth' under 'json' in ferry.yaml"
                : "check the address in 'config': something else may answer there",
            effect: effect
        )
    }
}
