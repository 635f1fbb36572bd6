import FerrySandbox
import Foundation
import Testing

@Suite struct RateLimiterTests {
    @Test func refusesWhatIsMoreThanTheLimitAndCountsIt() async throws {
        try await withSandbox { sandbox, client async throws in
            sandbox.limiter.set(RateLimit(requests: 2, milliseconds: 60_000, announcement: .retryAfterSeconds))
            let statuses = try (0..<3).map { _ in try client.get().status }
            #expect(statuses == [200, 200, 429])
            #expect(sandbox.limiter.refused == 1)
            #expect(sandbox.limiter.arrivals.count == 3)
            let seconds = try #require(try client.get().headers["retry-after"].flatMap { Int($0) })
            #expect((55...60).contains(seconds))
            sandbox.limiter.set(nil)
            #expect(try client.get().status == 200)
        }
    }

    @Test func tellsWhatIsLeftInTheFormThatWasAskedFor() async throws {
        try await withSandbox { sandbox, client async throws in
            let limit = #"{"requests": 5, "milliseconds": 60000, "announcement": "x_ratelimit_epoch"}"#
            #expect(try client.send("POST", "/_sandbox/limit", limit).status == 204)
            let headers = try client.get().headers
            #expect(headers["x-ratelimit-remaining"] == "4")
            let reset = try #require(headers["x-ratelimit-reset"].flatMap { Double($0) })
            #expect((50...62).contains(reset - Date().timeIntervalSince1970))
            #expect(try client.send("GET", "/_sandbox/limit").body == #"{"refused":0}"#)
            #expect(try client.send("POST", "/_sandbox/limit", #"{"requests": 0}"#).status == 400)
            #expect(try client.send("DELETE", "/_sandbox/limit").status == 204)
            #expect(try client.get().headers["x-ratelimit-remaining"] == nil)
        }
    }
}
