import FerryCore
import FerryHTTP
import FerryJSON
import Foundation
import Synchronization
import Testing

@testable import FerryServices

/// Streams that are read part by part and day by day.
@Suite struct PartTests {
    /// What a test's service has: rows by site and day, and what it refuses.
    private struct Shop: Sendable {
        var rows: [String: [String]] = [:]
        var firstOpenDay: String?
        var refused: Set<String> = []
        var limited = 0
    }

    /// One instant of a Californian January: it is the 10th there, and the 11th in Greenwich.
    private struct Evening: WallClock {
        let now = Date(timeIntervalSince1970: 1_768_118_400)  // 2026-01-11T08:00:00Z less an hour
            .addingTimeInterval(-3600)

        func sleep(until deadline: Date) async throws {}
    }

    private static func body(_ text: String) throws -> JSONTemplate {
        func template(_ value: JSONValue) throws -> JSONTemplate {
            switch value {
            case .string(let text): .template(try Template(parsing: text))
            case .object(let members): .object(try members.map { ($0.key, try template($0.value)) })
            case .array(let elements): .array(try elements.map(template))
            default: .literal(value)
            }
        }
        return try template(try JSONValue(parsing: text))
    }

    private static func stream(
        days: Bool = true,
        provisional: Bool = false,
        most: Int? = nil,
        probe: Bool = true
    ) throws -> StreamDescription {
        let query = RequestTemplate(
            method: .post,
            path: try Template(parsing: "/${path(part.site)}/query"),
            body: try body(
                #"{"day":"${window.start}","state":"${window.state}","by":"${settings.names}","from":"${page.offset}","n":"${page.size}"}"#
            )
        )
        let asked = RequestTemplate(
            method: .post,
            path: try Template(parsing: "/${path(part.site)}/probe"),
            body: try body(#"{"from":"${window.start}","to":"${window.end}"}"#)
        )
        return StreamDescription(
            request: query,
            records: [FieldPath(segments: [.name("rows")])],
            mayOmitRecords: true,
            form: RecordForm(
                zipped: (FieldPath(segments: [.name("keys")]), try Template(parsing: "${settings.names}")),
                added: [("site", .template(try Template(parsing: "${part.site}")))],
                identity: .named(try Template(parsing: "${settings.names}"))
            ),
            parts: [("site", try Template(parsing: "${settings.sites}"))],
            days: days
                ? DaysDescription(
                    zone: "America/Los_Angeles",
                    start: try Template(parsing: "${settings.since}"),
                    history: 100,
                    lag: 3,
                    lookback: 2,
                    readsProvisional: Template(literal: provisional ? "true" : "false"),
                    states: ("final", "all"),
                    probe: probe
                        ? DaysDescription.Probe(
                            request: asked,
                            firstOpenDay: try FieldPath(parsing: "meta.open"),
                            days: 10
                        ) : nil,
                    most: most
                ) : nil,
            id: FieldPath(segments: [.name(RecordForm.identifier)]),
            pagination: .steps(size: Template(literal: "2")),
            scansBeforeDelete: days ? nil : 1
        )
    }

    private static func source(
        _ shop: Shared<Shop>,
        sites: [String] = ["a.test"],
        since: String = "2026-01-05",
        stream: StreamDescription? = nil,
        waits: [Duration] = []
    ) throws -> (source: any RecordSource, client: ScriptedClient) {
        let client = ScriptedClient { request in
            let parts = request.url.split(separator: "/").map(String.init)
            let site = parts[2].replacing("%3A", with: ":").replacing("%2F", with: "/")
            let shop = shop.value
            if shop.limited > 0 { return HTTPResponse(status: 429, body: Array("{}".utf8)) }
            if shop.refused.contains(site) {
                return HTTPResponse(status: 403, body: Array(#"{"message":"not yours"}"#.utf8))
            }
            if parts[3] == "probe" {
                return .ok(shop.firstOpenDay.map { #"{"meta":{"open":"\#($0)"}}"# } ?? "{}")
            }
            let body = try JSONValue(parsing: request.text ?? "")
            let rows = shop.rows["\(site) \(body["day"]?.string ?? "")"] ?? []
            let page = rows.dropFirst(body["from"]?.integer ?? 0).prefix(body["n"]?.integer ?? 0)
            guard !page.isEmpty else { return .ok(#"{"type":"auto"}"#) }
            return .ok(#"{"rows":[\#(page.joined(separator: ","))]}"#)
        }
        let description = ServiceDescription(
            name: "shop",
            title: "Shop",
            settings: [],
            base: Template(literal: "https://api.test"),
            authentication: .none,
            messagePaths: [FieldPath(segments: [.name("message")])],
            errorRules: [ErrorRule(statuses: [403], verdict: .part)],
            checks: [],
            streams: ["searches": try stream ?? Self.stream()],
            sinks: [:],
            limits: LimitsDescription(waits: waits)
        )
        let service = try HTTPService(
            description,
            settings: [
                "sites": .array(sites.map { .string($0) }), "names": ["word", "page"], "since": .string(since),
            ],
            secrets: [:],
            resolver: Vault(),
            client: client,
            clock: Evening()
        )
        return (try service.source("searches", fields: paths("word", "clicks", "site"), match: nil), client)
    }

    private static func row(_ word: String, _ clicks: Int = 1) -> String {
        #"{"keys":["\#(word)","/p"],"clicks":\#(clicks)}"#
    }

    /// The days that were asked for, with their states and offsets.
    private static func days(_ client: ScriptedClient) throws -> [String] {
        try client.requests.filter { $0.url.hasSuffix("/query") }.map { request in
            let body = try JSONValue(parsing: request.text ?? "")
            return
                "\(body["day"]?.string?.suffix(2) ?? "") \(body["state"]?.string ?? "") \(body["from"]?.integer ?? -1)"
        }
    }

    private static func ids(_ pages: [RemotePage]) -> [String] { pages.flatMap(\.ids.strings) }

    @Test func eachFinalDayIsReadToItsEndUnderNamesOfItsOwn() async throws {
        let shop = Shared(
            Shop(
                rows: [
                    "a.test 2026-01-05": ["shoes", "a|b%", "hat"].map { Self.row($0) },
                    "a.test 2026-01-06": [Self.row("shoes", 7)],
                ],
                firstOpenDay: "2026-01-08"
            )
        )
        let (source, client) = try Self.source(shop)
        let pages = try await readAll(source)
        #expect(
            try Self.days(client) == [
                "05 final 0", "05 final 2", "05 final 3", "06 final 0", "06 final 1", "07 final 0",
            ]
        )
        #expect(client.requests[0].text == #"{"from":"2026-01-01","to":"2026-01-10"}"#)
        #expect(client.requests[1].text?.contains(#""by":["word","page"]"#) == true)
        #expect(
            Self.ids(pages) == [
                "a.test|2026-01-05|shoes|/p", "a.test|2026-01-05|a%7Cb%25|/p", "a.test|2026-01-05|hat|/p",
                "a.test|2026-01-06|shoes|/p",
            ]
        )
        let values = try pages[0].extract([1]).records
        #expect((0..<3).map { values.string(of: values[0, $0]) } == ["a|b%", "1", "a.test"])
        #expect(
            pages.map { "\($0.slice?.prefix ?? "") \($0.slice?.isEnd == true)" } == [
                "a.test|2026-01-05| false", "a.test|2026-01-05| false", "a.test|2026-01-05| true",
                "a.test|2026-01-06| false", "a.test|2026-01-06| true", "a.test|2026-01-07| true",
            ]
        )
        // Whoever dies within a day begins it again; between two days there is nothing to begin again.
        #expect(pages.map { $0.resume != nil } == [true, true, false, true, false, false])
        #expect(pages.last?.isConclusive == true)
    }

    @Test func whatDiesWithinADayBeginsItAgain() async throws {
        let shop = Shared(
            Shop(rows: ["a.test 2026-01-06": ["a", "b", "c"].map { Self.row($0) }], firstOpenDay: "2026-01-07")
        )
        let (source, client) = try Self.source(shop)
        let first = try await source.page(at: nil)
        let second = try await source.page(at: first.next)
        let resumed = try await source.page(at: second.resume)
        #expect(Self.ids([resumed]) == ["a.test|2026-01-06|a|/p", "a.test|2026-01-06|b|/p"])
        #expect(try Self.days(client) == ["05 final 0", "06 final 0", "06 final 0"])
        // What is known of the days is not asked for again.
        #expect(client.requests.filter { $0.url.hasSuffix("/probe") }.count == 1)
    }

    @Test func theNextPullBeginsABitBeforeTheLastFinalDayAndANewPartAtTheStart() async throws {
        let shop = Shared(Shop(firstOpenDay: "2026-01-08"))
        let (source, _) = try Self.source(shop)
        let cursor = try #require(try await readAll(source).last?.cursor)
        shop.value.firstOpenDay = "2026-01-10"
        let (later, client) = try Self.source(shop, sites: ["a.test", "https://b.test/"])
        let pages = try await readAll(later, since: cursor)
        let asked = try Self.days(client)
        #expect(asked == ["05", "06", "07", "08", "09", "05", "06", "07", "08", "09"].map { "\($0) final 0" })
        #expect(client.requests.filter { $0.url == "https://api.test/https%3A%2F%2Fb.test%2F/query" }.count == 5)
        let last = try JSONValue(parsing: try #require(pages.last?.cursor))
        #expect(last["parts"] == ["a.test|": "2026-01-09", "https://b.test/|": "2026-01-09"])
        // Two days are read again, and none before.
        let (third, few) = try Self.source(shop)
        _ = try await readAll(third, since: try #require(pages.last?.cursor))
        #expect(try Self.days(few) == ["07 final 0", "08 final 0", "09 final 0"])
    }

    @Test func whereTheServiceDoesNotTellThreeDaysAreNotFinal() async throws {
        let (source, client) = try Self.source(Shared(Shop()), since: "2026-01-06")
        _ = try await readAll(source)
        #expect(try Self.days(client) == ["06 final 0", "07 final 0"])
        let (other, few) = try Self.source(Shared(Shop()), since: "2026-01-06", stream: try Self.stream(probe: false))
        _ = try await readAll(other)
        #expect(try Self.days(few) == ["06 final 0", "07 final 0"])
    }

    @Test func daysThatAreNotFinalAreReadAgainUntilTheyAre() async throws {
        let shop = Shared(Shop(firstOpenDay: "2026-01-09"))
        let stream = try Self.stream(provisional: true)
        let (source, client) = try Self.source(shop, since: "2026-01-07", stream: stream)
        let pages = try await readAll(source)
        #expect(try Self.days(client) == ["07 final 0", "08 final 0", "09 all 0", "10 all 0"])
        let cursor = try #require(pages.last?.cursor)
        #expect(try JSONValue(parsing: cursor)["parts"] == ["a.test|": "2026-01-08"])
    }

    @Test func theServiceNeverHasMoreThanItsHistory() async throws {
        let (source, client) = try Self.source(Shared(Shop(firstOpenDay: "2025-10-04")), since: "")
        _ = try await readAll(source)
        #expect(try Self.days(client) == ["02 final 0", "03 final 0"])
    }

    @Test func aPartThatIsRefusedIsLeftOutAndTheOthersGoOn() async throws {
        let shop = Shared(Shop(rows: ["b.test 2026-01-05": [Self.row("x")]], firstOpenDay: "2026-01-06"))
        shop.value.refused = ["a.test"]
        let (source, _) = try Self.source(shop, sites: ["a.test", "b.test"])
        let pages = try await readAll(source)
        #expect(Self.ids(pages) == ["b.test|2026-01-05|x|/p"])
        #expect(
            pages.flatMap(\.shortfalls).map { "\($0.part): \($0.message) \($0.code.rawValue)" } == [
                "a.test: Shop answered 403: not yours service.refused"
            ]
        )
        #expect(pages.flatMap(\.notes) == ["'a.test' could not be read: Shop answered 403: not yours"])
        #expect(pages.last?.isConclusive == false)
        #expect(try JSONValue(parsing: try #require(pages.last?.cursor))["parts"] == ["b.test|": "2026-01-05"])
        // Where all are refused, there is nothing that went on.
        shop.value.refused = ["a.test", "b.test"]
        let failure = await failure { try await readAll(source) }
        #expect(failure?.kind == .part)
    }

    @Test func aDayWithAsManyRecordsAsAreShownIsNoted() async throws {
        let rows = (1...3).map { Self.row("w\($0)") }
        let shop = Shared(
            Shop(rows: ["a.test 2026-01-05": rows, "a.test 2026-01-06": rows], firstOpenDay: "2026-01-08")
        )
        let (source, _) = try Self.source(shop, stream: try Self.stream(most: 3))
        let pages = try await readAll(source)
        #expect(
            pages.flatMap(\.notes) == [
                "truncated: 'a.test' 2026-01-05 and 1 more had 3 records, the most that the service shows of a day; "
                    + "there may be others"
            ]
        )
    }

    @Test func aLimitIsWaitedForAsPlannedAndThenPutOff() async throws {
        let shop = Shared(Shop(firstOpenDay: "2026-01-08"))
        let (source, _) = try Self.source(shop, waits: [.seconds(60), .seconds(900)])
        let first = try await source.page(at: nil)
        shop.value.limited = 1
        var waits: [Duration?] = []
        for _ in 0..<2 {
            let failure = try #require(await failure { try await source.page(at: first.next) })
            #expect(failure.kind == .rateLimited)
            waits.append(failure.retryAfter)
        }
        #expect(waits == [.seconds(60), .seconds(900)])
        let last = try await source.page(at: first.next)
        #expect(last.next == nil && !last.isConclusive && last.shortfalls.map(\.code) == [.serviceRateLimited])
        #expect(try JSONValue(parsing: try #require(last.cursor))["parts"] == ["a.test|": "2026-01-05"])
        // Once it goes on, the plan begins anew.
        shop.value.limited = 0
        _ = try await source.page(at: first.next)
        shop.value.limited = 1
        let again = await failure { try await source.page(at: first.next) }
        #expect(again?.retryAfter == .seconds(60))
    }

    @Test func aServiceThatSkipsNothingIsNotReadForEver() async throws {
        let client = ScriptedClient { _ in .ok(#"{"items":[{"id":1},{"id":2}]}"#) }
        let source = try shelf(client, books(query: [("from", "${page.offset}")], .steps(size: Template(literal: "2"))))
        let failure = await failure { try await readAll(source) }
        #expect(failure?.code == .contractPageRepeated && client.requests.count == 10)
    }

    @Test func aRecordWithoutItsKeysBreaksTheContract() async throws {
        for row in [#"{"clicks":1}"#, #"{"keys":["a"],"clicks":1}"#, #"{"keys":["a",null],"clicks":1}"#, "5"] {
            let shop = Shared(Shop(rows: ["a.test 2026-01-05": [row]], firstOpenDay: "2026-01-06"))
            let failure = await failure { try await readAll(try Self.source(shop).source) }
            #expect(failure?.kind == .contract, "\(row)")
        }
    }
}

/// A value that a test changes while a closure reads it.
final class Shared<Value: Sendable>: Sendable {
    private let kept: Mutex<Value>

    init(_ value: Value) { kept = Mutex(value) }

    var value: Value {
        get { kept.withLock { $0 } }
        set { kept.withLock { $0 = newValue } }
    }
}
