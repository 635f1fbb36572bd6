import FerryCore
import FerryJSON
import Testing

@testable import FerryServices

@Suite struct LineDocumentsTests {
    private let lines = LineDocuments(
        id: FieldPath(segments: [.name("_id")]),
        error: FieldPath(segments: [.name("error")]),
        maximumDepth: 32
    )

    private func page(_ text: String) throws -> String {
        String(decoding: try lines.page(from: Array(text.utf8)), as: UTF8.self)
    }

    @Test(arguments: [
        ("", #"{"records":[],"other":null}"#),
        (
            "{\"_id\":\"a\",\"error\":\"mine\"}\r\n\n {\"_id\":2} ",
            #"{"records":[{"_id":"a","error":"mine"},{"_id":2}],"other":null}"#
        ),
        ("{\"_id\":\"a\"}\n{\"nextCursor\":\"x\"}\n", #"{"records":[{"_id":"a"}],"other":{"nextCursor":"x"}}"#),
        (
            "{\"_id\":null,\"a\":1}\n{\"_id\":\"b\",\"t\":\"{\\\"error\\\":1}\"}",
            #"{"records":[{"_id":"b","t":"{\"error\":1}"}],"other":{"_id":null,"a":1}}"#
        ),
    ])
    func documentsWithAnIdentifierAreTheRecords(text: String, expected: String) throws {
        #expect(try page(text) == expected)
    }

    @Test(arguments: [
        #"{"error":{"description":"gone"}}"#, #"{"statusCode":500,"error":{"description":"gone"}}"#,
        #"{"_id":"b","ti{"error":{"description":"gone"}}"#,
        // A text that looks like an error is none, and what comes after it is.
        #"{"_id":"b","t":"{\"error\":1}","x{"error":{"description":"gone"}}"#,
        #"{"_id":"b"}{"error":{"description":"gone"}}"#,
    ])
    func anErrorEndsIt(line: String) throws {
        let end = try #require(throws: LineDocuments.BrokenOff.self) { try page("{\"_id\":\"a\"}\n\(line)\n") }
        #expect(end.document["error"]?["description"] == .string("gone"))
    }

    /// Two halves of different lines must not make a whole.
    @Test(arguments: [
        "{\"_id\":\"a\"\n\"b\":2}", "{\"_id\":\"a\"}\n{\"_id\":\"b", "{\"_id\":\"a\"} {\"_id\":\"b\"}", "nothing",
    ])
    func aLineThatIsNoJSONBreaksTheContract(text: String) {
        #expect(throws: JSONFailure.self) { try page(text) }
    }
}
