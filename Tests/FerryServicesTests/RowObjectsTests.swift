import FerryCore
import FerryJSON
import Testing

@testable import FerryServices

@Suite struct RowObjectsTests {
    private let rows = RowObjects(
        RowsDescription(columns: FieldPath(segments: [.name("columns")]), jsonColumns: ["props"]),
        records: [FieldPath(segments: [.name("data"), .name("results")])],
        maximumDepth: 32
    )

    @Test(arguments: [
        (
            #"{"data":{"results":[[1.50,"{\"a\":[1.0]}",null],["x","no json",true]]},"columns":["id","props","n"]}"#,
            #"{"data":{"results":[{"id":1.50,"props":{"a":[1.0]},"n":null},{"id":"x","props":"no json","n":true}]},"columns":["id","props","n"]}"#
        ),
        (#"{"columns":[],"data":{"results":[]}}"#, #"{"columns":[],"data":{"results":[]}}"#),
        // Where there is no list, the reader says what there is.
        (#"{"data":{"results":{}}}"#, #"{"data":{"results":{}}}"#),
    ])
    func rowsBecomeObjects(answer: String, expected: String) throws {
        #expect(String(decoding: try rows.page(from: Array(answer.utf8)), as: UTF8.self) == expected)
    }

    @Test(arguments: [
        #"{"data":{"results":[[1,2]]},"columns":["id"]}"#, #"{"data":{"results":[1]},"columns":["id"]}"#,
        #"{"data":{"results":[[1]]}}"#,
    ])
    func rowsThatDoNotFitTheirColumnsBreakTheContract(answer: String) {
        #expect(throws: JSONFailure.self) { try rows.page(from: Array(answer.utf8)) }
    }
}
