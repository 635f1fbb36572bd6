import FerryCore
import FerryJSON
import Testing

@Suite struct PageReaderTests {
    private func reader(
        _ records: [String] = ["rows"],
        id: String = "id",
        hashed: String = "data"
    ) -> PageReader {
        PageReader(records: records.map(path), id: path(id), hashed: path(hashed))
    }

    private func text(_ page: [UInt8], _ range: Range<Int>) -> String {
        String(decoding: page[range], as: UTF8.self)
    }

    @Test func givesEachRecordsBytesIdentifierAndHashedPart() throws {
        let page = Array(
            #"{"total": 2, "rows": [ {"id":"a","data":{"x":1}} , {"data" : [2],"id":7}], "next": null}"#.utf8
        )
        let index = try reader().index(page)
        #expect(index.page == page)
        #expect(index.ids.strings == ["a", "7"])
        #expect(index.records.map { text(page, $0) } == [#"{"id":"a","data":{"x":1}}"#, #"{"data" : [2],"id":7}"#])
        #expect(index.hashed.map { text(page, $0) } == [#"{"x":1}"#, "[2]"])
    }

    @Test func takesTheBodyItselfForTheListAtTheRoot() throws {
        let index = try reader(["$"]).index(Array(#" [{"id":1},{"id":2}] "#.utf8))
        #expect(index.ids.strings == ["1", "2"])
    }

    @Test func takesAnObjectWithoutTheListForAnEmptyPageWhereThatIsAllowed() throws {
        let reader = PageReader(
            records: [path("rows"), path("data.rows")],
            id: path("id"),
            hashed: .root,
            values: [path("next")],
            mayOmitRecords: true
        )
        let index = try reader.index(Array(#" {"kind":"byPage","next":"n"}"#.utf8))
        #expect(index.records.isEmpty && index.values == ["n"])
        #expect(try reader.index(Array(#"{"rows":[{"id":1}]}"#.utf8)).ids.strings == ["1"])
        // Something else in its place, or no object at all, is not what was asked for.
        for text in [#"{"rows":{}}"#, #"{"rows":null}"#, #"{"data":{"rows":"none"}}"#, "[]", "5", #""rows""#, ""] {
            #expect(throws: JSONFailure.self, "\(text)") { try reader.index(Array(text.utf8)) }
        }
    }

    @Test func readsAnEmptyListAsAPageWithoutRecords() throws {
        for text in [#"{"rows":[]}"#, #"{"rows":[ ]}"#] {
            let index = try reader().index(Array(text.utf8))
            #expect(index.records.isEmpty && index.ids.isEmpty && index.hashed.isEmpty)
        }
    }

    @Test func takesTheFirstPathThatLeadsToAnArray() throws {
        let reader = reader(["data.rows", "rows", "$"])
        #expect(try reader.index(Array(#"{"rows":[{"id":1}],"data":{"rows":[{"id":2}]}}"#.utf8)).ids.strings == ["2"])
        #expect(try reader.index(Array(#"{"rows":[{"id":1}],"data":{"rows":{}}}"#.utf8)).ids.strings == ["1"])
        #expect(try reader.index(Array(#"[{"id":3}]"#.utf8)).ids.strings == ["3"])
        // A list that does not count may hold what it likes.
        #expect(try reader.index(Array(#"{"rows":[5],"data":{"rows":[{"id":2}]}}"#.utf8)).ids.strings == ["2"])
    }

    @Test func findsAListInsideAListThatIsAnAlternativeToo() throws {
        let body = Array(#"[{"id":1,"rows":[{"id":2}]}]"#.utf8)
        #expect(try reader(["[0].rows", "$"]).index(body).ids.strings == ["2"])
        #expect(try reader(["$", "[-1].rows"]).index(body).ids.strings == ["1"])
    }

    @Test func countsTheLastOfRepeatedMembers() throws {
        #expect(try reader().index(Array(#"{"rows":[{"id":1}],"rows":[{"id":2}]}"#.utf8)).ids.strings == ["2"])
        #expect(try reader().index(Array(#"{"rows":[{"id":1,"id":"last"}]}"#.utf8)).ids.strings == ["last"])
        #expect(throws: JSONFailure.self) { try reader().index(Array(#"{"rows":[{"id":1}],"rows":{}}"#.utf8)) }
        #expect(throws: JSONFailure.self) {
            try reader(["a.rows"]).index(Array(#"{"a":{"rows":[{"id":1}]},"a":{}}"#.utf8))
        }
    }

    @Test func saysWhatItFoundWhereTheRecordsShouldBe() {
        let failure = #expect(throws: JSONFailure.self) {
            try reader(["data.rows", "rows", "$"]).index(Array(#"{"error":"no","rows":null}"#.utf8))
        }
        #expect(
            failure?.message
                == "the answer holds no list of records: found nothing at 'data.rows', null at 'rows', an object at '$'"
        )
    }

    @Test(arguments: [
        (#"{"data":{}}"#, "record 2 of the page has no identifier at 'id'"),
        (#"{"id":null}"#, "record 2 of the page has null instead of an identifier at 'id'"),
        (#"{"id":{"a":1}}"#, "record 2 of the page has an object or array instead of an identifier at 'id'"),
        (#"{"id":true}"#, "record 2 of the page has a boolean instead of an identifier at 'id'"),
        (#"{"id":""}"#, "record 2 of the page has an empty string as its identifier at 'id'"),
        (#"5"#, "record 2 of the page has no identifier at 'id'"),
        (
            #"{"id":"\ud800"}"#,
            "record 2 of the page has an identifier at 'id' with a lone surrogate escape, which UTF-8 cannot represent"
        ),
    ])
    func refusesARecordWithoutAnIdentifierByItsNumber(record: String, message: String) {
        let failure = #expect(throws: JSONFailure.self) {
            try reader().index(Array(#"{"rows":[{"id":1},\#(record),{"id":3}]}"#.utf8))
        }
        #expect(failure?.message == message)
    }

    @Test func reportsABrokenPageRatherThanAMissingIdentifier() {
        let failure = #expect(throws: JSONFailure.self) { try reader().index(Array(#"{"rows":[{},{"id":1}"#.utf8)) }
        #expect(failure?.message == "the JSON ends too early at byte 20")
    }

    @Test func givesIdentifiersUnescapedAndNumbersAsTheyStand() throws {
        let page = #"{"rows":[{"id":"\u00e9\n\"\ud83d\ude39"},{"id":9007199254740993},{"id":1.50},{"id":"\u0000"}]}"#
        let ids = try reader().index(Array(page.utf8)).ids
        #expect(ids.strings == ["é\n\"😹", "9007199254740993", "1.50", "\0"])
    }

    @Test func hashesTheWholeRecordWhereTheHashedPartIsMissing() throws {
        let page = Array(#"{"rows":[{"id":"s"},{"id":"s","data":"text"},{"id":"s","data":5}]}"#.utf8)
        let index = try reader().index(page)
        #expect(index.hashed.map { text(page, $0) } == [#"{"id":"s"}"#, #""text""#, "5"])
        let same = try reader(id: "id", hashed: "id").index(page)
        #expect(same.hashed.map { text(page, $0) } == [#""s""#, #""s""#, #""s""#])
        let root = try reader(hashed: "$").index(page)
        #expect(root.hashed == root.records)
    }

    @Test func hashesEqualBytesAlikeAndOthersNot() throws {
        let index = try reader().index(
            Array(#"{"rows":[{"id":1,"data":{"a":1}},{"id":2,"data":{"a":1}},{"id":3,"data":{"a":2}}]}"#.utf8)
        )
        #expect(index.hash(at: 0, seed: 1) == index.hash(at: 1, seed: 1))
        #expect(index.hash(at: 0, seed: 1) != index.hash(at: 2, seed: 1))
        #expect(index.hash(at: 0, seed: 1) != index.hash(at: 0, seed: 2))
    }

    @Test func ignoresAByteOrderMark() throws {
        #expect(try reader().index([0xEF, 0xBB, 0xBF] + Array(#"{"rows":[{"id":1}]}"#.utf8)).records == [12..<20])
    }

    @Test func findsNamesWrittenWithEscapes() throws {
        #expect(try reader().index(Array(#"{"\u0072ows":[{"\u0069d":4}]}"#.utf8)).ids.strings == ["4"])
    }

    // MARK: Further values

    /// What further paths lead to, as JSON text; `-` for nothing.
    private func values(_ paths: [String], in body: String, records: [String] = ["rows"]) throws -> [String] {
        let reader = PageReader(
            records: records.map(path),
            id: path("id"),
            hashed: path("data"),
            values: paths.map(path)
        )
        return try reader.index(Array(body.utf8)).values.map { $0?.compactText ?? "-" }
    }

    @Test func findsFurtherValuesOfEveryKindInTheSamePass() throws {
        let body = #"""
            {"meta":{"next":"a\"b","total":9007199254740993,"more":true,"none":null,"key":{"id":[1,2]}},"rows":[]}
            """#
        let paths = ["meta.next", "meta.total", "meta.more", "meta.none", "meta.key", "meta.gone", "next"]
        #expect(
            try values(paths, in: body) == [
                #""a\"b""#, "9007199254740993", "true", "null", #"{"id":[1,2]}"#, "-", "-",
            ]
        )
    }

    @Test func findsFurtherValuesInsideTheListOfRecords() throws {
        let body = #"{"rows":[{"id":1,"cursor":"x"},{"id":2,"cursor":"y"}]}"#
        #expect(try values(["rows[-1].cursor"], in: body) == [#""y""#])
        #expect(try values(["rows[-1].cursor"], in: #"{"rows":[]}"#) == ["-"])
    }

    @Test func tellsAListApartFromAFurtherValueThatIsOne() throws {
        #expect(try values(["links"], in: #"{"links":[1,[2]],"rows":[{"id":1}]}"#) == ["[1,[2]]"])
        #expect(try values(["rows", "next"], in: #"{"rows":[{"id":1}],"next":5}"#) == ["-", "5"])
    }

    @Test func countsTheLastOfRepeatedFurtherValues() throws {
        #expect(try values(["m.next"], in: #"{"m":{"next":1},"rows":[],"m":{"next":2}}"#) == ["2"])
        #expect(try values(["m.next"], in: #"{"m":{"next":1},"rows":[],"m":{}}"#) == ["-"])
    }
}
