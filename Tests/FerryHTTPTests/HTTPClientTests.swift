import FerryHTTP
import Glibc
import Testing

/// What a whole, orderly exchange looks like on the wire.
@Suite struct HTTPClientTests {
    /// Keeps idle connections for as long as a busy machine may need to come to a test's next request.
    let client = HTTPClient(options: HTTPClientOptions(idleConnectionLifetime: .seconds(3_600)))

    @Test(arguments: ["POST", "PUT", "PATCH", "DELETE"])
    func sendsTheBodyWithItsLength(method: String) async throws {
        let server = try LoopbackServer { connection in
            connection.receive()
            connection.respond(#"{"ok":true}"#, status: "201 Created")
        }
        let request = HTTPRequest(
            method: method,
            url: server.url("/rows?limit=2"),
            headers: [HTTPHeader(name: "Content-Type", value: "application/json")],
            body: Array(#"[{"id":1}]"#.utf8)
        )
        let response = try await client.send(request)
        #expect(response.status == 201)
        #expect(response.body == Array(#"{"ok":true}"#.utf8))
        let received = try #require(server.requests.first)
        #expect(received.line == "\(method) /rows?limit=2 HTTP/1.1")
        #expect(received.header("content-length") == "10")
        #expect(received.header("content-type") == "application/json")
        #expect(received.header("expect") == nil)
        #expect(received.text == #"[{"id":1}]"#)
        #expect(response.bytesSent == received.head.utf8.count + 4 + 10)
    }

    @Test(arguments: [("GET", nil), ("DELETE", nil), ("POST", "0"), ("PUT", "0"), ("PATCH", "0")])
    func sendsNoBodyWhereThereIsNone(method: String, length: String?) async throws {
        let server = try LoopbackServer { connection in
            connection.receive()
            connection.respond()
        }
        _ = try await client.send(HTTPRequest(method: method, url: server.url()))
        let received = try #require(server.requests.first)
        #expect(received.header("content-length") == length)
        #expect(received.header("transfer-encoding") == nil)
        #expect(received.header("content-type") == nil)
    }

    @Test func givesHeadersInWhateverCaseAndCountsBytes() async throws {
        let answer =
            "HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\n"
            + "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nX-Reason:  gone \r\nEmpty:\r\n\r\nno"
        let server = try LoopbackServer { connection in
            connection.receive()
            connection.send(answer)
        }
        let request = HTTPRequest(url: server.url(), headers: [HTTPHeader(name: "X-Empty", value: "")])
        let response = try await client.send(request)
        #expect(response.status == 404)
        #expect(response.header("x-REASON") == "gone")
        #expect(response.header("Empty") == "")
        #expect(response.header("X-Interim") == nil)
        #expect(response.body == Array("no".utf8))
        #expect(server.requests.first?.header("x-empty") == "")
        #expect(response.bytesReceived == answer.utf8.count)
    }

    @Test func usesAConnectionAgain() async throws {
        let server = try LoopbackServer { connection in
            while connection.receive() != nil { connection.respond("pong") }
        }
        for _ in 0..<20 { _ = try await client.send(HTTPRequest(url: server.url())) }
        #expect(server.requests.count == 20)
        #expect(server.connectionCount == 1)
    }

    @Test func readsAChunkedBodyWithoutItsTrailers() async throws {
        let server = try LoopbackServer { connection in
            connection.receive()
            connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            connection.send("5\r\nhello\r\n")
            connection.send("7;note=1\r\n, world\r\n0\r\nX-Trailer: 1\r\n\r\n")
        }
        let response = try await client.send(HTTPRequest(url: server.url()))
        #expect(response.body == Array("hello, world".utf8))
        #expect(response.header("X-Trailer") == nil)
    }

    @Test func inflatesGzipAndAsksForIt() async throws {
        let text = Array(String(repeating: "grün ", count: 1_000).utf8)
        let server = try LoopbackServer { connection in
            connection.receive()
            // Two members in a row are one body.
            connection.respond(Gzip.stored(text) + Gzip.stored(text), headers: ["Content-Encoding: gzip"])
        }
        let response = try await client.send(HTTPRequest(url: server.url()))
        #expect(response.body == text + text)
        #expect(server.requests.first?.header("accept-encoding") == "gzip, deflate")
    }

    @Test func inflatesDeflateWithoutItsHeader() async throws {
        let server = try LoopbackServer { connection in
            connection.receive()
            let file = Gzip.stored(Array("bare".utf8))
            connection.respond(Array(file.dropFirst(10).dropLast(8)), headers: ["Content-Encoding: deflate"])
        }
        let response = try await client.send(HTTPRequest(url: server.url()))
        #expect(response.body == Array("bare".utf8))
    }

    @Test func readsABodyOfManyMegabytes() async throws {
        let body = (0..<(5 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        let server = try LoopbackServer { connection in
            while let request = connection.receive() { connection.respond(request.body) }
        }
        let response = try await client.send(HTTPRequest(method: "PUT", url: server.url(), body: body))
        #expect(response.body == body)
        #expect(response.bytesReceived > body.count)
        #expect(response.bytesSent > body.count)
    }

    @Test func returnsARedirectUnfollowed() async throws {
        let target = try LoopbackServer { connection in
            connection.receive()
            connection.respond("stolen")
        }
        let location = target.url("/elsewhere")
        let server = try LoopbackServer { connection in
            connection.receive()
            connection.respond("moved", status: "302 Found", headers: ["Location: \(location)"])
        }
        let secret = HTTPHeader(name: "X-Secret-Key", value: "s3cret")
        let response = try await client.send(HTTPRequest(url: server.url(), headers: [secret]))
        #expect(response.status == 302)
        #expect(response.header("location") == location)
        #expect(response.body == Array("moved".utf8))
        #expect(server.requests.first?.header("x-secret-key") == "s3cret")
        #expect(target.connectionCount == 0)
    }

    @Test func talksOverAUnixSocket() async throws {
        try await withTemporaryPath { path in
            let server = try LoopbackServer(path: path) { connection in
                connection.receive()
                connection.respond("local")
            }
            let request = HTTPRequest(url: "http://ferry/api/v1/status", unixSocketPath: path)
            let response = try await client.send(request)
            #expect(response.body == Array("local".utf8))
            #expect(server.requests.first?.line == "GET /api/v1/status HTTP/1.1")
        }
    }

    @Test func makesAHundredExchangesAtOnce() async throws {
        let server = try LoopbackServer { connection in
            while let request = connection.receive() { connection.respond(request.body) }
        }
        let client = client
        let url = server.url()
        let answers = try await withThrowingTaskGroup(of: (Int, [UInt8]).self) { group in
            for number in 0..<100 {
                group.addTask {
                    let body = Array("number \(number)".utf8)
                    return (number, try await client.send(HTTPRequest(method: "POST", url: url, body: body)).body)
                }
            }
            return try await group.reduce(into: [Int: [UInt8]]()) { $0[$1.0] = $1.1 }
        }
        #expect(answers.count == 100)
        #expect(answers.allSatisfy { $0.value == Array("number \($0.key)".utf8) })
        #expect(server.requests.count == 100)
    }
}

/// Gives a path for a socket that does not exist yet, and removes it afterwards.
func withTemporaryPath(_ body: (String) async throws -> Void) async throws {
    var template = Array("/tmp/ferry-http-XXXXXX".utf8CString)
    _ = try #require(mkdtemp(&template))
    let directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer {
        unlink(directory + "/socket")
        rmdir(directory)
    }
    try await body(directory + "/socket")
}
