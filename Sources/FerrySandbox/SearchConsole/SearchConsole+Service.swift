import NIOCore
import NIOHTTP1
import Synchronization

extension SearchConsole: SandboxService {
    var serviceName: SandboxServiceName { .searchConsole }

    func owns(_ request: SandboxRequest) -> Bool { request.segments.first == Self.mount }

    var held: String {
        state.withLock { state in
            let sites = state.sites.map { site in
                "{\"siteUrl\":\(jsonLiteral(site.url)),\"permissionLevel\":\(site.level.map(jsonLiteral) ?? "null"),"
                    + "\"sitemaps\":[\(site.sitemaps.map(jsonLiteral).joined(separator: ","))]}"
            }
            let slices = state.rows.keys.sorted { ($0.site, $0.type, $0.day) < ($1.site, $1.type, $1.day) }
            let days = slices.map { slice in
                let rows = (state.rows[slice] ?? []).map { row in
                    "{\"query\":\(jsonLiteral(row.query)),\"page\":\(jsonLiteral(row.page)),"
                        + "\"country\":\(jsonLiteral(row.country)),\"device\":\(jsonLiteral(row.device)),"
                        + "\"clicks\":\(row.clicks),\"impressions\":\(row.impressions),\"position\":\(row.position)}"
                }
                return "{\"siteUrl\":\(jsonLiteral(slice.site)),\"type\":\(jsonLiteral(slice.type)),"
                    + "\"date\":\(jsonLiteral(slice.day)),\"rows\":[\(rows.joined(separator: ","))]}"
            }
            return "{\"sites\":[\(sites.joined(separator: ","))],\"days\":[\(days.joined(separator: ","))]}"
        }
    }

    func respond(to request: SandboxRequest) -> SandboxResponse {
        // As sent: a property's address is one segment, with all of its slashes and colons encoded.
        let path = request.path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
        do throws(SearchRefusal) {
            switch (request.method, Array(path.dropFirst())) {
            case ("POST", ["token"]): return token(request)
            case ("GET", ["key.json"]):
                let host = request.headers.first(name: "Host") ?? "127.0.0.1"
                return SandboxResponse(status: 200, json: keyFile(at: "http://\(host)"))
            case ("POST", ["v1", "urlInspection", "index:inspect"]):
                _ = try authorize(request)
                return try inspected(request)
            case (_, let rest) where rest.starts(with: ["webmasters", "v3", "sites"]):
                let mayWrite = try authorize(request)
                let isQuery = rest.count == 6 && rest[4] == "searchAnalytics"
                guard quotas.takes(isQuery ? .analytics(site: rest[3]) : .other) else { throw .quotaExceeded }
                return try answer(request, Array(rest.dropFirst(3)), mayWrite: mayWrite)
            default: throw SearchRefusal.notFound
            }
        } catch {
            return error.response
        }
    }

    func refusal(_ status: Int, _ message: String, of request: SandboxRequest) -> SandboxResponse {
        SearchRefusal(status, message).response
    }

    // MARK: Tokens

    private func token(_ request: SandboxRequest) -> SandboxResponse {
        let type = request.headers.first(name: "Content-Type") ?? ""
        guard type.hasPrefix("application/x-www-form-urlencoded") else {
            return TokenRefusal("invalid_request", "Bad Request: no form").response
        }
        let form = request.form
        let value = { (name: String) in form.first { $0.name == name }?.value }
        let host = request.headers.first(name: "Host") ?? ""
        do throws(TokenRefusal) {
            state.withLock { $0.lastAssertion = value("assertion") }
            if state.withLock({ $0.isKeyDeleted }) || request.refusesKey {
                throw TokenRefusal("invalid_grant", "Invalid JWT Signature.")
            }
            let claims = try account.claims(
                grantType: value("grant_type"),
                assertion: value("assertion"),
                tokenURL: "http://\(host)/\(Self.mount)/token",
                now: clock.seconds
            )
            let scopes = claims.scope.split(separator: " ")
            let (token, lifetime) = state.withLock { state in
                (
                    state.giveToken(mayWrite: scopes.contains("https://www.googleapis.com/auth/webmasters")),
                    state.tokenLifetime
                )
            }
            return SandboxResponse(
                status: 200,
                json: "{\"access_token\":\(jsonLiteral(token)),\"expires_in\":\(lifetime),\"token_type\":\"Bearer\"}"
            )
        } catch {
            return error.response
        }
    }

