/// Whose requests a service counts together: a host and what a client proves itself with, which cannot be told from it.
public struct AccountKey: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The host's address, and a fingerprint.
    public var rawValue: String

    /// A key.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// The host's address, and a fingerprint.
    public var description: String { rawValue }
}

/// Makes the keys of accounts.
///
/// The fingerprint of a credential is the beginning of the SHA-256 digest of a salt, which every ledger has its own
/// of, and the credential: it tells the same from another and nothing else.
public struct AccountFingerprint: Sendable {
    private let salt: [UInt8]

    /// How many bytes of the digest are kept: two of a thousand accounts are alike once in 10¹³ ledgers.
    private static let length = 8

    /// A maker of keys with a ledger's salt.
    public init(salt: [UInt8]) {
        self.salt = salt
    }

    /// The account that `credential` stands for at the service with that address.
    public func key(url: String, credential: String) -> AccountKey {
        let origin = Self.origin(of: url)
        // The lengths before the texts: no two pairs of them make the same message.
        let message = salt + Array("\(origin.utf8.count) \(origin)\(credential)".utf8)
        let digest = SHA256Digest(of: message.span)
        var fingerprint = ""
        for index in 0..<Self.length {
            let byte = digest.words[index / 4] >> UInt32(24 - index % 4 * 8) & 0xFF
            fingerprint += (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return AccountKey(rawValue: "\(origin) \(fingerprint)")
    }

    /// Scheme, host and port of an address (RFC 6454, §4), without user or password.
    static func origin(of url: String) -> String {
        guard let separator = url.utf8.firstRange(of: "://".utf8) else { return url.lowercased() }
        let scheme = url[..<separator.lowerBound].lowercased()
        var authority = url[separator.upperBound...].prefix { !"/?#".contains($0) }
        if let user = authority.lastIndex(of: "@") { authority = authority[authority.index(after: user)...] }
        let host = authority.lowercased()
        // A colon inside brackets is part of an IPv6 address.
        let hasPort = host.lastIndex(of: ":").map { $0 > (host.lastIndex(of: "]") ?? host.startIndex) } ?? false
        guard !hasPort else { return "\(scheme)://\(host)" }
        switch scheme {
        case "https": return "\(scheme)://\(host):443"
        case "http": return "\(scheme)://\(host):80"
        default: return "\(scheme)://\(host)"
        }
    }
}
