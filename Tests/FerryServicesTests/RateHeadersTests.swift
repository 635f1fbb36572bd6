import FerryCore
import FerryHTTP
import FoundationEssentials
import Testing

@testable import FerryServices

@Suite struct RateHeadersTests {
    /// Tue, 14 Nov 2023 22:13:20 GMT.
    private static let now = 1_700_000_000

    /// Headers and what they say: requests left, seconds until the count begins anew.
    struct Case: Sendable, CustomTestStringConvertible {
        var headers: [String: String]
        var remaining: Int?
        var reset: Double?

        init(_ headers: [String: String], _ remaining: Int?, _ reset: Double?) {
            self.headers = headers
            self.remaining = remaining
            self.reset = reset
        }

        var testDescription: String {
            headers.sorted { $0.key < $1.key }.map { "\($0): \($1)" }.joined(separator: "; ")
        }
    }

    static let cases = [
        Case([:], nil, nil),
        // The same two headers, as many forms as there are services.
        Case(["X-RateLimit-Remaining": "56", "X-RateLimit-Reset": "\(now + 90)"], 56, 90),
        Case(["x-ratelimit-remaining": "0", "x-ratelimit-reset": "30"], 0, 30),
        Case(["X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "\(now + 2)500"], 0, 2.5),
        Case(["X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1704067200000"], 0, 86_400),
        Case(["X-RateLimit-Remaining": "598.0", "X-RateLimit-Reset": "361"], 598, 361),
        Case(["X-RateLimit-Remaining": "3", "X-RateLimit-Reset": "\(now).25"], 3, 0.25),
        Case(["X-RateLimit-Remaining": "3", "X-RateLimit-Reset": "9", "X-RateLimit-Reset-After": "0.25"], 3, 0.25),
        Case(["X-Rate-Limit-Remaining": "7", "X-Rate-Limit-Reset": "60"], 7, 60),
        Case(["X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "6s"], 0, 6),
        Case(["X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1m30s"], 0, 90),
        Case(["X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "Tue, 14 Nov 2023 22:14:20 GMT"], 0, 60),
        Case(["X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2023-11-14T22:14:20Z"], 0, 60),
        Case(["X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2023-11-14T22:00:00Z"], 0, 0),
        // Nothing that could be two things is taken for either.
        Case(["X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "50000000"], 0, nil),
        Case(["X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "soon"], 0, nil),
        Case(["X-RateLimit-Remaining": "-1", "X-RateLimit-Reset": "5"], nil, nil),
        Case(["X-RateLimit-Remaining": "10, 200", "X-RateLimit-Reset": "5"], nil, nil),
        Case(["X-RateLimit-Limit": "0", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "5"], nil, nil),
        Case(["X-RateLimit-Remaining": "5"], 5, nil),
        Case(["X-RateLimit-Reset": "5"], nil, nil),
        // The IETF's drafts.
        Case(["RateLimit-Limit": "100, 100;w=60", "RateLimit-Remaining": "50", "RateLimit-Reset": "50"], 50, 50),
        Case(["RateLimit": "limit=100, remaining=50, reset=5"], 50, 5),
        Case(["RateLimit": "\"default\";r=50;t=30"], 50, 30),
        Case(["RateLimit": "\"a;r=9,b\";r=50;t=30, \"day\";r=0;t=7200, \"hour\";r=1"], 0, 7200),
        Case(["RateLimit": "nonsense"], nil, nil),
        // Whoever says everything says it by the draft first.
        Case(["RateLimit": "\"x\";r=1;t=2", "X-RateLimit-Remaining": "9", "X-RateLimit-Reset": "9"], 1, 2),
        Case(["RateLimit-Remaining": "1", "RateLimit-Reset": "2", "X-RateLimit-Remaining": "9"], 1, 2),
        // Nobody waits for longer than a day.
        Case(["X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2000000"], 0, 86_400),
        // The service's own clock tells what its times mean.
        Case(
            [
                "Date": "Tue, 14 Nov 2023 23:13:20 GMT", "X-RateLimit-Remaining": "0",
                "X-RateLimit-Reset": "\(now + 3605)",
            ],
            0,
            5
        ),
    ]

    @Test(arguments: cases) func readsTheUsualHeaders(_ scene: Case) {
        let reading = RateHeaders(declared: nil).reading(of: response(scene.headers), now: Self.date)
        #expect(reading.remaining == scene.remaining)
        #expect(reading.reset.map { $0 / .seconds(1) } == scene.reset)
    }

    static let declared: [(form: LimitHeaders.ResetForm, text: String, seconds: Double?)] = [
        (.seconds, "12", 12), (.epoch, "\(now + 12)", 12), (.epochMilliseconds, "\(now + 1)500", 1.5),
        (.httpDate, "Tue, 14 Nov 2023 22:13:32 GMT", 12), (.httpDate, "12", nil), (.seconds, "x", nil),
    ]

    @Test(arguments: declared)
    func readsTheHeadersThatADescriptionNames(form: LimitHeaders.ResetForm, text: String, seconds: Double?) {
        let declared = LimitHeaders(remaining: "Left", limit: "Of", reset: "Back", resetForm: form)
        let headers = RateHeaders(declared: declared)
        let reading = headers.reading(of: response(["left": "4", "back": text]), now: Self.date)
        #expect(reading.remaining == 4)
        #expect(reading.reset.map { $0 / .seconds(1) } == seconds)
        let unlimited = headers.reading(of: response(["left": "0", "back": text, "of": "0"]), now: Self.date)
        #expect(unlimited == RateHeaders.Reading())
    }

    private func response(_ headers: [String: String]) -> HTTPResponse {
        HTTPResponse(status: 200, headers: headers.map { HTTPHeader(name: $0.key, value: $0.value) })
    }

    private static let date = Date(timeIntervalSince1970: Double(now))
}
