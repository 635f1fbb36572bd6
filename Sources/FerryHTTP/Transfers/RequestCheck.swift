import CCurl

/// Where a request goes, in the words that messages use.
struct Endpoint: Sendable {
    /// The host and port, or the socket's path.
    var name: String
    /// The host alone, or the socket's path.
    var host: String
}

extension HTTPRequest {
    /// Checks what libcurl would send unchecked, and says where the request goes.
    ///
    /// - Throws: ``HTTPFailure`` of kind `invalidRequest`.
    func checkedEndpoint() throws(HTTPFailure) -> Endpoint {
        guard !method.isEmpty, method.utf8.allSatisfy(isTokenByte) else {
            throw invalid("The request's method is not a valid HTTP method.")
        }
        for header in headers { try check(header) }
        if method == "HEAD", body != nil { throw invalid("A HEAD request cannot have a body.") }
        guard maximumResponseBytes >= 0, timeout > .zero, connectTimeout > .zero else {
            throw invalid("The request's limits must be positive.")
        }
        for path in [unixSocketPath, caFile, clientCertificate?.file, clientCertificate?.key].compactMap(\.self) {
            guard !path.isEmpty, !path.utf8.contains(0) else { throw invalid("A path of the request is not valid.") }
        }
        let endpoint = try parsedEndpoint()
        guard let unixSocketPath else { return endpoint }
        // sockaddr_un's sun_path holds 108 bytes with the NUL.
        guard unixSocketPath.utf8.count < 108 else {
            throw invalid("The socket's path '\(unixSocketPath)' is longer than the 107 bytes that Linux takes.")
        }
        return Endpoint(name: unixSocketPath, host: unixSocketPath)
    }

    // A line break in a header would let its value add headers, or a second request.
    private func check(_ header: HTTPHeader) throws(HTTPFailure) {
        guard !header.name.isEmpty, header.name.utf8.allSatisfy(isTokenByte) else {
            throw invalid("The name of a header of the request is not valid.")
        }
        guard !header.value.utf8.contains(where: { $0 == 0x0D || $0 == 0x0A || $0 == 0 }) else {
            throw invalid("The value of the header '\(header.name)' contains a line break or a NUL.")
        }
        for own in ["Content-Length", "Transfer-Encoding", "Expect"] where header.isNamed(own) {
            throw invalid("The header '\(own)' is set by the client itself.")
        }
    }

    private func parsedEndpoint() throws(HTTPFailure) -> Endpoint {
        guard !url.utf8.contains(0), let parsed = curl_url() else { throw invalid("The URL is not valid.") }
        defer { curl_url_cleanup(parsed) }
        guard curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK,
            let scheme = part(CURLUPART_SCHEME, of: parsed),
            let host = part(CURLUPART_HOST, of: parsed),
            let port = part(CURLUPART_PORT, of: parsed)
        else { throw invalid("The URL is not a valid http or https URL.") }
        guard scheme == "http" || scheme == "https" else {
            throw invalid("The URL's scheme is '\(scheme)'; only http and https can be used.")
        }
        return Endpoint(name: "\(host):\(port)", host: host)
    }

    private func part(_ part: CURLUPart, of parsed: OpaquePointer) -> String? {
        var value: UnsafeMutablePointer<CChar>?
        guard curl_url_get(parsed, part, &value, UInt32(CURLU_DEFAULT_PORT)) == CURLUE_OK, let value else {
            return nil
        }
        defer { curl_free(value) }
        return String(cString: value)
    }

    private func invalid(_ message: String) -> HTTPFailure {
        HTTPFailure(kind: .invalidRequest, message: message, mayHaveBeenSent: false)
    }
}

/// Whether a byte may stand in a `token` (RFC 9110, 5.6.2).
private func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
    case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
        UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
        true
    default:
        false
    }
}
