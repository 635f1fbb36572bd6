import FerryCore
import FerryJSON
import Testing

/// What RFC 8259 leaves open: a value is kept as it is written or reported, and never becomes another one.
@Suite struct JSONChoicesTests {
    /// A record with the text as its value, as it comes out of a page.
    private func read(_ text: [UInt8]) throws -> (batch: RecordBatch, problems: [Int: String]) {
        let page = Array("{\"rows\":[{\"id\":1,\"v\":".utf8) + text + Array("}]}".utf8)
        let index = try PageReader(records: [path("rows")], id: path("id"), hashed: .root).index(page)
        let extracted = try RecordProjection([path("v"), path("v.a"), path("v[0]")]).extract(index.records, from: page)
        return (extracted.batch, extracted.problems)
    }

    @Test(arguments: [
        "-0", "-0.0", "1e400", "-1e400", "1e-400", "9007199254740993", "9223372036854775807", "9223372036854775808",
        "-9223372036854775809", "18446744073709551616", "0.123456789012345678901234567890",
        "123456789012345678901234567890", "-237462374673276894279832749832423479823246327846", "123.456e-789",
        "0.4e00669999999999999999999999999999999999999999999999999999999999999999999999999999999969999999006",
        "-1e+9999", "1.5e+9999", "-123123e100000", "123e-10000000", "1.0", "1.00", "1E5", "1e+05",
    ])
    func everyNumberKeepsItsLiteral(literal: String) throws {
        let (batch, problems) = try read(Array(literal.utf8))
        #expect(batch[0, 0].kind == .number && batch.string(of: batch[0, 0]) == literal && problems.isEmpty)
        #expect(try JSONValue(parsing: literal) == .number(literal))
        #expect(try JSONValue(parsing: literal).serialized == literal)
    }

    @Test(arguments: [
        #""\uDADA""#, #""\uD888\u1234""#, #""\uD800\n""#, #""\uDd1ea""#, #""\uD800\uD800\n""#, #""\ud800""#,
        #""\ud800abc""#, #""\uDd1e\uD834""#, #""\uDFAA""#, #""x\uD83D""#,
    ])
    func aStringWithALoneSurrogateIsReportedByItsField(text: String) throws {
        let (batch, problems) = try read(Array(text.utf8))
        #expect(batch[0, 0].kind == .missing)
        #expect(problems[0]?.hasPrefix("the string at 'v' holds a lone surrogate escape (\\u") == true)
        #expect(throws: JSONFailure.self) { try JSONValue(parsing: text) }
        // Inside an object or array that is kept as JSON it stays what it is, until somebody asks for the string.
        let (inner, innerProblems) = try read(Array("[\(text)]".utf8))
        #expect(inner.string(of: inner[0, 0]) == "[\(text)]")
        #expect(innerProblems[0]?.hasPrefix("the string at 'v[0]' holds a lone surrogate escape") == true)
    }

    @Test func aMemberWhoseNameIsALoneSurrogateIsNoPathsAndStays() throws {
        let (batch, problems) = try read(Array(#"{"\uDFAA":0,"a":1}"#.utf8))
        #expect(problems.isEmpty)
        #expect(batch.string(of: batch[0, 0]) == #"{"\uDFAA":0,"a":1}"#)
        #expect(batch.string(of: batch[0, 1]) == "1")
    }

    @Test func ofRepeatedMembersTheLastCountsForEveryReader() throws {
        for (text, last) in [
            (#"{"a":1,"a":2}"#, "2"), (#"{"a":1,"b":0,"a":{"c":3}}"#, #"{"c":3}"#), (#"{"a":[1],"\u0061":"x"}"#, "x"),
        ] {
            let (batch, _) = try read(Array(text.utf8))
            #expect(batch.string(of: batch[0, 1]) == last)
            let value = try JSONValue(parsing: text)["a"]
            #expect(value?.string ?? value?.serialized == last)
        }
        // Both forms of é are names of their own.
        let (batch, _) = try read(Array("{\"a\":\"\u{E9}\",\"e\u{301}\":1,\"\u{E9}\":2}".utf8))
        #expect(batch.string(of: batch[0, 1]).utf8.elementsEqual("\u{E9}".utf8))
    }

    @Test func aByteOrderMarkIsIgnoredAtTheStartAndNowhereElse() throws {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let page = Array(#"{"rows":[]}"#.utf8)
        let reader = PageReader(records: [path("rows")], id: path("id"), hashed: .root)
        #expect(try reader.index(mark + page).records.isEmpty)
        #expect(try JSONValue(parsing: mark + page) == JSONValue(parsing: page))
        #expect(throws: JSONFailure.self) { try reader.index(page + mark) }
        #expect(throws: JSONFailure.self) { try reader.index(mark + mark + page) }
        #expect(throws: JSONFailure.self) { try read(mark + Array("1".utf8)) }
    }

    @Test func nonCharactersAndControlCharactersAreText() throws {
        for scalar in ["\u{FFFF}", "\u{FFFE}", "\u{10FFFF}", "\u{0}", "\u{7F}", "\u{1F}", "\u{FEFF}"] {
            let escaped = scalar.utf16.map { unit in
                let digits = String(unit, radix: 16)
                return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }.joined()
            let (batch, problems) = try read(Array("\"a\(escaped)b\"".utf8))
            #expect(problems.isEmpty)
            #expect(batch.string(of: batch[0, 0]).utf8.elementsEqual("a\(scalar)b".utf8))
        }
    }
}
