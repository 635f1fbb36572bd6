/// How an integration's requests reach its service, where that is not the usual way.
public struct ConnectionSettings: Sendable, Equatable {
    /// A client's certificate and its private key, as PEM files.
    public struct ClientCertificate: Sendable, Equatable {
        /// The path of the certificate.
        public var file: String
        /// The path of the private key, which has no passphrase.
        public var key: String

        /// A certificate.
        public init(file: String, key: String) {
            self.file = file
            self.key = key
        }
    }

    /// A PEM file of the authorities to trust instead of the system's.
    public var caFile: String?
    /// What is shown to a service that asks for a certificate.
    public var clientCertificate: ClientCertificate?
    /// The address of the proxy, which holds no credentials; `nil` for what the environment says.
    public var proxy: String?
    /// Whether requests may go to another machine unencrypted.
    public var allowsPlainHTTP: Bool

    /// The usual way.
    public init(
        caFile: String? = nil,
        clientCertificate: ClientCertificate? = nil,
        proxy: String? = nil,
        allowsPlainHTTP: Bool = false
    ) {
        self.caFile = caFile
        self.clientCertificate = clientCertificate
        self.proxy = proxy
        self.allowsPlainHTTP = allowsPlainHTTP
    }
}
