import FerryCore
import FerryJSON
import Testing

@Suite struct JSONValueTests {
    @Test(arguments: [
        #"{"b":1,"a":[null,true,false,-0,1e400,9007199254740993,"é\n\"\\"],"":{},"l":[[],[{}]]}"#, "[]", "{}", "0",
        "\"\"",
        "null", #"["123456789012345678901234567890",0.123456789012345678901234567890]"#, #"{"a":1,"a":2}"#,
    ])
    func writesACompactDocumentAsItWasRead(_ text: String) throws {
        #expect(try JSONValue(parsing: text).serialized == text)
    }

    @Test func writesNoMoreEscapesThanNeeded() throws {
        #expect(try JSONValue(parsing: #""\u00e9\/\u0041\ud834\udd1e\u2028""#).serialized == "\"é/A𝄞\u{2028}\"")
    }

    @Test func keepsNULInAString() throws {
        #expect(try JSONValue(parsing: #""a\u0000b""#) == .string("a\0b"))
        #expect(JSONValue.string("a\0b").serialized == #""a\u0000b""#)
    }

    @Test(arguments: [#""\ud800""#, #"{"\udc00":1}"#, #"["\ud800\ud800"]"#])
    func refusesALoneSurrogateRatherThanReplaceIt(_ text: String) {
        let failure = #expect(throws: JSONFailure.self) { try JSONValue(parsing: text) }
        #expect(failure?.message.contains("lone surrogate") == true)
    }

    @Test func keepsKeysApartThatDifferInTheirBytes() throws {
        let value = try JSONValue(parsing: "{\"\u{E9}\":1,\"e\u{301}\":2}")
        #expect(value["\u{E9}"] == .number("1"))
        #expect(value["e\u{301}"] == .number("2"))
        #expect(value.value(at: path("\u{E9}")) == .number("1"))
    }

    @Test func followsAPath() throws {
        let value = try JSONValue(parsing: #"{"a":[{"b":1},{"b":2}],"odd name":{"x":null},"a2":1,"d":1,"d":2}"#)
        #expect(value.value(at: path("a[0].b")) == .number("1"))
        #expect(value.value(at: path("a[-1].b")) == .number("2"))
        #expect(value.value(at: path("['odd name'].x")) == .null)
        #expect(value.value(at: path("d")) == .number("2"))
        #expect(value.value(at: .root) == value)
        for nowhere in ["a[2]", "a[-3]", "b", "a.b", "a2[0]", "['odd name'].x.y", "a2[-1]"] {
            #expect(value.value(at: path(nowhere)) == nil, "\(nowhere)")
        }
    }

    @Test(arguments: 0..<20) func readsBackWhatItWrote(_ offset: UInt64) throws {
        let seed = 8259 + offset
        var random = SeededRandom(seed: seed)
        for _ in 0..<200 {
            let value = RandomJSON.value(depth: 5, using: &random)
            let text = value.serialized
            #expect(try JSONValue(parsing: text) == value, "seed \(seed): \(text)")
            #expect(Array(text.utf8).withUnsafeBytes { JSONText.isValid($0) }, "seed \(seed): \(text)")
            let spaced = Array(RandomJSON.spaced(text, using: &random).utf8)
            #expect(try JSONValue(parsing: spaced) == value, "seed \(seed): \(text)")
            #expect(spaced.withUnsafeBytes { JSONText.isValid($0) }, "seed \(seed): \(text)")
        }
    }
}