    /// - Returns: whether the token permits to write.
    private func authorize(_ request: SandboxRequest) throws(SearchRefusal) -> Bool {
        let headers = request.headers["Authorization"]
        if request.refusesKey {
            // What has expired stays so.
            state.withLock { state in
                for header in headers { state.tokens[String(header.dropFirst(7))] = nil }
            }
        }
        guard let header = headers.first, headers.count == 1, header.hasPrefix("Bearer "),
            let token = state.withLock({ $0.tokens[String(header.dropFirst(7))] }), token.end > .now
        else { throw .unauthenticated }
        return token.mayWrite
    }

    // MARK: Properties and sitemaps

    private func answer(
        _ request: SandboxRequest,
        _ path: [String],
        mayWrite: Bool
    ) throws(SearchRefusal) -> SandboxResponse {
        guard let encoded = path.first else {
            guard request.method == "GET" else { throw .notFound }
            let entries = state.withLock { state in
                state.sites.compactMap { site in
                    site.level.map { level in
                        "{\"siteUrl\":\(jsonLiteral(site.url)),\"permissionLevel\":\(jsonLiteral(level))}"
                    }
                }
            }
            let list = entries.isEmpty ? "{}" : "{\"siteEntry\":[\(entries.joined(separator: ","))]}"
            return SandboxResponse(status: 200, json: list)
        }
        let url = try Self.segment(encoded)
        if path.count == 1, ["PUT", "DELETE"].contains(request.method) {
            guard mayWrite else { throw .scope }
            return try changeSite(url, isAdded: request.method == "PUT")
        }
        let site = try self.site(url)
        switch (request.method, Array(path.dropFirst())) {
        case ("GET", []):
            return SandboxResponse(
                status: 200,
                json: "{\"siteUrl\":\(jsonLiteral(url)),\"permissionLevel\":\(jsonLiteral(site.level ?? ""))}"
            )
        case ("POST", ["searchAnalytics", "query"]):
            var query = try SearchQuery(request)
            query.rowLimit = min(query.rowLimit, request.clampedTake ?? query.rowLimit)
            return SandboxResponse(status: 200, json: state.withLock { $0 }.answer(to: query, of: url) { next() })
        case ("GET", ["sitemaps"]):
            let list = site.sitemaps.map(Self.sitemap).joined(separator: ",")
            return SandboxResponse(status: 200, json: list.isEmpty ? "{}" : "{\"sitemap\":[\(list)]}")
        case ("PUT", let rest) where rest.count == 2 && rest[0] == "sitemaps":
            guard mayWrite else { throw .scope }
            let feed = try Self.segment(rest[1])
            guard request.body.isEmpty else { throw .invalid("Invalid JSON payload received. Unexpected body.") }
            guard feed.hasPrefix("https://") || feed.hasPrefix("http://") else {
                throw .invalid("Invalid sitemap URL '\(feed)'.")
            }
            state.withLock { $0.addSitemap(feed, to: url) }
            return .noContent
        case ("DELETE", let rest) where rest.count == 2 && rest[0] == "sitemaps":
            guard mayWrite else { throw .scope }
            let feed = try Self.segment(rest[1])
            guard state.withLock({ $0.removeSitemap(feed, from: url) }) else { throw .notFound }
            return .noContent
        default: throw .notFound
        }
    }

    /// Adds a property, which nobody has verified yet, or removes it.
    private func changeSite(_ url: String, isAdded: Bool) throws(SearchRefusal) -> SandboxResponse {
        let isAddress = ["sc-domain:", "http://", "https://"].contains { url.hasPrefix($0) }
        guard isAddress else { throw .invalid("'\(url)' is not a valid Search Console site URL.") }
        let isKnown = state.withLock { state in
            let isKnown = state.sites.contains { $0.url == url && $0.level != nil }
            if isAdded, !isKnown {
                state.sites.removeAll { $0.url == url }
                state.sites.append(SearchConsoleSite(url: url, level: "siteUnverifiedUser"))
            } else if !isAdded {
                state.sites.removeAll { $0.url == url && $0.level != nil }
            }
            return isKnown
        }
        guard isAdded || isKnown else { throw .notFound }
        return .noContent
    }

