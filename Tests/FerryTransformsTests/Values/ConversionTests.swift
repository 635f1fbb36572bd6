import FerryCore
import Testing

@Suite struct ConversionTests {
    @Test(
        arguments: [
            (" 12.50 ", .null, "12.50"), ("+7", .null, "7"), ("007", .null, "7"), ("-0", .null, "-0"),
            ("000", .null, "0"), ("-00.50", .null, "-0.50"),
            (".5", .null, "0.5"), ("5.", .null, "5"), ("-1e3", .null, "-1e3"), ("1E+05", .null, "1E+05"),
            ("1.e2", .null, "1e2"),
            ("12345678901234567890.10", .null, "12345678901234567890.10"), ("1e400", .null, "1e400"),
            ("\u{A0}3\u{3000}", .null, "3"),
            ("1,234.5", ["thousands": ","], "1234.5"),
            ("1.234.567,5", ["thousands": ".", "decimal": ","], "1234567.5"),
            ("12\u{202F}345", ["thousands": "\u{202F}"], "12345"), ("1234", ["thousands": ","], "1234"),
            ("0,5", ["decimal": ","], "0.5"),
            ("1'000", ["thousands": "'"], "1000"),
        ] as [(String, JSONValue, String)]
    )
    func toNumberKeepsTheDigits(text: String, options: JSONValue, expected: String) throws {
        #expect(try apply(builtIn("to_number", options), .string, text) == expected)
    }

    @Test(
        arguments: [
            ("", .null), (" ", .null), (".", .null), ("-", .null), ("+-1", .null), ("1,234", .null), ("12 kg", .null),
            ("0x1F", .null), ("NaN", .null),
            ("Infinity", .null), ("1_000", .null), ("1e", .null), ("1e+", .null), ("1.2.3", .null), ("٣", .null),
            ("e5", .null), (".e5", .null),
            ("1,23", ["thousands": ","]), ("1234,567", ["thousands": ","]), ("1,2345", ["thousands": ","]),
            (",123", ["thousands": ","]),
            ("1,", ["thousands": ","]), ("1.5", ["decimal": ","]), ("1,234,", ["thousands": ","]),
        ] as [(String, JSONValue)]
    )
    func toNumberRefusesWhatIsNoNumber(text: String, options: JSONValue) throws {
        #expect(
            try refusal("to_number", options, .string, text) == "'to_number' expects a number, and the string is none"
        )
    }

    @Test func toNumberLeavesNumbersAloneAndRefusesOtherKinds() throws {
        #expect(try apply(builtIn("to_number"), .number, "-0.0e00") == "-0.0e00")
        #expect(try refusal("to_number", .true) == "'to_number' expects a string or number, and the value is a boolean")
        #expect(try refusal("to_number", .json, "[]").hasSuffix("the value is an object or array"))
        #expect(throws: TransformReferenceError.self) { try builtIn("to_number", ["thousands": "."]) }
        #expect(throws: TransformReferenceError.self) { try builtIn("to_number", ["decimal": "5"]) }
        #expect(throws: TransformReferenceError.self) { try builtIn("to_number", ["decimal": ""]) }
    }

    @Test(arguments: [
        ("true", "true"), (" TRUE\n", "true"), ("t", "true"), ("Yes", "true"), ("Y", "true"), ("on", "true"),
        ("1", "true"),
        ("false", "false"), ("F", "false"), ("no", "false"), ("n", "false"), ("Off", "false"), ("0", "false"),
    ])
    func toBooleanKnowsTheUsualWords(text: String, expected: String) throws {
        #expect(try apply(builtIn("to_boolean"), .string, text) == expected)
    }

    @Test(arguments: ["", "maybe", "2", "\u{11}", "truefalse", "tru", "10", "ja", "\0true"])
    func toBooleanRefusesOtherStrings(text: String) throws {
        let expected = "'to_boolean' expects true, false, yes, no, on, off, 1 or 0, and the value is another string"
        #expect(try refusal("to_boolean", .string, text) == expected)
    }

    @Test func toBooleanTakesOneAndZero() throws {
        #expect(try apply(builtIn("to_boolean"), .number, "1") == "true")
        #expect(try apply(builtIn("to_boolean"), .number, "0") == "false")
        #expect(try apply(builtIn("to_boolean"), .false) == "false")
        #expect(try refusal("to_boolean", .number, "2").hasSuffix("the value is another number"))
        #expect(try refusal("to_boolean", .json, "[]").hasSuffix("the value is an object or array"))
    }

    @Test(arguments: [
        (ValueKind.string, "a\"b\n\u{1}é", #""a\"b\n\u0001é""#), (.number, "2.50", "2.50"), (.true, "", "true"),
        (.false, "", "false"),
        (.json, #"[1, "x"]"#, #"[1, "x"]"#),
    ])
    func jsonEncodeWritesTheValueAndJSONDecodeReadsItAgain(kind: ValueKind, text: String, expected: String) throws {
        let bytes = Array(text.utf8)
        var encoded: [UInt8] = []
        #expect(try builtIn("json_encode").apply(kind, bytes.span, into: &encoded) == .string)
        #expect(String(decoding: encoded, as: UTF8.self) == expected)
        var decoded: [UInt8] = []
        #expect(try builtIn("json_decode").apply(.string, encoded.span, into: &decoded) == kind)
        #expect(decoded == bytes)
    }

    @Test(arguments: [
        (" [1, 2] ", "[1, 2]"), ("12.50", "12.50"), (#""Mug""#, #""Mug""#), ("null", "null"), ("\n true", "true"),
        (#""\u00e9\/""#, #""é/""#),
        ("1e400", "1e400"), (#"{"a":"\ud800"}"#, #"{"a":"\ud800"}"#), (#""""#, #""""#),
    ])
    func jsonDecodeReadsEveryKindOfValue(text: String, expected: String) throws {
        #expect(try apply(builtIn("json_decode"), .string, text) == expected)
    }

    @Test(arguments: [
        "", " ", "[1,]", "{a:1}", "'a'", "01", "1.", "nul", "[1] 2", "NaN", "\u{FEFF}1", "\"\t\"", #""\x""#,
        #""\ud800""#,
        String(repeating: "[", count: 513) + String(repeating: "]", count: 513), String(repeating: "[", count: 100_000),
    ])
    func jsonDecodeRefusesWhatIsNotJSON(text: String) throws {
        #expect(!(try refusal("json_decode", .string, text)).isEmpty)
    }

    @Test func jsonDecodeSaysWhatIsWrongAndWhere() throws {
        #expect(try refusal("json_decode", .string, "[1 2]").hasPrefix("'json_decode' expects JSON: expected ','"))
        #expect(try refusal("json_decode", .number, "1") == "'json_decode' expects a string, and the value is a number")
    }
}
