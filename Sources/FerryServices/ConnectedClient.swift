public import FerryCore
public import FerryHTTP

/// A client that reaches a service in the way that an integration says, and never unencrypted unless it says so.
public struct ConnectedClient: HTTPExchanging {
    private let client: any HTTPExchanging
    private let settings: ConnectionSettings

    /// A client for one integration.
    public init(_ client: any HTTPExchanging, _ settings: ConnectionSettings) {
        self.client = client
        self.settings = settings
    }

    /// Makes one exchange; an unencrypted one with another machine only where that is allowed.
    public func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        if !settings.allowsPlainHTTP, let host = Self.plainHost(of: request.url) {
            throw HTTPFailure(
                kind: .unencrypted,
                message: "The request to http://\(host) would be unencrypted, its credentials included.",
                mayHaveBeenSent: false
            )
        }
        var request = request
        request.caFile = settings.caFile
        request.proxy = settings.proxy
        request.clientCertificate = settings.clientCertificate.map {
            HTTPClientCertificate(file: $0.file, key: $0.key)
        }
        return try await client.send(request)
    }

    /// The host and port of a URL without TLS that is not this machine's.
    static func plainHost(of url: String) -> Substring? {
        guard url.prefix(7).lowercased() == "http://" else { return nil }
        let authority = url.dropFirst(7).prefix { !"/?#".contains($0) }
        // What stands before an @ is no host, even if it looks like one.
        let place = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? authority
        let host = place.hasPrefix("[") ? place.prefix { $0 != "]" } + "]" : place.prefix { $0 != ":" }
        return isThisMachine(host.lowercased()) ? nil : place
    }

    private static func isThisMachine(_ host: String) -> Bool {
        if ["localhost", "[::1]"].contains(host) || host.hasSuffix(".localhost") { return true }
        // 127.0.0.0/8 (RFC 1122, 3.2.1.3), and nothing that only begins like it, such as 127.0.0.1.example.com.
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.first == "127" && numbers.count == 4 && numbers.allSatisfy { UInt8($0) != nil }
    }
}
