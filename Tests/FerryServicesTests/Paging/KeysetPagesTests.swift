import FerryCore
import FerryJSON
import Testing

@testable import FerryServices

@Suite struct KeysetPagesTests {
    private func path(_ text: String) throws -> FieldPath { try FieldPath(parsing: text) }

    private func pages(_ bound: Keyset.Bound = .open, size: Int = 10) throws -> KeysetPages {
        let keyset = Keyset(order: [try path("id")], size: Template(literal: ""), bound: bound)
        return KeysetPages(keyset, size: size, start: [nil], cursor: nil)
    }

    @Test(arguments: [(0, 10, 10), (1, 10, 10), (30, 10, 10), (31, 10, 10), (31, 10, 3), (31, 1, 1)])
    func deliversEveryRowOnce(rows: Int, size: Int, clamp: Int) async throws {
        for bound in Keyset.Bound.allCases {
            // A page that repeats its first record needs room for another.
            var table = PagedTable(rows: 0..<UInt64(rows))
            table.clamp = bound == .closed ? max(2, clamp) : clamp
            let result = try await scan(pages(bound, size: size)) { try table.after($0, isClosed: bound == .closed) }
            #expect(result.delivered == table.rows, "\(bound)")
        }
    }

    @Test(arguments: 0..<60)
    func losesNoRowThatStays(seed: Int) async throws {
        var random = SeededRandom(seed: UInt64(seed))
        var table = PagedTable(rows: (0..<UInt64(seed * 9)).map { $0 << 32 })
        table.clamp = Int.random(in: 2...20, using: &random)
        var staying = Set(table.rows)
        let result = try await scan(pages(seed % 2 == 0 ? .open : .closed)) { query in
            let answer = try table.after(query, isClosed: seed % 2 == 1)
            if table.queries.count < 60, Bool.random(using: &random) {
                staying.subtract(table.change(Int.random(in: 1...12, using: &random), using: &random))
            }
            return answer
        }
        #expect(staying.subtracting(result.delivered).isEmpty)
        #expect(Set(result.delivered).count == result.delivered.count)
    }

    @Test func sendsTheLastRecordsValuesByTheirPaths() async throws {
        let keyset = Keyset(order: [try path("meta.at"), try path("id")], size: Template(literal: ""))
        let pages = KeysetPages(keyset, size: 5, start: ["1970", .string("")], cursor: try path("meta.at"))
        var queries: [PageQuery] = []
        let reader = PageReader(records: [.root], id: try path("id"), hashed: .root)
        for lowest in [nil, "2026" as JSONValue] {
            _ = try await scan(pages, from: lowest) { query in
                queries.append(query)
                let isFirst = queries.count % 2 == 1
                let body = isFirst ? #"[{"id":1,"meta":{"at":1.50}},{"id":2,"meta":{"at":1.50}}]"# : "[]"
                let index = try reader.index(Array(body.utf8))
                return PageAnswer(index: index, ids: isFirst ? [1, 2] : [], url: "")
            }
        }
        let last: JSONValue = ["meta": ["at": .number("1.50")], "id": 2]
        #expect(
            queries.map { $0.page["last"] } == [
                ["meta": ["at": "1970"], "id": ""], last, ["meta": ["at": "2026"], "id": ""], last,
            ]
        )
        #expect(queries.allSatisfy { $0.page["size"]?.integer == 5 })
    }

    @Test func refusesAServiceThatIgnoresWhereToBegin() async throws {
        for bound in Keyset.Bound.allCases {
            let failure = await #expect(throws: SyncFailure.self) {
                try await scan(pages(bound), most: 5) { _ in try .of(1..<5) }
            }
            #expect(failure?.code == .contractPageRepeated)
        }
    }

    @Test func saysThatPagesBeginWithTheRecordTheyWereToBeginAfter() async throws {
        var table = PagedTable(rows: 0..<30)
        let failure = await #expect(throws: SyncFailure.self) {
            try await scan(pages(.open)) { try table.after($0, isClosed: true) }
        }
        #expect(failure?.code == .contractPageRepeated)
        #expect(failure?.hint?.contains("bound: closed") == true)
    }

    @Test func refusesARecordWithoutWhatItIsOrderedBy() async throws {
        let keyset = Keyset(order: [try path("at"), try path("id")], size: Template(literal: ""))
        let pages = KeysetPages(keyset, size: 5, start: [nil, nil], cursor: nil)
        let failure = await #expect(throws: JSONFailure.self) {
            try await scan(pages) { _ in try .of([1]) }
        }
        #expect(failure?.message.contains("'at'") == true)
    }
}
