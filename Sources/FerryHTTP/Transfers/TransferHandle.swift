import CCurl

/// An easy handle of libcurl's, used for one transfer after the other.
///
/// It belongs to the loop's thread.
final class TransferHandle {
    let easy: UnsafeMutableRawPointer
    /// Where libcurl puts its words about a failure.
    let errorText: UnsafeMutablePointer<CChar>
    var headerList: UnsafeMutablePointer<curl_slist>?

    /// A new handle; `nil` without memory.
    init?() {
        guard let easy = curl_easy_init() else { return nil }
        self.easy = easy
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(headerList)
        errorText.deallocate()
    }

    /// Forgets everything about the last transfer; open connections belong to the multi handle and stay.
    func reset() {
        curl_easy_reset(easy)
        curl_slist_free_all(headerList)
        headerList = nil
        errorText.pointee = 0
    }

    /// libcurl's words about the failure, for kinds whose words cannot hold a URL or a header.
    var errorWords: String {
        let words = String(cString: errorText)
        // Some end with a blank or a line break.
        guard let end = words.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(words[...end])
    }

    func long(_ info: CURLINFO) -> Int {
        var value = 0
        ferry_curl_get_long(easy, info, &value)
        return value
    }

    func offset(_ info: CURLINFO) -> Int {
        var value: curl_off_t = 0
        ferry_curl_get_offset(easy, info, &value)
        return Int(value)
    }

    /// Whether any byte of the request may have reached the wire.
    ///
    /// libcurl notes the pre-transfer time when the connection is ready, TLS included, just before it sends, and
    /// counts a request's bytes as the socket takes them.
    var mayHaveSent: Bool {
        offset(CURLINFO_PRETRANSFER_TIME_T) > 0 || long(CURLINFO_REQUEST_SIZE) > 0
            || offset(CURLINFO_SIZE_UPLOAD_T) > 0
    }
}
