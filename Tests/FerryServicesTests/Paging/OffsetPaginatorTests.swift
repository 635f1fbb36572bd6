import FerryCore
import FerryJSON
import Testing

@testable import FerryServices

@Suite struct OffsetPaginatorTests {
    /// A sorted table behind an interface of skip and take.
    private struct Table {
        var rows: [UInt64]
        /// The most rows a page has, whatever is asked for.
        var clamp = Int.max
        private(set) var requests = 0

        init(rows: some Sequence<UInt64>) {
            self.rows = rows.sorted()
        }

        mutating func page(skip: Int, take: Int) -> [UInt64] {
            requests += 1
            return Array(rows.dropFirst(skip).prefix(min(take, clamp)))
        }
    }

    /// Reads a table to its end, changing it between pages, and gives what was delivered.
    private func scan(
        _ table: inout Table,
        by paginator: OffsetPaginator,
        changing change: (inout Table) -> Void = { _ in }
    ) throws -> [UInt64] {
        var delivered: [UInt64] = []
        var position: OffsetPosition? = OffsetPosition()
        while let place = position {
            // As it goes through a checkpoint.
            let kept = OffsetPosition(text: place.text)
            #expect(kept == place)
            #expect(place.anchors.count <= 3 * max(paginator.size, OffsetPaginator.minimumMemory))
            let ids = table.page(skip: paginator.skip(kept), take: paginator.size)
            let outcome = try paginator.outcome(of: ids, at: kept)
            delivered += outcome.kept.map { ids[$0] }
            if outcome.next == nil { #expect(ids.isEmpty, "a scan ended with a page that was not empty") }
            position = outcome.next
            try #require(table.requests < 20_000, "the scan does not end")
            change(&table)
        }
        return delivered
    }

    @Test func deliversEveryRowOfATableThatStandsStillOnce() throws {
        for (rows, size, clamp) in [(1, 1, 1), (7, 1, 1), (10, 1, 9), (10, 5, 9), (101, 100, 100), (250, 1000, 7)] {
            var table = Table(rows: (0..<UInt64(rows)).map { $0 * 3 })
            table.clamp = clamp
            let paginator = OffsetPaginator(size: size)
            let delivered = try scan(&table, by: paginator)
            #expect(delivered == table.rows, "\(rows) rows by pages of \(size), clamped to \(clamp)")
        }
    }

    @Test(arguments: 0..<150)
    func deliversEveryRowThatStaysWhateverHappensToTheOthers(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        let size = [1, 2, 3, 7, 20, 100, 1000][Int.random(in: 0..<7, using: &random)]
        let count = Int.random(in: 0...min(size * 30, 1200), using: &random)
        var table = Table(rows: (0..<UInt64(count)).map { $0 << 32 })
        if Bool.random(using: &random) { table.clamp = Int.random(in: 2...max(2, size), using: &random) }
        let burst = [1, 3, max(1, size / 2), size * 2][Int.random(in: 0..<4, using: &random)]
        var changesLeft = min(count * 2, 400)
        var staying = Set(table.rows)

        let delivered = try scan(&table, by: OffsetPaginator(size: size)) { table in
            guard changesLeft > 0, Int.random(in: 0..<3, using: &random) == 0 else { return }
            // Neighbours change together: a range that is deleted, a range that is imported.
            let number = Int.random(in: 1...burst, using: &random)
            changesLeft -= number
            if Bool.random(using: &random), !table.rows.isEmpty {
                let start = Int.random(in: 0..<table.rows.count, using: &random)
                let end = min(start + number, table.rows.count)
                staying.subtract(table.rows[start..<end])
                table.rows.removeSubrange(start..<end)
            } else {
                let near = table.rows.randomElement(using: &random) ?? 0
                let new = (0..<number).map { _ in near &+ UInt64.random(in: 1..<1 << 31, using: &random) }
                table.rows = Set(table.rows + new).sorted()
            }
        }
        #expect(staying.subtracting(delivered).isEmpty, "rows were lost")
    }

    @Test(arguments: 0..<40)
    func deliversNoRowTwiceWhileFewRowsChangeAtATime(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        let size = Int.random(in: 20...1000, using: &random)
        var table = Table(rows: (0..<1500).map { UInt64($0) << 32 })
        if Bool.random(using: &random) { table.clamp = Int.random(in: 10...size, using: &random) }
        var changesLeft = 500
        let delivered = try scan(&table, by: OffsetPaginator(size: size)) { table in
            guard changesLeft > 0 else { return }
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                changesLeft -= 1
                let index = Int.random(in: 0..<table.rows.count, using: &random)
                if Bool.random(using: &random) {
                    table.rows.remove(at: index)
                } else {
                    table.rows = Set(table.rows + [table.rows[index] + UInt64.random(in: 1..<1000, using: &random)])
                        .sorted()
                }
            }
        }
        #expect(Set(delivered).count == delivered.count, "rows came twice")
    }

    @Test func asksOnceForAnEmptyTable() throws {
        var table = Table(rows: [])
        #expect(try scan(&table, by: OffsetPaginator(size: 100)).isEmpty)
        #expect(table.requests == 1)
    }

