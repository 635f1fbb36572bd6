import FerryCore
import FerryHTTP
import FerryJSON
import Synchronization
import Testing

@testable import FerryServices

/// Books that change at times, behind an interface that filters and pages.
final class ChangingBooks: Sendable {
    struct Book: Sendable {
        var id: Int
        var at: Int
        var title = ""
        var isGone = false
        var json: String { #"{"id":\#(id),"at":\#(at),"title":"\#(title)","gone":\#(isGone)}"# }
    }

    let books: Mutex<[Book]>
    /// The service's clock as its answers tell it.
    let date = Mutex<String?>(nil)

    init(_ books: [Book]) {
        self.books = Mutex(books)
    }

    /// Filters by `since` (closed) and pages by `skip` and `take`, or by `last_at` and `last_id`; in the order of the
    /// times and identifiers.
    func answer(_ request: HTTPRequest) -> HTTPResponse {
        func number(_ name: String) -> Int? { request.parameter(name).flatMap { Int($0) } }
        let chosen = books.withLock { books in
            books.filter { $0.at >= number("since") ?? .min }
                .sorted { ($0.at, $0.id) < ($1.at, $1.id) }
                .filter { book in
                    guard let at = number("last_at") else { return true }
                    return (book.at, book.id) > (at, number("last_id") ?? .min)
                }
        }
        let items = chosen.dropFirst(number("skip") ?? 0).prefix(number("take") ?? 100).map(\.json)
        var answer = HTTPResponse.ok(page(items))
        if let date = date.withLock({ $0 }) { answer.headers = [HTTPHeader(name: "Date", value: date)] }
        return answer
    }

    var client: ScriptedClient { ScriptedClient { [self] in answer($0) } }
}

@Suite struct CursorTests {
    private static let offset: [(String, String)] = [("skip", "${page.offset}"), ("take", "${page.size}")]

    private func stream(
        ordered: Bool = false,
        type: CursorDescription.ValueType = .number,
        start: JSONTemplate? = nil,
        lookback: Duration = .zero,
        size: Int = 3
    ) throws -> StreamDescription {
        try books(
            query: Self.offset + [("since", "${cursor.value}")],
            .offset(size: Template(literal: String(size))),
            cursor: CursorDescription(
                field: try FieldPath(parsing: "at"),
                type: type,
                isOrdered: ordered,
                start: start,
                lookback: lookback
            ),
            tombstone: "gone"
        )
    }

    private func shop(_ times: [Int]) -> ChangingBooks {
        ChangingBooks(times.enumerated().map { .init(id: $0.offset + 1, at: $0.element) })
    }

    @Test func readsEverythingFirstAndThenWhatIsNew() async throws {
        let shop = shop([10, 20, 30, 40])
        let client = shop.client
        let source = try shelf(client, stream())
        let first = try await readAll(source)
        #expect(first.ids == ["1", "2", "3", "4"])
        #expect(client.requests.allSatisfy { $0.parameter("since") == nil })
        let cursor = try #require(first.cursor)
        #expect(try await readAll(source, since: cursor).ids == [])
        #expect(client.requests.last?.parameter("since") == "40")
        shop.books.withLock { books in
            books[1].at = 50
            books.append(.init(id: 9, at: 45))
        }
        let second = try await readAll(source, since: cursor)
        #expect(second.ids == ["9", "2"])
        #expect(try await readAll(source, since: second.cursor).ids == [])
    }

    @Test func losesNoTieThatComesLaterAndGivesNoneTwice() async throws {
        let shop = shop([10, 20, 20])
        let source = try shelf(shop.client, stream())
        let cursor = try #require(try await readAll(source).cursor)
        // At the very value that was seen last: two more, and one of those that were there is another by now.
        shop.books.withLock { books in
            books += [.init(id: 4, at: 20), .init(id: 5, at: 20)]
            books[1].title = "changed"
        }
        let second = try await readAll(source, since: cursor)
        #expect(second.ids == ["2", "4", "5"])
        #expect(try await readAll(source, since: second.cursor).ids == [])
    }

