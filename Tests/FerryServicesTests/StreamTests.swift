import FerryCore
import FerryHTTP
import FerryJSON
import Testing

@testable import FerryServices

@Suite struct StreamTests {
    private func path(_ text: String) throws -> FieldPath { try FieldPath(parsing: text) }

    private func failure(_ source: any RecordSource) async -> SyncFailure? {
        await #expect(throws: SyncFailure.self) { try await readAll(source) }
    }

    // MARK: Tokens

    @Test func sendsATokenInTheQuery() async throws {
        let client = ScriptedClient { request in
            request.parameter("after") == nil
                ? .ok(page([#"{"id":1}"#, #"{"id":2}"#], #""meta":{"next":"a b&c","count":"3"}"#))
                : .ok(page([#"{"id":3}"#], #""meta":{"next":null,"count":3}"#))
        }
        let stream = try books(
            query: [("after", "${page.token}"), ("limit", "2")],
            .token(from: .body(path("meta.next")), empty: .more),
            total: "meta.count"
        )
        let pages = try await readAll(shelf(client, stream))
        #expect(pages.ids == ["1", "2", "3"])
        #expect(pages.map(\.total) == [3, 3])
        #expect(
            client.requests.map(\.url) == [
                "https://api.example.com/v1/books?limit=2", "https://api.example.com/v1/books?after=a%20b%26c&limit=2",
            ]
        )
    }

    /// Some services count what they do not list, or list what they do not count.
    @Test(arguments: [1, 2, 3, 4, 9])
    func anEstimateIsShownAndIsNoEnd(said: Int) async throws {
        let client = ScriptedClient { request in
            let ids = [1, 2, 3, 4].dropFirst(request.parameter("skip").flatMap { Int($0) } ?? 0).prefix(2)
            return .ok(page(ids.map { "{\"id\":\($0)}" }, "\"total\":\(said)"))
        }
        let stream = try books(
            query: [("skip", "${page.offset}")],
            .offset(size: Template(literal: "2")),
            estimate: "total"
        )
        let pages = try await readAll(shelf(client, stream))
        #expect(pages.ids == ["1", "2", "3", "4"])
        #expect(pages.allSatisfy { $0.total == said })
    }

    @Test func sendsATokenInTheBodyWithItsType() async throws {
        let client = ScriptedClient { request in
            request.text == #"{"limit":2}"#
                ? .ok(page([#"{"id":1}"#], #""next":{"key":[1.50]}"#)) : .ok(page([#"{"id":2}"#]))
        }
        let token = JSONTemplate.template(try Template(parsing: "${page.token}"))
        let stream = try books(
            body: [("start", token), ("limit", .literal(2))],
            .token(from: .body(path("next")), empty: .more)
        )
        #expect(try await readAll(shelf(client, stream)).ids == ["1", "2"])
        #expect(client.requests.last?.text == #"{"start":{"key":[1.50]},"limit":2}"#)
    }

    @Test func readsATokenFromAHeader() async throws {
        let client = ScriptedClient { request in
            var answer = HTTPResponse.ok(page([#"{"id":"\#(request.parameter("p") ?? "first")"}"#]))
            if request.parameter("p") == nil { answer.headers = [HTTPHeader(name: "x-next", value: "2")] }
            return answer
        }
        let stream = try books(query: [("p", "${page.token}")], .token(from: .header("X-Next"), empty: .more))
        #expect(try await readAll(shelf(client, stream)).ids == ["first", "2"])
    }

    // MARK: Addresses

    @Test func followsLinksWithTheCredentialsOnTheSameHost() async throws {
        let client = ScriptedClient { request in
            var answer = HTTPResponse.ok(page([#"{"id":"\#(request.url.utf8.count)"}"#]))
            if !request.url.contains("page=") {
                answer.headers = [
                    HTTPHeader(name: "Link", value: #"<https://api.example.com/v1/books?page=0>; rel="prev""#),
                    HTTPHeader(name: "link", value: "</v1/books?page=2&limit=9>; rel=next"),
                ]
            }
            return answer
        }
        let stream = try books(query: [("limit", "5")], .next(from: .link(relation: "next"), empty: .more))
        #expect(try await readAll(shelf(client, stream)).count == 2)
        #expect(
            client.requests.map(\.url) == [
                "https://api.example.com/v1/books?limit=5", "https://api.example.com/v1/books?page=2&limit=9",
            ]
        )
        #expect(client.requests.allSatisfy { $0.header("Authorization") == "Bearer p-key-0001" })
    }

    @Test func asksNobodyElse() async throws {
        for next in ["https://evil.example/v1/books?page=2", "http://api.example.com/v1/books?page=2"] {
            let client = ScriptedClient(200, page([#"{"id":1}"#], #""next":"\#(next)""#))
            let stream = try books(.next(from: .body(path("next")), empty: .more))
            let failure = try await failure(shelf(client, stream))
            #expect(failure?.code == .contractNextElsewhere)
            #expect(client.requests.map(\.url) == ["https://api.example.com/v1/books"])
        }
    }

    @Test func neverLeavesTheHostWhateverACheckpointHolds() async throws {
        let client = ScriptedClient(200, page([]))
        let source = try shelf(client, books(.next(from: .body(path("next")), empty: .more)))
        let detector = #"{"anchor":null,"power":1,"steps":0}"#
        let position = #"{"next":"@evil.example/","tokens":\#(detector),"pages":\#(detector),"empty":0}"#
        _ = try? await source.page(at: PagePosition(rawValue: position))
        #expect(client.requests.allSatisfy { $0.url.hasPrefix("https://api.example.com/") })
    }

    // MARK: Numbers

    @Test func takesAStatusThatSaysSoForTheEnd() async throws {
        let client = ScriptedClient { request in
            request.parameter("page") == "1"
                ? .ok(page([#"{"id":1}"#]))
                : HTTPResponse(status: 404, body: Array(#"{"detail":"Invalid page."}"#.utf8))
        }
        let numbering = PageNumbering(endStatuses: [404])
        let stream = try books(query: [("page", "${page.number}")], .page(numbering))
        #expect(try await readAll(shelf(client, stream)).ids == ["1"])
        let other = try books(query: [("page", "${page.number}")], .page(PageNumbering()))
        #expect(try await failure(shelf(client, other))?.kind == .config)
    }

    @Test func startsAnewFromACheckpointThatIsAnothers() async throws {
        let client = ScriptedClient { request in
            .ok(page(request.parameter("page") == "1" ? [#"{"id":1}"#] : []))
        }
        let source = try shelf(
            client,
            books(query: [("page", "${page.number}")], .page(PageNumbering(isSettled: true)))
        )
        for text in ["", "x", "[]", #"{"offset":5}"#, #"{"fixed":{"page":-1}}"#, #"{"next":"x"}"#] {
            #expect(try await source.page(at: PagePosition(rawValue: text)).ids.strings == ["1"])
        }
    }

    // MARK: What is deleted

    @Test func tellsTombstonesFromRecords() async throws {
        let items = [
            #"{"id":1,"gone":null}"#, #"{"id":2,"gone":"2026-01-01"}"#, #"{"id":3}"#, #"{"id":4,"gone":false}"#,
            #"{"id":5,"gone":true}"#, #"{"id":6,"gone":0}"#, #"{"id":7,"gone":{"at":null}}"#,
        ]
        let source = try shelf(ScriptedClient(200, page(items)), books(tombstone: "gone"))
        let all = try await readAll(source)
        #expect(all.ids == ["1", "3", "4"])
        #expect(all.tombstones == ["2", "5", "6", "7"])
        #expect(all[0].hashes.count == 3)
    }

    @Test func givesARecordThatIsTwiceOnAPageOnce() async throws {
        let items = [#"{"id":1,"title":"old"}"#, #"{"id":2}"#, #"{"id":1,"title":"new"}"#]
        let all = try await readAll(shelf(ScriptedClient(200, page(items)), books()))
        #expect(all.ids == ["1", "2"])
        let records = try all[0].extract([0]).records
        #expect(records.string(of: records[0, 0]) == "new")
        let gone = [#"{"id":1,"gone":true}"#, #"{"id":1,"title":"again"}"#]
        let tombstones = try await readAll(shelf(ScriptedClient(200, page(gone)), books(tombstone: "gone")))
        #expect(tombstones.ids == ["1"] && tombstones.tombstones == [])
    }

    @Test func findsNoRecordThatIsDeleted() async throws {
        let items = [#"{"id":1,"title":"a","gone":true}"#, #"{"id":2,"title":"a"}"#]
        let find = RequestTemplate(method: .get, path: Template(literal: "/search"))
        let source = try shelf(ScriptedClient(200, page(items)), books(find: find, tombstone: "gone"))
        #expect(try await source.find("a").ids.strings == ["2"])
    }

    @Test func sweepsWithARequestOfItsOwn() async throws {
        let client = ScriptedClient { request in
            let isFirst = request.parameter("after") == nil
            return .ok(
                isFirst ? #"{"keys":[{"_id":"a"},{"_id":"b","gone":1}],"next":"t"}"# : #"{"keys":[{"_id":"c"}]}"#
            )
        }
        let sweep = SweepDescription(
            request: RequestTemplate(
                method: .get,
                path: Template(literal: "/keys"),
                query: [("after", try Template(parsing: "${page.token}"))]
            ),
            records: [try path("keys")],
            id: try path("_id"),
            pagination: .token(from: .body(try path("next")), empty: .more),
            interval: .seconds(60)
        )
        let keys = try #require(try shelf(client, books(tombstone: "gone", sweep: sweep)).sweep)
        #expect(keys.interval == .seconds(60))
        #expect(try await readAll(keys.source).ids == ["a", "c"])
        #expect(client.requests.map(\.url).first == "https://api.example.com/v1/keys")
    }
}
