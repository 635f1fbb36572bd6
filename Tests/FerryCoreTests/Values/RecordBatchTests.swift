import FerryCore
import Testing

@Suite struct RecordBatchTests {
    @Test func readsCellsFromThePageAndTheArena() {
        var batch = RecordBatch(columnCount: 3, page: Array("hello world".utf8))
        let stored = batch.store("made".utf8, as: .string)
        batch.append(row: [Cell(kind: .string, isInArena: false, offset: 6, count: 5), stored, Cell(.true)])
        #expect(batch.count == 1)
        #expect((0..<3).map { batch.string(of: batch[0, $0]) } == ["world", "made", "true"])
    }

    @Test func copiesRowsBetweenBatchesWithTheirBytes() {
        var source = RecordBatch(columnCount: 3, page: Array("abc".utf8))
        let stored = source.store("xyz".utf8, as: .number)
        source.append(row: [Cell(kind: .json, isInArena: false, offset: 1, count: 2), stored, .null])
        var copy = RecordBatch(columnCount: 3)
        _ = copy.store("something before".utf8, as: .string)
        copy.append(row: 0, of: source)
        for column in 0..<3 {
            #expect(copy.isEqual(copy[0, column], to: source[0, column], of: source))
            #expect(copy[0, column].kind == source[0, column].kind)
        }
    }

    @Test func tellsValuesApartByKindAndBytes() {
        var batch = RecordBatch(columnCount: 1)
        let one = batch.store("1".utf8, as: .number)
        let text = batch.store("1".utf8, as: .string)
        let other = batch.store("2".utf8, as: .number)
        let again = batch.store("1".utf8, as: .number)
        let empty = batch.store("".utf8, as: .string)
        #expect(batch.isEqual(one, to: again, of: batch))
        #expect(!batch.isEqual(one, to: text, of: batch))
        #expect(!batch.isEqual(one, to: other, of: batch))
        #expect(!batch.isEqual(empty, to: .missing, of: batch))
        #expect(!batch.isEqual(.missing, to: .null, of: batch))
        #expect(batch.isEqual(.null, to: .null, of: batch))
    }

    @Test func hasNoRowsWithoutColumns() {
        #expect(RecordBatch(columnCount: 0).isEmpty)
        #expect(RecordBatch(columnCount: 2).count == 0)
    }

    @Test func carriesATypedErrorOutOfACellsBytes() {
        struct Refusal: Error {}
        let batch = RecordBatch(columnCount: 1, page: [1])
        #expect(throws: Refusal.self) {
            try batch.withBytes(of: Cell(kind: .string, isInArena: false, offset: 0, count: 1)) {
                (_) throws(Refusal) -> Int in throw Refusal()
            }
        }
    }
}