    @Test func takesAShortPageForAPageAndAnEmptyOneForTheEnd() throws {
        let paginator = OffsetPaginator(size: 100)
        let first = try paginator.outcome(of: [1, 2, 3], at: OffsetPosition())
        #expect(first.kept == [0, 1, 2])
        let second = try #require(first.next)
        #expect(paginator.skip(second) == 2)
        let third = try #require(try paginator.outcome(of: [3], at: second).next)
        #expect(paginator.skip(third) == 3)
        #expect(try paginator.outcome(of: [], at: third) == OffsetPaginator.Outcome(kept: [], next: nil))
    }

    @Test func deliversARowThatAppearsWhileTheEndIsConfirmed() throws {
        var table = Table(rows: [10, 20])
        let delivered = try scan(&table, by: OffsetPaginator(size: 10)) { table in
            if table.requests == 2 { table.rows.append(30) }
        }
        #expect(delivered == [10, 20, 30])
    }

    @Test func findsItsPlaceAgainAfterOneDeletionWithOneMoreRequest() throws {
        var table = Table(rows: 0..<200)
        let delivered = try scan(&table, by: OffsetPaginator(size: 100)) { table in
            if table.requests == 1 { table.rows.removeFirst() }
        }
        #expect(delivered == Array(0..<200))
        #expect(table.requests <= 6)
    }

    @Test func deliversNothingAgainWhereAPageEndsBeforeTheRowsSeenLast() throws {
        var table = Table(rows: 100..<130)
        table.clamp = 3
        let delivered = try scan(&table, by: OffsetPaginator(size: 100)) { table in
            if table.requests == 5 { table.rows = Array(0..<5) + table.rows }
        }
        #expect(delivered == Array(100..<130))
    }

    @Test func readsATableThatIsEmptiedMeanwhileToItsEnd() throws {
        var table = Table(rows: 0..<5000)
        _ = try scan(&table, by: OffsetPaginator(size: 100)) { table in
            if table.requests == 20 { table.rows = [] }
        }
        #expect(table.requests < 50)
    }

    @Test func endsAtATotalThatIsReachedAndAtNoOther() throws {
        let paginator = OffsetPaginator(size: 3)
        // The whole table; too small a number, such as "not known" or the page's own count; one that is not reached.
        for (total, isEnd) in [(3, true), (-1, false), (0, false), (2, false), (4, false)] {
            let outcome = try paginator.outcome(of: [1, 2, 3], at: OffsetPosition(), total: total)
            #expect((outcome.next == nil) == isEnd, "a total of \(total)")
            #expect(outcome.kept == [0, 1, 2])
        }
        let second = try #require(try paginator.outcome(of: [1, 2, 3], at: OffsetPosition(), total: 5).next)
        #expect(try paginator.outcome(of: [3, 4, 5], at: second, total: 5).next == nil)
        // Rows were deleted before the page: where it is in the table is not known.
        #expect(try paginator.outcome(of: [5], at: second, total: 3).next != nil)
    }

    @Test func dropsARowThatIsTwiceOnAPage() throws {
        #expect(try OffsetPaginator(size: 10).outcome(of: [1, 2, 1], at: OffsetPosition()).kept == [0, 1])
    }

    @Test(arguments: [1, 2, 50, 100, 101])
    func givesUpOnAServiceThatIgnoresWhatIsSkipped(rows: Int) throws {
        let paginator = OffsetPaginator(size: 100)
        let page = (0..<UInt64(rows)).map { $0 + 1 }
        var position = OffsetPosition()
        var delivered = 0
        for request in 1...20 {
            do {
                let outcome = try paginator.outcome(of: page, at: position)
                delivered += outcome.kept.count
                position = try #require(outcome.next)
            } catch let failure as SyncFailure {
                #expect(failure.code == .contractPageRepeated)
                #expect(failure.kind == .contract)
                #expect(failure.hint != nil)
                #expect(delivered == rows)
                #expect(request == OffsetPaginator.maximumRepeats + 2)
                return
            }
        }
        Issue.record("the scan goes on for ever")
    }

    @Test func givesUpOnAServiceWhoseLastPageNeverEnds() throws {
        let paginator = OffsetPaginator(size: 10)
        var position = OffsetPosition()
        let rows = Array<UInt64>(1...25)
        #expect(throws: SyncFailure.self) {
            for _ in 0..<100 {
                let skip = min(paginator.skip(position), 20)
                let outcome = try paginator.outcome(of: Array(rows.dropFirst(skip).prefix(10)), at: position)
                position = try #require(outcome.next)
            }
        }
    }

    @Test func givesUpOnAServiceThatKnowsNoOrder() throws {
        let paginator = OffsetPaginator(size: 10)
        var random = SeededRandom(seed: 1)
        var position = OffsetPosition()
        #expect(throws: SyncFailure.self) {
            for _ in 0..<1000 {
                let page = (0..<10).map { _ in UInt64.random(in: 1...(.max), using: &random) }
                position = try #require(try paginator.outcome(of: page, at: position).next)
            }
        }
    }

    @Test(arguments: [
        "", "x", "{}", "[]", #"{"offset":-1,"anchors":""}"#, #"{"offset":5,"anchors":"xyz"}"#,
        #"{"offset":100,"anchors":"","step_back":0,"probe":false,"stalls":0}"#,
    ])
    func startsAnewFromACheckpointThatIsNotOneOfIts(text: String) {
        #expect(OffsetPosition(text: text) == OffsetPosition())
    }
}

extension OffsetPosition {
    /// The position as a checkpoint keeps it.
    fileprivate var text: String { value.serialized }

    fileprivate init(text: String) {
        self.init(try? JSONValue(parsing: text))
    }
}