    @Test func readsTiesThatFillManyPages() async throws {
        let shop = shop(Array(repeating: 20, count: 50) + [30])
        let source = try shelf(shop.client, stream())
        let first = try await readAll(source)
        #expect(Set(first.ids).count == 51 && first.ids.count == 51)
        shop.books.withLock { books in
            books.removeLast()
            books += (100..<140).map { .init(id: $0, at: 30) }
        }
        let second = try await readAll(source, since: first.cursor)
        #expect(second.ids.count == 40)
        #expect(try await readAll(source, since: second.cursor).ids == [])
    }

    @Test func movesAtTheEndOnlyWhereTheOrderIsNotSaid() async throws {
        let pages = try await readAll(shelf(shop([10, 20, 30, 40, 50, 60, 70]).client, stream()))
        #expect(pages.count > 3)
        #expect(pages.dropLast().allSatisfy { $0.cursor == nil } && pages.last?.cursor != nil)
    }

    @Test func movesWithEveryPageWhereTheOrderIsSaid() async throws {
        let shop = shop([10, 20, 30, 40, 50, 60, 70])
        let source = try shelf(shop.client, stream(ordered: true))
        let first = try await source.page(at: nil)
        #expect(first.ids.strings == ["1", "2", "3"])
        #expect(try await readAll(source, since: first.cursor).ids == ["4", "5", "6", "7"])
    }

