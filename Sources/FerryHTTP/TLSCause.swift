/// Why no TLS session came about.
public enum TLSCause: Sendable, CaseIterable {
    /// The server's certificate is no longer valid.
    case expired
    /// The server's certificate is not valid yet.
    case notYetValid
    /// The server's certificate is signed by itself.
    case selfSigned
    /// Nobody who is trusted stands behind the server's certificate.
    case unknownAuthority
    /// The server's certificate is another host's.
    case wrongHost
    /// The server speaks only versions of TLS that are no longer safe.
    case oldVersion
    /// What the server speaks is no TLS.
    case noTLS
    /// The file of the authorities to trust cannot be used.
    case authorityFile
    /// The server wants a certificate of the client's, or does not take the one it was shown.
    case clientCertificate
    /// The file of the client's certificate, or of its key, cannot be used.
    case clientFile

    /// What the words of libcurl and OpenSSL say.
    init?(_ words: String) {
        let cause = Self.words.first { words.contains($0.words) }
        guard let cause else { return nil }
        self = cause.cause
    }

    private static let words: [(words: String, cause: TLSCause)] = [
        ("certificate has expired", .expired),
        ("certificate is not yet valid", .notYetValid),
        ("self-signed certificate in certificate chain", .unknownAuthority),
        ("self signed certificate in certificate chain", .unknownAuthority),
        ("self-signed certificate", .selfSigned),
        ("self signed certificate", .selfSigned),
        ("unable to get local issuer certificate", .unknownAuthority),
        ("unable to get issuer certificate", .unknownAuthority),
        ("unable to verify the first certificate", .unknownAuthority),
        ("no alternative certificate subject name matches", .wrongHost),
        ("does not match target host name", .wrongHost),
        ("unsupported protocol", .oldVersion),
        ("alert protocol version", .oldVersion),
        ("wrong version number", .noTLS),
        ("packet length too long", .noTLS),
        ("error setting certificate verify locations", .authorityFile),
        ("error setting certificate file", .authorityFile),
        ("error adding trust anchors", .authorityFile),
        ("certificate required", .clientCertificate),
        ("alert bad certificate", .clientCertificate),
        ("alert unknown ca", .clientCertificate),
        ("alert handshake failure", .clientCertificate),
        ("could not load PEM client certificate", .clientFile),
        ("unable to set private key file", .clientFile),
        ("unable to use client certificate", .clientFile),
        ("Private key does not match the certificate", .clientFile),
    ]
}
