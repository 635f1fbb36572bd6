import FerryCore
import FoundationEssentials
import Synchronization

/// Gives each request its credentials, and turns to the alternates when the service refuses them.
///
/// A refused value is remembered by its hash, not by its name: once the secret is renewed, it is used again.
final class Credentials: Sendable {
    /// What one request proves itself with.
    struct Credential: Sendable {
        /// Where it stands in a request.
        let place: Place
        let value: String
        /// Whose requests the service counts together with those that prove themselves with it.
        fileprivate(set) var account: AccountKey
        /// Which of the description's values it is.
        fileprivate let index: Int
        fileprivate let hash: RecordHash
        /// The secrets in it.
        fileprivate let secrets: [String]
    }

    /// Where a credential stands in a request.
    enum Place: Sendable {
        /// In the header of that name.
        case header(String)
        /// In the body, which is an object, as the member of that name.
        case member(String)
    }

    /// What follows from a refusal.
    enum Consequence: Equatable {
        /// Another value can be tried.
        case anotherIsThere
        /// All were refused: those of the settings with these names.
        case allAreRefused([String])
    }

    private struct State {
        /// The values that the service has refused, by their index.
        var refused: [Int: RecordHash] = [:]
        /// The value used last.
        var current = 0
        /// The accounts of the values, by their index, each with the hash of the value it was made of.
        var accounts: [Int: (hash: RecordHash, key: AccountKey)] = [:]
    }

    private let authentication: Authentication
    private let values: [Template]
    /// The name that goes with a password.
    private let user: Template?
    /// What gives the tokens, where they must be asked for.
    private let tokens: TokenSource?
    private let settings: SecretSettings
    private let accountKey: @Sendable (_ credential: String) -> AccountKey
    /// The setting without which there is nothing to prove anything with; `nil` where none is needed, or all are given.
    let missing: String?
    private let state = Mutex(State())

    init(
        _ authentication: Authentication,
        settings: SecretSettings,
        tokens: TokenSource? = nil,
        accountKey: @escaping @Sendable (_ credential: String) -> AccountKey
    ) {
        self.authentication = authentication
        self.tokens = tokens
        var user: Template?
        if case .basic(let name, _) = authentication { user = name }
        self.user = user
        self.accountKey = accountKey
        self.settings = settings
        let beside = user?.settingNames ?? []
        let isGiven: (String) -> Bool = { settings.secrets[$0] != nil || settings.settings[$0] != nil }
        // An alternate whose setting is not given is not there.
        values = authentication.values.filter { ($0.settingNames + beside).allSatisfy(isGiven) }
        missing =
            values.isEmpty
            ? authentication.values.first.flatMap { ($0.settingNames + beside).first { !isGiven($0) } } : nil
    }

    /// How many different values there are.
    var count: Int { values.count }

