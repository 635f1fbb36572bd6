/// A response's headers, as they arrive line by line.
struct ResponseHead {
    /// The headers of the last response: those of interim ones (1xx) are dropped.
    private(set) var headers: [HTTPHeader] = []
    /// The body's length on the wire, if the response says it.
    private(set) var contentLength: Int?
    /// The body's encoding in lower case; `nil` when it is sent as it is.
    private(set) var contentEncoding: String?
    private var isComplete = false

    /// Takes one line with its line break.
    ///
    /// - Returns: why the response cannot be trusted, or `nil`.
    mutating func take(_ line: UnsafeRawBufferPointer) -> String? {
        if line.starts(with: "HTTP/".utf8) {
            self = ResponseHead()
            return nil
        }
        // What follows the empty line are a chunked body's trailers, which nobody reads.
        guard !isComplete else { return nil }
        var text = Substring(String(decoding: line, as: UTF8.self))
        while text.utf8.last == 0x0A || text.utf8.last == 0x0D { text.unicodeScalars.removeLast() }
        guard !text.isEmpty else {
            isComplete = true
            return nil
        }
        if text.utf8.first == 0x20 || text.utf8.first == 0x09, let last = headers.indices.last {
            // A folded line goes on with the value before it (RFC 9112, 5.2).
            headers[last].value += " " + trimmed(text)
            return nil
        }
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let header = HTTPHeader(name: String(text[..<colon]), value: trimmed(text[text.index(after: colon)...]))
        headers.append(header)
        if header.isNamed("Content-Length") { return takeLength(header.value) }
        if header.isNamed("Content-Encoding") { return takeEncoding(header.value) }
        return nil
    }

    // > If a message is received without Transfer-Encoding and with an invalid Content-Length header field, then the
    // > message framing is invalid and the recipient MUST treat it as an unrecoverable error, unless the field value
    // > can be successfully parsed as a comma-separated list, all values in the list are valid, and all values in the
    // > list are the same (RFC 9112, 6.3). libcurl takes the last one instead.
    private mutating func takeLength(_ value: String) -> String? {
        for element in value.split(separator: ",", omittingEmptySubsequences: false) {
            let digits = trimmed(element)
            guard !digits.isEmpty, digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let length = Int(digits)
            else { return "its length is not a number" }
            guard contentLength == nil || contentLength == length else { return "it states two different lengths" }
            contentLength = length
        }
        return nil
    }

    private mutating func takeEncoding(_ value: String) -> String? {
        let encoding = value.lowercased()
        guard encoding != "identity", !encoding.isEmpty else { return nil }
        guard contentEncoding == nil, ["gzip", "x-gzip", "deflate"].contains(encoding) else {
            return "its encoding was not asked for"
        }
        contentEncoding = encoding
        return nil
    }

    private func trimmed(_ text: Substring) -> String {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
        let bytes = text.utf8.drop(while: isBlank)
        guard let end = bytes.lastIndex(where: { !isBlank($0) }) else { return "" }
        return String(decoding: bytes[...end], as: UTF8.self)
    }
}
