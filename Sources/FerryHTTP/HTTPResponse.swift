/// A complete response, whatever its status.
public struct HTTPResponse: Sendable {
    /// The status code; a 3xx is given to the caller, never followed.
    public var status: Int
    /// The headers in the order they came, `Content-Encoding` and `Content-Length` as they were on the wire.
    public var headers: [HTTPHeader]
    /// The body, decoded.
    ///
    /// One that ends with the connection, without a length or an encoding of its own, may be cut short unnoticed:
    /// whoever reads it checks that the document is complete.
    public var body: [UInt8]
    /// Bytes of headers and body received, before decoding.
    public var bytesReceived: Int
    /// Bytes of headers and body sent.
    public var bytesSent: Int
    /// How long the exchange took.
    public var duration: Duration

    /// A response.
    public init(
        status: Int,
        headers: [HTTPHeader] = [],
        body: [UInt8] = [],
        bytesReceived: Int = 0,
        bytesSent: Int = 0,
        duration: Duration = .zero
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.bytesReceived = bytesReceived
        self.bytesSent = bytesSent
        self.duration = duration
    }

    /// The value of the first header of that name, in whatever case.
    public func header(_ name: String) -> String? {
        headers.first { $0.isNamed(name) }?.value
    }

    /// The values of all headers of that name, in the order they came.
    public func headers(named name: String) -> [String] {
        headers.filter { $0.isNamed(name) }.map(\.value)
    }
}