    /// What is known of an address: of a page that was found in searches, that it is indexed.
    private func inspected(_ request: SandboxRequest) throws(SearchRefusal) -> SandboxResponse {
        guard request.announcesJSON, let body = try? JSONDocument(request.body).root,
            let address = body["inspectionUrl"]?.string, let url = body["siteUrl"]?.string
        else { throw .invalid("'inspection_url' and 'site_url' are required.") }
        _ = try site(url)
        guard quotas.takes(.inspection(site: url)) else { throw SearchRefusal.quotaExceeded }
        let domain = url.hasPrefix("sc-domain:") ? String(url.dropFirst(10)) : nil
        let isBelow =
            domain.map { address.contains("://\($0)") || address.contains(".\($0)") } ?? address.hasPrefix(url)
        guard isBelow else { throw .invalid("'\(address)' is not below '\(url)'.") }
        let isFound = state.withLock { state in
            state.rows.contains { $0.key.site == url && $0.value.contains { $0.page == address } }
        }
        // What is not known is left out.
        let status =
            isFound
            ? "\"verdict\":\"PASS\",\"coverageState\":\"Submitted and indexed\",\"robotsTxtState\":\"ALLOWED\","
                + "\"indexingState\":\"INDEXING_ALLOWED\",\"lastCrawlTime\":\"2026-01-03T10:00:00Z\","
                + "\"pageFetchState\":\"SUCCESSFUL\",\"crawledAs\":\"MOBILE\","
                + "\"googleCanonical\":\(jsonLiteral(address))"
            : "\"verdict\":\"NEUTRAL\",\"coverageState\":\"URL is unknown to Google\""
        return SandboxResponse(
            status: 200,
            json: "{\"inspectionResult\":{\"inspectionResultLink\":\"https://search.google.com/search-console\","
                + "\"indexStatusResult\":{\(status)}}}"
        )
    }

    private func next() -> UInt64 { state.withLock { $0.random.next() } }

    private func site(_ url: String) throws(SearchRefusal) -> SearchConsoleSite {
        guard let site = state.withLock({ state in state.sites.first { $0.url == url } }) else { throw .notFound }
        guard let level = site.level, level != "siteUnverifiedUser" else { throw .forbidden(url) }
        return site
    }

    /// A segment of a path, decoded; refused unless it was encoded as it must be.
    private static func segment(_ encoded: String) throws(SearchRefusal) -> String {
        let isPlain = encoded.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"), UInt8(ascii: "%"):
                true
            default: false
            }
        }
        guard isPlain, !encoded.isEmpty else { throw .notFound }
        return percentDecoded(encoded[...], plusIsSpace: false)
    }

    private static func sitemap(_ path: String) -> String {
        "{\"path\":\(jsonLiteral(path)),\"lastSubmitted\":\"2026-01-01T00:00:00.000Z\",\"isPending\":false,"
            + "\"isSitemapsIndex\":false,\"type\":\"sitemap\",\"lastDownloaded\":\"2026-01-02T00:00:00.000Z\","
            + "\"warnings\":\"0\",\"errors\":\"0\",\"contents\":[{\"type\":\"web\",\"submitted\":\"10\",\"indexed\":\"0\"}]}"
    }
}

/// A refusal of the API, in its shape.
struct SearchRefusal: Error {
    let status: Int
    let message: String
    let name: String
    let domain: String
    let reason: String

    private init(_ status: Int, _ message: String, _ name: String, domain: String = "global", reason: String) {
        self.status = status
        self.message = message
        self.name = name
        self.domain = domain
        self.reason = reason
    }

    /// A refusal for no reason of the service's own.
    init(_ status: Int, _ message: String) {
        let names = [400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND"]
        let name = names[status] ?? (status < 500 ? "FAILED_PRECONDITION" : status == 503 ? "UNAVAILABLE" : "INTERNAL")
        self.init(status, message, name, reason: "backendError")
    }

    static let notFound = SearchRefusal(404, "Requested entity was not found.", "NOT_FOUND", reason: "notFound")
    static let unauthenticated = SearchRefusal(
        401,
        "Request had invalid authentication credentials. Expected OAuth 2 access token.",
        "UNAUTHENTICATED",
        reason: "authError"
    )
    static let scope = SearchRefusal(
        403,
        "Request had insufficient authentication scopes.",
        "PERMISSION_DENIED",
        reason: "insufficientPermissions"
    )
    static let quotaExceeded = SearchRefusal(
        403,
        "Search Analytics QPS quota exceeded.",
        "PERMISSION_DENIED",
        domain: "usageLimits",
        reason: "quotaExceeded"
    )

    static func forbidden(_ site: String) -> SearchRefusal {
        SearchRefusal(
            403,
            "User does not have sufficient permission for site '\(site)'. See also: https://support.google.com/webmasters",
            "PERMISSION_DENIED",
            reason: "forbidden"
        )
    }

    static func invalid(_ message: String) -> SearchRefusal {
        SearchRefusal(400, message, "INVALID_ARGUMENT", reason: "badRequest")
    }

    var response: SandboxResponse {
        let detail = "{\"message\":\(jsonLiteral(message)),\"domain\":\"\(domain)\",\"reason\":\"\(reason)\"}"
        return SandboxResponse(
            status: status,
            json: "{\"error\":{\"code\":\(status),\"message\":\(jsonLiteral(message)),\"status\":\"\(name)\","
                + "\"errors\":[\(detail)]}}"
        )
    }
}
