import FerryCore
import Testing

@Suite struct RecordImageTests {
    private func hash(_ text: String, _ kind: ValueKind) -> UInt64 {
        var batch = RecordBatch(columnCount: 1)
        let cell = batch.store(text.utf8, as: kind)
        return RecordImage.hash(cell, of: batch)
    }

    @Test(arguments: [
        ("19.90", "19.9"), ("1e2", "100"), ("1E+2", "100"), ("100.0", "100"), ("-0", "0"), ("0.0", "0"), ("-0.0", "0"),
        ("1.5e3", "1500"), ("0.001", "1e-3"), ("12.50", "1.25e1"), ("1e400", "10e399"),
        ("0e99999999999999999999", "0e99999999999999999999"),
    ])
    func takesNumbersOfOneValueForEqual(left: String, right: String) {
        #expect(hash(left, .number) == hash(right, .number))
    }

    @Test(arguments: [
        ("9007199254740993", "9007199254740992"), ("1", "-1"), ("0.1", "0.10000000000000000001"), ("1e400", "1e401"),
        ("123456789012345678901234567890", "123456789012345678901234567891"), ("10", "1"), ("1.0", "10"),
    ])
    func tellsNumbersOfOtherValuesApart(left: String, right: String) {
        #expect(hash(left, .number) != hash(right, .number))
    }

    @Test func tellsValuesApartByKind() {
        #expect(hash("1", .number) != hash("1", .string))
        #expect(hash("[]", .json) != hash("[]", .string))
        let batch = RecordBatch(columnCount: 1)
        #expect(RecordImage.hash(Cell(.true), of: batch) != RecordImage.hash(Cell(.false), of: batch))
        #expect(RecordImage.hash(Cell(.false), of: batch) != RecordImage.hash(.null, of: batch))
        #expect(hash("", .string) != RecordImage.hash(.null, of: batch))
    }

    @Test func hashesTheChosenColumnsOnly() {
        var batch = RecordBatch(columnCount: 2)
        for text in ["a", "b"] {
            batch.append(row: [batch.store("same".utf8, as: .string), batch.store(text.utf8, as: .string)])
        }
        let seed: UInt64 = 7
        #expect(RecordImage(of: 0, in: batch).hash(seed: seed) != RecordImage(of: 1, in: batch).hash(seed: seed))
        #expect(
            RecordImage(of: 0, in: batch, columns: 0..<1).hash(seed: seed)
                == RecordImage(of: 1, in: batch, columns: 0..<1).hash(seed: seed)
        )
    }
}