    /// The credential for the next request: the first that the service has not refused.
    ///
    /// Secrets are read here, each time, so that rotating one needs no restart.
    ///
    /// - Throws: ``SyncFailure`` with the code `secret.unavailable`.
    func next() throws -> Credential? {
        guard !values.isEmpty else { return nil }
        let (refused, last) = state.withLock { ($0.refused, $0.current) }
        var failure: (any Error)?
        var account: AccountKey?
        for index in values.indices {
            do {
                var credential = try self.credential(at: index)
                // The alternates are the same account's.
                let first = account ?? credential.account
                account = first
                credential.account = first
                guard refused[index] != credential.hash else { continue }
                state.withLock { $0.current = index }
                return credential
            } catch {
                // An alternate that cannot be read is not there; that the first cannot be read must be said.
                if index == 0 { throw error }
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        var credential = try credential(at: last)
        credential.account = account ?? credential.account
        return credential
    }

    /// The credential for the next request, for which a token may have to be asked first.
    ///
    /// - Throws: ``SyncFailure``, or `CancellationError`.
    func current() async throws -> Credential? {
        guard let tokens, !values.isEmpty else { return try next() }
        let (token, owner) = try await tokens.token()
        return Credential(
            place: .header("Authorization"),
            value: "Bearer \(token)",
            // Tokens come and go, and are the same account's.
            account: account(of: owner, hash: Self.hash(of: owner), at: 0),
            index: 0,
            hash: Self.hash(of: token),
            secrets: [token]
        )
    }

    /// The account of requests that prove themselves with nothing.
    var anonymousAccount: AccountKey { accountKey("") }

    /// Notes that the service refused a credential.
    ///
    /// When none is left, all are forgotten to be refused, so that a later request tries them anew.
    func refuse(_ credential: Credential) -> Consequence {
        if let tokens {
            for token in credential.secrets { tokens.refuse(token) }
            return .anotherIsThere
        }
        let refused = state.withLock { state in
            state.refused[credential.index] = credential.hash
            return state.refused
        }
        let isAnotherThere = values.indices.contains { index in
            // A value that cannot be read is not one that can be tried.
            guard let credential = try? self.credential(at: index) else { return false }
            return refused[index] != credential.hash
        }
        guard !isAnotherThere else { return .anotherIsThere }
        state.withLock { state in
            state.refused = [:]
            state.current = 0
        }
        return .allAreRefused(refused.keys.sorted().compactMap { settingName(of: $0) })
    }

    /// What people should know, such as a primary key that no longer works.
    var attention: [String] {
        let (refused, current) = state.withLock { ($0.refused, $0.current) }
        guard current > 0, refused[0] != nil else { return [] }
        let name = settingName(of: 0) ?? "the first key"
        let used = settingName(of: current) ?? "another key"
        return ["the service refuses '\(name)'; '\(used)' is in use instead: renew '\(name)'"]
    }

    /// Keeps the secrets out of a text that a service may have put them into.
    ///
    /// - Parameter sent: the credential of the request, which may have been renewed meanwhile.
    func scrubber(_ sent: Credential?) -> SecretScrubber { SecretScrubber(exposed(sent)) }

    /// What requests may prove themselves with.
    func exposed(_ sent: Credential? = nil) -> [String] {
        var exposed = (sent?.secrets ?? []) + (tokens?.seen ?? [])
        if user != nil, let basic = try? credential(at: 0) { exposed += basic.secrets }
        for reference in settings.secrets.values {
            // What cannot be read was not sent either.
            guard let secret = try? settings.resolver.resolve(reference).exposed() else { continue }
            exposed.append(secret)
        }
        return exposed
    }

    private func credential(at index: Int) throws -> Credential {
        var exposed: [String] = []
        let scope = try settings.scope(for: [values[index]] + [user].compactMap(\.self), exposed: &exposed)
        var text = scope.text(values[index]) ?? ""
        if let user { text = Data("\(scope.text(user) ?? ""):\(text)".utf8).base64EncodedString() }
        let hash = Self.hash(of: text)
        let account = account(of: text, hash: hash, at: index)
        let place: Place
        var value = text
        switch authentication {
        case .header(let name, _, _): place = .header(name)
        case .body(let member, _, _): place = .member(member)
        case .basic:
            place = .header("Authorization")
            value = "Basic \(text)"
            exposed.append(text)
        case .bearer, .none, .grant:
            place = .header("Authorization")
            value = "Bearer \(text)"
        }
        return Credential(
            place: place,
            value: value,
            account: account,
            index: index,
            hash: hash,
            secrets: exposed
        )
    }

    private static func hash(of text: String) -> RecordHash {
        Array(text.utf8).withUnsafeBytes { RecordHash.of($0) }
    }

    private func account(of value: String, hash: RecordHash, at index: Int) -> AccountKey {
        state.withLock { state in
            if let known = state.accounts[index], known.hash == hash { return known.key }
            let key = accountKey(value)
            state.accounts[index] = (hash, key)
            return key
        }
    }

    private func settingName(of index: Int) -> String? {
        (values[index].references + (user?.references ?? [])).first { $0.scope == .settings }?.path.first
    }
}

extension Template {
    /// The names of the settings that it refers to.
    fileprivate var settingNames: [String] {
        references.filter { $0.scope == .settings }.compactMap(\.path.first)
    }
}
