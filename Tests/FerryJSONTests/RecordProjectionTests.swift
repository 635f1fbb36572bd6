import FerryCore
import FerryJSON
import Testing

@Suite struct RecordProjectionTests {
    private func extract(_ text: String, _ paths: [String]) throws -> ExtractedRecords {
        let page = Array(text.utf8)
        #expect(page.withUnsafeBytes { JSONText.isValid($0) }, "the test's page is no JSON")
        return try RecordProjection(paths.map(path)).extract([0..<page.count], from: page)
    }

    private func row(_ text: String, _ paths: [String]) throws -> [String] {
        let batch = try extract(text, paths).batch
        return (0..<batch.columnCount).map { "\(batch[0, $0].kind):\(batch.string(of: batch[0, $0]))" }
    }

    @Test func givesOneCellPerPathByItsKind() throws {
        let record = #"{"n":null,"f":false,"t":true,"i":-1.50E+2,"s":"text","e":"","o":{"a": 1},"l":[1, 2],"eo":{}}"#
        #expect(
            try row(record, ["n", "f", "t", "i", "s", "e", "o", "l", "eo", "none", "o.none", "s.none", "l[2]"])
                == [
                    "null:", "false:false", "true:true", "number:-1.50E+2", "string:text", "string:", "json:{\"a\": 1}",
                    "json:[1, 2]", "json:{}", "missing:", "missing:", "missing:", "missing:",
                ]
        )
    }

    @Test(arguments: [
        "9007199254740993", "9223372036854775808", "-9223372036854775809", "123456789012345678901234567890",
        "0.123456789012345678901234567891", "1e400", "-0", "1.0", "1E5",
    ])
    func keepsEveryDigitOfANumber(_ literal: String) throws {
        #expect(try row("{\"a\":\(literal)}", ["a"]) == ["number:\(literal)"])
    }

    @Test func keepsStringsWithoutEscapesInThePage() throws {
        let extracted = try extract(#"{"a":"Grüße 😹 / plain","b":"with\nescape"}"#, ["a", "b"])
        #expect(!extracted.batch[0, 0].isInArena)
        #expect(extracted.batch[0, 1].isInArena)
        #expect(extracted.batch.arena == Array("with\nescape".utf8))
    }

    @Test func resolvesEveryEscape() throws {
        let record = #"{"a":"\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC\ud834\uDD1E\u0000end of it, and more than a word"}"#
        let expected = "\"\\/\u{8}\u{C}\n\r\tAé€𝄞\0end of it, and more than a word"
        let batch = try extract(record, ["a"]).batch
        #expect(batch.string(of: batch[0, 0]).utf8.elementsEqual(expected.utf8))
    }

    @Test(arguments: [
        (#"\ud800"#, #"\ud800"#), (#"a\uDFFFb"#, #"\uDFFF"#), (#"\ud800\ud800"#, #"\ud800"#),
        (#"\udc00\ud800"#, #"\udc00"#), (#"\ud83d\n"#, #"\ud83d"#), (#"\ud83d\u0041"#, #"\ud83d"#),
        (#"ok \ud83d\ude39 \uDBFF"#, #"\uDBFF"#),
    ])
    func reportsALoneSurrogateAndKeepsTheRestOfTheRow(content: String, escape: String) throws {
        let extracted = try extract(
            #"{"fields":{"title":"\#(content)","body":"a\tb"},"id":1}"#,
            ["fields.title", "fields.body", "id"]
        )
        #expect(extracted.problems == [0: "the string at 'fields.title' holds a lone surrogate escape (\(escape))"])
        #expect(extracted.batch[0, 0].kind == .missing)
        #expect(extracted.batch.string(of: extracted.batch[0, 1]) == "a\tb")
        #expect(extracted.batch.string(of: extracted.batch[0, 2]) == "1")
        #expect(extracted.batch.arena == Array("a\tb".utf8))
    }

    @Test func forgetsALoneSurrogateThatALaterMemberReplaces() throws {
        #expect(try extract(#"{"a":"\ud800","a":"fine"}"#, ["a"]).problems.isEmpty)
        #expect(try extract(#"{"o":{"a":"\ud800"},"o":{}}"#, ["o.a"]).problems.isEmpty)
        #expect(try extract(#"{"a":"\ud800","b":"\udfff"}"#, ["b", "a"]).problems[0]?.contains("'b'") == true)
    }

    @Test func numbersProblemsByTheirRow() throws {
        let page = Array(#"["fine","\ud800","fine\n"]"#.utf8)
        let extracted = try RecordProjection([.root]).extract([1..<7, 8..<16, 17..<25], from: page)
        #expect(extracted.problems.keys.sorted() == [1])
        #expect(extracted.batch.string(of: extracted.batch[2, 0]) == "fine\n")
    }

    @Test func comparesNamesByTheirBytes() throws {
        let record = "{\"\u{E9}\":1,\"e\u{301}\":2}"
        #expect(try row(record, ["\u{E9}"]) == ["number:1"])
        #expect(try row(record, ["e\u{301}"]) == ["number:2"])
        #expect(try row(record, ["\u{E9}", "e\u{301}"]) == ["number:1", "number:2"])
    }

    @Test func countsTheLastOfRepeatedMembers() throws {
        #expect(try row(#"{"a":1,"a":"two"}"#, ["a"]) == ["string:two"])
        #expect(try row(#"{"a":{"b":1},"a":{"c":2}}"#, ["a.b", "a.c"]) == ["missing:", "number:2"])
        #expect(try row(#"{"a":{"b":{"c":1}},"a":5}"#, ["a.b.c", "a"]) == ["missing:", "number:5"])
        #expect(try row(#"{"a":[1,2],"a":[3]}"#, ["a[0]", "a[1]"]) == ["number:3", "missing:"])
        #expect(try row(#"{"\u0061":1,"a":2}"#, ["a"]) == ["number:2"])
        #expect(try row(#"{"a":1,"\u0061":2}"#, ["a"]) == ["number:2"])
    }

    @Test func givesARawCellForAPathThatOthersRunThrough() throws {
        #expect(
            try row(#"{"a":{"b":{"c":1}}}"#, ["a", "a.b", "a.b.c", "$"])
                == [#"json:{"b":{"c":1}}"#, #"json:{"c":1}"#, "number:1", #"json:{"a":{"b":{"c":1}}}"#]
        )
    }

    @Test func givesEqualPathsEqualColumns() throws {
        #expect(
            try row(#"{"a":"x\n"}"#, ["a", "b", "a", "['a']"]) == [
                "string:x\n", "missing:", "string:x\n", "string:x\n",
            ]
        )
    }

    @Test func findsElementsFromBothEnds() throws {
        let record = #"{"a":[10, [20], {"b":30}]}"#
        #expect(
            try row(record, ["a[0]", "a[-3]", "a[-1].b", "a[1][0]", "a[1][-1]", "a[3]", "a[-4]", "a[2].b"])
                == [
                    "number:10", "number:10", "number:30", "number:20", "number:20", "missing:", "missing:",
                    "number:30",
                ]
        )
        #expect(try row(#"{"a":[]}"#, ["a[0]", "a[-1]"]) == ["missing:", "missing:"])
        #expect(try row(#"{"a":{"0":1}}"#, ["a[0]"]) == ["missing:"])
        #expect(try row(#"{"a":[1]}"#, ["a['0']"]) == ["missing:"])
    }

    @Test func tellsNamesApartThatDifferOnlyLate() throws {
        let names = [
            "", "a", "aaaaaaa", "aaaaaaaa", "aaaaaaaab", "aaaaaaaac", "aaaaaaaaaaaaaaaab", "aaaaaaaaaaaaaaaac",
        ]
        let record = "{" + names.enumerated().map { "\"\($1)\":\($0)" }.joined(separator: ",") + "}"
        #expect(try row(record, names.map { "['\($0)']" }) == names.indices.map { "number:\($0)" })
        #expect(try row(#"{"a\u0000":1}"#, ["a"]) == ["missing:"])
    }

    @Test func findsEveryOneOfFiveHundredColumns() throws {
        let record = "{" + (0..<500).map { "\"column_\($0)\": {\"v\":\($0)}" }.joined(separator: ",") + "}"
        #expect(try row(record, (0..<500).map { "column_\($0).v" }) == (0..<500).map { "number:\($0)" })
    }

    @Test func givesOneRowPerRangeInTheirOrder() throws {
        let page = Array(#"{"rows":[{"id":1,"v":"a"},{"id":2},{"id":3,"v":null}]}"#.utf8)
        let index = try PageReader(records: [path("rows")], id: path("id"), hashed: .root).index(page)
        let batch = try RecordProjection([path("v"), path("id")]).extract(
            [index.records[2], index.records[0], index.records[1]],
            from: page
        ).batch
        #expect(batch.count == 3)
        #expect((0..<3).map { batch[$0, 0].kind } == [.null, .string, .missing])
        #expect((0..<3).map { batch.string(of: batch[$0, 1]) } == ["3", "1", "2"])
        #expect(try RecordProjection([path("v")]).extract([], from: page).batch.isEmpty)
    }

    @Test(arguments: [0..<100, 3..<50, 0..<3, 0..<0, 1..<3, 4..<5])
    func refusesARangeThatHoldsNoRecord(_ range: Range<Int>) {
        #expect(throws: JSONFailure.self) {
            try RecordProjection([path("a.b")]).extract([range], from: Array(#"{"a":{"b":1}}"#.utf8))
        }
    }

    @Test func staysInsideThePageWhateverTheBytes() {
        var random = SeededRandom(seed: 20_261_122)
        let projection = RecordProjection(["a", "a.b", "a[-1]", "b[0].c", "$"].map(path))
        let alphabet = Array(#"{}[]",:\ab0-.eu1tfn "#.utf8) + [0x00, 0x80, 0xFF]
        var kept = 0
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...24, using: &random)
            let bytes = (0..<count).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] }
            guard let batch = try? projection.extract([0..<count], from: bytes).batch else { continue }
            // Reading each cell traps if it leads outside its buffer.
            for cell in batch.cells where cell.count > 0 { kept += batch.withBytes(of: cell) { $0.count } }
        }
        #expect(kept > 0)
    }
}
