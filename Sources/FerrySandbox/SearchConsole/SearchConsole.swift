import Synchronization

/// The Search Console service: the properties that one service account may see, below `/google_search_console`, with the
/// token endpoint at `/google_search_console/token`.
///
/// Written from the vendor's discovery document and reference pages. As the service does, it leaves `rows` out where there
/// are none, sorts by clicks with equals in an order of its own, shows no more than 50,000 rows of a query, tells by 403
/// that a quota is used up, and takes a property's address only with every reserved character percent-encoded. Where the
/// documentation is silent it does this: a property that nobody has is 404, one of somebody else's 403.
public final class SearchConsole: Sendable {
    static let mount = "google_search_console"
    let clock = SandboxClock()
    let state = Mutex(SearchConsoleState())
    let account = SandboxServiceAccount()
    let quotas = SearchQuotas()
    private let log: RequestLog

    init(log: RequestLog) {
        self.log = log
    }

    /// The key file of the service account, as it would be downloaded; made anew with each sandbox.
    ///
    /// - Parameter baseURL: the sandbox's address.
    public func keyFile(at baseURL: String) -> String { account.keyFile(tokenURL: "\(baseURL)/\(Self.mount)/token") }

    /// The public key in PEM, for whoever wants to verify what was signed.
    public var publicKey: String { account.publicKey }

    /// Adds a property that the account may see.
    public func addSite(_ url: String, level: String = "siteOwner") {
        state.withLock { $0.sites.append(SearchConsoleSite(url: url, level: level)) }
    }

    /// Adds a property of somebody else's.
    public func addForeignSite(_ url: String) {
        state.withLock { $0.sites.append(SearchConsoleSite(url: url, level: nil)) }
    }

    /// Removes a property, or lets the account see it no more.
    public func setLevel(_ level: String?, of url: String) {
        state.withLock { $0.setLevel(level, of: url) }
    }

    /// Replaces what was searched on a day.
    public func setRows(_ rows: [SearchRow], of site: String, on day: String, type: String = "web") {
        state.withLock { $0.rows[SearchSlice(site: site, type: type, day: day)] = rows }
    }

    /// What was searched on a day.
    public func rows(of site: String, on day: String, type: String = "web") -> [SearchRow] {
        state.withLock { $0.rows[SearchSlice(site: site, type: type, day: day)] ?? [] }
    }

    /// Sets the first day whose figures are not final; `nil` where the service does not tell.
    public func setFirstIncompleteDate(_ day: String?) {
        state.withLock { $0.firstIncompleteDate = day }
    }

    /// Sets how many rows a query shows at most: 50,000 at first.
    public func setMaximumRows(_ rows: Int) {
        state.withLock { $0.maximumRows = rows }
    }

    /// Limits the requests a minute in place of the documented quotas; one too many is refused with 403.
    ///
    /// `nil` lifts all limits.
    public func setQuota(perMinute requests: Int?) { quotas.replace(by: requests) }

    /// Sets how many seconds tokens are good for: 3,599 at first.
    public func setTokenLifetime(_ seconds: Int) {
        state.withLock { $0.tokenLifetime = seconds }
    }

    /// What the account may do with a property; `nil` for nothing, or where there is none.
    public func level(of url: String) -> String? {
        state.withLock { state in state.sites.first { $0.url == url }?.level }
    }

    /// Ends all tokens that were given.
    public func revokeTokens() {
        state.withLock { $0.tokens = [:] }
    }

    /// Deletes the account's key: what it signs is refused from then on.
    public func deleteKey() {
        state.withLock { $0.isKeyDeleted = true }
    }

    /// How many tokens were given.
    public var tokenCount: Int { state.withLock { $0.tokenCount } }

    /// The last assertion that a token was asked for with.
    public var lastAssertion: String? { state.withLock { $0.lastAssertion } }

    /// The addresses of a property's sitemaps, in order.
    public func sitemaps(of site: String) -> [String] {
        state.withLock { state in state.sites.first { $0.url == site }?.sitemaps ?? [] }
    }

    /// Adds a sitemap as somebody else would.
    public func addSitemap(_ path: String, to site: String) {
        state.withLock { $0.addSitemap(path, to: site) }
    }

    /// Removes a sitemap as somebody else would.
    public func removeSitemap(_ path: String, from site: String) {
        state.withLock { state in _ = state.removeSitemap(path, from: site) }
    }

    /// The requests received, oldest first.
    public var requests: [LoggedRequest] { log.requests.filter { $0.name == Self.mount } }
}

/// What was searched: one combination of query, page, country and device of a day.
public struct SearchRow: Sendable {
    /// What was searched for.
    public var query: String
    /// The page that was found.
    public var page: String
    /// The country, in three letters.
    public var country: String
    /// DESKTOP, MOBILE or TABLET.
    public var device: String
    /// How often the page was visited.
    public var clicks: Int
    /// How often it was shown.
    public var impressions: Int
    /// Where it stood, on average.
    public var position: Double

    /// A row.
    public init(
        query: String,
        page: String,
        country: String = "nor",
        device: String = "DESKTOP",
        clicks: Int = 1,
        impressions: Int = 10,
        position: Double = 4.25
    ) {
        self.query = query
        self.page = page
        self.country = country
        self.device = device
        self.clicks = clicks
        self.impressions = impressions
        self.position = position
    }
}

/// A property.
struct SearchConsoleSite: Sendable {
    let url: String
    /// What the account may do with it; `nil` for nothing.
    var level: String?
    var sitemaps: [String] = []
}

/// A day of a property's searches of a type.
struct SearchSlice: Sendable, Hashable {
    let site: String
    let type: String
    let day: String
}

/// What the service has.
struct SearchConsoleState: Sendable {
    /// A token that was given.
    struct Token: Sendable {
        let end: ContinuousClock.Instant
        let mayWrite: Bool
    }

    var sites: [SearchConsoleSite] = []
    var rows: [SearchSlice: [SearchRow]] = [:]
    var firstIncompleteDate: String?
    var maximumRows = 50_000
    var tokenLifetime = 3599
    var tokens: [String: Token] = [:]
    var tokenCount = 0
    var isKeyDeleted = false
    var lastAssertion: String?
    var random = SeededGenerator(seed: 23)

    mutating func setLevel(_ level: String?, of url: String) {
        for index in sites.indices where sites[index].url == url { sites[index].level = level }
    }

    mutating func addSitemap(_ path: String, to site: String) {
        guard let index = sites.firstIndex(where: { $0.url == site }), !sites[index].sitemaps.contains(path) else {
            return
        }
        sites[index].sitemaps.append(path)
    }

    /// - Returns: whether there was such a sitemap.
    mutating func removeSitemap(_ path: String, from site: String) -> Bool {
        guard let index = sites.firstIndex(where: { $0.url == site }),
            let place = sites[index].sitemaps.firstIndex(of: path)
        else { return false }
        sites[index].sitemaps.remove(at: place)
        return true
    }

    /// Gives a token.
    mutating func giveToken(mayWrite: Bool) -> String {
        tokenCount += 1
        let token = "ya29.sandbox-\(tokenCount)-\(random.nextUUID())"
        tokens[token] = Token(end: .now + .seconds(tokenLifetime), mayWrite: mayWrite)
        return token
    }
}
