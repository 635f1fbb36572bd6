import FerryHTTP
import Glibc
import Synchronization
import Testing

/// What people and the engine get when an exchange does not work out.
@Suite struct HTTPFailureTests {
    /// Keeps idle connections for as long as a busy machine may need to come to a test's next request.
    let client = HTTPClient(options: HTTPClientOptions(idleConnectionLifetime: .seconds(3_600)))

    @Test func aSlowAnswerTimesOutAndMayHaveBeenSent() async throws {
        let server = try LoopbackServer { connection in
            connection.receive()
            connection.waitForClose()
        }
        let failure = try await failure(of: HTTPRequest(url: server.url(), timeout: .milliseconds(150)))
        #expect(failure.kind == .timeout)
        #expect(failure.mayHaveBeenSent)
        #expect(failure.duration >= .milliseconds(149))
        #expect(failure.message.contains("127.0.0.1:\(server.port)"))
    }

    @Test func aBodyThatTricklesTimesOut() async throws {
        let server = try LoopbackServer { connection in
            connection.receive()
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
            connection.waitForClose()
        }
        let failure = try await failure(of: HTTPRequest(url: server.url(), timeout: .milliseconds(150)))
        #expect(failure.kind == .timeout)
    }

    @Test func aRefusedConnectionSurelySentNothing() async throws {
        let server = try LoopbackServer { _ in }
        let request = HTTPRequest(method: "POST", url: server.url(), body: [1])
        server.stop()
        var failure = try await failure(of: request)
        // The listener's thread closes it a moment after `stop()`; until then the kernel may take the connection.
        while failure.kind != .connect { failure = try await self.failure(of: request) }
        #expect(failure.mayHaveBeenSent == false)
        #expect(failure.message.contains("Connection refused"))
    }

    @Test func aMissingSocketSurelySentNothing() async throws {
        try await withTemporaryPath { path in
            let failure = try await failure(of: HTTPRequest(url: "http://ferry/", unixSocketPath: path))
            #expect(failure.kind == .connect)
            #expect(failure.mayHaveBeenSent == false)
            #expect(failure.message.contains(path))
        }
    }

    @Test func anUnknownHostIsNamedAndNothingWasSent() async throws {
        let failure = try await failure(of: HTTPRequest(url: "http://user:hunter2@nowhere.invalid/?token=abc"))
        #expect(failure.kind == .resolve)
        #expect(failure.mayHaveBeenSent == false)
        #expect(failure.message == "The host 'nowhere.invalid' could not be found.")
    }

    @Test func aServerWithoutTLSIsATLSFailureThatSentNothing() async throws {
        let server = try LoopbackServer { connection in
            connection.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            connection.waitForClose()
        }
        let failure = try await failure(of: HTTPRequest(url: "https://127.0.0.1:\(server.port)/"))
        #expect(failure.kind == .tls)
        #expect(failure.mayHaveBeenSent == false)
    }

    @Test func aHandshakeThatHangsEndsWithTheConnectTimeout() async throws {
        let server = try LoopbackServer { $0.waitForClose() }
        let request = HTTPRequest(url: "https://127.0.0.1:\(server.port)/", connectTimeout: .milliseconds(150))
        let failure = try await failure(of: request)
        #expect(failure.kind == .timeout)
        #expect(failure.mayHaveBeenSent == false)
    }

    @Test(arguments: [true, false])
    func aConnectionThatEndsDuringTheHandshakeIsNoRefusalOfTLS(isReset: Bool) async throws {
        let server = try LoopbackServer { connection in
            connection.receiveSome()
            if isReset { connection.reset() }
        }
        let failure = try await failure(of: HTTPRequest(url: "https://127.0.0.1:\(server.port)/"))
        #expect(failure.kind == .connect)
        #expect(failure.mayHaveBeenSent == false)
    }

    @Test func aMissingAuthorityFileIsNamed() async throws {
        let server = try LoopbackServer { $0.waitForClose() }
        let url = "https://127.0.0.1:\(server.port)/"
        let failure = try await failure(of: HTTPRequest(url: url, caFile: "/nowhere/authority.pem"))
        #expect(failure.kind == .tls)
        #expect(failure.mayHaveBeenSent == false)
        #expect(failure.message.contains("/nowhere/authority.pem"))
    }

