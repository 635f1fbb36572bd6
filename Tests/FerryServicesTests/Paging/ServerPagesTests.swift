import FerryCore
import Testing

@testable import FerryServices

@Suite struct ServerPagesTests {
    /// Answers one query after the other.
    private func scan(
        _ kind: ServerPages.Kind = .token,
        empty: EmptyPage = .more,
        pages: [PageAnswer],
        repeating: Bool = false
    ) async throws -> (scan: Scan, queries: [PageQuery]) {
        var queries: [PageQuery] = []
        let result = try await FerryServicesTests.scan(
            ServerPages(kind: kind, empty: empty),
            most: 5000
        ) { query in
            queries.append(query)
            guard repeating || queries.count <= pages.count else {
                throw SyncFailure(.contract, .internalError, "no more pages")
            }
            return pages[(queries.count - 1) % pages.count]
        }
        return (result, queries)
    }

    private func failure(_ kind: ServerPages.Kind = .token, pages: [PageAnswer]) async -> SyncFailure? {
        await #expect(throws: SyncFailure.self) { try await scan(kind, pages: pages, repeating: true) }
    }

    @Test(arguments: [nil, .null, "", false, [], [:]] as [JSONValue?])
    func endsWithoutANextToken(end: JSONValue?) async throws {
        let result = try await scan(pages: [.of([1, 2], next: "b"), .of([3], next: ["k": 7]), .of([4], next: end)])
        #expect(result.scan.delivered == [1, 2, 3, 4])
        #expect(result.queries.map { $0.page["token"] } == [nil, "b", ["k": 7]])
        #expect(result.scan.isConclusive)
    }

    @Test func goesOnAfterAnEmptyPageThatSaysHow() async throws {
        let pages = try [PageAnswer.of([1], next: "b"), .of([], next: "c"), .of([], next: "d"), .of([2])]
        #expect(try await scan(pages: pages).scan.delivered == [1, 2])
        #expect(try await scan(empty: .end, pages: pages).scan.delivered == [1])
    }

    @Test func endsWithAnEmptyPageThatGivesTheSameTokenAgain() async throws {
        let result = try await scan(pages: [.of([1], next: "b"), .of([2], next: "c"), .of([], next: "c")])
        #expect(result.scan.delivered == [1, 2])
    }

    @Test func refusesATokenThatComesAgain() async throws {
        let failure = await failure(pages: [try .of([1], next: "b"), try .of([2], next: "b"), try .of([3], next: "b")])
        #expect(failure?.code == .contractPageRepeated && failure?.kind == .contract && failure?.hint != nil)
    }

    @Test(arguments: [1, 2, 3, 5, 8, 50])
    func refusesTokensThatGoRoundInCircles(length: Int) async throws {
        var number: UInt64 = 0
        let failure = await #expect(throws: SyncFailure.self) {
            try await FerryServicesTests.scan(ServerPages(kind: .token, empty: .more), most: 7 + 3 * length) { _ in
                number += 1
                // Some tokens, then a circle; the pages are all different.
                let token = number < 5 ? "t\(number)" : "c\(number % UInt64(length))"
                return try .of([number], next: .string(token))
            }
        }
        #expect(failure?.code == .contractPageRepeated)
    }

    @Test func refusesAPageThatComesAgainUnderNewTokens() async throws {
        var number = 0
        let failure = await #expect(throws: SyncFailure.self) {
            try await FerryServicesTests.scan(ServerPages(kind: .token, empty: .more), most: 5) { _ in
                number += 1
                return try .of([1, 2], next: .string("t\(number)"))
            }
        }
        #expect(failure?.code == .contractPageRepeated)
    }

    @Test func refusesEmptyPagesWithoutEnd() async throws {
        var number = 0
        let failure = await #expect(throws: SyncFailure.self) {
            try await FerryServicesTests.scan(ServerPages(kind: .token, empty: .more), most: 1100) { _ in
                number += 1
                return try .of([], next: .string("t\(number)"))
            }
        }
        #expect(failure?.code == .contractPageRepeated)
        #expect(failure?.hint?.contains("empty: end") == true)
    }

    // MARK: Addresses

    @Test(arguments: [
        ("https://api.example.com/v1/items?page=2", "/v1/items?page=2"), ("/v1/items?page=2", "/v1/items?page=2"),
        ("?page=2", "/items?page=2"), ("items?after=a%2Fb", "/items?after=a%2Fb"),
        ("HTTPS://API.example.com:443/items?c=x#top", "/items?c=x"), ("//api.example.com/b", "/b"),
        ("./a/../b?x=1", "/b?x=1"), ("/a b?q=\"é\"", "/a%20b?q=%22%C3%A9%22"),
        ("\\\\evil.example/x:y", "/%5C%5Cevil.example/x:y"),
    ])
    func followsAddressesOnTheSameHost(next: String, target: String) async throws {
        let pages = try [PageAnswer.of([1], next: .string(next)), .of([2])]
        #expect(try await scan(.address, pages: pages).queries.map(\.target) == [nil, target])
    }

    @Test(arguments: [
        "https://evil.example/items?page=2", "http://api.example.com/items?page=2",
        "https://api.example.com:8443/items", "https://api.example.com.evil.example/", "//evil.example/items",
        "https://evil.example\\@api.example.com/", "https://api.example.com@evil.example/items",
        "ftp://api.example.com/", "javascript:alert(1)", "https://", "https://api.example.com:port/",
        "https://api.example.com:99999/", "https://user:secret@api.example.com/items",
    ])
    func sendsNothingElsewhere(next: String) async throws {
        let failure = await failure(.address, pages: [try .of([1], next: .string(next))])
        #expect(failure?.kind == .contract)
        #expect(failure?.code == .contractNextElsewhere || failure?.code == .contractShape)
        #expect(failure?.hint != nil)
        #expect(failure?.message.contains("secret") == false)
    }

    @Test func saysWhereTheNextPageIsSaidToBeWithoutItsQuery() async throws {
        let failure = await failure(.address, pages: [try .of([1], next: "https://evil.example:81/x?key=hush")])
        #expect(failure?.code == .contractNextElsewhere)
        #expect(failure?.message.contains("https://evil.example:81") == true)
        #expect(failure?.message.contains("https://api.example.com") == true)
        #expect(failure?.message.contains("hush") == false)
    }

    @Test func refusesAnAddressThatIsNoText() async throws {
        #expect(await failure(.address, pages: [try .of([1], next: 7)])?.code == .contractShape)
    }

    @Test func refusesAddressesThatLeadBack() async throws {
        let there = try PageAnswer.of([1], next: "/items?page=2")
        let back = try PageAnswer.of([2], next: "https://api.example.com/items?page=1")
        #expect(await failure(.address, pages: [there, back])?.code == .contractPageRepeated)
    }
}
