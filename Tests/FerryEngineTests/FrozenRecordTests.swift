import FerryCore
import Testing

@testable import FerryEngine

@Suite struct FrozenRecordTests {
    @Test func recordsComeBackAsTheyWereUnderPathsOfTheirOwn() throws {
        let paths = try ["id", "tags[0]", "props['$lib']", "gone", "flag", "n"].map { try FieldPath(parsing: $0) }
        var records = RecordBatch(columnCount: 6)
        let text = records.store("ä\"\n".utf8, as: .string)
        let json = records.store("{\"a\":[]}".utf8, as: .json)
        let number = records.store("1.50".utf8, as: .number)
        let empty = records.store("".utf8, as: .string)
        records.append(row: [text, json, .missing, .null, Cell(.true), number])
        records.append(row: [empty, .missing, text, .missing, Cell(.false), .missing])
        let contents = (0..<2).map { FrozenRecord.bytes(of: $0, in: records, at: paths) }
        let thawed = try #require(FrozenRecord.batch(of: contents))
        #expect(thawed.paths.map(\.description) == [0, 1, 3, 4, 5, 2].map { paths[$0].description })
        for (row, columns) in [[0, 1, 3, 4, 5, 2], [0, 1, 3, 4, 5, 2]].enumerated() {
            for (column, original) in columns.enumerated() {
                #expect(
                    thawed.records.isEqual(thawed.records[row, column], to: records[row, original], of: records),
                    "row \(row), column \(column)"
                )
            }
        }
    }

    @Test func bytesThatAreCutOffAreNoRecord() throws {
        var records = RecordBatch(columnCount: 1)
        let text = records.store("value".utf8, as: .string)
        records.append(row: [text])
        let whole = FrozenRecord.bytes(of: 0, in: records, at: [try FieldPath(parsing: "id")])
        for count in 1..<whole.count { #expect(FrozenRecord.batch(of: [Array(whole.prefix(count))]) == nil) }
    }
}
