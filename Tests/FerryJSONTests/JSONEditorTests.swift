import FerryCore
import FerryJSON
import Testing

@Suite struct JSONEditorTests {
    private func set(_ value: String, at path: String, in text: String) throws -> String {
        var editor = JSONEditor(Array(text.utf8))
        try editor.set(Array(value.utf8), at: FieldPath(parsing: path))
        return String(decoding: editor.text, as: UTF8.self)
    }

    @Test(arguments: [
        // The rest keeps its digits, escapes and white space.
        (#"{ "a" : 1.50 , "b": "\u00e9" }"#, "a", #"{ "a" : 7 , "b": "\u00e9" }"#),
        (#"{"a":{"b":[1, 2.0]},"c":3}"#, "a.b[1]", #"{"a":{"b":[1, 7]},"c":3}"#),
        (#"{"a":[1,2,3]}"#, "a[-1]", #"{"a":[1,2,7]}"#), (#"{"a":[1,2,3]}"#, "a[-3]", #"{"a":[7,2,3]}"#),
        (#"{"a":{"x":[1]}}"#, "a", #"{"a":7}"#),
        // Missing objects and arrays are made.
        ("", "a.b", #"{"a":{"b":7}}"#), ("null", "a[0].b", #"{"a":[{"b":7}]}"#), ("{}", "a", #"{"a":7}"#),
        ("{ }", "a.b", #"{ "a":{"b":7}}"#), (#"{"a":1}"#, "b.c", #"{"a":1,"b":{"c":7}}"#),
        (#"{"a":1 }"#, "b", #"{"a":1,"b":7 }"#), (#"{"a":null}"#, "a.b", #"{"a":{"b":7}}"#), ("[]", "[0]", "[7]"),
        ("[1]", "[1].a", #"[1,{"a":7}]"#), (#"{"a":[ ]}"#, "a[0][0]", #"{"a":[ [7]]}"#),
        // Names are compared by their bytes, escapes resolved; the last of repeated members counts.
        (#"{"\u0061":1}"#, "a", #"{"\u0061":7}"#), (#"{"a":1,"a":2}"#, "a", #"{"a":1,"a":7}"#),
        ("{\"\u{E9}\":1}", "['e\u{301}']", "{\"\u{E9}\":1,\"e\u{301}\":7}"),
        (#"{"\ud800":1}"#, "a", #"{"\ud800":1,"a":7}"#), (#"{"a\"b":1}"#, #"['a"b']"#, #"{"a\"b":7}"#),
        (#"{"a":"}]"}"#, "b", #"{"a":"}]","b":7}"#), ("{}", "['\\n']", #"{"\n":7}"#), ("5", "$", "7"),
    ])
    func setsOneValueAndLeavesTheRestAlone(text: String, path: String, expected: String) throws {
        #expect(try set("7", at: path, in: text) == expected)
    }

    @Test(arguments: [
        ("{\"a\":1}", "a.b", "a"), ("{\"a\":\"x\"}", "a.b", "a"), ("{\"a\":true}", "a[0]", "a"), ("5", "a", "$"),
        ("{\"a\":[1]}", "a.b", "a"), ("{\"a\":{\"b\":{}}}", "a.b[0]", "a.b"), ("\"x\"", "[0]", "$"), ("[]", "a", "$"),
    ])
    func refusesToWriteThroughAnotherKindOfValue(text: String, path: String, inTheWay: String) throws {
        let place = try FieldPath(parsing: inTheWay)
        #expect(throws: JSONEditor.Refusal.inTheWay(path: place)) { try set("7", at: path, in: text) }
    }

    @Test(arguments: [
        ("{\"a\":[1]}", "a[2]", "a", 1), ("[]", "[-1]", "$", 0), ("[1]", "[-2]", "$", 1), ("", "a[1]", "a", 0),
        ("null", "[3]", "$", 0), ("{\"a\":[]}", "a[0].b[1]", "a[0].b", 0),
    ])
    func refusesToLeaveAGapInAnArray(text: String, path: String, array: String, count: Int) throws {
        let place = try FieldPath(parsing: array)
        #expect(throws: JSONEditor.Refusal.beyondTheEnd(path: place, count: count)) { try set("7", at: path, in: text) }
    }

    @Test func whatWasSetIsFoundThere() throws {
        var random = SeededRandom(seed: 9)
        for _ in 0..<2000 {
            let document = RandomJSON.value(depth: 4, using: &random)
            var editor = JSONEditor(Array(document.serialized.utf8))
            let steps = (0..<Int.random(in: 1...4, using: &random)).map { _ -> FieldPath.Segment in
                Bool.random(using: &random) ? .index(Int.random(in: -2...2, using: &random)) : .name("a")
            }
            let path = FieldPath(segments: steps)
            do throws(JSONEditor.Refusal) {
                try editor.set(Array("\"set\"".utf8), at: path)
            } catch {
                #expect(editor.text == Array(document.serialized.utf8))
                continue
            }
            #expect(try JSONValue(parsing: editor.text).value(at: path) == .string("set"))
        }
    }
}