    @Test func aResetInTheMiddleOfTheBodyIsAnInterruption() async throws {
        let server = try LoopbackServer { connection in
            connection.receive()
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
            connection.reset()
        }
        let failure = try await failure(of: HTTPRequest(url: server.url()))
        #expect(failure.kind == .interrupted)
        #expect(failure.mayHaveBeenSent)
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 3\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nContent-Length: 4, 3\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nContent-Length: -4\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 4\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nhalf",
        "this is not HTTP\r\n\r\n",
        "",
    ])
    func aBrokenAnswerIsAnInterruption(answer: String) async throws {
        let server = try LoopbackServer { connection in
            connection.receive()
            connection.send(answer)
        }
        let failure = try await failure(of: HTTPRequest(url: server.url()))
        #expect(failure.kind == .interrupted)
        #expect(failure.mayHaveBeenSent)
    }

    @Test(arguments: [11, 60, 107, 115, 122])
    func aGzipBodyCutShortIsAnInterruption(count: Int) async throws {
        let file = Gzip.stored(Array(repeating: 7, count: 100))
        #expect(file.count == 123)
        let server = try LoopbackServer { connection in
            connection.receive()
            connection.respond(Array(file.prefix(count)), headers: ["Content-Encoding: gzip"])
        }
        let failure = try await failure(of: HTTPRequest(url: server.url()))
        #expect(failure.kind == .interrupted)
    }

    @Test func aGzipBombIsCutOffWhileItInflates() async throws {
        let bomb = Gzip.zeros(64 << 20)
        let server = try LoopbackServer { connection in
            connection.receive()
            connection.respond(bomb, headers: ["Content-Encoding: gzip"])
        }
        let failure = try await failure(of: HTTPRequest(url: server.url(), maximumResponseBytes: 1 << 20))
        #expect(bomb.count < 1 << 20)
        #expect(failure.kind == .tooLarge)
    }

    @Test(arguments: ["Content-Length: 2001", "Transfer-Encoding: chunked", "Connection: close"])
    func aBodyOverTheLimitIsTooLarge(framing: String) async throws {
        let server = try LoopbackServer { connection in
            connection.receive()
            connection.send("HTTP/1.1 200 OK\r\n\(framing)\r\n\r\n")
            if framing.hasSuffix("chunked") { connection.send("7d1\r\n") }
            connection.send([UInt8](repeating: 1, count: 2_001))
            if framing.hasSuffix("chunked") { connection.send("\r\n0\r\n\r\n") }
        }
        let failure = try await failure(of: HTTPRequest(url: server.url(), maximumResponseBytes: 2_000))
        #expect(failure.kind == .tooLarge)
        let whole = try await client.send(HTTPRequest(url: server.url(), maximumResponseBytes: 2_001))
        #expect(whole.body.count == 2_001)
    }

    @Test(arguments: [false, true]) func aBodyThatIsReceivedInPiecesMayBeOfAnyLength(isCompressed: Bool) async throws {
        let text = (0..<20_000).map { "line \($0)\n" }.joined()
        let server = try LoopbackServer { connection in
            while let request = connection.receive() {
                if request.line.contains("/bad") {
                    connection.respond("no", status: "400 Bad Request")
                } else if isCompressed {
                    // Each member holds 64 KiB at most.
                    let bytes = Array(text.utf8)
                    let members = stride(from: 0, to: bytes.count, by: 60_000).map { start in
                        Gzip.stored(Array(bytes[start..<min(start + 60_000, bytes.count)]))
                    }
                    connection.respond(Array(members.joined()), headers: ["Content-Encoding: gzip"])
                } else {
                    connection.respond(text)
                }
            }
        }
        let received = Mutex<[UInt8]>([])
        var request = HTTPRequest(url: server.url(), maximumResponseBytes: 70_000)
        request.bodyReceiver = { piece in
            received.withLock { $0.append(contentsOf: piece) }
            return true
        }
        let response = try await client.send(request)
        #expect(response.body.isEmpty)
        #expect(response.bytesReceived > text.utf8.count)
        #expect(received.withLock { $0.elementsEqual(text.utf8) })
        // What an answer of another kind says is in the response.
        request.url = server.url("/bad")
        #expect(try await client.send(request).body == Array("no".utf8))
        #expect(received.withLock { $0.count } == text.utf8.count)
    }

    @Test func aBodyThatItsReceiverDoesNotTakeIsGivenUp() async throws {
        let server = try LoopbackServer { connection in
            connection.receive()
            connection.respond(String(repeating: "x", count: 100_000))
        }
        var request = HTTPRequest(url: server.url())
        request.bodyReceiver = { _ in false }
        let failure = try await failure(of: request)
        #expect(failure.kind == .notTaken)
        #expect(failure.mayHaveBeenSent)
    }

    @Test(arguments: ["POST", "PUT", "PATCH", "DELETE"], [Array("create".utf8), nil])
    func whatWritesIsSentOnceOverAConnectionThatCloses(method: String, body: [UInt8]?) async throws {
        let server = try LoopbackServer { connection in
            // `/once` is read whole, acted on, as it were, and never answered.
            while let request = connection.receive(), !request.line.contains("/once") { connection.respond("kept") }
        }
        _ = try await client.send(HTTPRequest(url: server.url()))
        let failure = try await failure(of: HTTPRequest(method: method, url: server.url("/once"), body: body))
        #expect(failure.kind == .interrupted)
        #expect(failure.mayHaveBeenSent)
        #expect(server.requests.count == 2)
    }

    @Test func whatOnlyReadsIsSentAgainOverAFreshConnection() async throws {
        let server = try LoopbackServer { connection in
            connection.receive()
            connection.respond("kept")
            connection.receive()
        }
        _ = try await client.send(HTTPRequest(url: server.url()))
        let response = try await client.send(HTTPRequest(method: "GET", url: server.url(), body: [1, 2, 3]))
        #expect(response.status == 200)
        #expect(server.requests.map(\.body) == [[], [1, 2, 3], [1, 2, 3]])
    }

    @Test(arguments: [
        HTTPHeader(name: "X-Key", value: "a\r\nX-Admin: 1"),
        HTTPHeader(name: "X-Key", value: "a\nb"),
        HTTPHeader(name: "X-Key", value: "a\0b"),
        HTTPHeader(name: "X-Key: a\r\nX", value: "b"),
        HTTPHeader(name: "", value: "b"),
        HTTPHeader(name: "content-LENGTH", value: "3"),
        HTTPHeader(name: "Transfer-Encoding", value: "chunked"),
    ])
    func aHeaderThatWouldSmuggleIsNeverSent(header: HTTPHeader) async throws {
        let server = try LoopbackServer { $0.waitForClose() }
        let failure = try await failure(of: HTTPRequest(url: server.url(), headers: [header]))
        #expect(failure.kind == .invalidRequest)
        #expect(failure.mayHaveBeenSent == false)
        #expect(server.connectionCount == 0)
    }

    @Test(arguments: [
        "", "example.com", "ftp://example.com/", "file:///etc/passwd", "http://", "http://a b/", "http://h/\r\nX: 1",
        "http://host:99999/", "http://h/\0",
    ])
    func aURLThatIsNotHTTPIsInvalid(url: String) async throws {
        let failure = try await failure(of: HTTPRequest(url: url))
        #expect(failure.kind == .invalidRequest)
        #expect(failure.mayHaveBeenSent == false)
    }

    @Test(arguments: ["", "GET /admin", "GE\r\nT"])
    func aMethodThatIsNoTokenIsInvalid(method: String) async throws {
        let failure = try await failure(of: HTTPRequest(method: method, url: "http://127.0.0.1:9/"))
        #expect(failure.kind == .invalidRequest)
    }

    @Test func noSecretIsInAnyMessage() async throws {
        let server = try LoopbackServer { connection in
            connection.receive()
            connection.reset()
        }
        let failure = try await failure(
            of: HTTPRequest(
                url: "http://user:hunter2@127.0.0.1:\(server.port)/rows?token=hunter2",
                headers: [HTTPHeader(name: "X-Secret-Key", value: "hunter2")]
            )
        )
        #expect(!"\(failure)".contains("hunter2"))
        #expect(!"\(failure)".contains("user"))
    }

    private func failure(of request: HTTPRequest) async throws -> HTTPFailure {
        let client = client
        let failure = await #expect(throws: HTTPFailure.self) { _ = try await client.send(request) }
        return try #require(failure)
    }
}
