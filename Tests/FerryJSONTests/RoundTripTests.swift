import FerryCore
import FerryJSON
import Testing

/// Everything at once: written rows are read back as a page.
@Suite struct RoundTripTests {
    private let fields = ["a", "b.c", "b['d e'].f", "list[0]", "list[1].x", "é", "e\u{301}", "z.y.x.w"]

    @Test(arguments: 0..<20) func readsTheRowsThatItWrote(_ offset: UInt64) throws {
        let seed = 1_000_003 * (offset + 1)
        var random = SeededRandom(seed: seed)
        let paths = fields.map(path)
        let writer = try RecordWriter([path("id")] + paths)
        var batch = RecordBatch(columnCount: paths.count + 1)
        var page = Array(#"{"rows":["#.utf8)
        for row in 0..<50 {
            var cells = [batch.store(Array("row \(row)".utf8), as: .string)]
            for _ in paths { cells.append(Self.cell(in: &batch, using: &random)) }
            batch.append(row: cells)
            if row > 0 { page.append(UInt8(ascii: ",")) }
            writer.write(row: row, of: batch, into: &page)
        }
        page += Array("]}".utf8)

        let index = try PageReader(records: [path("rows")], id: path("id"), hashed: .root).index(page)
        #expect(index.ids.strings == (0..<50).map { "row \($0)" }, "seed \(seed)")
        let read = try RecordProjection([path("id")] + paths).extract(index.records, from: page)
        #expect(read.problems.isEmpty, "seed \(seed)")
        #expect(read.batch.count == batch.count, "seed \(seed)")
        for row in 0..<batch.count {
            for column in 0..<batch.columnCount {
                var expected = batch[row, column]
                // The one value that changes: a missing element beside one that is there.
                let isFirstElement = column == 4 && batch[row, 5].kind != .missing
                if isFirstElement && expected.kind == .missing { expected = .null }
                #expect(
                    read.batch.isEqual(read.batch[row, column], to: expected, of: batch),
                    "seed \(seed), row \(row), column \(column)"
                )
            }
        }
    }

    private static func cell(in batch: inout RecordBatch, using random: inout SeededRandom) -> Cell {
        if Int.random(in: 0..<4, using: &random) == 0 { return .missing }
        let value = RandomJSON.value(depth: 2, using: &random)
        switch value {
        case .null: return .null
        case .bool(let value): return Cell(value ? .true : .false)
        case .number(let literal): return batch.store(literal.utf8, as: .number)
        case .string(let text): return batch.store(text.utf8, as: .string)
        case .array, .object: return batch.store(value.serialized.utf8, as: .json)
        }
    }
}
