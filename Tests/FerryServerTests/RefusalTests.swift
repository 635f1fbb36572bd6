import FerryCore
import Testing

@testable import FerryServer

@Suite(.timeLimit(.minutes(testMinutes)))
struct RefusalTests {
    @Test(arguments: [
        ("GET", "/"), ("GET", "/api/v1/nothing"), ("GET", "/healthz/"), ("GET", "//healthz"),
        ("GET", "/api/v1/integrations/"), ("POST", "/api/v1/integrations/a/b/sync"), ("GET", "/api/v2/status"),
    ])
    func knowsNoOtherPaths(method: String, path: String) async throws {
        try await Fixture.with { (ferry) async throws in
            let answer = try await ferry.ask(method, path)
            #expect(answer.status == 404)
            #expect(answer.body.contains(#""code":"request.not_found""#))
            #expect(ferry.control.asked.isEmpty)
        }
    }

    @Test(arguments: [
        ("POST", "/healthz", "GET"), ("DELETE", "/api/v1/jobs/x", "GET"), ("GET", "/api/v1/reload", "POST"),
        ("OPTIONS", "/api/v1/status", "GET"), ("PUT", "/api/v1/integrations/x/sync", "POST"),
    ])
    func saysWhichMethodsAPathTakes(method: String, path: String, allow: String) async throws {
        try await Fixture.with { (ferry) async throws in
            let text = "\(method) \(path) HTTP/1.1\r\nHost: f\r\nConnection: close\r\n\r\n"
            let answer = try #require(try Answers.split(try await ferry.send(text)).first)
            #expect(answer.status == 405)
            #expect(answer.head.contains("\r\nAllow: \(allow)\r\n"))
            #expect(answer.head.contains("\r\nContent-Type: application/json\r\n"))
        }
    }

    @Test func answersHEADWithoutABody() async throws {
        try await Fixture.with { (ferry) async throws in
            let answer = try await ferry.ask("HEAD", "/api/v1/status")
            #expect(answer.status == 405)
            #expect(answer.body.isEmpty)
        }
    }

