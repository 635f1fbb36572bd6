import FerryCore
import Testing

@Suite struct LookupTests {
    private let map: JSONValue = [
        "1": "draft", "2": 7, "true": false, "é": ["a", 1], "a": .null, "": "empty", "ab": .object([]),
    ]

    @Test(arguments: [
        (ValueKind.string, "1", #""draft""#), (.number, "1", #""draft""#), (.number, "2", "7"), (.true, "", "false"),
        (.string, "é", #"["a",1]"#), (.string, "a", "null"), (.string, "", #""empty""#), (.string, "ab", "{}"),
    ])
    func aKnownValueBecomesItsPartner(kind: ValueKind, text: String, expected: String) throws {
        #expect(try apply(builtIn("lookup", ["map": map]), kind, text) == expected)
    }

    @Test func anUnknownValueBecomesTheDefault() throws {
        #expect(try apply(builtIn("lookup", ["map": map, "default": "x"]), .string, "b") == #""x""#)
        #expect(try apply(builtIn("lookup", ["map": map, "default": .null]), .string, "e\u{301}") == "null")
    }

    @Test func anUnknownValueIsRefusedWithoutADefault() throws {
        let message = "the map of 'lookup' does not have the value, and there is no default"
        #expect(try refusal("lookup", ["map": map], .string, "b") == message)
        #expect(try refusal("lookup", ["map": map], .number, "1.0") == message)
        #expect(try refusal("lookup", ["map": map], .false) == message)
        #expect(try refusal("lookup", ["map": map, "default": 1], .json, "[]").hasSuffix("is an object or array"))
    }

    @Test func theMapIsNeeded() {
        #expect(
            throws: TransformReferenceError.invalidOptions(
                "'lookup' needs the option 'map': an object of the known values"
            )
        ) { try builtIn("lookup") }
        #expect(throws: TransformReferenceError.self) { try builtIn("lookup", ["map": .object([])]) }
        #expect(throws: TransformReferenceError.self) { try builtIn("lookup", ["map": ["a"]]) }
    }

    @Test func everyKeyOfALargeMapIsFound() throws {
        let members = (0..<1000).map { JSONValue.Member(key: "key\($0)", value: .integer($0)) }
        let transform = try builtIn("lookup", ["map": .object(members)])
        for number in 0..<1000 { #expect(try apply(transform, .string, "key\(number)") == "\(number)") }
        #expect(throws: TransformError.self) { try apply(transform, .string, "key1000") }
    }
}