    @Test func goesBackToWhatHeldWhenPagesDoNotComeInTheOrderThatIsSaid() async throws {
        // The order is that of another field.
        let items = [[30, 10, 50], [20, 60]].map { $0.map { #"{"id":\#($0),"at":\#($0)}"# } }
        let client = ScriptedClient { request in
            .ok(
                page(
                    request.parameter("t") == nil ? items[0] : items[1],
                    request.parameter("t") == nil ? #""n":1"# : ""
                )
            )
        }
        let stream = try books(
            query: [("t", "${page.token}"), ("since", "${cursor.value}")],
            .token(from: .body(FieldPath(parsing: "n")), empty: .more),
            cursor: CursorDescription(field: FieldPath(parsing: "at"), type: .number, isOrdered: true)
        )
        let source = try shelf(client, stream)
        let first = try await source.page(at: nil)
        #expect(first.cursor != nil)
        let last = try await source.page(at: first.next)
        // The end has seen everything.
        #expect(source.start(since: try #require(last.cursor)) != nil)
        let three = ScriptedClient { request in
            let number = request.parameter("t").flatMap { Int($0) } ?? 0
            return .ok(
                page([#"{"id":\#(number),"at":\#([50, 20, 70][number])}"#], number < 2 ? #""n":\#(number + 1)"# : "")
            )
        }
        let pages = try await readAll(shelf(three, stream))
        // Whoever begins at the second page's cursor reads everything.
        #expect(source.start(since: try #require(pages[1].cursor)) == nil)
        #expect(source.start(since: try #require(pages[2].cursor)) != nil)
    }

    @Test func goesOnInTheMiddleAsIfNothingHadHappened() async throws {
        let shop = shop([10, 20, 20, 30, 30, 30, 40])
        let cursor = try #require(try await readAll(shelf(shop.client, stream())).cursor)
        shop.books.withLock { $0 += (20..<30).map { .init(id: $0, at: 40 + $0 % 2) } }
        // Each page by a source of its own.
        var position = try shelf(shop.client, stream()).start(since: cursor)
        var ids: [String] = []
        repeat {
            let page = try await shelf(shop.client, stream()).page(at: position)
            ids += page.ids.strings
            position = page.next
        } while position != nil
        #expect(Set(ids) == Set((20..<30).map(String.init)) && ids.count == 10)
    }

    @Test func readsTheOlderOfTwoVersionsNever() async throws {
        let items = [#"{"id":1,"at":9,"title":"new"}"#, #"{"id":1,"at":5,"title":"old"}"#]
        let stream = try books(
            query: [("since", "${cursor.value}")],
            cursor: CursorDescription(field: FieldPath(parsing: "at"), type: .number)
        )
        let all = try await readAll(shelf(ScriptedClient(200, page(items)), stream))
        #expect(all.ids == ["1"])
        let records = try all[0].extract([0]).records
        #expect(records.string(of: records[0, 0]) == "new")
    }

    @Test func passesTombstonesOnAndMovesWithThem() async throws {
        let shop = shop([10, 20, 30])
        let source = try shelf(shop.client, stream())
        let cursor = try #require(try await readAll(source).cursor)
        shop.books.withLock { books in
            books[0].at = 40
            books[0].isGone = true
        }
        let second = try await readAll(source, since: cursor)
        #expect(second.ids == [] && second.tombstones == ["1"])
        #expect(try await readAll(source, since: second.cursor).tombstones == [])
    }

    @Test func looksBackForWhatComesLate() async throws {
        let shop = shop([1000, 1060])
        let source = try shelf(shop.client, stream(type: .unixSeconds, lookback: .seconds(30)))
        let cursor = try #require(try await readAll(source).cursor)
        shop.books.withLock { $0 += [.init(id: 7, at: 1040), .init(id: 8, at: 1020)] }
        #expect(try await readAll(source, since: cursor).ids == ["7"])
    }

    @Test func sendsWhatTheDescriptionSaysOfTheStart() async throws {
        let client = shop([10, 20]).client
        let start = JSONTemplate.template(try Template(parsing: "${settings.from}"))
        let source = try shelf(client, settings: ["from": 15], stream(start: start))
        #expect(try await readAll(source).ids == ["2"])
        #expect(client.requests.first?.parameter("since") == "15")
    }

    @Test func forgetsWhatWasSeenWithOtherSettings() async throws {
        let shop = shop([10, 20])
        let start = JSONTemplate.template(try Template(parsing: "${settings.from}"))
        func source(_ from: Int) throws -> any RecordSource {
            try shelf(shop.client, settings: ["from": .integer(from), "other": .integer(from)], stream(start: start))
        }
        let cursor = try #require(try await readAll(source(15)).cursor)
        #expect(try source(15).start(since: cursor) != nil)
        #expect(try source(5).start(since: cursor) == nil)
        let other = try shelf(shop.client, stream(type: .unixSeconds))
        #expect(other.start(since: cursor) == nil)
        for text in ["", "{}", "x", "[1]", #"{"value":1}"#] { #expect(try source(15).start(since: text) == nil) }
        #expect(try shelf(shop.client, books()).start(since: cursor) == nil)
    }

    // MARK: Clocks

    @Test func isNotHeldUpByARecordOfTheFuture() async throws {
        let shop = shop([784_111_000, 784_111_700, 1_900_000_000])
        shop.date.withLock { $0 = "Sun, 06 Nov 1994 08:49:37 GMT" }  // 784111777
        let client = shop.client
        let source = try shelf(client, stream(type: .unixSeconds))
        let cursor = try #require(try await readAll(source).cursor)
        shop.books.withLock { $0.append(.init(id: 9, at: 784_111_800)) }
        #expect(try await readAll(source, since: cursor).ids.contains("9"))
        #expect(client.requests.last?.parameter("since") == "784111777")
    }

    @Test func findsWhatChangedAfterTheServicesClockWasSetBack() async throws {
        let shop = shop([784_111_700])
        shop.date.withLock { $0 = "Sun, 06 Nov 1994 08:49:37 GMT" }
        let source = try shelf(shop.client, stream(type: .unixSeconds))
        var cursor = try #require(try await readAll(source).cursor)
        // An hour back: a change after that has a time that lies far behind what was seen.
        shop.date.withLock { $0 = "Sun, 06 Nov 1994 07:49:37 GMT" }
        cursor = try #require(try await readAll(source, since: cursor).cursor)
        shop.books.withLock { $0.append(.init(id: 9, at: 784_108_200)) }
        #expect(try await readAll(source, since: cursor).ids.contains("9"))
    }

    @Test func comesToAnEndWhereRecordsChangeFasterThanTheyAreRead() async throws {
        let shop = shop((0..<10).map { 784_111_000 + $0 })
        shop.date.withLock { $0 = "Sun, 06 Nov 1994 08:49:37 GMT" }
        let client = ScriptedClient { request in
            // One record changes with every request.
            shop.books.withLock { $0[9].at = max($0[9].at + 1, 784_111_780) }
            return shop.answer(request)
        }
        let keyset = Keyset(
            order: [try FieldPath(parsing: "at"), try FieldPath(parsing: "id")],
            size: Template(literal: "4"),
            start: [1: .literal(0)]
        )
        let stream = try books(
            query: [("last_at", "${page.last.at}"), ("last_id", "${page.last.id}"), ("take", "${page.size}")],
            .keyset(keyset),
            cursor: CursorDescription(field: FieldPath(parsing: "at"), type: .unixSeconds, isOrdered: true)
        )
        let pages = try await readAll(shelf(client, stream))
        #expect(pages.count < 8)
        #expect(Set(pages.ids) == Set((1...10).map(String.init)))
        // What moved away from where it would have been read may not have been seen: nothing is said of it.
        #expect(pages.last?.isConclusive == false)
    }

    // MARK: All at once

    /// The beginning of 6 November 1994.
    private static let midnight = 784_080_000

    /// A second of that day as answers write it.
    private static func date(_ second: Int) -> String {
        func digits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "Sun, 06 Nov 1994 \(digits(second / 3600)):\(digits(second / 60 % 60)):\(digits(second % 60)) GMT"
    }

    private enum Paging: CaseIterable { case offset, keyset }

    /// A store that applies pages, and forgets at times what it had not committed.
    @Test(arguments: 0..<60)
    func losesNothingWhateverHappens(seed: Int) async throws {
        var random = SeededRandom(seed: UInt64(seed))
        let paging = Paging.allCases[seed % 2]
        let isOrdered = seed % 4 < 2
        let shop = ChangingBooks([])
        let cursorField = try FieldPath(parsing: "at")
        let cursor = CursorDescription(field: cursorField, type: .unixSeconds, isOrdered: isOrdered)
        let stream: StreamDescription
        switch paging {
        case .offset:
            stream = try books(
                query: Self.offset + [("since", "${cursor.value}")],
                .offset(size: Template(literal: "4")),
                cursor: cursor
            )
        case .keyset:
            let order = [cursorField, try FieldPath(parsing: "id")]
            stream = try books(
                query: [("last_at", "${page.last.at}"), ("last_id", "${page.last.id}"), ("take", "${page.size}")],
                .keyset(Keyset(order: order, size: Template(literal: "4"), start: [1: .literal(0)])),
                cursor: cursor
            )
        }
        let source = try shelf(shop.client, stream)
        var now = 0
        var store: [String: RecordHash] = [:]
        var committed: String?

        func change(_ random: inout SeededRandom) {
            shop.books.withLock { books in
                for _ in 0..<Int.random(in: 0...6, using: &random) {
                    // Many changes in one tick of the clock.
                    if Int.random(in: 0..<4, using: &random) == 0 { now += 1 }
                    shop.date.withLock { $0 = Self.date(now) }
                    if let index = books.indices.randomElement(using: &random), Bool.random(using: &random) {
                        books[index].at = Self.midnight + now
                        books[index].title += "x"
                    } else {
                        books.append(.init(id: books.count + 1, at: Self.midnight + now))
                    }
                }
            }
        }
        func take(_ page: RemotePage) {
            for place in 0..<page.count { store[page.ids[place]] = page.hashes[place] }
            if let cursor = page.cursor { committed = cursor }
        }
        for _ in 0..<12 {
            change(&random)
            var position = committed.flatMap { source.start(since: $0) }
            repeat {
                let page = try await source.page(at: position)
                if Int.random(in: 0..<6, using: &random) == 0 { change(&random) }
                // A crash before the commit reads the page once more; a job that fails leaves the rest to the next.
                if Int.random(in: 0..<6, using: &random) == 0 { continue }
                if Int.random(in: 0..<15, using: &random) == 0 { break }
                take(page)
                position = page.next
                if page.next == nil { break }
            } while true
        }
        for page in try await readAll(source, since: committed) { take(page) }
        let all = try await readAll(source)
        var expected: [String: RecordHash] = [:]
        for page in all { for place in 0..<page.count { expected[page.ids[place]] = page.hashes[place] } }
        #expect(store == expected, "\(paging)")
    }
}
