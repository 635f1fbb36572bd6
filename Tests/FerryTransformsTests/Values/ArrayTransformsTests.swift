import FerryCore
import Testing

@Suite struct ArrayTransformsTests {
    @Test(
        arguments: [
            ("red,green", .null, #"["red","green"]"#), ("", .null, "[]"), (",", .null, #"["",""]"#),
            ("a", .null, #"["a"]"#),
            (" a ; b", ["by": ";", "trim": true], #"["a","b"]"#), ("a; b;c", "; ", #"["a","b;c"]"#),
            ("\"\n\\,é", .null, #"["\"\n\\","é"]"#),
        ] as [(String, JSONValue, String)]
    )
    func splitMakesAnArrayOfTheParts(text: String, options: JSONValue, expected: String) throws {
        #expect(try apply(builtIn("split", options), .string, text) == expected)
    }

    @Test(
        arguments: [
            (#"["red", 2.50, true, false]"#, .null, #""red,2.50,true,false""#), ("[]", .null, #""""#),
            ("[null, 1, null]", .null, #""1""#),
            (#" [ "a" ,"b" ] "#, " / ", #""a / b""#), (#"["\u00e9\"", "x"]"#, ["with": ""], #""é\"x""#),
            ("[ ]", .null, #""""#),
            (#"["",""]"#, .null, #"",""#),
        ] as [(String, JSONValue, String)]
    )
    func joinMakesOneStringOfTheElements(text: String, options: JSONValue, expected: String) throws {
        #expect(try apply(builtIn("join", options), .json, text) == expected)
    }

    @Test func joinIsTheInverseOfSplit() throws {
        var numbers = SeededNumbers(seed: 51)
        let split = try builtIn("split", "a")
        let join = try builtIn("join", "a")
        for _ in 0..<1000 {
            let text = numbers.text(upTo: 10) + "a" + numbers.text(upTo: 5) + "\"\\\u{1}"
            let bytes = Array(text.utf8)
            var array: [UInt8] = []
            #expect(try split.apply(.string, bytes.span, into: &array) == .json)
            var result: [UInt8] = []
            #expect(try join.apply(.json, array.span, into: &result) == .string)
            #expect(result == bytes)
        }
    }

    @Test(arguments: [
        ("[1.50]", "1.50", "1.50"), (#"["a", "b,]\"[" ]"#, #""a""#, #""b,]\"[""#),
        (#"[{"id": [1, 2]}, [3] ]"#, #"{"id": [1, 2]}"#, "[3]"),
        ("[]", "null", "null"), ("[ null , true]", "null", "true"), ("[false\n,1e400\t]", "false", "1e400"),
        (#"["\ud83d\ude00","\\"]"#, #""😀""#, #""\\""#), ("[[]]", "[]", "[]"), (#"["\\", 1]"#, #""\\""#, "1"),
    ])
    func firstAndLastKeepTheElementAsItIs(text: String, first: String, last: String) throws {
        #expect(try apply(builtIn("first"), .json, text) == first)
        #expect(try apply(builtIn("last"), .json, text) == last)
    }

    @Test(arguments: ["first", "last", "join"])
    func whatIsNoArrayIsRefused(name: String) throws {
        #expect(try refusal(name, .string, "[1]") == "'\(name)' expects an array, and the value is a string")
        #expect(try refusal(name, .number, "1") == "'\(name)' expects an array, and the value is a number")
        #expect(try refusal(name, .json, #"{"a": 1}"#) == "'\(name)' expects an array, and the value is an object")
        #expect(try refusal(name, .json, "[1") == "'\(name)' expects an array, and the value is damaged JSON")
    }

    @Test func aLoneSurrogateIsReported() throws {
        #expect(try refusal("first", .json, #"["\ud800"]"#).contains("lone surrogate"))
        #expect(try refusal("join", .json, #"["\ud800"]"#).contains("lone surrogate"))
    }

    @Test func joinRefusesNestedValues() throws {
        let expected = "'join' expects an array of strings, numbers and booleans, and it holds an object or array"
        #expect(try refusal("join", .json, "[1, [2]]") == expected)
    }

    @Test func splitRefusesAnEmptySeparator() {
        #expect(
            throws: TransformReferenceError.invalidOptions(
                "the option 'by' of 'split' must be a string that is not empty"
            )
        ) { try builtIn("split", "") }
        #expect(throws: TransformReferenceError.self) { try builtIn("join", 1) }
    }
}
