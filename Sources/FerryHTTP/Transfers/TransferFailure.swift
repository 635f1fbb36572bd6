import CCurl
import Glibc

extension Transfer {
    /// What a transfer that libcurl ended with `code` comes to.
    func outcome(_ code: CURLcode, of handle: TransferHandle) -> Result<HTTPResponse, any Error> {
        guard code == CURLE_OK else { return .failure(failure(code, of: handle)) }
        guard !isCutShort else {
            return .failure(failed(.interrupted, "The compressed answer of \(endpoint.name) ends too early.", handle))
        }
        return .success(
            HTTPResponse(
                status: handle.long(CURLINFO_RESPONSE_CODE),
                headers: head.headers,
                body: body,
                bytesReceived: handle.long(CURLINFO_HEADER_SIZE) + bodyBytesReceived,
                bytesSent: handle.long(CURLINFO_REQUEST_SIZE) + handle.offset(CURLINFO_SIZE_UPLOAD_T),
                duration: ContinuousClock.now - start
            )
        )
    }

    /// What the task gets that was cancelled.
    func cancellation(of handle: TransferHandle?) -> any Error {
        guard let handle, handle.mayHaveSent else { return CancellationError() }
        return failed(.cancelled, "The request to \(endpoint.name) was cancelled.", handle)
    }

    /// A failure of this transfer; without a handle it was never started.
    func failed(_ kind: HTTPFailure.Kind, _ message: String, _ handle: TransferHandle?) -> HTTPFailure {
        HTTPFailure(
            kind: kind,
            message: message,
            mayHaveBeenSent: handle?.mayHaveSent ?? false,
            duration: ContinuousClock.now - start
        )
    }

    private func failure(_ code: CURLcode, of handle: TransferHandle) -> HTTPFailure {
        if let refusal { return failed(refusal, handle) }
        let name = endpoint.name
        switch code {
        case CURLE_URL_MALFORMAT:
            return failed(.invalidRequest, "The URL is not a valid http or https URL.", handle)
        case CURLE_COULDNT_RESOLVE_HOST:
            return failed(.resolve, "The host '\(endpoint.host)' could not be found.", handle)
        case CURLE_COULDNT_RESOLVE_PROXY:
            return failed(.resolve, "The proxy on the way to \(name) could not be found.", handle)
        case CURLE_COULDNT_CONNECT, CURLE_PROXY, CURLE_INTERFACE_FAILED:
            let number = Int32(handle.long(CURLINFO_OS_ERRNO))
            let reason = number == 0 ? "" : ": \(String(cString: strerror(number)))"
            return failed(.connect, "No connection to \(name) came about\(reason).", handle)
        case CURLE_OPERATION_TIMEDOUT:
            let text =
                handle.mayHaveSent
                ? "\(name) did not answer completely within \(request.timeout)."
                : "No connection to \(name) came about within \(min(request.connectTimeout, request.timeout))."
            return failed(.timeout, text, handle)
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CRL_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CLIENTCERT,
            CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_INVALIDCERTSTATUS, CURLE_USE_SSL_FAILED,
            CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_ENGINE_INITFAILED:
            // Here libcurl's own words are about certificates and file names only, and they say which.
            let words = handle.errorWords.isEmpty ? String(cString: curl_easy_strerror(code)) : handle.errorWords
            guard !isLostConnection(code, words) else {
                return failed(.connect, "\(name) closed the connection during the TLS handshake.", handle)
            }
            return untrusted(words, handle)
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY:
            return failed(.interrupted, "What \(name) answered is not HTTP.", handle)
        case CURLE_PARTIAL_FILE:
            return failed(.interrupted, "\(name) closed the connection before its answer was complete.", handle)
        case CURLE_GOT_NOTHING, CURLE_SEND_FAIL_REWIND:
            return failed(.interrupted, "\(name) closed the connection without an answer.", handle)
        // With TLS 1.3 a server says that it wants a certificate only after the client takes the session for made.
        case CURLE_RECV_ERROR where TLSCause(handle.errorWords) == .clientCertificate,
            CURLE_SEND_ERROR where TLSCause(handle.errorWords) == .clientCertificate:
            return untrusted(handle.errorWords, handle)
        default:
            let words = String(cString: curl_easy_strerror(code))
            return failed(.interrupted, "The exchange with \(name) was interrupted: \(words).", handle)
        }
    }

    private func untrusted(_ words: String, _ handle: TransferHandle) -> HTTPFailure {
        var failure = failed(.tls, "No trusted TLS connection to \(endpoint.name) came about: \(words).", handle)
        failure.tlsCause = TLSCause(words)
        return failure
    }

    // A connection that ends during the handshake passes by itself, unlike a certificate that is not trusted. libcurl
    // has one code for both; only its words tell: `Recv failure: Connection reset by peer`.
    private func isLostConnection(_ code: CURLcode, _ words: String) -> Bool {
        code == CURLE_SSL_CONNECT_ERROR
            && (["OpenSSL SSL_connect:", "Recv failure:", "Send failure:"].contains { words.hasPrefix($0) }
                || words.contains("unexpected eof"))
    }

    private func failed(_ refusal: Refusal, _ handle: TransferHandle) -> HTTPFailure {
        switch refusal {
        case .tooLarge:
            let limit = request.maximumResponseBytes
            return failed(.tooLarge, "The answer of \(endpoint.name) is larger than \(limit) bytes.", handle)
        case .notTaken:
            return failed(.notTaken, "The answer of \(endpoint.name) could not be kept.", handle)
        case .malformed(let problem):
            return failed(.interrupted, "The answer of \(endpoint.name) cannot be trusted: \(problem).", handle)
        }
    }
}
