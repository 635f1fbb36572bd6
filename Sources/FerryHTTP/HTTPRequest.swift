/// One HTTP request and the limits its exchange must keep.
public struct HTTPRequest: Sendable {
    /// The method, such as `GET`; sent as it is.
    public var method: String
    /// The absolute `http` or `https` URL, percent-encoded.
    public var url: String
    /// The headers, in order.
    ///
    /// `Content-Length`, `Transfer-Encoding` and `Expect` are the client's own business and refused.
    /// `Accept-Encoding: gzip, deflate` is added unless there is one.
    public var headers: [HTTPHeader]
    /// The body; `nil` for none, which POST, PUT and PATCH send as an empty one.
    public var body: [UInt8]?
    /// The most the whole exchange may take, from the call to the last byte.
    public var timeout: Duration
    /// The most that finding the host, connecting and the TLS handshake may take together.
    public var connectTimeout: Duration
    /// The most bytes the body may have once it is decoded.
    ///
    /// A longer one is cut off while it arrives or inflates.
    public var maximumResponseBytes: Int
    /// Takes the decoded body of an answer with a 2xx status piece by piece instead of the response, which has none then;
    /// `false` gives it up.
    ///
    /// It is called on the client's own thread, which every other exchange waits for. A piece is no longer than
    /// `maximumResponseBytes`, of which the body may be any multiple.
    public var bodyReceiver: (@Sendable (UnsafeRawBufferPointer) -> Bool)?
    /// The unix socket to connect to instead of the URL's host and port.
    public var unixSocketPath: String?
    /// A PEM file of the authorities to trust instead of the system's.
    public var caFile: String?
    /// The certificate that the client shows when the server asks for one.
    public var clientCertificate: HTTPClientCertificate?
    /// The address of the proxy; `nil` for what the environment says (`https_proxy`, `no_proxy`).
    public var proxy: String?

    /// A request.
    public init(
        method: String = "GET",
        url: String,
        headers: [HTTPHeader] = [],
        body: [UInt8]? = nil,
        timeout: Duration = .seconds(60),
        connectTimeout: Duration = .seconds(10),
        maximumResponseBytes: Int = 64 << 20,
        unixSocketPath: String? = nil,
        caFile: String? = nil,
        clientCertificate: HTTPClientCertificate? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.connectTimeout = connectTimeout
        self.maximumResponseBytes = maximumResponseBytes
        self.unixSocketPath = unixSocketPath
        self.caFile = caFile
        self.clientCertificate = clientCertificate
    }

    /// Whether the request only reads (RFC 9110, 9.2.1), so that sending it twice does no harm.
    var isSafe: Bool {
        switch method {
        case "GET", "HEAD", "OPTIONS", "TRACE": true
        default: false
        }
    }
}

/// One header field of a request or a response.
public struct HTTPHeader: Sendable, Equatable {
    /// The name; its case does not matter.
    public var name: String
    /// The value.
    public var value: String

    /// A header.
    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }

    /// Whether this is the header of that name, in whatever case.
    func isNamed(_ other: String) -> Bool {
        name.utf8.count == other.utf8.count
            && zip(name.utf8, other.utf8).allSatisfy { lowercased($0) == lowercased($1) }
    }

    // Header names are ASCII: Unicode's case mapping would take `K` (KELVIN SIGN) for a `k`.
    private func lowercased(_ byte: UInt8) -> UInt8 {
        byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
    }
}

/// A client's TLS certificate and its private key, as PEM files.
public struct HTTPClientCertificate: Sendable, Equatable {
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
