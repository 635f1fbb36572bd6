import FerryCore
import Testing

@testable import FerryServices

@Suite struct NumberedPagesTests {
    private func pages(_ size: Int?, settled: Bool = false) -> NumberedPages {
        NumberedPages(PageNumbering(size: size.map { _ in Template(literal: "") }, isSettled: settled), size: size)
    }

    // MARK: A table that stands still

    @Test(arguments: [
        (0, 100, Int.max), (1, 100, .max), (5, 100, .max), (99, 100, .max), (100, 100, .max), (101, 100, .max),
        (1000, 100, .max), (2600, 10, .max), (777, 100, 30), (40, 100, 3), (500, 20, 20),
    ])
    func deliversEveryRowOnce(rows: Int, size: Int, clamp: Int) async throws {
        var table = PagedTable(rows: (0..<UInt64(rows)).map { $0 * 3 })
        table.clamp = clamp
        let result = try await scan(pages(size)) { try table.numbered($0) }
        #expect(Set(result.delivered) == Set(table.rows))
        #expect(result.isConclusive)
        // Where pages get stuck at a row that all sizes divide, those before are read again.
        if rows < 2520 { #expect(result.delivered.count == table.rows.count) }
    }

    @Test func asksForLittleMoreThanPagesThatTouch() async throws {
        var table = PagedTable(rows: 0..<50_000)
        let result = try await scan(pages(1000)) { try table.numbered($0) }
        #expect(result.delivered == Array(0..<50_000))
        #expect(table.queries.count < 60)
    }

    @Test func neverEndsWithAShortPage() async throws {
        var table = PagedTable(rows: 0..<35)
        let result = try await scan(pages(20)) { try table.numbered($0) }
        #expect(result.turns.last?.answer.ids.isEmpty == true)
    }

    @Test func endsWhenTheTotalIsReached() async throws {
        for size in [100, nil] {
            var table = PagedTable(rows: 0..<50)
            table.tellsTotal = true
            table.fixedSize = size == nil ? 100 : nil
            let result = try await scan(pages(size)) { try table.numbered($0) }
            #expect(result.delivered == Array(0..<50) && table.queries.count == 1 && result.isConclusive)
        }
    }

    @Test func readsPagesOfAFixedSizeTwiceAndGivesThemOnce() async throws {
        var table = PagedTable(rows: 0..<95)
        table.fixedSize = 10
        let result = try await scan(pages(nil)) { try table.numbered($0) }
        #expect(result.delivered == Array(0..<95))
        #expect(table.queries.map { $0.page["number"]?.integer } == (1...11).map { $0 } + (1...11).map { $0 })
        #expect(result.isConclusive)
    }

    @Test func readsPagesThatAreSettledOnce() async throws {
        var table = PagedTable(rows: 0..<95)
        table.fixedSize = 10
        let result = try await scan(pages(nil, settled: true)) { try table.numbered($0) }
        #expect(result.delivered == Array(0..<95) && table.queries.count == 11 && result.isConclusive)
    }

    @Test(arguments: [7, 30, 100, 101, 250])
    func noticesThatASizeIsNotKeptTo(size: Int) async throws {
        var table = PagedTable(rows: 0..<333)
        table.fixedSize = size
        let result = try await scan(pages(100)) { try table.numbered($0) }
        #expect(Set(result.delivered) == Set(0..<333) && result.isConclusive)
    }

    @Test func givesUpOnAServiceThatKnowsOnePageOnly() async throws {
        for size in [2, 30, nil] {
            let failure = await #expect(throws: SyncFailure.self) {
                try await scan(pages(size), most: 50) { _ in try .of(0..<30) }
            }
            #expect(failure?.code == .contractPageRepeated && failure?.hint != nil)
        }
    }

    @Test func givesUpOnAServiceThatGivesItsLastPageForAllBeyond() async throws {
        var table = PagedTable(rows: 0..<45)
        table.fixedSize = 20
        let failure = await #expect(throws: SyncFailure.self) {
            try await scan(pages(nil), most: 50) { query in
                var query = query
                query.page["number"] = .integer(min(query.page["number"]?.integer ?? 1, 3))
                return try table.numbered(query)
            }
        }
        #expect(failure?.code == .contractPageRepeated)
    }

    // MARK: A table that changes

    /// Reads a table while it changes, and says which rows were lost.
    private func lost(
        seed: Int,
        _ paginator: NumberedPages,
        rows: Int,
        setting set: (inout PagedTable, inout SeededRandom) -> Void
    ) async throws -> (rows: Set<UInt64>, isConclusive: Bool) {
        var random = SeededRandom(seed: UInt64(seed))
        var table = PagedTable(rows: (0..<UInt64(rows)).map { $0 << 32 })
        set(&table, &random)
        var staying = Set(table.rows)
        var changesLeft = Int.random(in: 0...40, using: &random)
        let rate = Int.random(in: 2...12, using: &random)
        let result = try await scan(paginator) { query in
            let answer = try table.numbered(query)
            if changesLeft > 0, Int.random(in: 0..<rate, using: &random) == 0 {
                changesLeft -= 1
                let number = [1, 1, 2, 7, 40][Int.random(in: 0..<5, using: &random)]
                staying.subtract(table.change(number, using: &random))
            }
            return answer
        }
        return (staying.subtracting(result.delivered), result.isConclusive)
    }

    @Test(arguments: Array(0..<120) + [1332, 5408])
    func losesNoRowThatStaysWhereSizesAreKeptTo(seed: Int) async throws {
        let outcome = try await lost(seed: seed, pages([10, 20, 50, 100][seed % 4]), rows: 40 * (seed % 7)) {
            table,
            random in
            if Bool.random(using: &random) { table.clamp = Int.random(in: 1...60, using: &random) }
            table.tellsTotal = Bool.random(using: &random)
        }
        // Pages of one size may have been all there was, and too many changes for two scans to agree.
        #expect(outcome.rows.isEmpty || !outcome.isConclusive)
    }

    @Test(arguments: 0..<120)
    func losesNoRowUnnoticedWherePagesCannotOverlap(seed: Int) async throws {
        let outcome = try await lost(seed: seed, pages(nil), rows: 40 * (seed % 7)) { table, random in
            table.fixedSize = Int.random(in: 1...30, using: &random)
            table.tellsTotal = Bool.random(using: &random)
        }
        #expect(outcome.rows.isEmpty || !outcome.isConclusive)
    }

    @Test func findsARowThatADeletionMovedToAPageAlreadyRead() async throws {
        var table = PagedTable(rows: 0..<30)
        table.fixedSize = 10
        let result = try await scan(pages(nil)) { query in
            let answer = try table.numbered(query)
            if table.queries.count == 1 { table.rows.removeFirst() }
            return answer
        }
        #expect(Set(result.delivered) == Set(0..<30) && result.isConclusive)
    }
}