    @Test(arguments: [
        ("{", "not valid JSON"),
        (#"{"direction":"pull"}}"#, "not valid JSON"),
        ("\u{1}", "not valid JSON"),
        ("[]", "has to be a JSON object"),
        ("null", "has to be a JSON object"),
        ("{}", "'direction' is missing"),
        ("", "'direction' is missing"),
        (#"{"direction":1}"#, "'direction' has to be a string"),
        (#"{"direction":null}"#, "'direction' has to be a string"),
        (#"{"direction":"sideways"}"#, #"not \"sideways\""#),
        (#"{"direction":"pull","entityIds":"a"}"#, "'entityIds' has to be an array of strings"),
        (#"{"direction":"pull","entityIds":null}"#, "'entityIds' has to be an array of strings"),
        (#"{"direction":"pull","entityIds":["a",2]}"#, "'entityIds[1]' has to be a string"),
        (#"{"direction":"pull","entityIDs":["a"]}"#, "Unknown key 'entityIDs'"),
        (#"{"direction":"pull","full":"yes"}"#, "'full' has to be true or false"),
        (#"{"direction":"push","full":true}"#, "'full' goes with a pull only"),
    ])
    func namesWhatIsWrongWithASyncRequest(body: String, words: String) async throws {
        try await Fixture.with { (ferry) async throws in
            let answer = try await ferry.ask("POST", "/api/v1/integrations/a/sync", body)
            #expect(answer.status == 400)
            #expect(answer.body.contains(#""code":"request.invalid""#))
            #expect(answer.body.contains(words), "\(answer.body)")
            #expect(ferry.control.asked.isEmpty)
        }
    }

    @Test(arguments: [400, 100_000])
    func bearsADeeplyNestedBody(depth: Int) async throws {
        try await Fixture.with { (ferry) async throws in
            let body = String(repeating: #"{"a":["#, count: depth) + String(repeating: "]}", count: depth)
            let answer = try await ferry.ask("POST", "/api/v1/reload", body)
            #expect(answer.status == 400)
        }
    }

    @Test(arguments: [
        ("limit=0", "'limit'"), ("limit=201", "'limit'"), ("limit=x", "'limit'"), ("state=done", "'done'"),
        ("colour=red", "'colour'"), ("integration=%zz", "'%'"), ("integration=%ff", "UTF-8"),
    ])
    func namesWhatIsWrongWithAQuery(query: String, words: String) async throws {
        try await Fixture.with { (ferry) async throws in
            let answer = try await ferry.ask("GET", "/api/v1/jobs?\(query)")
            #expect(answer.status == 400)
            #expect(answer.body.contains(words), "\(answer.body)")
        }
    }

    @Test func refusesABodyWhereNoneBelongs() async throws {
        try await Fixture.with { (ferry) async throws in
            #expect(try await ferry.ask("POST", "/api/v1/reload", "{}").status == 200)
            #expect(try await ferry.ask("POST", "/api/v1/reload", #"{"hard":true}"#).status == 400)
        }
    }

    @Test(arguments: ["GARBAGE\r\n\r\n", "GET /healthz HTTP/9.9\r\n\r\n", "\u{0}\u{1}\u{2}\r\n\r\n", "GET / HT"])
    func answersMalformedHTTPWith400(text: String) async throws {
        try await Fixture.with { (ferry) async throws in
            let answer = try Answers.only(try await ferry.send(text, thenHalfClose: true))
            #expect(answer.status == 400)
            #expect(answer.body.contains(#""code":"request.invalid""#))
        }
    }

    @Test func answersEarlierRequestsBeforeAMalformedOne() async throws {
        try await Fixture.with { (ferry) async throws in
            let text = "GET /healthz HTTP/1.1\r\nHost: f\r\n\r\nGARBAGE\r\n\r\n"
            let answers = try Answers.split(try await ferry.send(text))
            #expect(answers.map(\.status) == [200, 400])
        }
    }

    @Test func refusesABodyThatSaysItIsTooLarge() async throws {
        try await Fixture.with { (ferry) async throws in
            let head = "POST /api/v1/reload HTTP/1.1\r\nHost: f\r\nContent-Length: 2000000\r\n\r\n"
            // The whole body is sent all the same: the answer has to survive that.
            let answer = try Answers.only(try await ferry.send(head + String(repeating: "x", count: 2_000_000)))
            #expect(answer.status == 413)
            #expect(answer.body.contains(#""code":"request.too_large""#))
        }
    }

    @Test func refusesAChunkedBodyThatTurnsOutTooLarge() async throws {
        try await Fixture.with { (ferry) async throws in
            let head = "POST /api/v1/reload HTTP/1.1\r\nHost: f\r\nTransfer-Encoding: chunked\r\n\r\n"
            let chunk = "10000\r\n" + String(repeating: "x", count: 65536) + "\r\n"
            let text = head + String(repeating: chunk, count: 17) + "0\r\n\r\n"
            #expect(try Answers.only(try await ferry.send(text)).status == 413)
        }
    }

    @Test func takesABodyOfExactlyTheLimit() async throws {
        try await Fixture.with { (ferry) async throws in
            let padding = String(repeating: " ", count: (1 << 20) - 2)
            #expect(try await ferry.ask("POST", "/api/v1/reload", "{" + padding + "}").status == 200)
        }
    }

    @Test func refusesAFloodOfHeaders() async throws {
        try await Fixture.with { (ferry) async throws in
            let many = (0..<101).map { "X-\($0): y\r\n" }.joined()
            let large = "X-Large: " + String(repeating: "y", count: 17 << 10) + "\r\n"
            let longTarget = "/" + String(repeating: "z", count: 17 << 10)
            for text in [
                "GET /healthz HTTP/1.1\r\n\(many)\r\n", "GET /healthz HTTP/1.1\r\n\(large)\r\n",
                "GET \(longTarget) HTTP/1.1\r\n\r\n",
            ] {
                let answer = try Answers.only(try await ferry.send(text))
                #expect(answer.status == 431)
                #expect(answer.body.contains(#""code":"request.too_large""#))
            }
        }
    }
}
