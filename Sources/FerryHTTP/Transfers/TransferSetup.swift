import CCurl
import Glibc

extension TransferHandle {
    /// Sets the handle up for a transfer.
    ///
    /// - Returns: libcurl's code for the first option that it refused, or `CURLE_OK`.
    func prepare(for transfer: Transfer, options: HTTPClientOptions) -> CURLcode {
        let request = transfer.request
        let setup = Setup(easy: easy)
        setup.pointer(CURLOPT_ERRORBUFFER, errorText)
        setup.string(CURLOPT_URL, request.url)
        setup.string(CURLOPT_PROTOCOLS_STR, "http,https")
        setup.long(CURLOPT_FOLLOWLOCATION, 0)
        // HTTP/2 would let libcurl resend refused streams by its own rules; see `Transfer.rewindBody()`.
        setup.long(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        // Timeouts must not come as signals in a program with threads.
        setup.long(CURLOPT_NOSIGNAL, 1)
        // The path is sent as it was built: its dots are escaped on purpose.
        setup.long(CURLOPT_PATH_AS_IS, 1)
        // An abandoned name lookup ends by itself; waiting for it would hold up every other transfer.
        setup.long(CURLOPT_QUICK_EXIT, 1)
        setup.long(CURLOPT_BUFFERSIZE, 128 << 10)
        setup.long(CURLOPT_TIMEOUT_MS, milliseconds(request.timeout))
        setup.long(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(request.connectTimeout))
        setup.long(CURLOPT_MAXAGE_CONN, max(1, Int(options.idleConnectionLifetime.components.seconds)))
        setup.long(CURLOPT_TCP_KEEPALIVE, 1)
        setup.long(CURLOPT_TCP_KEEPIDLE, 60)
        setup.long(CURLOPT_TCP_KEEPINTVL, 30)
        setup.long(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        if let path = request.unixSocketPath {
            setup.string(CURLOPT_UNIX_SOCKET_PATH, path)
            // A proxy named in the environment has no business with a local socket.
            setup.string(CURLOPT_PROXY, "")
        }
        if let proxy = request.proxy {
            setup.string(CURLOPT_PROXY, proxy)
            // It is the only way, whatever the environment makes an exception of.
            setup.string(CURLOPT_NOPROXY, "")
        }
        prepareTLS(request, setup)
        prepareMethod(request, setup)
        prepareHeaders(request, setup)
        prepareCallbacks(transfer, setup)
        return setup.code
    }

    private func prepareTLS(_ request: HTTPRequest, _ setup: Setup) {
        setup.long(CURLOPT_SSL_VERIFYPEER, 1)
        setup.long(CURLOPT_SSL_VERIFYHOST, 2)
        setup.long(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let file = request.caFile {
            setup.string(CURLOPT_CAINFO, file)
            // Otherwise the system's authorities would be trusted beside the given ones.
            setup.string(CURLOPT_CAPATH, nil)
        }
        if let certificate = request.clientCertificate {
            setup.string(CURLOPT_SSLCERT, certificate.file)
            setup.string(CURLOPT_SSLKEY, certificate.key)
        }
    }

    private func prepareMethod(_ request: HTTPRequest, _ setup: Setup) {
        let sendsBody = request.body != nil || ["POST", "PUT", "PATCH"].contains(request.method)
        if sendsBody {
            setup.long(CURLOPT_POST, 1)
            setup.offset(CURLOPT_POSTFIELDSIZE_LARGE, request.body?.count ?? 0)
        } else if request.method == "HEAD" {
            setup.long(CURLOPT_NOBODY, 1)
        } else {
            setup.long(CURLOPT_HTTPGET, 1)
        }
        setup.string(CURLOPT_CUSTOMREQUEST, request.method)
        // Without a body there is nothing to rewind, so nothing would stop libcurl from sending the request twice
        // over a kept connection that closes; see `Transfer.rewindBody()`.
        if !request.isSafe, request.body?.isEmpty ?? true { setup.long(CURLOPT_FRESH_CONNECT, 1) }
    }

    private func prepareHeaders(_ request: HTTPRequest, _ setup: Setup) {
        // `Name: value` sends, `Name:` takes libcurl's own away, `Name;` sends an empty one.
        for header in request.headers {
            append(header.value.isEmpty ? "\(header.name);" : "\(header.name): \(header.value)", setup)
        }
        append("Expect:", setup)
        if !request.headers.contains(where: { $0.isNamed("Content-Type") }) { append("Content-Type:", setup) }
        if !request.headers.contains(where: { $0.isNamed("Accept-Encoding") }) {
            append("Accept-Encoding: gzip, deflate", setup)
        }
        setup.list(CURLOPT_HTTPHEADER, headerList)
        setup.long(CURLOPT_HTTP_CONTENT_DECODING, 0)
    }

    private func append(_ line: String, _ setup: Setup) {
        guard let list = curl_slist_append(headerList, line) else { return setup.note(CURLE_OUT_OF_MEMORY) }
        headerList = list
    }

    private func prepareCallbacks(_ transfer: Transfer, _ setup: Setup) {
        // The loop holds the transfer for as long as libcurl has this pointer.
        let pointer = Unmanaged.passUnretained(transfer).toOpaque()
        setup.pointer(CURLOPT_WRITEDATA, pointer)
        setup.pointer(CURLOPT_HEADERDATA, pointer)
        setup.pointer(CURLOPT_READDATA, pointer)
        setup.pointer(CURLOPT_SEEKDATA, pointer)
        setup.note(
            ferry_curl_set_write_callback(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, transfer in
                let bytes = UnsafeRawBufferPointer(start: bytes, count: size * count)
                return Transfer.at(transfer).takeBody(bytes) ? bytes.count : 0
            }
        )
        setup.note(
            ferry_curl_set_write_callback(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, transfer in
                let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
                return Transfer.at(transfer).takeHeader(line) ? line.count : 0
            }
        )
        setup.note(
            ferry_curl_set_read_callback(easy) { buffer, size, count, transfer in
                Transfer.at(transfer).giveBody(UnsafeMutableRawBufferPointer(start: buffer, count: size * count))
            }
        )
        setup.note(
            ferry_curl_set_seek_callback(easy) { transfer, offset, origin in
                guard offset == 0, origin == SEEK_SET, Transfer.at(transfer).rewindBody() else {
                    return CURL_SEEKFUNC_FAIL
                }
                return CURL_SEEKFUNC_OK
            }
        )
        setup.note(
            ferry_curl_set_socket_callback(easy) { _, socket, _ in
                // Programs that this process starts must not inherit connections.
                _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
                return CURL_SOCKOPT_OK
            }
        )
    }

    private func milliseconds(_ duration: Duration) -> Int {
        // libcurl takes 0 for "for ever" and keeps the number in 32 bits.
        let whole = duration / .milliseconds(1)
        return whole < 1 ? 1 : Int(min(whole, Double(Int32.max)))
    }
}

extension Transfer {
    /// The transfer whose address libcurl was given.
    fileprivate static func at(_ pointer: UnsafeMutableRawPointer?) -> Transfer {
        // Proof that it cannot happen: `prepareCallbacks` sets each callback and its data pointer, always to the
        // transfer's own address; a refused option keeps the transfer from starting; and libcurl hands the pointer back
        // unchanged.
        guard let pointer else { preconditionFailure("libcurl calls back with the pointer it was given") }
        return Unmanaged.fromOpaque(pointer).takeUnretainedValue()
    }
}

/// Sets options and remembers the first refusal, so that they read as a list.
private final class Setup {
    private let easy: UnsafeMutableRawPointer
    private(set) var code = CURLE_OK

    init(easy: UnsafeMutableRawPointer) {
        self.easy = easy
    }

    func long(_ option: CURLoption, _ value: Int) { note(ferry_curl_set_long(easy, option, value)) }
    func offset(_ option: CURLoption, _ value: Int) { note(ferry_curl_set_offset(easy, option, curl_off_t(value))) }
    func string(_ option: CURLoption, _ value: String?) { note(ferry_curl_set_string(easy, option, value)) }
    func pointer(_ option: CURLoption, _ value: UnsafeMutableRawPointer) {
        note(ferry_curl_set_pointer(easy, option, value))
    }
    func list(_ option: CURLoption, _ value: UnsafeMutablePointer<curl_slist>?) {
        note(ferry_curl_set_list(easy, option, value))
    }
    func note(_ result: CURLcode) {
        if code == CURLE_OK { code = result }
    }
}
