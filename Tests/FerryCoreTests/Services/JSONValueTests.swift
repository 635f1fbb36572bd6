import FerryCore
import Testing

@Suite struct JSONValueTests {
    @Test func writesCompactText() {
        let value: JSONValue = ["b": [1, true, .null], "a": "x"]
        #expect(value.compactText == #"{"b":[1,true,null],"a":"x"}"#)
    }

    @Test func escapesWhatMustBeEscaped() {
        let text = JSONValue.string("\"\\\n\r\t\u{1}\u{1f}\u{7f}é/").compactText
        #expect(text == #""\"\\\n\r\t\u0001\u001f\#u{7f}é/""#)
    }

    @Test func keepsNumbersByTheirLiteral() {
        #expect(JSONValue.number("1.10").compactText == "1.10")
        #expect(JSONValue.number("1.0") != .number("1"))
        #expect(JSONValue.number("1.0").integer == nil)
        #expect(JSONValue.number("99999999999999999999").integer == nil)
    }

    @Test func comparesTextsByTheirBytes() {
        #expect(JSONValue.string("é") != .string("e\u{301}"))
        let object = JSONValue.object([.init(key: "é", value: 1), .init(key: "e\u{301}", value: 2)])
        #expect(object["e\u{301}"] == 2)
        #expect(object["é"] == 1)
    }

    @Test func givesTheLastOfRepeatedMembers() {
        #expect(JSONValue.object([.init(key: "a", value: 1), .init(key: "a", value: 2)])["a"] == 2)
    }

    @Test func givesNothingOutsideAnArrayOrOfAnotherKind() {
        let list: JSONValue = [1, 2]
        #expect(list[1] == 2)
        #expect(list[2] == nil)
        #expect(list[-1] == nil)
        #expect(list["a"] == nil)
        #expect(JSONValue.string("a")[0] == nil)
        #expect(JSONValue.null.isNull)
        #expect(JSONValue.bool(true).string == nil)
    }
}
