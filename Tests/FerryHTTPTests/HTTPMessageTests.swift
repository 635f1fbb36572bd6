import FerryHTTP
import Testing

/// The values around an exchange.
@Suite struct HTTPMessageTests {
    @Test func aHeaderIsFoundInAnyASCIICaseButNotInUnicodes() {
        let response = HTTPResponse(
            status: 200,
            headers: [HTTPHeader(name: "\u{212A}ey", value: "kelvin"), HTTPHeader(name: "KEY", value: "ascii")]
        )
        #expect(response.header("key") == "ascii")
        #expect(response.header("ke") == nil)
    }

    @Test func theDefaultsBoundEveryExchange() {
        let request = HTTPRequest(url: "http://example.com/")
        #expect(request.method == "GET")
        #expect(request.timeout == .seconds(60))
        #expect(request.connectTimeout == .seconds(10))
        #expect(request.maximumResponseBytes == 64 << 20)
    }

    @Test func aFailurePrintedIsItsSentence() {
        let failure = HTTPFailure(kind: .resolve, message: "The host 'a' could not be found.", mayHaveBeenSent: false)
        #expect("\(failure)" == "The host 'a' could not be found.")
    }
}
